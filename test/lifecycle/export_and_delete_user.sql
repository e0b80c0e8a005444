-- agentchat.export_user() returns all data of a user. After agentchat.delete_user(), a search of every column
-- of every table finds nothing of the user but definitions that others use.
\ir ../lib/pgtap.sql
DO $$ BEGIN CREATE ROLE authenticated; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
CREATE SCHEMA "My Chat";
CREATE EXTENSION agentchat SCHEMA "My Chat";
-- ALTER EXTENSION UPDATE does not change the tables.
SELECT count(*) FROM agentchat.adopt(build => true) \g /dev/null
\set QUIET on
SET client_min_messages = warning;
SET search_path = "My Chat", tap;

SELECT plan(51);

-- Columns that an application adds, one of them generated, and tables that refer to ours.
DO $$
DECLARE
    t text;
BEGIN
    FOR t IN SELECT qualified_name FROM agentchat.tables() LOOP
        EXECUTE format('ALTER TABLE %s ADD COLUMN t text, ADD COLUMN "Note" text,
            ADD COLUMN numbers bigint[], '
                       'ADD COLUMN note_again text GENERATED ALWAYS AS ("Note" || ''!'') STORED', t);
    END LOOP;
END $$;
CREATE TABLE settings (user_id uuid PRIMARY KEY REFERENCES users ON DELETE CASCADE, theme text);
CREATE TABLE reactions (message_id uuid REFERENCES messages ON DELETE CASCADE, emoji text);
CREATE TABLE public.bookmarks (owner text, message_id uuid REFERENCES messages ON DELETE SET NULL);

-- Rows with a mark of the user in every column: unique text, JSON, number and time.
CREATE FUNCTION mark(who text, place text) RETURNS text LANGUAGE sql RETURN format('<%s %s>', who, place);
CREATE FUNCTION mark_object(who text, place text) RETURNS jsonb LANGUAGE sql
    RETURN jsonb_build_object(mark(who, place), jsonb_build_array(mark(who, place)));
CREATE FUNCTION mark_array(who text, place text)
RETURNS jsonb LANGUAGE sql RETURN jsonb_build_array(mark_object(who, place));
CREATE FUNCTION mark_id(who text, place text, n integer DEFAULT 1)
RETURNS uuid LANGUAGE sql RETURN md5(who || place || n)::uuid;

CREATE FUNCTION plant(who text, number bigint, moment timestamp) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    me CONSTANT uuid := mark_id(who, 'users');
    added CONSTANT text := format('t = mark(%1$L, ''t''), "Note" = mark(%1$L, ''Note''), '
            'numbers = ARRAY[%2$s, %2$s]',
        who,
        number);
    t text;
