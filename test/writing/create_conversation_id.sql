-- create_conversation() with an id: the same call again gives the same conversation, and appends to it.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

CREATE FUNCTION said(VARIADIC ids text[]) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_agg(jsonb_build_object('id', id, 'role', 'user', 'parts',
    jsonb_build_array(jsonb_build_object('type', 'text', 'text', id)))) FROM unnest(ids) id $$;
CREATE FUNCTION error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE query;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''));
END $$;
CREATE FUNCTION versions() RETURNS text LANGUAGE sql AS
$$ SELECT string_agg(v, ' ' ORDER BY v)
   FROM (SELECT id::text || ctid || xmin AS v FROM messages
         UNION ALL SELECT id::text || ctid || xmin FROM conversations) AS rows $$;
CREATE FUNCTION stored() RETURNS text LANGUAGE sql AS
$$ SELECT concat_ws('|', c.title, c.system_prompt, c.metadata,
       (SELECT string_agg(m.content, '' ORDER BY m.created_at, m.id) FROM messages m
        WHERE m.conversation_id = c.id))
   FROM conversations c WHERE c.user_id = current_user_id() ORDER BY c.created_at DESC LIMIT 1 $$;

SELECT plan(40);

SELECT become('ada') \g /dev/null
SET ROLE agentchat_test_user;

SELECT create_conversation('First', said('a'), 'Be brief.', '{"a": 1}', id => 'chat') AS first \gset
SELECT is(stored(), 'First|Be brief.|{"a": 1}|a', 'a conversation with an id');
SELECT create_conversation('First', said('a'), 'Be brief.', '{"a": 1}', id => 'chat') AS again \gset
SELECT is(:'again'::jsonb, :'first'::jsonb, 'the same call gives the same result');
SELECT versions() AS before \gset
SELECT create_conversation('First', said('a'), 'Be brief.', '{"a": 1}', id => 'chat') \g /dev/null
SELECT is(versions(), :'before', '... and writes nothing');
SELECT create_conversation('Other', said('a', 'b'), 'Be long.', '{"b": 2}', id => 'chat') AS more \gset
SELECT is(stored(), 'First|Be brief.|{"a": 1}|ab',
    'with more messages: these are appended, and the conversation stays what it is');
SELECT is(:'more'::jsonb - 'messages' - 'updated_at', :'first'::jsonb - 'messages' - 'updated_at',
    '... which the result tells');
SELECT is(:'more'::jsonb -> 'messages' -> 0, :'first'::jsonb -> 'messages' -> 0,
    '... the first message is the same');
SELECT is((:'more'::jsonb ->> 'updated_at')::timestamptz AT TIME ZONE 'utc',
    (SELECT updated_at FROM conversations), '... and updated_at is that of the row');
SELECT ok((:'more'::jsonb ->> 'updated_at') > (:'first'::jsonb ->> 'updated_at'), '... which is later');
SELECT is(create_conversation('x', '[{"id": "a", "role": "user", "parts": [{"type": "text", "text": "A"}]}]',
    id => 'chat') ->> 'title', 'First', 'a message that has changed');
SELECT is(stored(), 'First|Be brief.|{"a": 1}|Ab', '... is updated in its place');
SELECT is(create_conversation('x', id => 'chat') -> 'messages', '[]', 'without messages');
SELECT is(create_conversation('x', id => :'first'::jsonb ->> 'id') ->> 'id', :'first'::jsonb ->> 'id',
    'by its UUID');
SELECT is(create_conversation('x', said('c'), id => upper(:'first'::jsonb ->> 'id')) ->> 'id',
    :'first'::jsonb ->> 'id', '... in another form');
SELECT is(stored(), 'First|Be brief.|{"a": 1}|Abc', '... which names the same messages');
SELECT is(create_conversation('x', id => 'chat', user_id => md5('ada')::uuid) ->> 'id',
    :'first'::jsonb ->> 'id', 'with the user');
SELECT is((SELECT count(*) FROM conversations), 1::bigint, 'there is one conversation');

SELECT is(create_conversation('New', id => '01234567-89ab-4def-8123-456789abcdef') ->> 'id',
    '01234567-89ab-4def-8123-456789abcdef', 'a UUID is the id of the row');
SELECT is(create_conversation('Rows',
    '{"role": "user", "content": "x", "conversation_id": "11111111-89ab-4def-8123-456789abcdef"}',
    format => 'rows', id => '11111111-89ab-4def-8123-456789abcdef') ->> 'title', 'Rows',
    'a row may name the conversation that is created');
SELECT is(error($$SELECT create_conversation('x',
    '{"role": "user", "content": "x", "conversation_id": "01234567-89ab-4def-8123-456789abcdef"}',
    format => 'rows', id => 'chat')$$),
    'PT409 | message belongs to another conversation | '
    'messages.conversation_id is "01234567-89ab-4def-8123-456789abcdef".', '... but no other');
