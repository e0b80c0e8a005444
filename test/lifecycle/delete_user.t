#!/usr/bin/env bash
# agentchat.delete_user() while others write: nothing of the user comes back, nothing that others use is lost, and nobody
# deadlocks.
. test/lib/tap.sh

ada=00000000-0000-0000-0000-0000000000a1
bob=00000000-0000-0000-0000-0000000000b1
conversation=00000000-0000-0000-0000-0000000000c1
message=00000000-0000-0000-0000-0000000000e1
definition=00000000-0000-0000-0000-0000000000d1

sql -c 'CREATE EXTENSION agentchat' -c "ALTER DATABASE $PGDATABASE SET agentchat.default_agent_limit = -1"

people() { # makes both anew, Ada with a conversation and a definition
    sql <<END
SET client_min_messages = warning;
TRUNCATE users CASCADE;
INSERT INTO users (id, email) VALUES ('$ada', 'ada@example.com'), ('$bob', 'bob@example.com');
INSERT INTO conversations (id, user_id, title) VALUES ('$conversation', '$ada', 'One');
INSERT INTO messages (id, conversation_id, role, content) VALUES ('$message', '$conversation', 'user', 'Hello');
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, is_public)
VALUES ('$definition', '$ada', 'agent', 'An agent', 'Be kind.', true);
END
}

# Runs in the background, to $tmp/NAME, and waits until it waits for a lock.
waiting() { # NAME SQL
    local _
    PGAPPNAME=$1 psql -XAtq -v VERBOSITY=terse -c "$2" >"$tmp/$1" 2>&1 &
    for _ in {1..100}; do
        [[ $(sql -c "SELECT wait_event_type FROM pg_stat_activity WHERE application_name = '$1'") != Lock ]] || return 0
        sleep 0.1
    done
    echo "# $1 waits for nothing"
}

delete="agentchat.delete_user('$ada')"
left="SELECT (SELECT count(*) FROM users WHERE id = '$ada'), (SELECT count(*) FROM conversations), (SELECT count(*) FROM messages),
    (SELECT count(*) FROM agent_definitions), (SELECT count(*) FROM agent_instances)"
start_session writer

# What others have not committed yet: the deletion waits for it, and takes it, too.
while IFS='|' read -r name statement deleted remains; do
    people
    tell writer "BEGIN; $statement;"
    waiting deleter "SELECT concat_ws(' ', d #> '{deleted,conversations}', d #> '{deleted,messages}', d #> '{deleted,agent_instances}',
        d #> '{kept,agent_definitions}') FROM $delete d"
    tell writer 'COMMIT;'
    wait $! || true
    is "$(cat "$tmp/deleter")" "$deleted" "$name, not committed: is waited for"
    is "$(sql -c "$left")" "0|$remains" "... only data that others use is left"
done <<END
a conversation|INSERT INTO conversations (user_id, title) VALUES ('$ada', 'Two')|2 1 0 0|0|0|0|0
a message|INSERT INTO messages (conversation_id, role, content) VALUES ('$conversation', 'user', 'Are you there?')|1 2 0 0|0|0|0|0
a message that grows|UPDATE messages SET content = 'Hello?' WHERE id = '$message'|1 1 0 0|0|0|0|0
an agent of the user's own|INSERT INTO agent_instances (user_id, definition_id, name) VALUES ('$ada', '$definition', 'mine')|1 1 1 0|0|0|0|0
an agent of somebody else|INSERT INTO agent_instances (user_id, definition_id, name) VALUES ('$bob', '$definition', 'mine')|1 1 0 1|0|0|1|1
an artifact of somebody else|INSERT INTO artifacts (user_id, message_id, type, title) VALUES ('$bob', '$message', 'code', 'x')|1 1 0 0|0|0|0|0
a changed profile|UPDATE users SET name = 'Ada' WHERE id = '$ada'|1 1 0 0|0|0|0|0
END