BEGIN
    INSERT INTO users (id, email, name, avatar_url, created_at, updated_at)
    VALUES (me, mark(who, 'email'), mark(who, 'name'), mark(who, 'avatar'), moment, moment);
    INSERT INTO subscriptions (id, user_id, stripe_customer_id, stripe_subscription_id, stripe_price_id,
        stripe_current_period_end, plan, status, is_active, agent_limit, created_at, updated_at)
    VALUES (mark_id(who, 'subscriptions'), me, mark(who, 'customer'), mark(who, 'subscription'),
        mark(who, 'price'), moment, 'pro', 'active', true, 1000, moment, moment);
    FOR n IN 1 .. 3 LOOP
        INSERT INTO conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at)
        VALUES (mark_id(who, 'conversations', n), me, mark(who, 'title'), mark(who, 'prompt'),
            mark_object(who, 'metadata'), moment, moment);
        INSERT INTO messages (id, conversation_id, role, content, parts, attachments, reasoning, created_at)
        SELECT mark_id(who, 'messages', 10 * n + m), mark_id(who, 'conversations', n), 'user',
            mark(who, 'content'), mark_array(who, 'parts'), mark_array(who, 'attachments'),
            mark(who, 'reasoning'), moment
        -- The third conversation has no messages.
        FROM generate_series(1, 4) m WHERE n < 3;
        INSERT INTO artifacts (id, user_id, message_id, type, title, content, metadata, created_at,
            updated_at)
        VALUES (mark_id(who, 'artifacts', n), me, mark_id(who, 'messages', 11), 'text', mark(who, 'title'),
            mark(who, 'content'), mark_object(who, 'metadata'), moment - n * interval '1 s', moment);
        INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, is_public, tools,
            capabilities, metadata, created_at, updated_at)
        VALUES (mark_id(who, 'definitions', n), me, mark(who, 'name'), mark(who, 'description'),
            mark(who, 'prompt'), n < 3,
            '["search"]', mark_object(who, 'capabilities'), mark_object(who, 'metadata'), moment,
            moment);
        INSERT INTO agent_instances (id, user_id, definition_id, name, configuration, metadata, created_at,
            updated_at)
        VALUES (mark_id(who, 'instances', n), me, mark_id(who, 'definitions', n), mark(who, 'name'),
            mark_object(who, 'configuration'), mark_object(who, 'metadata'), moment, moment);
        INSERT INTO workflows (id, user_id, agent_instance_id, workflow_id, status, goal, steps, result,
            metadata, created_at, updated_at)
        VALUES (mark_id(who, 'workflows', n), me, mark_id(who, 'instances', n), mark(who, 'workflow'),
            'pending',
            mark(who, 'goal'), mark_array(who, 'steps'), mark_array(who, 'result'),
            mark_object(who, 'metadata'), moment, moment);
    END LOOP;
    INSERT INTO settings VALUES (me, mark(who, 'theme'));
    INSERT INTO reactions VALUES (mark_id(who, 'messages', 11), mark(who, 'emoji'));

    -- Filling the added columns must not change the times.
    PERFORM set_config('row_security', 'off', true);
    FOR t IN SELECT table_name FROM agentchat.tables() WHERE table_name <> 'agent_tools' LOOP
        EXECUTE format('UPDATE %I SET %s WHERE %L IN (%s)', t, added, me, CASE t WHEN 'users' THEN 'id'
            WHEN 'messages' THEN '(SELECT user_id FROM conversations c WHERE c.id = conversation_id)'
                ELSE 'user_id' END);
    END LOOP;
    PERFORM set_config('row_security', 'on', true);
END $$;
INSERT INTO agent_tools (name, description, schema) VALUES ('search', 'Searches', '{}');
SELECT plant('ada', 987654321001, '2001-02-03 04:05:06.789'),
    plant('bob', 987654321002, '2002-03-04 05:06:07.891'),
    plant('cleo', 987654321003, '2003-04-05 06:07:08.912') \g /dev/null
-- Bob's rows that point to Ada's: an artifact, a bookmark and a workflow, and agents with her definitions 1,
-- which is public, and 3, which is no longer public.
UPDATE artifacts SET message_id = mark_id('ada', 'messages', 11) WHERE id = mark_id('bob', 'artifacts', 1);
INSERT INTO public.bookmarks VALUES ('bob', mark_id('ada', 'messages', 12));
UPDATE workflows
SET agent_instance_id = mark_id('ada', 'instances', 2) WHERE id = mark_id('bob', 'workflows', 1);
INSERT INTO agent_instances (id, user_id, definition_id, name, status) VALUES
(mark_id('bob', 'instances', 4), mark_id('bob', 'users'), mark_id('ada', 'definitions', 1),
    'from a public one', 'archived'),
(mark_id('bob', 'instances', 5), mark_id('bob', 'users'), mark_id('ada', 'definitions', 3),
    'from a private one', 'active');