SELECT is(error($$SELECT create_conversation('x', id => '')$$),
    '22023 | id must not be empty', 'an empty id');
SELECT is(error($$SELECT create_conversation('x', id => repeat('x', 256))$$),
    '22023 | id must have at most 255 characters | The value is "' || repeat('x', 120) || '...".',
    'an id that is too long');
SELECT isnt(create_conversation('x', id => NULL) ->> 'id', create_conversation('x', id => NULL) ->> 'id',
    'NULL is no id');
SELECT is(error($$SELECT create_conversation('x', said('a', 'a'), id => 'never')$$) ~ '^22023', true,
    'if a message is refused');
SELECT is(get_conversation('never'), NULL, '... nothing is created');

-- Another user.
SELECT become('bob') \g /dev/null
SELECT is(error(format('SELECT create_conversation(%L, said(%L), id => %L)', 'Mine', 'x', id)),
    format('PT409 | conversation belongs to another user | id is "%s".', id),
    'the UUID of another''s conversation is refused')
FROM unnest(ARRAY[:'first'::jsonb ->> 'id', '01234567-89ab-4def-8123-456789abcdef']) id;
SELECT is(create_conversation('Bob''s', said('a'), id => 'chat') ->> 'title', 'Bob''s',
    'the same id of a client is another conversation');
SELECT is(error($$SELECT create_conversation('x', id => 'chat', user_id => md5('ada')::uuid)$$),
    '42501 | new row violates row-level security policy for table "conversations"',
    'another''s client''s id');
RESET ROLE;
SELECT is(error(format('SELECT create_conversation(%L, id => %L)', 'x', :'first'::jsonb ->> 'id')),
    format('PT409 | conversation belongs to another user | id is "%s".', :'first'::jsonb ->> 'id'),
    'the owner of the tables cannot create it for another user either');
-- A user may see the conversations of others.
CREATE POLICY shared ON conversations FOR SELECT USING (true);
SET ROLE agentchat_test_user;
SELECT is(error(format('SELECT create_conversation(%L, said(%L), id => %L)', 'Mine', 'x',
    :'first'::jsonb ->> 'id')) ~ '^PT409 \| conversation belongs to another user', true,
    'a conversation that is shared to read');
RESET ROLE;
DROP POLICY shared ON conversations;

-- Nobody is signed in.
SELECT become('') \g /dev/null
SELECT is(create_conversation('x', id => 'chat', user_id => md5('ada')::uuid) ->> 'id',
    :'first'::jsonb ->> 'id', 'the user is the argument');
SELECT is(error($$SELECT create_conversation('x', id => 'chat')$$) ~ '^22023 \| no user given', true,
    '... and there must be one');
SELECT is(stored() IS NULL AND (SELECT count(*) = 1 FROM conversations WHERE title = 'First'), true,
    'nothing else was written');

-- After a deletion it is a new one, also in one transaction.
DELETE FROM conversations WHERE title = 'First';
SELECT is(create_conversation('Second', said('z'), id => 'chat', user_id => md5('ada')::uuid) ->> 'title',
    'Second', 'a deleted conversation is created anew');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT create_conversation('Twice', said('q'), id => 'twice',
    user_id => md5('ada')::uuid) ->> 'id' AS twice \gset
SELECT is(create_conversation('x', said('q', 'r'), id => 'twice', user_id => md5('ada')::uuid) ->> 'id',
    :'twice', 'twice in a transaction');
ROLLBACK;
SELECT is(error(format('SELECT create_conversation(%L, id => %L, user_id => %L)', 'x', :'twice',
    md5('ada')::uuid)), 'none', '... which is rolled back');

-- Rows that a trigger keeps out; a table without its key.
CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER skip BEFORE INSERT ON conversations FOR EACH ROW WHEN (NEW.title = 'skip')
    EXECUTE FUNCTION skip();
SELECT is(error($$SELECT create_conversation('skip', id => 'skip', user_id => md5('ada')::uuid)$$) ~ '^PT409',
    true, 'a trigger that suppresses the row');
DROP TRIGGER skip ON conversations;
ALTER TABLE conversations ALTER COLUMN created_at DROP DEFAULT,
    ALTER COLUMN created_at TYPE timestamptz USING created_at AT TIME ZONE 'utc',
    ALTER COLUMN created_at SET DEFAULT now();
ALTER TABLE conversations ALTER COLUMN title TYPE varchar(20);
SELECT is(create_conversation('x', id => 'chat', user_id => md5('ada')::uuid) ->> 'title', 'Second',
    'columns of other types');
SELECT matches(create_conversation('x', id => 'chat', user_id => md5('ada')::uuid) ->> 'created_at',
    '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$', '... a time is a time');
ALTER TABLE conversations DROP CONSTRAINT conversations_pkey CASCADE;
SELECT is(error($$SELECT create_conversation('x', id => 'no key', user_id => md5('ada')::uuid)$$) ~ '^42P10',
    true, 'without the primary key');

SELECT * FROM finish();
