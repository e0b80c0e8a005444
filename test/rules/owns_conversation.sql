-- agentchat.owns_conversation() remembers its last answer for a query, and no longer.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

INSERT INTO conversations (id, user_id, title)
SELECT md5('c ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
INSERT INTO messages (conversation_id, role, content)
SELECT id, 'user', n FROM conversations, generate_series(1, 3) n;

-- A policy that users add, which PL/pgSQL evaluates as a simple expression.
CREATE FUNCTION my_owns(conversation uuid) RETURNS boolean LANGUAGE plpgsql STABLE
    AS $$ BEGIN RETURN agentchat.owns_conversation(conversation); END $$;
CREATE TABLE notes (conversation_id uuid);
INSERT INTO notes SELECT id FROM conversations;
ALTER TABLE notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY mine ON notes USING (my_owns(conversation_id));
GRANT SELECT ON notes TO agentchat_test_user;

SELECT plan(13);

SET ROLE agentchat_test_user;
BEGIN;
SELECT become('ada') \g /dev/null
SELECT is((SELECT array_agg(conversation_id) FROM notes), ARRAY[md5('c ada')::uuid], 'Ada sees her notes');
SELECT become('bob') \g /dev/null
SELECT is((SELECT array_agg(conversation_id) FROM notes),
    ARRAY[md5('c bob')::uuid],
    '... Bob sees his, in the same transaction');
SELECT is((SELECT count(*) FROM messages), 3::bigint, '... and his messages');
SELECT become('') \g /dev/null
SELECT is((SELECT count(*) FROM notes), 0::bigint, 'a caller who is not signed in sees none');
SELECT is((SELECT count(*) FROM messages), 0::bigint, '... no messages either');
COMMIT;

CREATE FUNCTION pg_temp.answers() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answers text := '';
BEGIN
    FOREACH answers IN ARRAY ARRAY[''] LOOP
        PERFORM become('ada');
        answers := answers || agentchat.owns_conversation(md5('c ada')::uuid);
        PERFORM become('bob');
        answers := answers || ' ' || agentchat.owns_conversation(md5('c ada')::uuid);
        PERFORM become('');
        RETURN answers || ' ' || agentchat.owns_conversation(md5('c ada')::uuid);
    END LOOP;
END $$;
SELECT is(pg_temp.answers(), 'true false false', 'within a function');

CREATE FUNCTION pg_temp.rolled_back() RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
    answers boolean[] := ARRAY[]::boolean[];
    id CONSTANT uuid := md5('c new')::uuid;
BEGIN
    PERFORM become('ada');
    BEGIN
        INSERT INTO conversations (id, user_id, title) VALUES (id, md5('ada')::uuid, 'New');
        answers := answers || my_owns(id);
        RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
        answers := answers || my_owns(id);
    END;
    RETURN answers;
END $$;
SELECT is(pg_temp.rolled_back(), '{t,f}', 'when a conversation is rolled back');
SELECT is(agentchat.owns_conversation(NULL), NULL, 'NULL');

-- After a COMMIT, PL/pgSQL evaluates a domain's check without a snapshot.
SET request.jwt.claims = '{"sub": "8c8d357b-5e87-2bba-cd45-197626bd5759"}';
CREATE DOMAIN pg_temp.own AS uuid CHECK (agentchat.owns_conversation(value));
DO $$
DECLARE
    x pg_temp.own;
BEGIN
    FOREACH x IN ARRAY ARRAY[md5('c ada')::uuid, md5('c ada')::uuid, md5('c ada')::uuid] LOOP
        COMMIT;
    END LOOP;
END $$;
SELECT is(agentchat.owns_conversation(md5('c ada')::uuid), true, 'without a snapshot');
SELECT throws_ok('SELECT md5(''c bob'')::uuid::pg_temp.own', '23514', NULL, '... and a domain still checks');

-- In a query over several conversations, and in parallel workers.
RESET ROLE;
SELECT is((SELECT array_agg(agentchat.owns_conversation(conversation_id) ORDER BY conversation_id, id)
        FROM messages),
    (SELECT array_agg(c.user_id = md5('ada')::uuid ORDER BY conversation_id, m.id)
     FROM messages m JOIN conversations c ON c.id = m.conversation_id), 'many');
ALTER TABLE conversations RENAME TO c;
\if :is_sql
SELECT skip('the function in SQL also reads a view');
\else
CREATE VIEW conversations AS TABLE c;
SELECT throws_ok('SELECT agentchat.owns_conversation(conversation_id) FROM messages',
    '42809',
    '"conversations" is not an ordinary table',
    'a view instead of the table');
DROP VIEW conversations;
\endif
SELECT throws_ok('SELECT agentchat.owns_conversation(conversation_id) FROM messages',
    '42P01',
    NULL,
    'without the table');
ALTER TABLE c RENAME TO conversations;
SELECT * FROM finish();
