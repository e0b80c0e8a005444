# shellcheck shell=bash
# Pages of 20 of a user's 100,000 conversations: with a filter and with words, against the plain page, and against
# the SQL of an application that does the same.
sql <<'END'
INSERT INTO users (id, email) VALUES (md5('sidebar')::uuid, 'sidebar@example.com');
SET row_security = off;
INSERT INTO conversations (id, user_id, title, metadata, created_at, updated_at)
SELECT md5('sidebar ' || n)::uuid, md5('sidebar')::uuid,
    left(t.content, 40) || CASE WHEN n % 100 = 50 THEN ' in Zürich' ELSE '' END,
    jsonb_build_object('project', 'p' || n % 100, 'tags', jsonb_build_array('t' || n % 7, 't' || n % 11),
        'pinned', false, 'archived', n % 10 = 0, 'model', 'gpt-4o'),
    timestamp '2025-01-01' + n * interval '1 minute', timestamp '2025-01-01' + n * interval '1 minute'
FROM generate_series(1, 100000) n JOIN bench.text t ON t.role = 'user' AND t.nth = 1 + n % 110;
INSERT INTO messages (conversation_id, role, content, created_at)
SELECT id, 'user', title, created_at FROM conversations WHERE user_id = md5('sidebar')::uuid;
VACUUM (ANALYZE) users, conversations, messages;
END

page() { # ARGUMENT...
    local arguments
    arguments=$(printf ', %s' "$@")
    echo "SELECT list_conversations(user_id => md5('sidebar')::uuid${arguments})"
}

by_sql() { # CONDITION
    echo "SELECT jsonb_agg(to_jsonb(c) ORDER BY c.updated_at DESC, c.id DESC)
          FROM (SELECT c.*, to_jsonb(p) AS preview
                FROM (SELECT * FROM conversations c WHERE user_id = md5('sidebar')::uuid AND $1
                      ORDER BY updated_at DESC, id DESC LIMIT 20) c
                    LEFT JOIN LATERAL (SELECT role, left(content, 200) AS content, created_at FROM messages m
                        WHERE m.conversation_id = c.id ORDER BY created_at DESC, id DESC LIMIT 1) p ON true) c"
}

list_row() { # WHAT QUERY AGAINST OTHER_QUERY SHARE_OR_TIMES WANTED
    compared "$2" "$4" | row "$1" "$3" "$5" "$6"
}

contains() { # KEY JSON: a condition that finds the same as the filter
    echo "metadata @> '{\"$1\": $2}'"
}

filtered() { # KEY JSON
    page "filter => '{\"$1\": $2}'"
}

plain=$(page 'page_size => 20')
project=$(filtered project '"p7"')
words=$(page "words => 'zurich'")
list_row 'list_conversations, 20 of 100,000' "$plain" 'the same by SQL' "$(by_sql true)" times 1
list_row '    filter, 9 in 10' "$(filtered archived false)" 'the plain page' "$plain" share 1.5
list_row '    filter, 1 in 100' "$project" 'the plain page' "$plain" share ''
list_row '    filter, 1 in 100' "$project" 'metadata @> filter' "$(by_sql "$(contains project '"p7"')")" times 1
list_row '    filter, none' "$(filtered project '"none"')" 'metadata @> filter' \
    "$(by_sql "$(contains project '"none"')")" times 1
list_row '    words, 1 in 100' "$words" 'the plain page' "$plain" share ''
list_row '    words, 1 in 100' "$words" 'title ILIKE' "$(by_sql "title ILIKE '%zürich%'")" times 1
list_row '    words, none' "$(page "words => 'xylophone'")" 'title ILIKE' \
    "$(by_sql "title ILIKE '%xylophone%'")" times 1
