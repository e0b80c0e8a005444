-- docs/names.md agrees with the catalog: each of its blocks of code, line by line.
\ir ../lib/agentchat.sql
\set file `cat docs/names.md`

-- A section is a heading and, after some text, a block of lines.
CREATE TEMPORARY TABLE documented AS
SELECT split_part(section, E'\n', 1) AS section, line
FROM string_to_table(:'file', E'\n## ') AS section,
    string_to_table(rtrim(split_part(section, E'\n```', 2), E'\n'), E'\n') AS line
WHERE line <> '';

CREATE TEMPORARY VIEW tables AS
SELECT oid, relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;

CREATE TEMPORARY VIEW members AS
SELECT d.objid AS oid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e' AND e.extname = 'agentchat';

SELECT agentchat.enable('runs') \g /dev/null
SELECT agentchat.enable('search') \g /dev/null

SELECT plan(8);

SELECT set_eq(
    $$SELECT line FROM documented WHERE section = 'Schema'$$,
    $$SELECT nspname::text FROM pg_namespace JOIN members USING (oid)$$,
    'the schema');

SELECT set_eq(
    $$SELECT line FROM documented WHERE section IN ('Functions', 'Administration', 'Inside')$$,
    -- Of a name that two functions have, regproc says the schema.
    $$SELECT format('%s(%s) → %s, %s, parallel %s', replace(oid::regproc::text, 'public.', ''),
          pg_get_function_arguments(oid), pg_get_function_result(oid),
          CASE provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END,
          CASE proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END)
      FROM pg_proc JOIN members USING (oid)$$,
    'the functions');

SELECT set_eq(
    $$SELECT line FROM documented WHERE section = 'Tables and columns'$$,
    $$SELECT concat_ws(' ', format('%I.%I', t.name, attname), format_type(atttypid, atttypmod),
          CASE WHEN attnotnull THEN 'NOT NULL' END, 'DEFAULT ' || pg_get_expr(adbin, adrelid))
      FROM tables t JOIN pg_attribute ON attrelid = t.oid AND attnum > 0
      LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum$$,
    'the tables and their columns');

SELECT set_eq(
    $$SELECT line FROM documented WHERE section = 'Constraints'$$,
    $$SELECT format('%I on %I: %s', conname, t.name, pg_get_constraintdef(c.oid, true))
      FROM tables t JOIN pg_constraint c ON conrelid = t.oid WHERE contype <> 'n'$$,
    'the constraints');

SELECT set_eq(
    $$SELECT line FROM documented WHERE section = 'Indexes'$$,
    $$SELECT replace(pg_get_indexdef(indexrelid), ' public.', ' ')
      FROM tables t JOIN pg_index ON indrelid = t.oid$$,
    'the indexes');

SELECT set_eq(
    $$SELECT line FROM documented WHERE section = 'Policies'$$,
    $$SELECT format('%I on %I for %s', polname, t.name,
          CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'
              WHEN 'd' THEN 'DELETE' END)
      FROM tables t JOIN pg_policy ON polrelid = t.oid WHERE polpermissive AND polroles = '{0}'$$,
    'the policies');

SELECT set_eq(
    $$SELECT line FROM documented WHERE section = 'Triggers'$$,
    $$SELECT pg_get_triggerdef(g.oid, true)
      FROM tables t JOIN pg_trigger g ON tgrelid = t.oid WHERE NOT tgisinternal$$,
    'the triggers');

SELECT set_eq(
    'SELECT section FROM documented',
    ARRAY['Schema', 'Functions', 'Administration', 'Inside', 'Tables and columns', 'Constraints', 'Indexes',
        'Triggers', 'Policies'],
    'and nothing else');

SELECT * FROM finish();
