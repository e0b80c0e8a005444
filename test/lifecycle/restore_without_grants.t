#!/usr/bin/env bash
# A dump without owners and grants (pg_dump -O -x) is restored: check() reports the grants that adopt() gives.
. test/lib/tap.sh

sql -c 'CREATE ROLE anon' -c 'CREATE ROLE authenticated' -c 'CREATE ROLE service_role BYPASSRLS' \
    -c 'CREATE EXTENSION agentchat'
is "$(sql -c 'SELECT * FROM agentchat.check()')" '' 'check() finds nothing at first'

grants() { # DATABASE: of the roles of the API
    sql -d "$1" -c "SELECT c.relname, r.rolname, a.privilege_type, g.attname FROM pg_class c
        CROSS JOIN LATERAL (SELECT c.relacl AS acl, NULL::name AS attname UNION ALL
                            SELECT l.attacl, l.attname FROM pg_attribute l WHERE l.attrelid = c.oid) g
        CROSS JOIN LATERAL aclexplode(g.acl) a JOIN pg_roles r ON r.oid = a.grantee
        WHERE c.relnamespace = 'public'::regnamespace AND a.grantee <> c.relowner ORDER BY 1, 2, 3, 4"
}

createdb restored
pg_dump -O -x | sql -d restored >/dev/null
is "$(grants restored)" '' 'the restored tables have no grants'
reported=$(sql -d restored -c "SELECT object, remedy FROM agentchat.check() ORDER BY 1, 2")
is "$(wc -l <<<"$reported")" 18 'check() reports them for two roles and nine tables'
is "$(sql -d restored -c "SELECT object, statement FROM agentchat.adopt() ORDER BY 1, 2")" "$reported" \
    '... and adopt() gives the same'
is "$(grants restored)" "$(grants "$PGDATABASE")" '... which are those of the original'
is "$(sql -d restored -c 'SELECT * FROM agentchat.check()')" '' 'check() finds nothing afterwards'
done_testing