-- Returns the columns of all tables of the database, except those of these tests, that contain a pattern.
CREATE FUNCTION places(patterns text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    place record;
    there boolean;
BEGIN
    FOR place IN
        SELECT c.oid::regclass AS tab, a.attname FROM pg_class c
            JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relkind IN ('r', 'm', 'p') AND n.nspname !~ '^pg_(catalog|toast|temp)'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s p WHERE p.%I::text LIKE ANY ($1))',
            place.tab,
            place.attname)
            INTO there USING patterns;
        IF there THEN
            RETURN NEXT replace(format('%s.%I', place.tab, place.attname), '"My Chat".', '');
        END IF;
    END LOOP;
END $$;
-- The patterns that identify a user: marks, ids, the number and the time.
CREATE FUNCTION patterns(who text, number bigint, moment timestamp) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    patterns text[] := ARRAY[format('%%<%s %%', who), format('%%%s%%', number),
        format('%%%s%%', moment::date)];
    id text;
BEGIN
    FOR id IN SELECT v #>> '{}'
        FROM jsonb_path_query(agentchat.export_user(mark_id(who, 'users')), '$.**.id') v LOOP
        patterns := patterns || format('%%%s%%', id);
    END LOOP;
    RETURN patterns;
END $$;
CREATE TEMPORARY TABLE of_users AS
SELECT who, patterns(who, number, moment) AS patterns
FROM (VALUES ('ada', 987654321001, timestamp '2001-02-03'),
    ('cleo', 987654321003, '2003-04-05')) u (who, number, moment);

-- Every column of the tables has a mark, except for those that cannot hold one.
SELECT bag_eq(
    $$SELECT places(patterns) FROM of_users WHERE who = 'cleo'$$,
    $$SELECT format('%s.%I', t.table_name, a.attname)
      FROM agentchat.tables() t JOIN pg_attribute a ON a.attrelid = t.actual AND a.attnum > 0
      WHERE t.table_name <> 'agent_tools'
          AND a.attname NOT IN ('role', 'type', 'status', 'plan', 'is_active', 'is_public', 'agent_limit',
              'tools')
      UNION ALL VALUES ('settings.user_id'), ('settings.theme'), ('reactions.message_id'),
          ('reactions.emoji')$$,
    'a search finds a user in every column');

-- The export.

CREATE TEMPORARY TABLE exports AS
SELECT who, agentchat.export_user(mark_id(who, 'users')) AS export FROM unnest('{ada,bob,cleo}'::text[]) who;

-- Times end in Z. Without it, and without zeros at the end, they are those of to_jsonb().
CREATE FUNCTION without_z(export jsonb) RETURNS jsonb LANGUAGE sql AS $$
    SELECT regexp_replace(export::text, '(\d\d:\d\d:\d\d)(?:\.000000|(\.\d*?[1-9])0*)Z"',
        '\1\2"', 'g')::jsonb $$;
SELECT is((SELECT without_z(export) FROM exports WHERE who = 'ada'), jsonb_build_object(
    'user', (SELECT to_jsonb(u.*) FROM users u WHERE u.id = me),
    'conversations', (SELECT jsonb_agg(to_jsonb(c.*) || jsonb_build_object('messages', coalesce(
            (SELECT jsonb_agg(to_jsonb(m.*) ORDER BY m.created_at, m.id)
             FROM messages m WHERE m.conversation_id = c.id), '[]'))
        ORDER BY c.created_at, c.id) FROM conversations c WHERE c.user_id = me),
    'artifacts',
    (SELECT jsonb_agg(to_jsonb(r.*) ORDER BY r.created_at, r.id) FROM artifacts r WHERE r.user_id = me),
    'agent_definitions',
    (SELECT jsonb_agg(to_jsonb(r.*) ORDER BY r.created_at, r.id)
     FROM agent_definitions r WHERE r.user_id = me),
    'agent_instances',
    (SELECT jsonb_agg(to_jsonb(r.*) ORDER BY r.created_at, r.id) FROM agent_instances r WHERE r.user_id = me),
    'workflows',
    (SELECT jsonb_agg(to_jsonb(r.*) ORDER BY r.created_at, r.id) FROM workflows r WHERE r.user_id = me),
    'subscriptions',
    (SELECT jsonb_agg(to_jsonb(r.*) ORDER BY r.created_at, r.id) FROM subscriptions r WHERE r.user_id = me)),
    'the export has every row as to_jsonb() returns it, in order')