# What others would write while the deletion is not committed: it waits, and then has nothing to belong to.
while IFS='|' read -r name statement outcome; do
    people
    tell writer "BEGIN; SELECT $delete;" >/dev/null
    waiting other "$statement"
    tell writer 'COMMIT;'
    wait $! || true
    like "$(cat "$tmp/other")." "$outcome" "$name, meanwhile"
    is "$(sql -c "$left")" '0|0|0|0|0' "... and nothing of the user comes back"
done <<END
a conversation|INSERT INTO conversations (user_id, title) VALUES ('$ada', 'Two')|violates foreign key constraint "conversations_user_id_users_id_fk"
a message|INSERT INTO messages (conversation_id, role, content) VALUES ('$conversation', 'user', '?')|violates foreign key constraint "messages_conversation_id_conversations_id_fk"
a message that grows|UPDATE messages SET content = 'Hello?' WHERE id = '$message'|^.$
an agent of the user's own|INSERT INTO agent_instances (user_id, definition_id, name) VALUES ('$ada', '$definition', 'mine')|violates foreign key constraint "agent_instances_(definition|user)_id_
an agent of somebody else|INSERT INTO agent_instances (user_id, definition_id, name) VALUES ('$bob', '$definition', 'mine')|violates foreign key constraint "agent_instances_definition_id_agent_definitions_id_fk"
another deletion|SELECT $delete|user not found
END

people
sql -c "INSERT INTO agent_instances (user_id, definition_id, name) VALUES ('$bob', '$definition', 'first')"
tell writer "BEGIN; SELECT $delete;" >/dev/null
waiting other "INSERT INTO agent_instances (user_id, definition_id, name) VALUES ('$bob', '$definition', 'second')"
tell writer 'COMMIT;'
wait $! || true
is "$(cat "$tmp/other")$(sql -c "$left")" '0|0|0|1|2' "an agent with a kept definition can be created in the meantime"

people
tell writer "BEGIN; SELECT $delete;" >/dev/null
waiting other "INSERT INTO messages (conversation_id, role, content) VALUES ('$conversation', 'user', '?')"
tell writer 'ROLLBACK;'
wait $! || true
is "$(cat "$tmp/other")$(sql -c "$left")" '1|1|2|1|0' "a deletion that is rolled back leaves everything, and lets others go on"

# With an older snapshot it cannot see newer rows. That is an error, and nothing is deleted.
people
tell writer "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1;" >/dev/null
sql -c "INSERT INTO conversations (user_id, title) VALUES ('$ada', 'Two')"
like "$(tell writer "SELECT $delete;")" 'violates foreign key constraint|could not serialize' "a snapshot from before a conversation: an error"
tell writer 'ROLLBACK;'
is "$(sql -c "$left")" '1|2|1|1|0' "... and all stays"

