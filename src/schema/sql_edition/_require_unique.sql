-- require_unique() raises 42P10 unless a unique index is on the column.
CREATE FUNCTION agentchat.require_unique(of_table regclass, column_name text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = of_table AND a.attname = column_name AND i.indnkeyatts = 1
          AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL) THEN
        RAISE EXCEPTION 'a table of agentchat lacks its primary key'
            USING ERRCODE = 'invalid_column_reference',
                  DETAIL = format('The table "%s" has no unique index on "%s".',
                      (SELECT relname FROM pg_class WHERE oid = of_table), column_name),
                  HINT = 'To add it again, run: SELECT * FROM agentchat.adopt().';
    END IF;
END
$function$;
