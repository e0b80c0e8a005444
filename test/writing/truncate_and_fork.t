#!/usr/bin/env bash
# truncate_conversation() and fork_conversation() run while other sessions add to the conversation, change or delete it.
# There is no deadlock, and each copy shows the conversation at one moment.
. test/lib/tap.sh

sql <<'END'
CREATE EXTENSION agentchat;
INSERT INTO users (id, email) VALUES (md5('ada')::uuid, 'ada@example.com');
\i test/lib/said.sql
CREATE FUNCTION new_conversation(name text) RETURNS int LANGUAGE sql AS $$
    INSERT INTO conversations (id, user_id, title) VALUES (md5(name)::uuid, md5('ada')::uuid, name);
    SELECT jsonb_array_length(append_messages(md5(name)::uuid, jsonb_agg(said('first ' || n)))) FROM generate_series(1, 20) n
$$;
CREATE FUNCTION some_message(name text) RETURNS text LANGUAGE sql AS
$$ SELECT id::text FROM messages WHERE conversation_id = md5(name)::uuid ORDER BY random() LIMIT 1 $$;
-- A copy knows what its messages are copies of.
ALTER TABLE messages ADD COLUMN original uuid;
CREATE FUNCTION set_original() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN NEW.original := coalesce(NEW.original, NEW.id); RETURN NEW; END $$;
CREATE TRIGGER set_original BEFORE INSERT ON messages FOR EACH ROW EXECUTE FUNCTION set_original();
SELECT new_conversation('busy') + new_conversation('gone') \g /dev/null
END

# So many times in a session of its own.
sessions=0
session() { # TIMES STATEMENT
    local time
    sessions=$((sessions + 1))
    for ((time = 0; time < $1; time++)); do
        echo "$2;"
    done | sql -o /dev/null -v ON_ERROR_STOP=0 -v VERBOSITY=verbose >"$tmp/session.$sessions" 2>&1 &
}

end_sessions() { # waits for all; their errors, each once, are $errors then
    wait
    errors=$(cat "$tmp"/session.* | sed -nE 's/^(ERROR|FATAL|WARNING): *//p' | sort -u)
    rm "$tmp"/session.*
}

for _ in 1 2; do
    session 200 "SELECT append_messages(md5('busy')::uuid, jsonb_build_array(said('a'), said('b'), said('c')))"
    session 200 "INSERT INTO messages (conversation_id, role, content) VALUES (md5('busy')::uuid, 'user', 'inserted')"
    session 200 "UPDATE messages SET content = content || '!' WHERE id = (SELECT some_message('busy')::uuid)"
    session 100 "SELECT truncate_conversation(md5('busy')::uuid, id) FROM some_message('busy') id WHERE id IS NOT NULL"
    session 200 "SELECT fork_conversation(md5('busy')::uuid, id, id) FROM some_message('busy') id WHERE id IS NOT NULL"
done
end_sessions
is "$errors" 'PT404: message not found' 'sessions add, change, truncate and copy at once: a message may be gone, and there is no other error'
sql -c "CREATE TABLE copies AS SELECT c.title, m.number, m.original FROM conversations c LEFT JOIN LATERAL (
        SELECT original, row_number() OVER (ORDER BY created_at, m.id) AS number FROM messages m WHERE m.conversation_id = c.id
        ORDER BY number DESC LIMIT 1) m ON true WHERE c.title NOT IN ('busy', 'gone')"
is "$(sql -c "SELECT count(*) > 50 FROM copies WHERE number > 1")" t '... copies were made'
is "$(sql -c "SELECT count(*) FROM copies WHERE original::text IS DISTINCT FROM title")" 0 '... each copy ends with the named message'

# Runs the statement while the conversation is deleted and made again, until the sessions have met: on a busy machine they
# may not at the first attempt. All errors, each once, are $errors then.
beside_deletions() { # STATEMENT MET...: the command tells whether they have
    local all_errors=''
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        session 100 "DELETE FROM conversations WHERE id = md5('gone')::uuid; SELECT new_conversation('gone')"
        for _ in 1 2 3; do
            session 200 "$1"
        done
        end_sessions
        all_errors+=$errors$'\n'
        ! "${@:2}" || break
    done
    errors=$(sort -u <<<"$all_errors" | sed '/^$/d')
}
has_copies() { (($(sql -c "SELECT count(*) FROM conversations WHERE title = 'copy'") > 20)); }
has_errors() { [[ $errors ]]; }

# The conversation has twenty messages whenever it exists.
sql -c "DELETE FROM conversations WHERE title <> 'gone'"
beside_deletions "SELECT fork_conversation(md5('gone')::uuid, title => 'copy')" has_copies
is "$errors" 'PT404: conversation not found' 'sessions copy a conversation while others delete it: it may be gone, and there is no other error'
is "$(sql -c "SELECT count(*) > 20, min(messages), max(messages) FROM (SELECT count(m.id) AS messages
    FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id WHERE c.title = 'copy' GROUP BY c.id) c")" 't|20|20' \
    '... a copy has all messages'

beside_deletions "SELECT truncate_conversation(md5('gone')::uuid, id) FROM some_message('gone') id WHERE id IS NOT NULL" \
    has_errors
like "$errors" '^PT404: (conversation|message) not found$' 'one truncates while others delete the conversation: it or the message may be gone'
is "$(grep -vE '^PT404: (conversation|message) not found$' <<<"$errors")" '' '... there is no other error'

done_testing