# Many at once, with one statement a transaction. A referenced row may be gone, but there is no deadlock.
people
sql -c "DELETE FROM agent_definitions; DELETE FROM conversations; DELETE FROM users"
sql <<'SQL'
CREATE FUNCTION id(words text) RETURNS uuid LANGUAGE sql RETURN md5(words)::uuid;
CREATE FUNCTION write(n integer, kind integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    me CONSTANT uuid := id('user ' || n);
    -- Another one, or the same.
    friend CONSTANT uuid := id('user ' || 1 + (n - trunc(2 * random())::integer) % 10);
    conversation CONSTANT uuid := id('conversation ' || n);
    message CONSTANT uuid := id('message ' || n);
BEGIN
    CASE kind
    WHEN 1 THEN
        INSERT INTO users (id, email) VALUES (me, me::text) ON CONFLICT DO NOTHING;
    WHEN 2 THEN
        INSERT INTO conversations (id, user_id, title) VALUES (conversation, me, 'x') ON CONFLICT DO NOTHING;
    WHEN 3 THEN
        INSERT INTO messages (id, conversation_id, role, content) VALUES (message, conversation, 'user', 'x')
        ON CONFLICT (id) DO UPDATE SET content = random()::text;
    WHEN 4 THEN
        INSERT INTO messages (conversation_id, role, content) VALUES (conversation, 'user', 'x'), (conversation, 'assistant', 'y');
    WHEN 5 THEN
        UPDATE messages SET content = random()::text WHERE id = message;
    WHEN 6 THEN
        INSERT INTO agent_definitions (user_id, name, description, system_prompt) VALUES (me, 'x', 'x', 'x');
    WHEN 7 THEN
        INSERT INTO agent_instances (user_id, definition_id, name) SELECT friend, id, 'x' FROM agent_definitions WHERE user_id = me LIMIT 1;
    WHEN 8 THEN
        UPDATE agent_instances SET status = 'archived' WHERE id = (SELECT min(id::text)::uuid FROM agent_instances WHERE user_id = me);
    WHEN 9 THEN
        INSERT INTO artifacts (id, user_id, message_id, type, title) VALUES (message, friend, message, 'code', 'x')
        ON CONFLICT (id) DO UPDATE SET message_id = excluded.message_id, title = random()::text;
    WHEN 10 THEN
        INSERT INTO workflows (user_id, agent_instance_id, workflow_id, status, goal)
        SELECT friend, id, 'x', 'pending', 'x' FROM agent_instances WHERE user_id = me LIMIT 1;
    WHEN 11 THEN
        INSERT INTO subscriptions (user_id, stripe_subscription_id, plan, status, agent_limit) VALUES (me, me::text, 'free', 'active', 1)
        ON CONFLICT (stripe_subscription_id) DO UPDATE SET agent_limit = 2;
    WHEN 12 THEN
        UPDATE users SET name = random()::text WHERE id = me;
    END CASE;
EXCEPTION WHEN foreign_key_violation THEN NULL;
END $$;
CREATE SEQUENCE deletions;
CREATE FUNCTION delete(n integer) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM agentchat.delete_user(coalesce((SELECT id FROM users WHERE n = 11 AND email LIKE '%@deleted.invalid' LIMIT 1), id('user ' || n))),
        nextval('deletions');
EXCEPTION WHEN SQLSTATE 'PT404' THEN NULL;
END $$;
SQL
printf '%s\n' '\set n random(1, 10)' '\set kind random(1, 12)' 'SELECT write(:n, :kind);' >"$tmp/write.sql"
printf '%s\n' '\set n random(1, 11)' '\sleep 5 ms' 'SELECT delete(:n);' >"$tmp/delete.sql"
pgbench -n -f "$tmp/delete.sql" -c 2 -T 10 >"$tmp/deletions" 2>&1 &
deleting=$!
status=0
pgbench -n -f "$tmp/write.sql" -c 6 -T 10 -M prepared >"$tmp/writes" 2>&1 || status=$?
is "$status" 0 "users are written to while they are deleted"
ok "... and deleted" wait "$deleting"
grep -h ERROR "$tmp"/{writes,deletions} | sed 's/^/# /' || true
ok "... many times" test "$(sql -c 'SELECT last_value FROM deletions')" -gt 50
is "$(sql -c 'SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()')" 0 "there was no deadlock"
is "$(sql -c 'SELECT * FROM agentchat.check()')" '' "and nothing is wrong with the tables"
like "$(sql -c 'SELECT count(*) FROM agent_definitions')" '[1-9]' "... some definitions are used"
sql -c 'SELECT delete(n) FROM generate_series(1, 10) n' >/dev/null
is "$(sql -c "SELECT (SELECT count(*) FROM conversations) + (SELECT count(*) FROM messages) + (SELECT count(*) FROM artifacts)
    + (SELECT count(*) FROM workflows) + (SELECT count(*) FROM subscriptions) + (SELECT count(*) FROM agent_instances)")" 0 "in the end they are all gone"

done_testing
