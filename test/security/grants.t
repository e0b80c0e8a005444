#!/usr/bin/env bash
# Who has which privileges, and that row-level security alone keeps everybody where they belong: with Supabase's default
# privileges in force before an install, after a restore under them, and for roles that agentchat.grant_api() lets in.
. test/lib/databases.sh

ada=ada00000-0000-4000-8000-000000000001
bob=b0b00000-0000-4000-8000-000000000001
trip=ada11111-0000-4000-8000-000000000001 # a conversation of Ada's
tables=(users conversations messages artifacts agent_definitions agent_instances agent_tools workflows subscriptions)

supabase_database() { # NAME DEFAULT_PRIVILEGES
    createdb -T template0 "$1"
    psql -Xq -d "$1" -v owner=developer -v password="$PGPASSWORD" -v default_privileges="$2" -f test/lib/supabase.sql
}

owner() { # SQL...
    local commands=() command
    for command; do
        commands+=(-c "$command")
    done
    as developer psql -XAtq -v VERBOSITY=sqlstate "${commands[@]}" 2>&1
}

# As PostgREST does it, with or without a caller; prints command tags, too. Goes on after errors.
call() { # ROLE USER_ID SQL
    PGUSER=authenticator PGOPTIONS="-c role=$1 -c request.jwt.claims=${2:+{\"sub\":\"$2\"\}}" \
        psql -XAt -v VERBOSITY=sqlstate 2>&1 <<<"$3"
}

rows() { # NAME: rows of a user in every table
    cat <<END
INSERT INTO users (id, email) VALUES ('${!1}', '$1@example.com');
INSERT INTO conversations (id, user_id, title) VALUES ('${!1:0:3}${trip:3}', '${!1}', '$1');
INSERT INTO messages (conversation_id, role, content) SELECT id, 'user', '$1' FROM conversations WHERE title = '$1';
INSERT INTO artifacts (user_id, type, title) VALUES ('${!1}', 'text', '$1');
INSERT INTO agent_definitions (user_id, name, description, system_prompt, is_public)
VALUES ('${!1}', '$1', '', '', false), ('${!1}', '$1, public', '', '', true);
INSERT INTO agent_instances (user_id, definition_id, name) SELECT user_id, id, '$1' FROM agent_definitions WHERE name = '$1';
INSERT INTO agent_tools (name, description, schema) VALUES ('$1', '', '{}');
INSERT INTO workflows (user_id, workflow_id, status, goal) VALUES ('${!1}', '$1', 'pending', '');
INSERT INTO subscriptions (user_id, plan, status, agent_limit) VALUES ('${!1}', 'pro', 'active', 5);
END
}

# What is tried on each table, as statements; the rows are Ada's.
attempts() {
    local insert table
    while IFS='|' read -r table insert; do
        printf '%s;\n' "SELECT '$table', count(*) FROM $table" "INSERT INTO $table $insert" \
            "UPDATE $table SET id = id" "DELETE FROM $table"
    done <<END
users|(email) VALUES ('new@example.com')
conversations|(user_id, title) VALUES ('$ada', 'new')
messages|(conversation_id, role, content) VALUES ('$trip', 'user', 'new')
artifacts|(user_id, type, title) VALUES ('$ada', 'text', 'new')
agent_definitions|(user_id, name, description, system_prompt) VALUES ('$ada', 'new', '', '')
agent_instances|(user_id, definition_id, name) VALUES ('$ada', gen_random_uuid(), 'new')
agent_tools|(name, description, schema) VALUES ('new', '', '{}')
workflows|(user_id, workflow_id, status, goal) VALUES ('$ada', 'new', 'pending', '')
subscriptions|(user_id, plan, status, agent_limit) VALUES ('$ada', 'pro', 'active', 5)
END
}

truncates() {
    printf 'TRUNCATE %s CASCADE;\n' "${tables[@]}"
}

# What the tables grant, as "role table privilege [column], ...".
privileges() { # ROLES, with commas
    sql -v roles="$1" <<'END'
SELECT format('%s %s %s', coalesce(r.rolname, 'PUBLIC'), c.relname,
    string_agg(a.privilege_type || coalesce(' ' || g.attname, ''), ', ' ORDER BY a.privilege_type, g.attname))
FROM pg_class c
    CROSS JOIN LATERAL (SELECT c.relacl AS acl, NULL::name AS attname UNION ALL
                        SELECT l.attacl, l.attname FROM pg_attribute l WHERE l.attrelid = c.oid) g
    CROSS JOIN LATERAL aclexplode(g.acl) a
    LEFT JOIN pg_roles r ON r.oid = a.grantee
WHERE c.relkind = 'r' AND c.relnamespace::regnamespace::text IN ('public', 'chat') AND a.grantee <> c.relowner
  AND coalesce(r.rolname, 'PUBLIC') = ANY (string_to_array(:'roles', ','))
GROUP BY c.relname, r.rolname
ORDER BY r.rolname, c.relname
END
}

