-- Compares the tables of CREATE EXTENSION with the DDL that drizzle-kit generates from the schema design. The
-- design goes to public, which it names itself, and the extension to another schema of the database.
\ir ../lib/pgtap.sql
\ir ../data/schema-design.sql
CREATE SCHEMA chat;
CREATE EXTENSION agentchat SCHEMA chat;
SET search_path = tap;

SELECT plan(20);

CREATE FUNCTION pg_temp.column_names(relation oid, numbers smallint[]) RETURNS name[] LANGUAGE sql AS
'SELECT array_agg(a.attname ORDER BY k.n)
 FROM unnest(numbers) WITH ORDINALITY AS k (number, n)
 JOIN pg_attribute a ON a.attrelid = relation AND a.attnum = k.number';

CREATE TEMPORARY VIEW tables AS
SELECT c.relnamespace::regnamespace::text AS schema, c.relname AS "table", c.oid, c.relowner
FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace IN ('public'::regnamespace, 'chat'::regnamespace);

CREATE TEMPORARY VIEW columns AS
SELECT t.schema, t."table", a.attname AS "column", a.attnum AS position,
    format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
    pg_get_expr(d.adbin, d.adrelid) AS "default", a.attcompression AS compression
FROM tables t
JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0
LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum;

CREATE TEMPORARY VIEW constraints AS
SELECT t.schema, t."table", k.conname AS "constraint", k.contype AS type, f.relname AS target,
    pg_temp.column_names(k.conrelid, k.conkey) AS columns,
    pg_temp.column_names(k.confrelid, k.confkey) AS target_columns,
    k.confdeltype AS on_delete, k.confupdtype AS on_update,
    k.convalidated AS is_valid, k.condeferrable AS is_deferrable
FROM tables t
JOIN pg_constraint k ON k.conrelid = t.oid
LEFT JOIN pg_class f ON f.oid = k.confrelid;

CREATE TEMPORARY VIEW indexes AS
SELECT t."table", c.relname AS index, pg_temp.column_names(t.oid, i.indkey::smallint[]) AS columns,
    i.indisunique AS is_unique, i.indpred IS NULL AS is_whole
FROM tables t
JOIN pg_index i ON i.indrelid = t.oid
JOIN pg_class c ON c.oid = i.indexrelid
WHERE t.schema = 'chat';

-- What the design defines.

SELECT set_eq(
    $$SELECT "table" FROM tables WHERE schema = 'chat'$$,
    $$SELECT "table" FROM tables WHERE schema = 'public'$$,
    'the tables are those of the design');

SELECT results_eq(
    $$SELECT "table", position, "column" FROM columns WHERE schema = 'chat' ORDER BY 1, 2$$,
    $$SELECT "table", position, "column" FROM columns WHERE schema = 'public' ORDER BY 1, 2$$,
    'the columns are those of the design, in its order');

SELECT set_eq(
    $$SELECT "table", "column", type FROM columns WHERE schema = 'chat'$$,
    $$SELECT "table", "column", type FROM columns WHERE schema = 'public'$$,
    'they have the types of the design');

SELECT set_eq(
    $$SELECT "table", "column", not_null FROM columns WHERE schema = 'chat'$$,
    $$SELECT "table", "column", not_null FROM columns WHERE schema = 'public'$$,
    'they allow NULL if the design does');

SELECT set_eq(
    $$SELECT "table", "column", "default" FROM columns WHERE schema = 'chat'$$,
    $$SELECT "table", "column", replace("default", 'now()', '(now() AT TIME ZONE ''utc''::text)')
      FROM columns WHERE schema = 'public'$$,
    'they have the defaults of the design, with now() in UTC');

SELECT set_eq(
    $$SELECT "table", "constraint", type, columns, target, target_columns
      FROM constraints WHERE schema = 'chat' AND type IN ('p', 'u', 'f')$$,
    $$SELECT "table", "constraint", type, columns, target, target_columns
      FROM constraints WHERE schema = 'public' AND type IN ('p', 'u', 'f')$$,
    'keys and foreign keys are those of the design, with drizzle-kit''s names');

-- Additions to the design.

SELECT set_eq(
    $$SELECT "constraint", on_delete::text FROM constraints
      WHERE schema = 'chat' AND type = 'f' AND on_delete <> 'a'$$,
    $$VALUES ('messages_conversation_id_conversations_id_fk'::name, 'c'),
        ('artifacts_message_id_messages_id_fk', 'n'),
        ('workflows_agent_instance_id_agent_instances_id_fk', 'n')$$,
    'three foreign keys cascade or set NULL, all others restrict');

SELECT is_empty(
    $$SELECT "constraint" FROM constraints
      WHERE schema = 'chat' AND (NOT is_valid OR is_deferrable OR on_update NOT IN ('a', ' '))$$,
    'every constraint is valid and immediate, and no foreign key acts on update');

