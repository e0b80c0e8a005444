-- compact_json() returns a value as JSON without blanks, which jsonb's text has after commas and colons.
-- json_strip_nulls() writes JSON so. A number in place of the nulls, which jsonb never writes in this form
-- and which does not occur in the texts either, keeps them.
CREATE FUNCTION agentchat.compact_json(value jsonb) RETURNS json
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $function$
DECLARE
    written pg_catalog.text := value;
    instead pg_catalog.text := '0e0';
BEGIN
    IF pg_catalog.strpos(written, '": null') OPERATOR(pg_catalog.=) 0 THEN
        RETURN pg_catalog.json_strip_nulls(written::pg_catalog.json);
    END IF;
    WHILE pg_catalog.strpos(written, instead) OPERATOR(pg_catalog.>) 0 LOOP
        instead := instead OPERATOR(pg_catalog.||) '0';
    END LOOP;
    written := pg_catalog.replace(written, '": null', '": ' OPERATOR(pg_catalog.||) instead);
    RETURN pg_catalog.replace(pg_catalog.json_strip_nulls(written::pg_catalog.json)::pg_catalog.text,
                              instead, 'null');
END
$function$;