users_privileges() { # ROLE: what a role has that is subject to row-level security
    printf "$1 %s\n" 'agent_definitions DELETE, INSERT, SELECT, UPDATE' 'agent_instances DELETE, INSERT, SELECT, UPDATE' \
        'agent_tools SELECT' 'artifacts DELETE, INSERT, SELECT, UPDATE' 'conversations DELETE, INSERT, SELECT, UPDATE' \
        'messages DELETE, INSERT, SELECT, UPDATE' 'subscriptions SELECT' 'users SELECT, UPDATE avatar_url, UPDATE name' \
        'workflows DELETE, INSERT, SELECT, UPDATE'
}

servers_privileges() { # ROLE: what another one has
    printf "$1 %s DELETE, INSERT, SELECT, UPDATE\n" agent_definitions agent_instances agent_tools artifacts conversations \
        messages subscriptions users workflows
}

# All rows, and of each table one number.
state() {
    sql -c "SELECT md5(string_agg(row, E'\n' ORDER BY row)) FROM (
        $(for table in "${tables[@]}"; do echo "SELECT '$table' || to_jsonb(t)::text AS row FROM public.$table t UNION ALL"; done)
        SELECT '') rows"
}

# Whatever is granted, with all rows as they were.
nobody_gets_in() { # NAME: with grants
    local before
    before=$(state)
    is "$(call anon '' "$(attempts)")" "$(printf '%s|0\nERROR:  42501\nUPDATE 0\nDELETE 0\n' "${tables[@]}")" \
        "$1: anon sees and writes nothing, by row-level security alone"
    is "$(call authenticated '' "$(attempts)")" "$(call anon '' "$(attempts)")" "$1: nor does authenticated without a caller"
    is "$(state)" "$before" "$1: ... and all is as it was"
}

works_for_users() { # NAME
    is "$(call authenticated $ada "SELECT current_user_id()")" $ada "$1: current_user_id()"
    is "$(call authenticated $ada "SELECT get_conversation('$trip') #>> '{messages,0,content}'")" \
        ada "$1: get_conversation() of one's own"
    is "$(call authenticated $bob "SELECT get_conversation('$trip')")" "" "$1: ... of another's"
    is "$(call authenticated $ada "SELECT list_conversations() #>> '{conversations,0,preview,content}'")" ada "$1: list_conversations()"
    if [[ ${EDITION-} == sql ]]; then
        skip "$1: search_messages()" 'the functions in SQL do not have it'
    else
        is "$(call authenticated $ada "SELECT search_messages('ADA') #>> '{messages,0,snippet,text}'")" ada "$1: search_messages()"
        is "$(call authenticated $bob "SELECT search_messages('ada', user_id => '$ada') -> 'messages'")" '[]' "$1: ... of another's"
    fi
    is "$(call authenticated $bob "SELECT truncate_conversation('$trip', 'x')")" 'ERROR:  PT404' "$1: truncate_conversation() of another's"
    is "$(call authenticated $bob "SELECT fork_conversation('$trip')")" 'ERROR:  PT404' "$1: fork_conversation() of another's"
    is "$(call authenticated $ada "BEGIN; SELECT fork_conversation('$trip') IS NOT NULL; ROLLBACK")" $'BEGIN\nt\nROLLBACK' "$1: ... of one's own"
    is "$(call authenticated $bob "SELECT update_conversation('$trip', 'x')")" 'ERROR:  PT404' "$1: update_conversation() of another's"
    is "$(call authenticated $ada "BEGIN; SELECT update_conversation('$trip', 'x') ->> 'title'; ROLLBACK")" $'BEGIN\nx\nROLLBACK' "$1: ... of one's own"
    is "$(call authenticated $ada "SELECT agent_usage() ->> 'used'")" 1 "$1: agent_usage()"
    is "$(call authenticated $ada "SELECT email FROM users; SELECT name FROM agent_definitions ORDER BY 1;
        SELECT count(*) FROM agent_tools; SELECT user_id FROM subscriptions; SELECT content FROM messages")" \
        "$(printf '%s\n' ada@example.com ada 'ada, public' 'bob, public' 2 $ada ada)" "$1: users see their own and public rows"
    is "$(call authenticated $ada "BEGIN; INSERT INTO conversations (user_id, title) VALUES ('$ada', 'new');
        UPDATE messages SET content = 'new'; UPDATE users SET name = 'Ada'; DELETE FROM workflows; ROLLBACK")" \
        "$(printf '%s\n' BEGIN 'INSERT 0 1' 'UPDATE 1' 'UPDATE 1' 'DELETE 1' ROLLBACK)" "$1: ... and write it"
    is "$(call authenticated $ada "UPDATE users SET email = 'eve@example.com';
        INSERT INTO conversations (user_id, title) VALUES ('$bob', 'new');
        INSERT INTO agent_tools (name, description, schema) VALUES ('new', '', '{}');
        INSERT INTO subscriptions (user_id, plan, status, agent_limit) VALUES ('$ada', 'pro', 'active', -1)" | sort -u)" \
        'ERROR:  42501' "$1: ... and nothing else"
    is "$(call service_role '' 'SELECT count(*) FROM conversations; SELECT count(*) FROM subscriptions')" $'2\n2' \
        "$1: service_role sees all rows"
    is "$(call authenticated $ada "SELECT agentchat.check(); SELECT agentchat.adopt(); SELECT agentchat.detach();
        SELECT agentchat.grant_api('anon'); SELECT agentchat.link_supabase_auth();
        SELECT agentchat.export_user('$ada'); SELECT agentchat.delete_user('$ada');
        SELECT agentchat.import_user('{}'); SELECT agentchat.import_claude('$ada', '[]')" | uniq -c | xargs)" \
        '9 ERROR: 42501' \
        "$1: the administration is not for users"
}

