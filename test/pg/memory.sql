-- Memory of a session that calls get_conversation, or writes messages, tools or workflows, very often, also
-- with errors in the middle.
\ir ../lib/agentchat.sql

-- What the session has: the used bytes of memory contexts (but for the transaction's, which keeps note of
-- every change of a table until it ends), those of agentchat among them, and the process's own memory without
-- the transaction's. Whole blocks would show when a large context of PostgreSQL happens to need another one.
CREATE FUNCTION memory(OUT contexts bigint, OUT ours int, OUT process bigint)
LANGUAGE sql SECURITY DEFINER AS $$
    SELECT sum(used_bytes) FILTER (WHERE name <> 'TopTransactionContext'),
        count(*) FILTER (WHERE name LIKE 'agentchat%'),
        substring(pg_read_file('/proc/self/status') FROM 'RssAnon:\s+(\d+) kB')::bigint * 1024
            - sum(total_bytes) FILTER (WHERE name = 'TopTransactionContext')
    FROM pg_backend_memory_contexts
$$;
\if :is_instrumented
    -- AddressSanitizer and Valgrind keep what is freed, to find who uses it.
    CREATE OR REPLACE FUNCTION memory(OUT contexts bigint, OUT ours int, OUT process bigint)
    LANGUAGE sql SECURITY DEFINER AS $$
        SELECT sum(used_bytes) FILTER (WHERE name <> 'TopTransactionContext'),
            count(*) FILTER (WHERE name LIKE 'agentchat%'), 0
        FROM pg_backend_memory_contexts
    $$;
\endif

-- Runs it so often, where each run must end with that error, and tells what grew after the first tenth.
CREATE FUNCTION growth(query text, times int, error text DEFAULT '00000') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    before record;
    after record;
    outcome text;
BEGIN
    FOR i IN 1 .. times LOOP
        IF i = times / 10 THEN
            SELECT * INTO before FROM memory();
        END IF;
        BEGIN
            EXECUTE query;
            outcome := '00000';
        EXCEPTION WHEN OTHERS THEN
            outcome := SQLSTATE;
        END;
        IF outcome <> error THEN
            RETURN outcome || ' in run ' || i;
        END IF;
    END LOOP;
    SELECT * INTO after FROM memory();
    RETURN nullif(concat_ws(', ',
        'contexts: ' || nullif(greatest(after.contexts - before.contexts, 100000), 100000),
        'contexts of agentchat: ' || nullif(greatest(after.ours - before.ours, 0), 0),
        'process: ' || nullif(greatest(after.process - before.process, 1000000), 1000000)), '');
END $$;

INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (id, user_id, title, metadata)
SELECT md5(title)::uuid, id, title, '{"pinned": true}' FROM users, unnest('{short, long}'::text[]) AS title;
INSERT INTO messages (id, conversation_id, role, content, parts, created_at)
SELECT md5(n::text)::uuid, md5(CASE WHEN n <= 2 THEN 'short' ELSE 'long' END)::uuid, 'user',
    -- Some are stored out of line.
    CASE n % 3 WHEN 0 THEN repeat(md5(n::text), 1000) ELSE n::text END, '[{"type": "text"}]',
    timestamp '2026-01-05' + n * interval '1 second'
FROM generate_series(1, 32) n;

SELECT plan(34);
\if :is_instrumented
    SELECT skip('the memory of the process is not measured: ' || :'instrumented', 1);
\else
    SELECT cmp_ok((SELECT process FROM memory()), '>', 1000000::bigint,
        'the memory of the process is measured');
\endif

SELECT is(growth($$SELECT count(get_conversation(md5('short')::uuid)) FROM generate_series(1, 1000)$$, 100),
    NULL, '100,000 calls');
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 10000), NULL, '10,000 queries');
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid, 'rows', 10, md5('20'))$$, 10000), NULL,
    '10,000 pages');
SELECT is(growth($$SELECT get_conversation(md5('none')::uuid)$$, 10000), NULL,
    '10,000 times no conversation');

SELECT is(growth($$SELECT get_conversation(md5('long')::uuid, 'xml')$$, 1000, '22023'), NULL,
    '1,000 times an unknown format');
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid, before_message => 'msg-1')$$, 1000, '22023'),
    NULL, '1,000 times a message that is not there');

-- A type whose cast to json fails for one message in the middle.
CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE FUNCTION to_json(mood) RETURNS json LANGUAGE plpgsql AS $$
BEGIN
    IF $1 = 'bad' THEN
        RAISE EXCEPTION 'bad mood';
    END IF;
    RETURN get_conversation(md5('short')::uuid, before_message => md5('2'));