FROM mark_id('ada', 'users') me;

-- The export contains each value of each row of the user, as text.
CREATE FUNCTION missing_values(who text, export text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    t text;
BEGIN
    FOR t IN SELECT table_name FROM agentchat.tables() WHERE table_name <> 'agent_tools' LOOP
        RETURN QUERY EXECUTE format(
            'SELECT concat_ws(''.'', %1$L, v.key) FROM %1$I r CROSS JOIN LATERAL jsonb_each(to_jsonb(r.*)) v
             WHERE %2$L IN (%3$s) AND strpos(%4$L, v.value::text) = 0',
             t, mark_id(who, 'users'), CASE t WHEN 'users' THEN 'r.id'
                WHEN 'messages' THEN '(SELECT c.user_id FROM conversations c WHERE c.id = r.conversation_id)'
                    ELSE 'r.user_id' END, export);
    END LOOP;
END $$;
SELECT is_empty($$SELECT who, missing_values(who, without_z(export)::text)
    FROM exports$$, 'no value is missing from it');
SELECT is((SELECT count(*)::int FROM exports e
        WHERE e.export::text LIKE ANY (SELECT format('%%<%s %%', o.who) FROM exports o WHERE o.who <> e.who)),
    0, 'it contains nothing of others');

INSERT INTO users (id, email) VALUES (mark_id('dan', 'users'), 'dan@example.com');
SELECT is(agentchat.export_user(mark_id('dan', 'users')) - 'user',
    '{"conversations": [], "artifacts": [], "agent_definitions": [], "agent_instances": [], "workflows": [],
        "subscriptions": []}',
    'a user without data');
SELECT is((SELECT provolatile::text FROM pg_proc WHERE oid = 'agentchat.export_user'::regproc),
    's',
    'it reads with one snapshot');
BEGIN READ ONLY;
SELECT lives_ok($$SELECT agentchat.export_user(mark_id('dan', 'users'))$$,
    'it works in a read-only transaction');
COMMIT;

-- Unknown and missing users.

CREATE FUNCTION error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    EXECUTE query;
    RETURN 'no error';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ' ' || SQLERRM, nullif(detail, ''), nullif(hint, ''));
END $$;

SELECT is(error(format('SELECT agentchat.%I(%L)', f, '00000000-0000-0000-0000-000000000001')),
    E'PT404 user not found\n'
    'No user has the id 00000000-0000-0000-0000-000000000001.\nPass the id of a row in "My Chat".users.',
    f || ': an unknown user')
FROM unnest('{export_user,delete_user}'::text[]) f;
SELECT is(error(format('SELECT agentchat.%I(NULL)', f)),
    E'22004 user_id is NULL\nPass the id of the user.',
    f || ': NULL')
FROM unnest('{export_user,delete_user}'::text[]) f;

-- Roles that may call them.

CREATE ROLE tap_somebody;
GRANT USAGE ON SCHEMA "My Chat", tap TO PUBLIC;
GRANT ALL ON ALL TABLES IN SCHEMA "My Chat" TO tap_somebody;
SET ROLE tap_somebody;
SELECT throws_ok(format('SELECT agentchat.%I(%L)', f, mark_id('dan', 'users')),
    '42501',
    'permission denied for function ' || f,
    f || ': not for everybody')
FROM unnest('{export_user,delete_user}'::text[]) f;
RESET ROLE;
GRANT EXECUTE ON FUNCTION agentchat.export_user(uuid), agentchat.delete_user(uuid) TO tap_somebody;
SET ROLE tap_somebody;
SELECT throws_ok(format('SELECT agentchat.%I(%L)', f, mark_id('dan', 'users')),
    '42501',
    'only the owner of the tables may ' || what,
    f || ': not for a role that does not own the tables')
