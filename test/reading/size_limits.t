#!/usr/bin/env bash
# Conversations and exports of users that are too large for a jsonb value are an error before memory is exhausted.
. test/lib/tap.sh

sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (email) VALUES ('ada@example.com');
INSERT INTO conversations (id, user_id, title)
SELECT md5(title)::uuid, id, title FROM users, unnest('{many, few, one}'::text[]) AS title;

-- All compress well: 3,000 of 100 kB, 30 of 10 MB, and one of 300 MB between two small ones.
CREATE PROCEDURE fill(title text, size int, messages int) LANGUAGE sql AS $$
    INSERT INTO messages (id, conversation_id, role, content, created_at)
    SELECT md5(title || n)::uuid, md5(title)::uuid, 'user', repeat('x', size),
        timestamp '2026-01-05' + n * interval '1 second'
    FROM generate_series(1, messages) n
$$;
CALL fill('many', 100000, 3000);
CALL fill('few', 10000000, 30);
CALL fill('one', 1, 3);
UPDATE messages SET content = repeat('x', 300000000) WHERE id = md5('one2')::uuid;
END

# All memory that the process has ever had at a time.
most_kb="substring(pg_read_file('/proc/self/status') FROM 'VmHWM:\s+(\d+) kB')::int"
if [[ ${INSTRUMENTED-} ]]; then
    most_kb=0
    skip "memory is not measured" "$INSTRUMENTED"
fi

# Calls in a new session, within 20 seconds. Prints the number of messages, or the error, and whether the process
# always had less than the given number of MB.
call() { # MB ARGUMENTS
    sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose -v SHOW_CONTEXT=never 2>&1 <<END | grep -vE '^(DETAIL|LOCATION)'
SET statement_timeout = '20s';
SELECT jsonb_array_length(get_conversation($2) -> 'messages');
SELECT $most_kb < $1 * 1024;
END
}

too_large='ERROR:  54000: result is too large for a jsonb value
HINT:  Read the conversation in pages: pass message_limit, and before_message for earlier pages.
t'
is "$(call 500 "md5('many')::uuid")" "$too_large" "3,000 messages of 100 kB are too large"
is "$(call 500 "md5('few')::uuid")" "$too_large" "30 messages of 10 MB are too large"
is "$(call 100 "md5('one')::uuid")" "$too_large" "a message of 300 MB is too large"
is "$(call 100 "md5('one')::uuid, message_limit => 2")" "$too_large" "... also in a page"

is "$(call 500 "md5('many')::uuid, message_limit => 2000")" $'2000\nt' "a page can have 200 MB"
is "$(call 500 "md5('few')::uuid, message_limit => 20")" $'20\nt' "... also with fewer and larger messages"
is "$(call 500 "md5('few')::uuid, message_limit => 20, before_message => md5('few21')")" $'20\nt' \
    "... and the one before"
# The operator -> makes a copy of the 260 MB.
is "$(call 600 "md5('few')::uuid, message_limit => 26")" $'26\nt' "a page can have the largest size, with more messages before it"
is "$(call 500 "md5('one')::uuid, message_limit => 1")" $'1\nt' "a page stops before a message that would make it too large"
is "$(call 500 "md5('one')::uuid, before_message => md5('one2')")" $'1\nt' \
    "the messages before the one that is too large"

# Prompts count, too. They stop the reading of messages before it uses more memory than necessary.
sql -c "UPDATE conversations SET system_prompt = repeat('x', 250000000) WHERE id = md5('few')::uuid"
is "$(call 400 "md5('few')::uuid")" "$too_large" "messages after a prompt of 250 MB are too large"

# The largest value that PostgreSQL itself builds, and one byte more.
sql -c "DELETE FROM messages WHERE conversation_id = md5('few')::uuid" \
    -c "UPDATE conversations SET system_prompt = '' WHERE id = md5('few')::uuid" \
    -c 'ALTER TABLE conversations DISABLE TRIGGER agentchat_set_updated_at' # whose times are not all of one length
rest=$(sql -c "SELECT pg_column_size(get_conversation(md5('few')::uuid)) - 4")
for prompt in 'most:0:268435455' 'too much:1:54000'; do
    IFS=: read -r name more outcome <<<"$prompt"
    sql -c "UPDATE conversations SET system_prompt = repeat('x', 268435455 - $rest + $more) WHERE id = md5('few')::uuid"
    for query in "get_conversation(md5('few')::uuid)" \
        "(SELECT to_jsonb(c) || '{\"messages\": []}' FROM conversations c WHERE id = md5('few')::uuid)"; do
        like "$(sql -v VERBOSITY=sqlstate -c "SELECT pg_column_size($query) - 4" 2>&1)" "$outcome" "$name by ${query%%(*}"
    done
done

# A user has too much in total, but no single conversation is too large.
sql <<'END'
INSERT INTO users (id, email) VALUES (md5('bob')::uuid, 'bob@example.com');
UPDATE conversations SET user_id = md5('bob')::uuid WHERE id = md5('few')::uuid;
INSERT INTO conversations (id, user_id, title) VALUES (md5('more')::uuid, md5('bob')::uuid, 'more');
UPDATE conversations SET system_prompt = repeat('x', 140000000) WHERE user_id = md5('bob')::uuid;
END
export_user() { # MB USER: as call
    sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose -v SHOW_CONTEXT=never 2>&1 <<END | grep -vE '^LOCATION'
SET statement_timeout = '20s';
SELECT jsonb_array_length(agentchat.export_user($2) -> 'conversations');
SELECT $most_kb < $1 * 1024;
END
}
for user in bob ada; do
    id=$(sql -c "SELECT id FROM users WHERE email = '$user@example.com'")
    is "$(export_user 600 "'$id'")" "ERROR:  54000: the user's data is too large for a jsonb value
DETAIL:  The user is $id.
HINT:  Export table by table, for example with psql: \\copy (SELECT to_jsonb(m.*) FROM public.messages m JOIN \
public.conversations c ON c.id = m.conversation_id WHERE c.user_id = '$id') TO messages.jsonl
t" "an export of $user's conversations is too large"
done
# The errors of lists and of writing name what to do about the size.
outcome() { # SQL: its result, or its error and hint
    sql -v ON_ERROR_STOP=0 -v VERBOSITY=verbose -v SHOW_CONTEXT=never -c "SET statement_timeout = '20s'" -c "$1" 2>&1 |
        grep -vE '^(DETAIL|LOCATION)'
}
is "$(outcome "SELECT list_conversations(user_id => md5('bob')::uuid)")" \
    $'ERROR:  54000: result is too large for a jsonb value\nHINT:  Pass a smaller page_size.' "a list is too large"
is "$(outcome "SELECT jsonb_array_length(list_conversations(1, user_id => md5('bob')::uuid) -> 'conversations')")" 1 \
    "... and a smaller page of it is not"
# The message is as large as a jsonb can be, and its parts have a few more bytes.
large="jsonb_build_object('role', 'user', 'content', repeat('x', 268435455 - 40))"
is "$(outcome "SELECT append_messages(md5('few')::uuid, $large, 'openai')")" \
    $'ERROR:  54000: result is too large for a jsonb value\nHINT:  Write fewer messages in a call, or smaller ones.' \
    "the parts of a message are too large"
is "$(outcome "SELECT count(*) FROM messages WHERE conversation_id = md5('few')::uuid")" 0 "... nothing is written"

sql -c "DELETE FROM conversations WHERE id = md5('more')::uuid"
is "$(export_user 1500 "md5('bob')::uuid")" $'1\nt' "... without the deleted conversation it is not"

done_testing
