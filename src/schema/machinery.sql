-- The schema agentchat, for functions that users do not call, and the trigger function of version 0.1.0.
-- Their comments are in rules.sql, for updates from that version.
CREATE SCHEMA agentchat;

-- Everything that a trigger or a policy calls is granted to PUBLIC. The grants that an extension's script
-- makes on the extension's own functions are in pg_init_privs and not in dumps. A restore would lose any
-- other grant.
GRANT USAGE ON SCHEMA agentchat TO PUBLIC;

CREATE FUNCTION agentchat.set_updated_at() RETURNS trigger
    LANGUAGE c
    AS 'MODULE_PATHNAME', 'agentchat_set_updated_at';

GRANT EXECUTE ON FUNCTION agentchat.set_updated_at() TO PUBLIC;
