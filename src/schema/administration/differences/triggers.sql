-- trigger_differences() compares the triggers. Those that a feature has on one of the nine tables count only
-- while the feature is on or is switched on.
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
        LEFT JOIN agentchat.feature_catalog() f ON m.tgname = ANY (f.triggers)
    WHERE f.feature IS NULL OR f.feature = enabling OR agentchat.feature_is_on(f.feature)
) t
WHERE NOT t.present OR t.actual_definition <> t.definition OR t.actual_enabled <> t.tgenabled
$function$;

-- search_index_differences() tells that the index of the feature search may lack messages, because one of
-- the triggers that note them is missing or disabled, or because a table of the index is missing.
CREATE FUNCTION agentchat.search_index_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 140, 'index of messages', 'may lack messages', ARRAY['SELECT agentchat.index_messages()'],
    NULL::text[], NULL::text, true, 'agentchat.blueprint_search_segments'::regclass, 0
WHERE EXISTS (SELECT FROM agentchat.trigger_differences(enabling) d
                  JOIN agentchat.feature_catalog() f ON f.feature = 'search'
                      AND split_part(d.object, ' ', 2) = ANY (f.triggers))
   OR EXISTS (SELECT FROM agentchat.tables(enabling) t WHERE t.feature = 'search' AND t.actual IS NULL)
$function$;
