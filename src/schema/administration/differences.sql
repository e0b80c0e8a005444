-- differences() returns a row for each difference between the user's tables and the blueprint, and how to
-- remove it, or only those of the tables of the feature to be switched on (enabling):
--   object      the object, in words
--   problem     what is wrong with it
--   at_once     statements that correct it with catalog work alone, under locks that last milliseconds
--   later       statements that correct it but take long on large tables, each for its own transaction
--   bad_rows    a query that counts the rows that prevent this
--   essential   whether anything depends on it (comments, compression and storage are for convenience)
-- The rows are in the order in which the statements must run, which is that of their stages. The statements
-- that create a missing table and all that belongs to it are in at_once.
--
-- The parts are functions because views do not have a search_path, which determines how
-- pg_get_constraintdef() and the like write names; because pg_upgrade copies the definitions of views, and
-- fails if a catalog has changed; and because PostgreSQL would plan the views as one large query, which takes
-- longer than running it.
--
-- JIT compilation would take seconds; the queries run for a few hundredths of one.
CREATE FUNCTION agentchat.differences(
    enabling text DEFAULT NULL, OUT stage integer, OUT object text, OUT problem text, OUT at_once text[],
    OUT later text[], OUT bad_rows text, OUT essential boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
    AS $function$
SELECT d.stage, d.object, d.problem, coalesce(d.at_once, '{}'), coalesce(d.later, '{}'),
    d.bad_rows, d.essential
FROM (
    SELECT * FROM agentchat.table_differences(enabling)
    UNION ALL SELECT * FROM agentchat.column_differences(enabling)
    UNION ALL SELECT * FROM agentchat.check_differences(enabling)
    UNION ALL SELECT * FROM agentchat.key_differences(enabling)
    UNION ALL SELECT * FROM agentchat.foreign_key_differences(enabling)
    UNION ALL SELECT * FROM agentchat.index_differences(enabling)
    UNION ALL SELECT * FROM agentchat.trigger_differences(enabling)
    UNION ALL SELECT * FROM agentchat.policy_differences(enabling)
    UNION ALL SELECT * FROM agentchat.grant_differences(enabling)
    UNION ALL SELECT * FROM agentchat.search_index_differences(enabling)
) d
WHERE enabling IS NULL
   OR d.model IN (SELECT t.model FROM agentchat.tables(enabling) t WHERE t.feature = enabling)
   OR EXISTS (SELECT FROM agentchat.feature_catalog() f CROSS JOIN unnest(f.triggers) g (name)
              WHERE f.feature = enabling AND starts_with(d.object, format('trigger %s of ', g.name)))
ORDER BY d.stage, d.model::oid, d.place, d.object
$function$;
