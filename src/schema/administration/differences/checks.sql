-- check_differences() compares the CHECK constraints.
CREATE FUNCTION agentchat.check_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 40, c.name,
    CASE WHEN c.present AND c.same THEN 'not validated' WHEN c.present THEN 'has a different definition'
         ELSE 'missing' END,
    CASE WHEN NOT (c.present AND c.same) THEN
        array_remove(ARRAY[
            CASE WHEN c.present THEN
                format('ALTER TABLE %s DROP CONSTRAINT %s', c.qualified_name, c.quoted) END,
            format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', c.qualified_name, c.quoted, c.definition,
                   CASE WHEN c.actual IS NOT NULL THEN ' NOT VALID' END)], NULL)
    END,
    CASE WHEN c.actual IS NOT NULL THEN
        ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', c.qualified_name, c.quoted)] END,
    CASE WHEN c.countable THEN
        format('SELECT count(*) FROM %s WHERE NOT (%s)', c.qualified_name,
               regexp_replace(c.definition, '^CHECK ', '')) END,
    true, c.model, 0
FROM agentchat.compared_constraints(enabling, '{c}') c
WHERE NOT (c.present AND c.same AND c.convalidated)
$function$;