FROM (VALUES ('export_user', 'export users'), ('delete_user', 'delete users')) v (f, what);
RESET ROLE;

-- A deletion deletes everything or nothing.

CREATE FUNCTION rows() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    result jsonb := '{}';
    t text;
    part jsonb;
BEGIN
    FOR t IN SELECT table_name
        FROM agentchat.tables() UNION ALL VALUES ('settings'), ('reactions'), ('bookmarks') LOOP
        EXECUTE format('SELECT coalesce(jsonb_agg(to_jsonb(r.*) ORDER BY to_jsonb(r.*)), ''[]'') FROM %I r',
            t) INTO part;
        result := result || jsonb_build_object(t, part);
    END LOOP;
    RETURN result;
END $$;
SET search_path = "My Chat", public, tap;
CREATE TEMPORARY TABLE before AS SELECT rows() AS rows;
CREATE FUNCTION refused(setup text, whom text DEFAULT 'ada') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    deleted text;
BEGIN
    EXECUTE setup;
    deleted := error(format('SELECT agentchat.delete_user(%L)', mark_id(whom, 'users')));
    result := concat(split_part(deleted, E'\n', 1),
        CASE WHEN rows() IS DISTINCT FROM (SELECT b.rows FROM before b) THEN ' ROWS HAVE CHANGED' END);
    RAISE EXCEPTION USING ERRCODE = 'TAP01';
EXCEPTION WHEN SQLSTATE 'TAP01' THEN RETURN result;
END $$;

SELECT is(refused($$CREATE TABLE invoices (user_id uuid REFERENCES users);
        INSERT INTO invoices VALUES (mark_id('ada', 'users'))$$),
    '23503 update or delete on table "users" violates foreign key constraint "invoices_user_id_fkey" on '
    'table "invoices"',
    'an added table that refers to the user');
SELECT is(refused($$CREATE TABLE votes (message_id uuid REFERENCES messages ON DELETE RESTRICT);
        INSERT INTO votes VALUES (mark_id('ada', 'messages', 24))$$),
    CASE WHEN current_setting('server_version_num')::integer < 180000
        THEN '23503 update or delete on table "messages" violates foreign key constraint '
            '"votes_message_id_fkey" on table "votes"'
        ELSE '23001 update or delete on table "messages" violates RESTRICT setting of foreign key constraint '
            '"votes_message_id_fkey" on table "votes"' END,
    '... to a message');
SELECT is(refused($$CREATE TABLE stars (definition_id uuid REFERENCES agent_definitions);
        INSERT INTO stars VALUES (mark_id('ada', 'definitions', 2))$$),
    '23503 update or delete on table "agent_definitions" violates foreign key constraint '
    '"stars_definition_id_fkey" on table "stars"',
    '... to a definition that nobody uses');
SELECT is(refused($$CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''no''; END';
    CREATE TRIGGER last BEFORE DELETE ON users
        FOR EACH ROW EXECUTE FUNCTION refuse()$$), 'P0001 no', 'a trigger that refuses at the end');
SELECT is(refused($$CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
    CREATE TRIGGER ignored BEFORE DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION ignore()$$),
    '23503 update or delete on table "users" violates foreign key constraint '
    '"conversations_user_id_users_id_fk" on table "conversations"',
    'a trigger that prevents the deletion of conversations');