privileges_hold() { # NAME
    is "$(privileges PUBLIC,anon,authenticated)" "$(users_privileges authenticated)" "$1: users have the privileges that they need"
    is "$(call anon '' "$(attempts; truncates)" | sort -u)" 'ERROR:  42501' "$1: anon has none"
    is "$(call authenticated $ada "$(truncates)" | sort -u)" 'ERROR:  42501' "$1: authenticated can't truncate"
    is "$(owner 'SELECT * FROM agentchat.check()')" "" "$1: check() finds nothing"
}

# An install, by the owner and by the superuser.
for installer in developer postgres; do
    for default_privileges in true false; do
        name="installed by $installer, default privileges $default_privileges"
        export PGDATABASE=installed_${installer}_$default_privileges
        supabase_database $PGDATABASE $default_privileges
        as $installer install_agentchat public
        as $installer sql -c "$(rows ada; rows bob)"
        if [[ $installer == developer ]]; then
            privileges_hold "$name"
        else
            is "$(privileges PUBLIC,anon,authenticated)" "$(users_privileges authenticated)" "$name: users' privileges"
        fi
        is "$(privileges service_role)" "$(servers_privileges service_role)" "$name: service_role has what servers need"
        works_for_users "$name"
        as $installer sql -c 'GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated, PUBLIC'
        nobody_gets_in "$name, everything granted"
        works_for_users "$name, everything granted"
    done
done

# A restore under default privileges, by either, of what had none or had them.
excess=$(for table in "${tables[@]}"; do printf '%s\n' "public.$table anon" "public.$table authenticated"; done | sort)
for restorer in developer postgres; do
    for default_privileges in false true; do
        source=installed_again_$default_privileges
        export PGDATABASE=$source
        supabase_database $source $default_privileges
        as developer install_agentchat public
        owner "$(rows ada; rows bob)"

        name="restored by $restorer under default privileges, from where they are $default_privileges"
        export PGDATABASE=restored
        supabase_database restored true
        # The default privileges of another role are not the developer's to change: that part of a dump fails.
        pg_dump "$source" | sed '/^ALTER DEFAULT PRIVILEGES FOR ROLE postgres/d' | as $restorer sql >/dev/null
        nobody_gets_in "$name"
        works_for_users "$name"
        is "$(owner "SELECT replace(object, 'grants on ', '') || ' ' || split_part(problem, ' ', 1)
            FROM agentchat.check() ORDER BY 1" | sort)" "$excess" "$name: check() reports what is granted beyond need"
        like "$(owner "SELECT problem FROM agentchat.check() WHERE object = 'grants on public.messages'")" \
            '^authenticated has .*TRUNCATE' "$name: ... TRUNCATE"
        is "$(owner "$(owner "SELECT string_agg(remedy, '; ') FROM agentchat.check()")")" "" "$name: ... and how to mend it"
        privileges_hold "$name, mended"
        works_for_users "$name, mended"
        dropdb restored
        dropdb $source
    done
