-- Creates a database like Supabase's: psql -v owner=... -v password=... -v default_privileges=true
-- -f test/lib/supabase.sql, as the superuser that initdb made (supabase_admin there). The owner is not a
-- superuser (postgres there).
\set ON_ERROR_STOP on
SET client_min_messages = warning;

-- Roles belong to the cluster: another database may have made them.
SELECT format('CREATE ROLE %I %s', name, options)
FROM (VALUES ('anon', 'NOLOGIN NOINHERIT'),
             ('authenticated', 'NOLOGIN NOINHERIT'),
             ('service_role', 'NOLOGIN NOINHERIT BYPASSRLS'),
             ('authenticator', format('LOGIN NOINHERIT PASSWORD %L', :'password')),
             (:'owner', format('LOGIN CREATEROLE PASSWORD %L', :'password'))) roles (name, options)
WHERE to_regrole(quote_ident(name)) IS NULL
\gexec
GRANT anon, authenticated, service_role TO authenticator, :"owner";
SELECT format('ALTER DATABASE %I OWNER TO %I', current_database(), :'owner') \gexec

-- Whatever is made in public, by either of the two, is everybody's: row-level security has to keep them
-- apart.
GRANT USAGE ON SCHEMA public TO anon, authenticated, service_role;
\if :default_privileges
SELECT format('ALTER DEFAULT PRIVILEGES FOR ROLE %I IN SCHEMA public '
              'GRANT ALL ON %s TO %I, anon, authenticated, service_role', maker, kind, :'owner')
FROM (VALUES (current_user), (:'owner')) makers (maker),
    (VALUES ('TABLES'), ('ROUTINES'), ('SEQUENCES')) kinds (kind)
\gexec
\endif
