-- vercel_count() returns the number of rows of a table of the source, or NULL if the table does not exist.
CREATE FUNCTION agentchat.vercel_count(source_schema text, source text) RETURNS bigint
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    n bigint;
BEGIN
    IF EXISTS (SELECT FROM agentchat.vercel_table_columns(source_schema) c
               WHERE c.source = vercel_count.source) THEN
        EXECUTE format('SELECT count(*) FROM %I.%I', source_schema, source) INTO n;
    END IF;
    RETURN n;
END
$function$;

-- vercel_left_out_columns() returns the problem of columns of "User" that users does not have, if they have
-- values.
CREATE FUNCTION agentchat.vercel_left_out_columns(source_schema text) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    has_values text;
    counts text;
    problem jsonb;
BEGIN
    -- A function takes at most 100 arguments. A table can have more columns.
    SELECT string_agg(format('num_nonnulls(u.%I) > 0', c.column_name), ' OR '),
        string_agg(format('jsonb_build_object(%L, nullif(count(u.%I), 0))', c.column_name, c.column_name),
                   ' || ')
    INTO has_values, counts
    FROM agentchat.vercel_table_columns(source_schema) c
    WHERE c.source = 'User' AND c.output IS NULL;
    IF has_values IS NULL THEN
        RETURN '[]';
    END IF;
    EXECUTE format(
        'SELECT jsonb_build_object(''kind'', ''columns that users does not have were left out'', '
        '''count'', count(*) FILTER (WHERE %1$s), ''first_ids'', to_jsonb(ARRAY('
        'SELECT u.id FROM %3$I."User" u WHERE %1$s ORDER BY u.id LIMIT 10)), '
        '''columns'', jsonb_strip_nulls(%2$s)) FROM %3$I."User" u', has_values, counts, source_schema)
        INTO problem;
    RETURN CASE WHEN (problem -> 'count')::bigint > 0 THEN jsonb_build_array(problem) ELSE '[]' END;
END
$function$;

-- vercel_results() returns the result of an import, made of the counts of the tables that are imported.
CREATE FUNCTION agentchat.vercel_results(source_schema text, time_zone text, dry_run boolean, results jsonb)
    RETURNS TABLE (
        source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb, figures jsonb
    )
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT r.source, c.read, c.written, c.merged, c.read - c.written - c.merged,
    (SELECT coalesce(jsonb_agg(p.problem ORDER BY p.problem ->> 'kind' COLLATE "C"), '[]')
     FROM jsonb_array_elements(c.problems || CASE r.source
         WHEN 'User' THEN agentchat.vercel_left_out_columns(source_schema) ELSE '[]' END) p (problem)),
    CASE r.source WHEN 'Chat' THEN agentchat.vercel_figures(source_schema, time_zone, dry_run) END
FROM unnest('{User,Chat,Message,Message_v2,Vote,Vote_v2,Document,Suggestion}'::text[])
        WITH ORDINALITY r (source, n)
    CROSS JOIN LATERAL jsonb_to_record(results -> r.source) c (
        read bigint, written bigint, merged bigint, problems jsonb)
WHERE results ? r.source
UNION ALL
SELECT o.source, o.read, 0, 0, o.read,
    jsonb_build_array(jsonb_build_object('kind', o.kind, 'count', o.read, 'first_ids', '[]'::jsonb)), NULL
FROM agentchat.vercel_other_tables(source_schema) o
$function$;
