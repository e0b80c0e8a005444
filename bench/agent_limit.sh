# shellcheck shell=bash
# 10,000 agents for 100 users in an INSERT, with the trigger that enforces the limit and without: in turns, each in a
# transaction of its own and into an empty table. The first turn does not count.
sql -F ' ' <<'SQL' |
INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
SELECT md5('user ' || n)::uuid, 'enterprise', 'active', true, 100 FROM generate_series(1, 100) n;
INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
VALUES (md5('definition')::uuid, md5('user 1')::uuid, 'Poet', 'Writes poems.', 'You are a poet.');
CREATE TABLE bench.agents (with_trigger boolean, turn int, ms float8);

DO $$
DECLARE
    action text;
    started timestamptz;
BEGIN
    FOR turn IN 0..15 LOOP
        FOREACH action IN ARRAY '{DISABLE, ENABLE}'::text[] LOOP
            TRUNCATE agent_instances, workflows;
            EXECUTE format('ALTER TABLE agent_instances %s TRIGGER agentchat_enforce_agent_limit_on_insert', action);
            COMMIT;
            started := clock_timestamp();
            INSERT INTO agent_instances (user_id, definition_id, name)
            SELECT md5('user ' || 1 + n % 100)::uuid, md5('definition')::uuid, 'Poet ' || n FROM generate_series(1, 10000) n;
            INSERT INTO bench.agents VALUES (action = 'ENABLE', turn, 1000 * extract(epoch FROM clock_timestamp() - started));
            COMMIT;
        END LOOP;
    END LOOP;
END $$;
SELECT min(ms) FILTER (WHERE with_trigger), min(ms) FILTER (WHERE NOT with_trigger)
FROM bench.agents WHERE turn > 0 GROUP BY turn;
SQL
    row 'INSERT of 10,000 agents for 100 users' 'without the limit' share 1.25
