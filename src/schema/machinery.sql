-- What users do not call: trigger functions, and later policy helpers and administration.
CREATE SCHEMA agentchat;

COMMENT ON SCHEMA agentchat IS 'The machinery of the extension agentchat: trigger functions and administration.';

-- Whatever a trigger or a policy calls belongs to PUBLIC: grants made by an extension's script on its own
-- functions are in pg_init_privs and not in dumps, so a restore would lose any other grant.
GRANT USAGE ON SCHEMA agentchat TO PUBLIC;

CREATE FUNCTION agentchat.set_updated_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_set_updated_at';

GRANT EXECUTE ON FUNCTION agentchat.set_updated_at() TO PUBLIC;

COMMENT ON FUNCTION agentchat.set_updated_at() IS
'Trigger function: BEFORE UPDATE FOR EACH ROW, sets the column updated_at (timestamp, in UTC, or timestamptz) to the transaction''s time, never backwards, whenever the row changes. Fit for your own tables, too. Errors: 39P01 fired otherwise, 42703 no such column, 42804 column of another type.';