SELECT is(refused('ALTER TABLE messages FORCE ROW LEVEL SECURITY;
        ALTER TABLE messages ENABLE ROW LEVEL SECURITY'),
    'no error ROWS HAVE CHANGED',
    'a superuser sees what row-level security hides from others');
-- The new row in users, which owns the definitions that others use.
SELECT is(refused('ALTER TABLE users ADD phone text NOT NULL DEFAULT ''?'';
    ALTER TABLE users ALTER phone DROP DEFAULT; UPDATE before SET rows = rows()'),
    '23502 null value in column "phone" of relation "users" violates not-null constraint',
    'an added column that needs a value');
SELECT is(refused('ALTER TABLE users ADD phone text NOT NULL DEFAULT ''?'';
    ALTER TABLE users ALTER phone DROP DEFAULT; UPDATE before SET rows = rows()',
        'cleo'),
    'no error ROWS HAVE CHANGED', '... it does no harm if no row is needed');

-- Deletions.

SELECT is(agentchat.delete_user(mark_id('cleo', 'users')),
    '{"deleted": {"users": 1, "conversations": 3, "messages": 8, "artifacts": 3, "agent_definitions": 3,
            "agent_instances": 3, "workflows": 3, "subscriptions": 1},
      "kept": {"agent_definitions": 0, "anonymous_user_id": null}}',
      'it deletes a user whose data nobody uses');
SELECT is_empty($$SELECT places(patterns) FROM of_users WHERE who = 'cleo'$$,
    '... nothing of the user is left');
SELECT throws_ok(format('SELECT agentchat.delete_user(%L)', mark_id('cleo', 'users')),
    'PT404',
    'user not found',
    '... the user is unknown afterwards');

UPDATE before SET rows = rows();
CREATE TEMPORARY TABLE result AS SELECT agentchat.delete_user(mark_id('ada', 'users')) AS result;
SELECT is(result #- '{kept,anonymous_user_id}',
    '{"deleted": {"users": 1, "conversations": 3, "messages": 8, "artifacts": 3, "agent_definitions": 1,
            "agent_instances": 3, "workflows": 3, "subscriptions": 1},
      "kept": {"agent_definitions": 2}}', 'deletes a user whose definitions others use') FROM result;
SELECT result #>> '{kept,anonymous_user_id}' AS anonymous FROM result \gset

SELECT bag_eq(
    $$SELECT places(patterns) FROM of_users WHERE who = 'ada'$$,
    $$SELECT 'agent_definitions.' || quote_ident(attname) FROM pg_attribute
      WHERE attrelid = 'agent_definitions'::regclass AND attnum > 0
          AND attname NOT IN ('user_id', 'is_public', 'tools', 'updated_at')
      UNION ALL VALUES ('agent_instances.definition_id')$$,
    '... nothing of the user is left but the definitions that others use');
SELECT set_eq('SELECT id FROM agent_definitions WHERE "Note" LIKE ''<ada %''',
    $$VALUES (mark_id('ada', 'definitions', 1)), (mark_id('ada', 'definitions', 3))$$,
    '... public or not');
SELECT is((SELECT jsonb_agg(to_jsonb(d.*) - 'user_id' - 'updated_at' ORDER BY d.id)
        FROM agent_definitions d WHERE user_id = :'anonymous'),
    (SELECT jsonb_agg(d - 'user_id' - 'updated_at' ORDER BY d -> 'id')
     FROM before, jsonb_array_elements(rows -> 'agent_definitions') d
     WHERE d ->> 'id' IN (mark_id('ada', 'definitions', 1)::text, mark_id('ada', 'definitions', 3)::text)),
         '... which are unchanged');
SELECT is((SELECT to_jsonb(u.*) - 'created_at' - 'updated_at' FROM users u WHERE id = :'anonymous'),
    jsonb_build_object('id', :'anonymous', 'email', :'anonymous' || '@deleted.invalid', 'name', NULL,
        'avatar_url', NULL,
        't', NULL, 'Note', NULL, 'numbers', NULL, 'note_again', NULL), '... and belong to an anonymous user');

-- Only the links of others have changed, and the time of that change.
SELECT is(agentchat.export_user(mark_id('bob', 'users')) #- '{artifacts,2}' #- '{workflows,0}'
    #- '{workflows,1}' #- '{workflows,2}',
    export #- '{artifacts,2}' #- '{workflows,0}' #- '{workflows,1}' #- '{workflows,2}',
    'the data of others is unchanged')
