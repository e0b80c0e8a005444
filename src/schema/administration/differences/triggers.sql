-- trigger_differences() compares the triggers.
CREATE FUNCTION agentchat.trigger_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 90, format('trigger %s of %s', t.quoted, t.qualified_name),
    CASE WHEN NOT t.present THEN 'missing'
         WHEN t.actual_definition <> t.definition THEN 'has a different definition' ELSE 'disabled' END,
    CASE WHEN t.present AND t.actual_definition = t.definition THEN
        ARRAY[format('ALTER TABLE %s ENABLE TRIGGER %s', t.qualified_name, t.quoted)]
    ELSE
        array_remove(ARRAY[
            CASE WHEN t.present THEN format('DROP TRIGGER %s ON %s', t.quoted, t.qualified_name) END,
            t.definition], NULL)
    END,
    NULL::text[], NULL::text, true, t.model, 0
FROM (
    SELECT t.model, t.qualified_name, quote_ident(m.tgname) AS quoted,
        replace(pg_get_triggerdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition, m.tgenabled,
        a.oid IS NOT NULL AS present, pg_get_triggerdef(a.oid) AS actual_definition,
        a.tgenabled AS actual_enabled
    FROM agentchat.tables(enabling) t
        JOIN pg_trigger m ON m.tgrelid = t.model AND NOT m.tgisinternal
        LEFT JOIN pg_trigger a ON a.tgrelid = t.actual AND a.tgname = m.tgname AND NOT a.tgisinternal
) t
WHERE NOT t.present OR t.actual_definition <> t.definition OR t.actual_enabled <> t.tgenabled
$function$;
