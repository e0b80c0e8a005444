-- Compresses large columns with lz4 if the server supports it. It decompresses several times faster than
-- pglz, and these columns are mostly read.
DO $compression$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_settings s
                   WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
                     AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
        RETURN;
    END IF;
    ALTER TABLE agentchat.blueprint_conversations
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_messages
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN parts SET COMPRESSION lz4,
        ALTER COLUMN attachments SET COMPRESSION lz4,
        ALTER COLUMN reasoning SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_artifacts
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_definitions
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN tools SET COMPRESSION lz4,
        ALTER COLUMN capabilities SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_instances
        ALTER COLUMN configuration SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_tools
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN schema SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_workflows
        ALTER COLUMN goal SET COMPRESSION lz4,
        ALTER COLUMN steps SET COMPRESSION lz4,
        ALTER COLUMN result SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
END
$compression$;
