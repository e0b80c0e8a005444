# shellcheck shell=bash
# The newest 50 messages of a conversation of 1,000,000 against those of one of 100. The newest of both are the same; the
# many before them are short, so that they are soon there.
sql <<'END'
INSERT INTO conversations (id, user_id, title)
SELECT bench.conversation(1000000), user_id, 'A conversation of 1000000 messages'
FROM conversations WHERE id = bench.conversation(100);
SET row_security = off;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT bench.conversation(1000000), 'user', 'Message ' || n, timestamp '2024-01-01' + n * interval '1 s'
FROM generate_series(1, 999900) n;
INSERT INTO messages (conversation_id, role, content, parts, attachments, reasoning, created_at)
SELECT bench.conversation(1000000), role, content, parts, attachments, reasoning, created_at
FROM messages WHERE conversation_id = bench.conversation(100) ORDER BY created_at;
VACUUM (ANALYZE) messages;
END

newest() { # FUNCTION SIZE
    echo "SELECT $1(bench.conversation($2), message_limit => 50)"
}
for function in get_conversation get_conversation_json; do
    read -r large small < <(sql -F ' ' -v large="$(newest $function 1000000)" -v small="$(newest $function 100)" \
        <<<"SELECT * FROM bench.compare(:'large', :'small')")
    row "$function, newest 50 of 1,000,000" 'newest 50 of 100' "$(share "$large" "$small")" '1.3×'
done
