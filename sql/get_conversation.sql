-- get_conversation: one conversation with its messages in order, as one JSON object.
-- The functions of the SQL edition have contexts, in PL/pgSQL.
\set SHOW_CONTEXT never
BEGIN;
-- Times that no trigger changes.
SET LOCAL row_security = off;
INSERT INTO users (id, email) VALUES ('00000000-0000-0000-0000-0000000000a1', 'ada@example.com');
INSERT INTO conversations (id, user_id, title, system_prompt, metadata, created_at, updated_at) VALUES
    ('00000000-0000-0000-0000-0000000000c1', '00000000-0000-0000-0000-0000000000a1', 'Umbrellas',
     'Be brief.', '{"pinned": true}', '2026-01-05 09:00', '2026-01-05 09:05:00.25'),
    ('00000000-0000-0000-0000-0000000000c2', '00000000-0000-0000-0000-0000000000a1', 'Nothing yet',
     NULL, NULL, '2026-01-05 10:00', '2026-01-05 10:00');
INSERT INTO messages (id, conversation_id, role, content, parts, attachments, reasoning, created_at) VALUES
    ('00000000-0000-0000-0000-0000000000e4', '00000000-0000-0000-0000-0000000000c1', 'assistant', 'Sunny.',
     '[{"type": "text", "text": "Sunny."}]', '[]', 'No clouds.', '2026-01-05 09:03'),
    ('00000000-0000-0000-0000-0000000000e3', '00000000-0000-0000-0000-0000000000c1', 'user', 'And in Rome?',
     NULL, NULL, NULL, '2026-01-05 09:02'),
    ('00000000-0000-0000-0000-0000000000e1', '00000000-0000-0000-0000-0000000000c1', 'user', 'Weather?',
     NULL, NULL, NULL, '2026-01-05 09:01'),
    -- As late as the question before: then the ids decide.
    ('00000000-0000-0000-0000-0000000000e2', '00000000-0000-0000-0000-0000000000c1', 'assistant', 'Rain.',
     '[{"type": "text", "text": "Rain."}]', NULL, NULL, '2026-01-05 09:01');
SET LOCAL row_security = on;
\set umbrellas '\'00000000-0000-0000-0000-0000000000c1\''
\set nothing_yet '\'00000000-0000-0000-0000-0000000000c2\''

SELECT jsonb_pretty(get_conversation(:umbrellas));

-- A conversation without messages; one that is not there; none at all.
SELECT get_conversation(:nothing_yet);
SELECT get_conversation('00000000-0000-0000-0000-0000000000cf') IS NULL AS is_null;
SELECT get_conversation(NULL) IS NULL AS is_null;

-- The default format is rows, and NULL stands for it.
SELECT get_conversation(:umbrellas) = get_conversation(:umbrellas, 'rows') AS rows,
    get_conversation(:umbrellas) = get_conversation(:umbrellas, NULL, NULL, NULL) AS nulls;

-- Pages: the newest messages, oldest first, and whether there are older ones.
CREATE FUNCTION page(result jsonb) RETURNS TABLE (has_more jsonb, contents jsonb) LANGUAGE sql AS
$$ SELECT result -> 'has_more', jsonb_path_query_array(result, '$.messages[*].content') $$;

SELECT * FROM page(get_conversation(:umbrellas, message_limit => 1));
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 3));
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 4));
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 5));
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 2147483647));
SELECT * FROM page(get_conversation(:nothing_yet, message_limit => 1));

-- The pages before: before_message is the first message of the page at hand.
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 2,
    before_message => '00000000-0000-0000-0000-0000000000e4'));
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 2,
    before_message => '00000000-0000-0000-0000-0000000000e2'));
SELECT * FROM page(get_conversation(:umbrellas, message_limit => 2,
    before_message => '00000000-0000-0000-0000-0000000000e1'));

-- Without a limit it is all that came before, and no has_more.
SELECT * FROM page(get_conversation(:umbrellas, before_message => '00000000-0000-0000-0000-0000000000e3'));

-- A UUID in any form that the type takes.
SELECT * FROM page(get_conversation(:umbrellas, before_message => '00000000-0000-0000-0000-0000000000E3'));
SELECT * FROM page(get_conversation(:umbrellas, before_message => '{00000000-0000-0000-0000-0000000000e3}'));
SELECT * FROM page(get_conversation(:umbrellas, before_message => '000000000000000000000000000000e3'));

-- Columns that users have added are in it, too.
ALTER TABLE messages ADD COLUMN tokens integer, ADD COLUMN model varchar(20) DEFAULT 'gpt';
UPDATE messages SET tokens = 7 WHERE content = 'Sunny.';
SELECT get_conversation(:umbrellas, message_limit => 1) -> 'messages' -> 0;

\set ON_ERROR_ROLLBACK on
-- Errors: all are 22023, with the values in the detail.
SELECT get_conversation(:umbrellas, 'xml');
SELECT get_conversation(:umbrellas, '');
SELECT get_conversation(:umbrellas, repeat('x', 200));
SELECT get_conversation(:umbrellas, message_limit => 0);
SELECT get_conversation(:umbrellas, message_limit => -1);
SELECT get_conversation(:umbrellas, before_message => '00000000-0000-0000-0000-0000000000cf');
SELECT get_conversation(:nothing_yet, before_message => '00000000-0000-0000-0000-0000000000e3');
SELECT get_conversation(:umbrellas, before_message => 'msg-1');
SELECT get_conversation(:umbrellas, before_message => '');
\echo :LAST_ERROR_SQLSTATE
-- Also where there is no conversation.
SELECT get_conversation(NULL, 'xml');
SELECT get_conversation(NULL, message_limit => 0);
ROLLBACK;
