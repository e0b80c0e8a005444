#!/usr/bin/env bash
# agentchat.adopt() and check() on 1,000,000 messages, while an application writes and reads.
. test/lib/tap.sh

sql -f test/data/schema-design.sql -f - <<'END'
INSERT INTO users (email) SELECT i || '@example.com' FROM generate_series(1, 1000) i;
INSERT INTO conversations (user_id, title) SELECT id, 'About it' FROM users, generate_series(1, 10);
INSERT INTO messages (conversation_id, role, content, parts)
SELECT c.id, (ARRAY['user', 'assistant'])[1 + i % 2], 'What is it?', '[{"type": "text", "text": "What is it?"}]'
FROM conversations c CROSS JOIN generate_series(1, 100) i;
UPDATE messages SET role = 'tool' WHERE ctid IN (SELECT ctid FROM messages LIMIT 3);
INSERT INTO artifacts (user_id, message_id, type, title)
SELECT c.user_id, m.id, 'text', 'It' FROM messages m JOIN conversations c ON c.id = m.conversation_id LIMIT 100000;
ALTER TABLE messages ALTER content DROP NOT NULL, DROP COLUMN attachments;
CREATE TABLE done ();
CREATE EXTENSION agentchat;
VACUUM ANALYZE;
END

# The application: writes a message and reads its conversation every 50 ms, and tells how long the slowest took.
# shellcheck disable=SC2016 # SQL's dollars, not the shell's
application='
DO $$
DECLARE
    conversation uuid := (SELECT id FROM conversations LIMIT 1);
    began timestamptz;
    longest interval := $q$0$q$;
    times integer := 0;
BEGIN
    WHILE to_regclass($q$done$q$) IS NOT NULL LOOP
        COMMIT;
        began := clock_timestamp();
        INSERT INTO messages (conversation_id, role, content) VALUES (conversation, $q$user$q$, $q$And now?$q$);
        COMMIT;
        UPDATE conversations SET title = title WHERE id = conversation;
        COMMIT;
        PERFORM get_conversation(conversation);
        COMMIT;
        longest := greatest(longest, clock_timestamp() - began);
        times := times + 1;
        PERFORM pg_sleep(0.05);
    END LOOP;
    RAISE NOTICE $q$% times, the slowest in % ms$q$, times, ceil(extract(milliseconds FROM longest));
END $$'
sql -c "$application" >"$tmp/application" 2>&1 &

began=$EPOCHREALTIME
sql -c "SELECT statement FROM agentchat.adopt() WHERE outcome = 'to do'" >"$tmp/statements"
echo "# adopt(): $((${EPOCHREALTIME/./} / 1000 - ${began/./} / 1000)) ms, $(wc -l <"$tmp/statements") statements left to do"
while IFS= read -r statement; do
    sql -c "$statement"
done <"$tmp/statements"
echo "# with these: $((${EPOCHREALTIME/./} / 1000 - ${began/./} / 1000)) ms"
sql -c 'DROP TABLE done'
wait $!
sed 's/^/# /' "$tmp/application"
read -r slowest < <(sed -n 's/.* the slowest in \([0-9]*\) ms/\1/p' "$tmp/application")
ok 'while adopt() and its statements run, an application waits for less than a second' test "$slowest" -lt 1000

is "$(sql -c 'SELECT object, bad_rows FROM agentchat.check()')" 'constraint messages_role_check of public.messages|3' \
    'but for the bad rows all is brought up'
began=$EPOCHREALTIME
sql -c 'SELECT count(*) FROM agentchat.check()' >/dev/null
milliseconds=$((${EPOCHREALTIME/./} / 1000 - ${began/./} / 1000))
echo "# check(): $milliseconds ms"
ok 'check() ends within a minute' test "$milliseconds" -lt 60000
sql -c "ALTER TABLE messages DROP CONSTRAINT messages_role_check, DROP CONSTRAINT messages_parts_check,
    DROP CONSTRAINT messages_conversation_id_conversations_id_fk, ALTER content DROP NOT NULL;
    ALTER TABLE artifacts DROP CONSTRAINT artifacts_message_id_messages_id_fk; ALTER TABLE messages DROP CONSTRAINT messages_pkey"
began=$EPOCHREALTIME
is "$(sql -c 'SELECT sum(bad_rows) FROM agentchat.check()')" 3 'with much wrong, it counts the bad rows'
milliseconds=$((${EPOCHREALTIME/./} / 1000 - ${began/./} / 1000))
echo "# check(): $milliseconds ms"
ok 'within a minute, too' test "$milliseconds" -lt 60000

done_testing
