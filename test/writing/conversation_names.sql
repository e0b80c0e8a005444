-- Every function that takes a conversation finds it by its UUID, as text or as a uuid, and by the id that the
-- client chose.
\ir ../lib/agentchat.sql
\ir ../lib/api_user.sql

-- What an error says.
CREATE FUNCTION error(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE query;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(': ', SQLSTATE, SQLERRM, CASE WHEN SQLERRM ~ 'UUID|characters' THEN detail END);
END $$;
CREATE FUNCTION said(text text) RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_build_object('id', text, 'role', 'user', 'parts',
    jsonb_build_array(jsonb_build_object('type', 'text', 'text', text))) $$;
-- The calls of all functions, with %1$s in the place of the conversation.
CREATE TEMPORARY TABLE calls (call text, of_none text);
INSERT INTO calls VALUES
    ('get_conversation(%1$s) ->> ''title''', NULL),
    ('get_conversation_json(%1$s, format => ''rows'') ->> ''title''', NULL),
    ('get_conversation(%1$s, before_message => ''b'') #>> ''{messages,0,content}''', NULL),
    ('append_messages(%1$s, messages => said(''b'')) #>> ''{0,given_id}''', 'PT404: conversation not found'),
    ('(fork_conversation(%1$s, up_to_message => ''a'', title => ''Copy'') IS NOT NULL)::text',
     'PT404: conversation not found'),
    ('update_conversation(%1$s, metadata => ''{"a": null}'') ->> ''title''', 'PT404: conversation not found'),
    ('truncate_conversation(%1$s, from_message => ''b'')', 'PT404: conversation not found');
GRANT SELECT ON calls TO agentchat_test_user;
CREATE FUNCTION answers(conversation text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    c text;
    answer text;
    answers text[];
BEGIN
    FOR c IN SELECT call FROM calls LOOP
        EXECUTE format('SELECT ' || c, conversation) INTO answer;
        answers := answers || answer;
    END LOOP;
    PERFORM append_messages('a24b6c8b-d548-554d-b6bd-b1b8b945ed10', said('b'));
    RETURN answers;
END $$;

SELECT plan(61);

SELECT become('ada') \g /dev/null
SET ROLE agentchat_test_user;

-- The UUIDv5 of user and id, by Python's uuid module.
SELECT is(create_conversation('Chat', jsonb_build_array(said('a'), said('b')),
    id => 'aB3dE5fG7hI9jK1l') ->> 'id',
    'a24b6c8b-d548-554d-b6bd-b1b8b945ed10', 'a client''s id is the UUIDv5 of the user and the id');
SELECT results_eq('SELECT id::text FROM conversations', ARRAY['a24b6c8b-d548-554d-b6bd-b1b8b945ed10'],
    '... and the id of the row');

SELECT is(answers($$'aB3dE5fG7hI9jK1l'$$), '{Chat,Chat,a,b,true,Chat,1}',
    'by the client''s id: found by every function');
SELECT is(answers($$'aB3dE5fG7hI9jK1l'::text$$), '{Chat,Chat,a,b,true,Chat,1}', '... as a text');
SELECT is(answers($$'aB3dE5fG7hI9jK1l'::varchar$$), '{Chat,Chat,a,b,true,Chat,1}', '... as a varchar');
SELECT is(answers($$conversation_id => 'aB3dE5fG7hI9jK1l'$$), '{Chat,Chat,a,b,true,Chat,1}',
    '... by the name of the argument');
SELECT is(answers($$'A24B6C8B-d548-554d-b6bd-b1b8b945ed10'$$), '{Chat,Chat,a,b,true,Chat,1}', 'by its UUID');
SELECT is(answers($$'{a24b6c8bd548554db6bdb1b8b945ed10}'::text$$), '{Chat,Chat,a,b,true,Chat,1}',
    '... in another form');
SELECT is(answers($$'a24b6c8b-d548-554d-b6bd-b1b8b945ed10'::uuid$$), '{Chat,Chat,a,b,true,Chat,1}',
    '... as a uuid');
SELECT is(answers($$(SELECT c.id FROM conversations c WHERE title = 'Chat')$$), '{Chat,Chat,a,b,true,Chat,1}',
    '... of a query');
SELECT is((SELECT get_conversation(c.id) ->> 'title' FROM conversations c WHERE title = 'Chat'), 'Chat',
    'the column of the table');
SELECT is((SELECT get_conversation(c.id, 'rows',
    1) #>> '{messages,0,content}' FROM conversations c WHERE title = 'Chat'), 'b', '... with more arguments');

-- Statements of drivers, whose parameters have no types.
PREPARE untyped AS SELECT get_conversation($1) ->> 'title' AS title;
SELECT is((SELECT parameter_types FROM pg_prepared_statements WHERE name = 'untyped')::text, '{text}',
    'a parameter without a type is a text');
EXECUTE untyped('aB3dE5fG7hI9jK1l') \gset untyped_
SELECT is(:'untyped_title'::text, 'Chat', '... which may be a client''s id');
PREPARE typed(uuid) AS SELECT get_conversation($1) ->> 'title' AS title;
EXECUTE typed('a24b6c8b-d548-554d-b6bd-b1b8b945ed10') \gset typed_
SELECT is(:'typed_title'::text, 'Chat', '... and one that is declared a uuid is a uuid');
DEALLOCATE ALL;

-- No conversation has that name.
SELECT is(error(format('SELECT ' || call, $$'nobody knows'$$)), coalesce(of_none, 'none'),
    'a client''s id of none: ' || left(call, 30)) FROM calls;
SELECT is(error(format('SELECT ' || call, $$'99999999-0000-4000-8000-000000000000'$$)),
    coalesce(of_none, 'none'), 'a UUID of none: ' || left(call, 30)) FROM calls;
SELECT is(get_conversation('nobody knows'), NULL, '... and there is nothing to read');
SELECT become('bob') \g /dev/null
SELECT is(error(format('SELECT ' || call, $$'aB3dE5fG7hI9jK1l'$$)), coalesce(of_none, 'none'),
    'of another user: ' || left(call, 30)) FROM calls;
SELECT is(get_conversation('aB3dE5fG7hI9jK1l'), NULL, '... and there is nothing to read');
SELECT is(create_conversation('Bob''s', id => 'aB3dE5fG7hI9jK1l') ->> 'title', 'Bob''s',
    'each user has ids of their own');
SELECT is(get_conversation('aB3dE5fG7hI9jK1l') ->> 'title', 'Bob''s',
    '... which name their own conversations');

-- Names that are none.
SELECT is(error(format('SELECT ' || call, $$''$$)), '22023: conversation_id must not be empty',
    'empty: ' || left(call, 30)) FROM calls;
SELECT is(error($$SELECT get_conversation(repeat('ß', 255))$$), 'none', '255 characters');
SELECT is(error($$SELECT get_conversation(repeat('ß', 256))$$),
    '22023: conversation_id must have at most 255 characters: The value is "' || repeat('ß', 60) || '...".',
    '256 characters');
SELECT is(get_conversation(NULL), NULL, 'NULL');
SELECT is(error($$SELECT append_messages(NULL, '[]')$$), '22004: an argument must not be NULL',
    '... where one writes');

-- Nobody is signed in.
RESET ROLE;
SELECT become('') \g /dev/null
SELECT is(error(format('SELECT ' || call, $$'aB3dE5fG7hI9jK1l'$$)),
    '22023: conversation_id is not a UUID: The value is "aB3dE5fG7hI9jK1l". '
    'The claims of the request name no user who could have chosen this id.',
    'without a caller: ' || left(call, 30)) FROM calls;
SELECT is(get_conversation('a24b6c8b-d548-554d-b6bd-b1b8b945ed10') ->> 'title', 'Chat',
    '... a UUID needs none');

-- In rows, a message may name its conversation.
SELECT become('ada') \g /dev/null
SELECT is(error($$SELECT append_messages('aB3dE5fG7hI9jK1l',
    '{"role": "user", "content": "x", "conversation_id": "aB3dE5fG7hI9jK1l"}', 'rows')$$),
    'none', 'a row can name its conversation by the client''s id');
SELECT is(error($$SELECT append_messages('aB3dE5fG7hI9jK1l',
    '{"role": "user", "content": "x", "conversation_id": "another"}', 'rows')$$),
    'PT409: message belongs to another conversation', '... but not another one');

SELECT * FROM finish();
