#!/usr/bin/env bash
# Sessions that write to the same conversations in any order, with one statement a transaction, never deadlock.
. test/lib/tap.sh
sessions=20
seconds=${SECONDS_OF_LOAD:-8}

sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (user_id, title) SELECT id, 'Conversation ' || n FROM users, generate_series(1, 50) n;
-- Whose messages they are.
ALTER TABLE messages ADD COLUMN session int DEFAULT -1;
CREATE INDEX ON messages (session);
END

# Writes two messages to each conversation, in varying order, by INSERT and by COPY from one of 100 files.
cat >"$tmp/insert.sql" <<'END'
\set seed random(1, 1000000000)
INSERT INTO messages (conversation_id, role, content, session) SELECT id, 'user', 'x', :client_id FROM conversations, generate_series(1, 2) n ORDER BY md5(id::text || n || :seed);
END
sql <<'END' | split -l 100 -d -a 2 - "$tmp/copy."
SELECT format(E'%s\tuser\tx', id) FROM generate_series(1, 100) file, conversations, generate_series(1, 2) n
ORDER BY file, md5(id::text || file || n);
END
cat >"$tmp/copy.sql" <<END
\\set tens random(0, 9)
\\set ones random(0, 9)
COPY messages (conversation_id, role, content) FROM '$tmp/copy.:tens:ones';
END
# Changes a session's own messages: the sessions share only conversations.
cat >"$tmp/update.sql" <<'END'
UPDATE messages SET content = content || 'x' WHERE session = :client_id;
END
cat >"$tmp/move.sql" <<'END'
\set seed random(1, 1000000000)
UPDATE messages m SET conversation_id = (SELECT id FROM conversations WHERE id <> m.conversation_id ORDER BY md5(id::text || :seed) LIMIT 1) WHERE session = :client_id;
END
cat >"$tmp/delete.sql" <<'END'
DELETE FROM messages WHERE session = :client_id;
END
cat >"$tmp/rename.sql" <<'END'
\set n random(1, 50)
UPDATE conversations SET title = title || '.' WHERE id = (SELECT id FROM conversations ORDER BY id OFFSET :n - 1 LIMIT 1);
END

# PostgreSQL checks waits for deadlocks at once.
load() {
    PGOPTIONS='-c deadlock_timeout=5ms' pgbench -n -c $sessions -j 2 -T "$seconds" -f "$tmp/insert.sql@4" -f "$tmp/copy.sql@4" \
        -f "$tmp/update.sql@1" -f "$tmp/move.sql@1" -f "$tmp/delete.sql@1" -f "$tmp/rename.sql@2" >"$tmp/log" 2>&1
}
ok "$sessions sessions write to the same 50 conversations" load
grep -E 'error|ERROR|failed|processed' "$tmp/log" | head -n 5 | sed 's/^/# /' || true
like "$(cat "$tmp/log")" '^number of failed transactions: 0 ' '... no transaction fails'
is "$(sql -c 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')" 0 '... there is no deadlock'
ok '... of hundreds of transactions' test "$(sed -n 's/^number of transactions actually processed: \([0-9]*\).*/\1/p' "$tmp/log")" -gt 200
is "$(sql -c "SELECT count(*) FROM conversations WHERE updated_at < now() AT TIME ZONE 'utc' - interval '1 minute'
    OR updated_at < (SELECT max(created_at) FROM messages WHERE conversation_id = conversations.id) - interval '1 s'")" 0 \
    '... and each conversation is as new as its messages'

done_testing
