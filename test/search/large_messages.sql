-- The feature search: messages whose text or whose repetitions are unusual are found with the index, too.
\ir ../lib/agentchat.sql

SELECT plan(6);

SELECT * FROM agentchat.enable('search') \g /dev/null
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
INSERT INTO conversations (id, user_id, title) VALUES (md5('c')::uuid, md5('ada')::uuid, '');
-- The index has no keys of a text of more than 32 MB: it is looked at in every search.
INSERT INTO messages (id, conversation_id, role, content) VALUES
    (md5('long')::uuid, md5('c')::uuid, 'user', repeat('x ', 17000000) || 'needle'),
    (md5('repeated')::uuid, md5('c')::uuid, 'user', repeat((SELECT string_agg(md5(n::text), ' ')
        FROM generate_series(1, 3000) n), 20) || ' dull haystack'),
    (md5('short')::uuid, md5('c')::uuid, 'user', 'A needle in a haystack');

-- The names of what is found, on all pages.
CREATE FUNCTION found(words text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    page jsonb;
    next_cursor text;
    names text[] := '{}';
BEGIN
    LOOP
        page := search_messages(words, cursor => next_cursor, user_id => md5('ada')::uuid);
        names := names || ARRAY(SELECT name FROM jsonb_array_elements(page -> 'messages') m
            JOIN unnest('{long,repeated,short}'::text[]) name ON (m ->> 'id')::uuid = md5(name)::uuid);
        next_cursor := page ->> 'next_cursor';
        EXIT WHEN next_cursor IS NULL;
    END LOOP;
    RETURN (SELECT string_agg(name, ' ' ORDER BY name) FROM unnest(names) name);
END $$;

SELECT is(agentchat.index_messages(md5('ada')::uuid), 3::bigint, 'the messages are indexed');
SELECT is(found(words), names, 'found with the index: ' || words)
FROM (VALUES ('needle', 'long short'), ('haystack', 'repeated short'), ('dull', 'repeated'),
    ('nothing', NULL)) v (words, names);
SELECT is(agentchat.index_messages(md5('nobody')::uuid), 0::bigint,
    'a user who does not exist has no messages');

SELECT * FROM finish();
