-- The functions that sqlsmith takes: the extension's, and each time another tenth of PostgreSQL's. Among all
-- 3,300 at once, few calls would be of ours. sqlsmith reads the names from a pg_proc that it does not
-- qualify, and comes here because the role's search_path has this schema before pg_catalog.
CREATE SCHEMA sqlsmith;
CREATE VIEW sqlsmith.pg_proc AS
SELECT p.* FROM pg_catalog.pg_proc p
WHERE p.pronamespace IN ('public'::regnamespace, 'agentchat'::regnamespace)
    OR p.oid::bigint % 10 = current_setting('sqlsmith.tenth')::integer;
GRANT USAGE ON SCHEMA sqlsmith TO authenticated;
GRANT SELECT ON sqlsmith.pg_proc TO authenticated;