END $$;
CREATE CAST (mood AS json) WITH FUNCTION to_json(mood);
ALTER TABLE messages ADD COLUMN mood mood;
UPDATE messages SET mood = CASE n WHEN 16 THEN 'bad' ELSE 'good' END::mood FROM generate_series(3, 32) n
WHERE id = md5(n::text)::uuid;
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 1000, 'P0001'), NULL,
    '1,000 errors of a cast');
UPDATE messages SET mood = NULL WHERE mood = 'bad';
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 100), NULL, '3,000 calls within itself');
ALTER TABLE messages DROP COLUMN mood;

-- A policy that fails for one message in the middle.
CREATE ROLE agentchat_test_memory;
GRANT USAGE ON SCHEMA tap TO agentchat_test_memory;
GRANT SELECT ON conversations, messages TO agentchat_test_memory;
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY visible ON messages USING (1 / (id <> md5('16')::uuid)::int = 1);
CREATE POLICY visible ON conversations USING (true);
SET ROLE agentchat_test_memory;
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 1000, '22012'), NULL,
    '1,000 errors of a policy');
RESET ROLE;
REVOKE SELECT ON messages FROM agentchat_test_memory;
SET ROLE agentchat_test_memory;
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 1000, '42501'), NULL,
    '1,000 times no permission');
RESET ROLE;

-- Errors while the statements are prepared.
ALTER TABLE messages RENAME COLUMN created_at TO written_at;
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 1000, '42703'), NULL,
    '1,000 times a column that is not there');
ALTER TABLE messages RENAME TO m;
SELECT is(growth($$SELECT get_conversation(md5('long')::uuid)$$, 1000, '42P01'), NULL,
    '1,000 times a table that is not there');
ALTER TABLE m RENAME TO messages;
ALTER TABLE messages RENAME COLUMN written_at TO created_at;

-- Statements that are prepared anew.
CREATE FUNCTION read_changed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'GRANT SELECT ON messages TO agentchat_test_memory';
    PERFORM get_conversation(md5('long')::uuid);
    RAISE EXCEPTION 'undo';
END $$;
SELECT is(growth('SELECT read_changed()', 1000, 'P0001'), NULL, '1,000 changes of a table');

-- Tools. The session keeps 64 compiled schemas.
INSERT INTO agent_tools (name, description, schema)
SELECT 'tool' || n, '', jsonb_build_object('minimum', n, 'items', '{"pattern": "^(a|b)+$"}'::jsonb,
    'uniqueItems', true)
FROM generate_series(1, 200) n;
SELECT is(growth($$SELECT validate_tool_input('tool1', '["a", "b", 1]')$$, 10000), NULL, '10,000 inputs');
SELECT is(growth($$SELECT count(validate_tool_input(name, '["a", "c", 1, 1]')) FROM agent_tools$$, 100), NULL,
    '20,000 inputs of 200 tools');
SELECT is(growth($$UPDATE agent_tools SET schema = jsonb_set(schema, '{minimum}', to_jsonb(random()))
        WHERE name = 'tool1' RETURNING validate_tool_input('tool1', '[]')$$, 200),
    NULL, '200 changes of a schema');
SELECT is(growth($$SELECT validate_tool_input('none', '[]')$$, 1000, 'PT404'), NULL, '1,000 times no tool');
SELECT is(growth($$UPDATE agent_tools SET schema = '{"properties": {"a": {"pattern": "(a|b"}}}'
        WHERE name = 'tool1'$$, 1000, '22023'),
    NULL, '1,000 times no JSON Schema');
-- It may not grow any further because of what these wrote.
DELETE FROM agent_tools;

