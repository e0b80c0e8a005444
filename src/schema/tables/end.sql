CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.users
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.conversations
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON @extschema@.subscriptions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();

-- lz4 unpacks several times faster than pglz, and reading is what these columns are for.
IF EXISTS (SELECT FROM pg_catalog.pg_settings s
           WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
             AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
    ALTER TABLE @extschema@.conversations
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.messages
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN parts SET COMPRESSION lz4,
        ALTER COLUMN attachments SET COMPRESSION lz4,
        ALTER COLUMN reasoning SET COMPRESSION lz4;
    ALTER TABLE @extschema@.artifacts
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.agent_definitions
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN tools SET COMPRESSION lz4,
        ALTER COLUMN capabilities SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.agent_instances
        ALTER COLUMN configuration SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.agent_tools
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN schema SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE @extschema@.workflows
        ALTER COLUMN goal SET COMPRESSION lz4,
        ALTER COLUMN steps SET COMPRESSION lz4,
        ALTER COLUMN result SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
END IF;

-- The tables are the user's from here on.
ALTER EXTENSION agentchat DROP TABLE @extschema@.users;
ALTER EXTENSION agentchat DROP TABLE @extschema@.conversations;
ALTER EXTENSION agentchat DROP TABLE @extschema@.messages;
ALTER EXTENSION agentchat DROP TABLE @extschema@.artifacts;
ALTER EXTENSION agentchat DROP TABLE @extschema@.agent_definitions;
ALTER EXTENSION agentchat DROP TABLE @extschema@.agent_instances;
ALTER EXTENSION agentchat DROP TABLE @extschema@.agent_tools;
ALTER EXTENSION agentchat DROP TABLE @extschema@.workflows;
ALTER EXTENSION agentchat DROP TABLE @extschema@.subscriptions;

-- A trusted extension's script runs as the bootstrap superuser, so they would be that role's. The C functions
-- stay with it: whoever owns a C function can change what it does.
ALTER TABLE @extschema@.users OWNER TO @extowner@;
ALTER TABLE @extschema@.conversations OWNER TO @extowner@;
ALTER TABLE @extschema@.messages OWNER TO @extowner@;
ALTER TABLE @extschema@.artifacts OWNER TO @extowner@;
ALTER TABLE @extschema@.agent_definitions OWNER TO @extowner@;
ALTER TABLE @extschema@.agent_instances OWNER TO @extowner@;
ALTER TABLE @extschema@.agent_tools OWNER TO @extowner@;
ALTER TABLE @extschema@.workflows OWNER TO @extowner@;
ALTER TABLE @extschema@.subscriptions OWNER TO @extowner@;

END
$tables$;