SELECT set_eq(
    $$SELECT "table" || '.' || columns[1] FROM constraints WHERE schema = 'chat' AND type = 'c'$$,
    $$VALUES ('conversations.metadata'), ('messages.role'), ('messages.parts'), ('messages.attachments'),
        ('artifacts.type'), ('artifacts.metadata'), ('agent_definitions.tools'),
        ('agent_definitions.capabilities'), ('agent_definitions.metadata'), ('agent_instances.configuration'),
        ('agent_instances.status'), ('agent_instances.metadata'), ('agent_tools.schema'),
        ('agent_tools.metadata'), ('workflows.status'), ('workflows.steps'), ('workflows.metadata'),
        ('subscriptions.plan'), ('subscriptions.status'), ('subscriptions.agent_limit')$$,
    'every enumeration, array, object and limit has a check');

SELECT is_empty(
    $$SELECT "constraint" FROM constraints
      WHERE schema = 'chat' AND type = 'c' AND "constraint" <> format('%s_%s_check', "table", columns[1])$$,
    'checks have the names that PostgreSQL gives them');

SELECT is_empty(
    $$SELECT k."constraint" FROM constraints k
      WHERE k.schema = 'chat' AND k.type = 'f' AND NOT EXISTS (
          SELECT FROM indexes i WHERE i."table" = k."table" AND i.columns[1] = k.columns[1] AND i.is_whole)$$,
    'every foreign key has an index that begins with its column');

SELECT is_empty(
    $$SELECT a.index, b.index FROM indexes a JOIN indexes b ON a."table" = b."table" AND a.index <> b.index
      WHERE a.columns = b.columns[1:cardinality(a.columns)] AND a.is_whole = b.is_whole AND NOT a.is_unique$$,
    'no index is a prefix of another');

SELECT set_has(
    $$SELECT "table"::text, columns::text FROM indexes WHERE is_whole$$,
    $$VALUES ('messages', '{conversation_id,created_at,id}'), ('conversations', '{user_id,updated_at,id}'),
        ('workflows', '{workflow_id}')$$,
    'there are indexes to read conversations, to list them, and to find workflows');

SELECT set_eq(
    $$SELECT "table"::text, columns::text FROM indexes WHERE is_unique$$,
    $$VALUES ('users', '{id}'), ('conversations', '{id}'), ('messages', '{id}'), ('artifacts', '{id}'),
        ('agent_definitions', '{id}'), ('agent_instances', '{id}'), ('agent_tools', '{id}'),
        ('workflows', '{id}'), ('subscriptions', '{id}'), ('users', '{email}'), ('agent_tools', '{name}'),
        ('subscriptions', '{stripe_subscription_id}')$$,
    'ids, e-mail addresses, names of tools and Stripe''s subscriptions are unique');

SELECT is_empty(
    $$SELECT "table", "column" FROM columns
      WHERE schema = 'chat' AND compression <> 'l'
        AND (type = 'jsonb' OR "column" IN ('content', 'reasoning', 'system_prompt', 'description', 'goal'))
        AND EXISTS (SELECT FROM pg_settings
                    WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals))$$,
    'large columns compress with lz4 if the server has it');

SELECT set_has(
    $$SELECT t."table", g.tgname, pg_get_triggerdef(g.oid)
      FROM tables t JOIN pg_trigger g ON g.tgrelid = t.oid
      WHERE t.schema = 'chat' AND NOT g.tgisinternal$$,
    $$SELECT "table", name, format('CREATE TRIGGER %s BEFORE UPDATE ON chat.%s FOR EACH ROW '
          'EXECUTE FUNCTION agentchat.set_updated_at()', name, "table")
      FROM columns, CAST('agentchat_set_updated_at' AS name) AS name
      WHERE schema = 'chat' AND "column" = 'updated_at'$$,
    'every table with an updated_at has a trigger for it');

SELECT is_empty(
    $$SELECT "table" FROM tables WHERE schema = 'chat' AND obj_description(oid, 'pg_class') IS NULL$$,
    'every table has a comment');

-- The tables belong to the user.

SELECT is_empty(
    $$SELECT "table" FROM tables WHERE schema = 'chat' AND relowner <> current_user::regrole$$,
    'the tables belong to the role that installed the extension');

CREATE TEMPORARY VIEW members AS
SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND e.extname = 'agentchat';

SELECT is_empty(
    $$SELECT pg_describe_object(classid, objid, 0) FROM members
      WHERE classid NOT IN ('pg_proc'::regclass, 'pg_namespace'::regclass)
          -- Since 17, the row types of tables are members, too.
          AND pg_describe_object(classid, objid, 0) !~ '^(table|type) agentchat[.]blueprint_'
          -- The functions in SQL need these.
          AND pg_describe_object(classid, objid, 0) !~
              '^(table|view|type) agentchat[.](agent_locks|kept_conversation)(\[\])?$'$$,
    'the extension has functions, a schema and the blueprint, and nothing that belongs to the tables');

SELECT is_empty(
    $$SELECT pg_describe_object(d.classid, d.objid, d.objsubid) FROM pg_depend d
      JOIN members m ON m.classid = d.refclassid AND m.objid = d.refobjid
          AND m.classid = 'pg_proc'::regclass
      WHERE d.classid IN ('pg_attrdef'::regclass, 'pg_constraint'::regclass, 'pg_class'::regclass)$$,
    'no default, constraint or index depends on the extension');

SELECT * FROM finish();