FROM exports WHERE who = 'bob';
SELECT results_eq($$SELECT message_id, updated_at > now() AT TIME ZONE 'utc' - interval '1 h'
        FROM artifacts WHERE id = mark_id('bob', 'artifacts', 1)$$,
    'VALUES (NULL::uuid, true)', '... except for an artifact''s link to a message');
SELECT results_eq($$SELECT agent_instance_id, updated_at > now() AT TIME ZONE 'utc' - interval '1 h'
        FROM workflows WHERE id = mark_id('bob', 'workflows', 1)$$,
    'VALUES (NULL::uuid, true)', '... a workflow''s link to an agent');
SELECT results_eq('SELECT owner, message_id FROM bookmarks',
    $$VALUES ('bob'::text, NULL::uuid)$$,
    '... and what foreign keys of other tables define');
SELECT is((SELECT count(*)::int
        FROM workflows WHERE user_id = mark_id('bob', 'users') AND agent_instance_id IS NOT NULL), 2,
    '... other workflows keep their agents');
SELECT is_empty('SELECT * FROM agentchat.check()', '... nothing is wrong with the tables');

-- After the others no longer use the definitions, the anonymous user can be deleted, too.
DELETE FROM agent_instances WHERE definition_id = mark_id('ada', 'definitions', 1);
SELECT is(agentchat.delete_user(:'anonymous') #- '{kept,anonymous_user_id}',
    '{"deleted": {"users": 1, "conversations": 0, "messages": 0, "artifacts": 0, "agent_definitions": 1,
            "agent_instances": 0, "workflows": 0, "subscriptions": 0},
      "kept": {"agent_definitions": 1}}', 'deleting the anonymous user deletes the unused definitions');
DELETE FROM agent_instances WHERE definition_id = mark_id('ada', 'definitions', 3);
SELECT is(agentchat.delete_user(id) -> 'kept',
    '{"agent_definitions": 0, "anonymous_user_id": null}',
    '... and finally all of them')
FROM users WHERE email LIKE '%@deleted.invalid';
SELECT is_empty($$SELECT places(patterns) FROM of_users WHERE who = 'ada'$$,
    '... then nothing at all is left');

-- As the tables' owner, who is not a superuser.

CREATE ROLE tap_owner;
SELECT format('ALTER DATABASE %I OWNER TO tap_owner', current_database()) \gexec
SELECT format('ALTER TABLE %s OWNER TO tap_owner', qualified_name) FROM agentchat.tables() \gexec
GRANT ALL ON SCHEMA "My Chat" TO tap_owner;
SELECT throws_ok(format('SELECT agentchat.%I(%L)', f, mark_id('dan', 'users')),
    '42501',
    NULL,
    f || ': a superuser''s rights are not used on tables of others')
FROM unnest('{export_user,delete_user}'::text[]) f;
SET ROLE tap_owner;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE messages FORCE ROW LEVEL SECURITY;
SELECT throws_ok(format('SELECT agentchat.%I(%L)', f, mark_id('bob', 'users')), '42501',
    'query would be affected by row-level security policy for table "messages"',
    f || ': not if policies may hide rows')
FROM unnest('{export_user,delete_user}'::text[]) f;
ALTER TABLE messages NO FORCE ROW LEVEL SECURITY;

-- A function that lets users delete themselves, and a trigger that finds its table by the search_path.
CREATE FUNCTION delete_my_account() RETURNS jsonb LANGUAGE sql SECURITY DEFINER SET search_path = ''
    AS 'SELECT agentchat.delete_user("My Chat".current_user_id())';
