-- A feature is on if its table has the trigger that shows it.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    needed_table text := CASE $1 WHEN 'runs' THEN 'runs' WHEN 'search' THEN 'messages' END;
    needed_trigger CONSTANT text := CASE $1 WHEN 'runs' THEN 'agentchat_protect_run'
                                            WHEN 'search' THEN 'agentchat_index_messages_on_insert' END;
    found_table oid;
BEGIN
    IF needed_table IS NULL THEN
        RAISE EXCEPTION 'unknown feature'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The feature is %s.', agentchat.quoted_excerpt($1)),
                  HINT = 'agentchat.features() lists the features.';
    END IF;
    needed_table := agentchat.tables_prefix() || needed_table;
    found_table := to_regclass(needed_table);
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = found_table AND tgname = needed_trigger) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION '%', 'the feature ' || $1 || ' is off'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = CASE WHEN found_table IS NULL THEN format('The table %s does not exist.', needed_table)
                            ELSE format('The table %s lacks the trigger %s.', needed_table,
                                        needed_trigger) END,
              HINT = format('To switch it on, run as the owner of the tables: SELECT * FROM '
                            'agentchat.enable(''%s'');', $1);
END
$function$
