-- The feature search under row-level security: a search does not read the index of another user. The time
-- that this takes, and the cursor, would tell what the other user has written.
\ir ../lib/agentchat.sql
SELECT no_plan();
\ir ../lib/api_user.sql

SELECT agentchat.enable('search') \g /dev/null
SELECT agentchat.grant_api('agentchat_test_user') \g /dev/null
INSERT INTO conversations (id, user_id, title)
SELECT md5('of ' || u)::uuid, md5(u)::uuid, u FROM unnest('{ada,bob}'::text[]) u;
INSERT INTO messages (conversation_id, role, content)
SELECT md5('of ' || u)::uuid, 'user', 'secret ' || n
FROM unnest('{ada,bob}'::text[]) u CROSS JOIN generate_series(1, 2000) n;
SELECT is((SELECT count(DISTINCT user_id) FROM search_segments), 2::bigint, 'both have an index');

-- Tells how many times the tables of the index were read in this transaction.
CREATE FUNCTION index_reads() RETURNS bigint LANGUAGE sql VOLATILE SECURITY DEFINER AS $$
    SELECT sum(pg_stat_get_xact_numscans(c.oid)
               + (SELECT sum(pg_stat_get_xact_numscans(i.indexrelid))
                  FROM pg_index i WHERE i.indrelid = c.oid))
    FROM pg_class c WHERE c.relname LIKE 'search\_%' AND c.relkind = 'r'
$$;
-- Returns the number of messages that a search finds on its first page, and whether it reads the index.
CREATE FUNCTION search_of(whom text, OUT messages integer, OUT reads_index boolean) LANGUAGE plpgsql AS $$
DECLARE
    reads CONSTANT bigint := index_reads();
BEGIN
    messages := jsonb_array_length(search_messages('secret', user_id => md5(whom)::uuid) -> 'messages');
    reads_index := index_reads() > reads;
END $$;

SELECT results_eq($$SELECT * FROM search_of('ada')$$, 'VALUES (20, true)',
    'the owner of the tables reads the index');
SET ROLE agentchat_test_user;
SELECT become('bob') \g /dev/null
SELECT results_eq($$SELECT * FROM search_of('bob')$$, 'VALUES (20, true)', 'Bob reads his own');
SELECT results_eq($$SELECT * FROM search_of('ada')$$, 'VALUES (0, false)', '... and not that of Ada');
SELECT become('') \g /dev/null
SELECT results_eq($$SELECT * FROM search_of('ada')$$, 'VALUES (0, false)', 'nobody reads none');
RESET ROLE;
CREATE POLICY shared ON conversations FOR SELECT USING (true);
CREATE POLICY shared ON messages FOR SELECT USING (true);
SET ROLE agentchat_test_user;
SELECT become('bob') \g /dev/null
SELECT results_eq($$SELECT * FROM search_of('ada')$$, 'VALUES (20, false)',
    'what a policy shares is found without the index');

RESET ROLE;
SELECT * FROM finish();