CREATE TABLE gone (title text);
GRANT INSERT ON gone TO PUBLIC;
CREATE FUNCTION log_title()
RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO gone VALUES (OLD.title); RETURN OLD; END';
INSERT INTO conversations (user_id, title) VALUES (mark_id('dan', 'users'), 'Dan''s');
INSERT INTO messages (conversation_id, role, content)
SELECT id, 'user', 'Hello' FROM conversations WHERE title = 'Dan''s';
INSERT INTO artifacts (id, user_id, message_id, type, title)
SELECT mark_id('bob', 'artifacts', 4), mark_id('bob', 'users'), id, 'code', 'x'
FROM messages WHERE content = 'Hello';
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (mark_id('dan', 'definitions'), mark_id('dan', 'users'), 'x', 'x', 'x');
INSERT INTO agent_instances (user_id, definition_id, name)
VALUES (mark_id('bob', 'users'), mark_id('dan', 'definitions'), 'x');
RESET ROLE;
SET ROLE authenticated;
SELECT set_config('request.jwt.claims', '', false) \g /dev/null
SELECT throws_ok('SELECT delete_my_account()',
    '22004',
    'user_id is NULL',
    'a caller who is not signed in deletes nobody');
SELECT set_config('request.jwt.claims',
    jsonb_build_object('sub', mark_id('dan', 'users'))::text,
    false) \g /dev/null
SELECT is(delete_my_account() #- '{kept,anonymous_user_id}',
    '{"deleted": {"users": 1, "conversations": 1, "messages": 1, "artifacts": 0, "agent_definitions": 0,
            "agent_instances": 0, "workflows": 0, "subscriptions": 0},
      "kept": {"agent_definitions": 1}}', 'users delete themselves through a function of the owner');
RESET ROLE;
SELECT results_eq('SELECT message_id, user_id FROM artifacts WHERE id = mark_id(''bob'', ''artifacts'', 4)',
    'VALUES (NULL::uuid, mark_id(''bob'', ''users''))', '... rows of others lose their links');

-- Planted functions and operators that come before PostgreSQL's.
SET ROLE tap_owner;
CREATE TRIGGER log_title AFTER DELETE ON conversations FOR EACH ROW EXECUTE FUNCTION log_title();
RESET ROLE;
CREATE SCHEMA evil;
CREATE FUNCTION evil.equal(uuid, uuid) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''evil''; END';
CREATE OPERATOR evil.= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = evil.equal);
CREATE FUNCTION evil.greater(bigint, integer) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RAISE ''evil''; END';
CREATE OPERATOR evil.> (LEFTARG = bigint, RIGHTARG = integer, FUNCTION = evil.greater);
CREATE FUNCTION evil.format(text, text) RETURNS text LANGUAGE plpgsql AS 'BEGIN RAISE ''evil''; END';
CREATE FUNCTION evil.now() RETURNS timestamptz LANGUAGE plpgsql AS 'BEGIN RAISE ''evil''; END';
CREATE DOMAIN evil.text AS pg_catalog.text CHECK (false);
CREATE DOMAIN evil.uuid AS pg_catalog.uuid CHECK (false);
CREATE DOMAIN evil.jsonb AS pg_catalog.jsonb CHECK (false);
GRANT USAGE ON SCHEMA evil TO PUBLIC;
SET ROLE tap_owner;
SET search_path = evil, "My Chat", pg_catalog, tap;
SELECT tap.is(pg_catalog.jsonb_array_length(
        agentchat.export_user("My Chat".mark_id('bob', 'users')) OPERATOR(pg_catalog.->) 'conversations'),
    3,
    'the export ignores the search_path');
SELECT agentchat.delete_user("My Chat".mark_id('bob', 'users')) AS result \gset
RESET search_path;
SET search_path = "My Chat", tap;
SELECT is(:'result'::jsonb #>> '{deleted,messages}', '8', '... so does the deletion');
SELECT is((SELECT count(*)::int FROM gone), 3, '... but added triggers see it');
RESET ROLE;
SELECT is_empty('SELECT id FROM users WHERE email NOT LIKE ''%@deleted.invalid'' UNION ALL SELECT id
        FROM conversations UNION ALL SELECT id FROM messages',
    'no data is left');

SELECT * FROM finish();