-- Messages that are written, in transactions, and in one with savepoints, of which PostgreSQL keeps 8 kB
-- each.
CREATE FUNCTION write(depth int, fails boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO messages (conversation_id, role, content) VALUES (md5('short')::uuid, 'user', 'x');
    IF depth > 1 THEN
        BEGIN
            PERFORM write(depth - 1, NOT fails);
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
    END IF;
    IF fails THEN
        RAISE EXCEPTION 'undo';
    END IF;
END $$;
CREATE PROCEDURE write_in_transactions(INOUT grown bigint) LANGUAGE plpgsql AS $$
DECLARE
    before bigint;
BEGIN
    FOR i IN 1..5000 LOOP
        IF i = 500 THEN
            before := contexts FROM memory();
        END IF;
        PERFORM write(1, false);
        COMMIT;
        UPDATE messages SET content = i WHERE id = md5('1')::uuid;
        ROLLBACK;
    END LOOP;
    grown := contexts - before FROM memory();
END $$;
CREATE FUNCTION write_in_savepoints() RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    counted CONSTANT text := $q$SELECT sum(total_bytes) FROM pg_backend_memory_contexts
        WHERE name = 'TopTransactionContext' OR name LIKE 'agentchat%'$q$;
    before bigint;
    after bigint;
BEGIN
    FOR i IN 1..3000 LOOP
        IF i = 300 THEN
            EXECUTE counted INTO before;
        END IF;
        BEGIN
            PERFORM write(3, i % 2 = 0);
        EXCEPTION WHEN raise_exception THEN
            NULL;
        END;
    END LOOP;
    EXECUTE counted INTO after;
    RETURN after - before;
END $$;
CALL write_in_transactions(NULL) \gset
SELECT cmp_ok(:grown::bigint, '<', 300000::bigint, '10,000 transactions that write messages');
SELECT cmp_ok(write_in_savepoints(), '<', 100000::bigint, '9,000 messages in savepoints');
SELECT is(growth('SELECT write(5, true)', 1000, 'P0001'), NULL, '... that are rolled back');
SELECT is(growth($$INSERT INTO messages (conversation_id, role, content)
        VALUES (md5('short')::uuid, 'nobody', 'x')$$,
        1000,
        '23514'),
    NULL, '1,000 times a role that there is not');
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON conversations FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT is(growth($$INSERT INTO messages (conversation_id, role, content)
        VALUES (md5('long')::uuid, 'user', 'x')$$,
        1000,
        'P0001'),
    NULL, '1,000 times a trigger that refuses to touch');
DROP TRIGGER refuse ON conversations;
CREATE FUNCTION write_changed() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'GRANT SELECT ON messages TO agentchat_test_memory';
    PERFORM write(1, true);
END $$;
SELECT is(growth('SELECT write_changed()', 1000, 'P0001'),
    NULL,
    '1,000 changes of a table that is written to');

-- Tools and workflows. (Writes that succeed grow by what PostgreSQL keeps of each subtransaction.)
INSERT INTO agent_tools (name, description, schema) VALUES ('search', '', '{"type": "object"}');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, tools)
SELECT md5('d')::uuid, id, '', '', '', '["search"]' FROM users;
INSERT INTO workflows (id, user_id, workflow_id, status, goal)
SELECT md5('w')::uuid, id, '', 'running', '' FROM users;
SELECT is(growth($$UPDATE agent_definitions SET tools = '["gone"]'$$, 1000, '23503'), NULL,
    '1,000 times a tool that is missing');
SELECT is(growth($$DELETE FROM agent_tools$$, 1000, '23503'), NULL, '1,000 times a tool in use');
SELECT is(growth($$SELECT advance_workflow(md5('w')::uuid, 'pending')$$, 10000, 'PT409'), NULL,
    '10,000 moves that are refused');

-- Runs.
SELECT * FROM agentchat.enable('runs') \g /dev/null
INSERT INTO runs (id, conversation_id) VALUES (md5('r')::uuid, md5('short')::uuid);
SELECT append_chunks(md5('r')::uuid, jsonb_agg(jsonb_build_object('delta', repeat(md5(n::text), 300))), 1)
FROM generate_series(1, 20) n \g /dev/null
SELECT is(growth($$SELECT read_chunks(md5('short')::uuid)$$, 10000), NULL,
    '10,000 times the chunks of a run');
SELECT is(growth($$SELECT read_chunks(md5('long')::uuid)$$, 10000), NULL, '10,000 times no run');
SELECT is(growth($$
        SELECT append_chunks(md5('r')::uuid, read_chunks(md5('short')::uuid) -> 'chunks', 1)$$, 1000),
    NULL, '1,000 times the same chunks');
SELECT is(growth($$SELECT append_chunks(md5('r')::uuid, '[{}, {}]', 2)$$, 1000, 'PT409'), NULL,
    '1,000 times other chunks');
SELECT is(growth($$SELECT append_chunks(md5('r')::uuid, '{}', 99)$$, 1000, '22023'), NULL,
    '1,000 times a gap');
SELECT is(growth($$SELECT finish_run(md5('r')::uuid, 'finished', '[{"id": "a", "role": "robot"}]')$$, 1000,
        '22023'), NULL, '1,000 times an answer that is refused');

SELECT * FROM finish();
DROP OWNED BY agentchat_test_memory;
DROP ROLE agentchat_test_memory;