done

# Roles that are let in.
sql -d postgres -c 'CREATE ROLE "New role"' -c 'CREATE ROLE server BYPASSRLS' -c 'CREATE ROLE root SUPERUSER' \
    -c "CREATE ROLE friend LOGIN PASSWORD '$PGPASSWORD'" -c 'GRANT "New role", server TO authenticator'
for schema in public chat; do
    export PGDATABASE=granted_$schema
    supabase_database $PGDATABASE true
    owner "SET client_min_messages = warning; CREATE SCHEMA IF NOT EXISTS $schema"
    as developer install_agentchat $schema
    owner "SET search_path = $schema; $(rows ada; rows bob)"
    # Privileges on the schema public are not tested here.
    sql -c 'REVOKE USAGE ON SCHEMA public FROM PUBLIC'

    like "$(call 'New\ role' $ada "SELECT title FROM $schema.conversations")" 'ERROR:  42501' "a role that has nothing, in $schema"
    is "$(owner "SELECT agentchat.grant_api('\"New role\"')" | sort)" "$(sort <<END
GRANT USAGE ON SCHEMA $schema TO "New role"
$(users_privileges x | sed -E "s/^x users.*/users SELECT, UPDATE (name), UPDATE (avatar_url)/; s/^x //
    s/DELETE, INSERT, SELECT, UPDATE/SELECT, INSERT, UPDATE, DELETE/; s/^([a-z_]+) (.*)/GRANT \2 ON $schema.\1 TO \"New role\"/")
END
)" "... is given what grant_api() says, in $schema"
    is "$(call 'New\ role' $ada "SELECT title FROM $schema.conversations")" ada "... and sees what the caller owns"
    is "$(call 'New\ role' '' "SET search_path = $schema; $(attempts)" | grep -vx 'SET' | sort -u | xargs)" \
        "$(printf '%s|0\nERROR:  42501\nUPDATE 0\nDELETE 0\n' "${tables[@]}" | sort -u | xargs)" "... nothing without a caller"
    is "$(privileges 'New role')" "$(users_privileges 'New role')" "... the privileges of a user"

    owner "SELECT agentchat.grant_api('server')" >/dev/null
    is "$(privileges server)" "$(servers_privileges server)" "a role with BYPASSRLS writes everywhere, in $schema"
    is "$(call server '' "SELECT count(*) FROM $schema.conversations")" 2 "... and sees all rows"
    is "$(owner "SELECT agentchat.grant_api('root')" | wc -l)" 9 "a superuser, who needs no schema granted"

    like "$(owner "SELECT agentchat.grant_api('nobody')")" 'ERROR:  42704' "an unknown role: 42704"
    like "$(owner 'SELECT agentchat.grant_api(NULL)')" 'ERROR:  22004' "NULL: 22004"
    like "$(owner 'SELECT agentchat.grant_api(4294967295::oid::regrole)')" 'ERROR:  42704' "a role that has gone: 42704"
    like "$(owner "SELECT agentchat.grant_api('-')")" 'ERROR:  42704' "'-', by which regrole means none: 42704"
    like "$(PGUSER=friend psql -XAt -v VERBOSITY=sqlstate -c "SELECT agentchat.grant_api('friend')" 2>&1)" 'ERROR:  42501' \
        "somebody else may not call it"
    like "$(psql -XAt -v VERBOSITY=sqlstate -c "SELECT agentchat.grant_api('friend')" 2>&1)" 'ERROR:  42501' \
        "nor a superuser who doesn't own the tables"
    is "$(privileges friend)" "" "... and nothing is granted"
    is "$(owner 'SELECT * FROM agentchat.check()')" "" "check() finds nothing, in $schema"

    before=$(privileges 'anon,authenticated,service_role,server,New role')
    pg_dump $PGDATABASE >"$tmp/dump"
    export PGDATABASE=granted_restored
    createdb -T template0 -O developer granted_restored
    sql -f "$tmp/dump" >/dev/null
    is "$(privileges 'anon,authenticated,service_role,server,New role')" "$before" "a restore brings the grants back, in $schema"
    is "$(call 'New\ role' $ada "SELECT title FROM $schema.conversations")" ada "... those of the new role, too"
    dropdb -f granted_restored
done
done_testing
