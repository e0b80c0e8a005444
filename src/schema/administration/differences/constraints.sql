-- compared_constraints() returns the constraints of the blueprint that have one of these types
-- (pg_constraint.contype), each beside the user's constraint of the same name, if it exists.
CREATE FUNCTION agentchat.compared_constraints(enabling text, contypes "char"[]) RETURNS TABLE (
    model regclass, actual regclass, qualified_name text, prefix text,
    name text, conname name, quoted text, contype "char", columns name[], quoted_column text, definition text,
    confrelid oid, conindid oid, present boolean, same boolean, convalidated boolean, countable boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.model, t.actual, t.qualified_name, t.prefix,
    format('constraint %I of %s', m.conname, t.qualified_name), m.conname, quote_ident(m.conname), m.contype,
    k.columns, quote_ident(k.columns[1]), d.definition, m.confrelid, m.conindid,
    a.oid IS NOT NULL,
    coalesce(regexp_replace(d.actual_definition, ' NOT VALID$', '') = d.definition
             -- ALTER TABLE ... DISABLE TRIGGER ALL disables foreign keys.
             AND NOT EXISTS (SELECT FROM pg_trigger g
                             WHERE g.tgconstraint = a.oid AND g.tgenabled <> 'O'), false),
    a.convalidated,
    -- Whether rows can break it: they cannot if one of its columns is still missing.
    coalesce(k.columns <@ ARRAY(SELECT c.attname FROM pg_attribute c
                                WHERE c.attrelid = t.actual AND c.attnum > 0 AND NOT c.attisdropped),
             t.actual IS NOT NULL)
FROM agentchat.tables(enabling) t
    JOIN pg_constraint m ON m.conrelid = t.model AND m.contype = ANY (contypes)
    CROSS JOIN LATERAL (
        SELECT array_agg(c.attname ORDER BY u.n) AS columns
        FROM unnest(m.conkey) WITH ORDINALITY u (attnum, n)
            JOIN pg_attribute c ON c.attrelid = m.conrelid AND c.attnum = u.attnum) k
    LEFT JOIN pg_constraint a ON a.conrelid = t.actual AND a.conname = m.conname
        AND a.contype IN ('p', 'u', 'c', 'f')
    -- OFFSET 0 keeps the planner from calling pg_get_constraintdef() once for each use.
    CROSS JOIN LATERAL (
        SELECT replace(pg_get_constraintdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition,
            pg_get_constraintdef(a.oid) AS actual_definition
        OFFSET 0) d
$function$;
