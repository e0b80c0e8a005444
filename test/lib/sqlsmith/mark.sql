-- Puts a word of its own into every text and every JSON document of the rows of other users, which sqlsmith's
-- user must never see: canary_TABLE_NUMBER. Public agent definitions and tools are for everyone and get none.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET session_replication_role = replica;

-- Rows of tables whose owner is another user than mine, and the tools. What search keeps is made from
-- messages, and nobody reads it.
CREATE FUNCTION sqlsmith.rows_of_others(mine uuid)
    RETURNS TABLE (of_table text, key text, is_public boolean, content text) LANGUAGE sql
    AS $$
SELECT 'users', id::text, false, t::text FROM users t WHERE id <> mine
UNION ALL SELECT 'conversations', id::text, false, t::text FROM conversations t WHERE user_id <> mine
UNION ALL SELECT 'messages', t.id::text, false, t::text
    FROM messages t JOIN conversations c ON c.id = t.conversation_id WHERE c.user_id <> mine
UNION ALL SELECT 'artifacts', id::text, false, t::text FROM artifacts t WHERE user_id <> mine
UNION ALL SELECT 'agent_tools', id::text, true, t::text FROM agent_tools t
UNION ALL SELECT 'agent_definitions', id::text, is_public, t::text FROM agent_definitions t
    WHERE user_id <> mine
UNION ALL SELECT 'agent_instances', id::text, false, t::text FROM agent_instances t WHERE user_id <> mine
UNION ALL SELECT 'workflows', id::text, false, t::text FROM workflows t WHERE user_id <> mine
UNION ALL SELECT 'subscriptions', id::text, false, t::text FROM subscriptions t WHERE user_id <> mine
UNION ALL SELECT 'runs', t.id::text, false, t::text
    FROM runs t JOIN conversations c ON c.id = t.conversation_id WHERE c.user_id <> mine
UNION ALL SELECT 'run_chunks', t.run_id || ' ' || t.seq, false, t::text
    FROM run_chunks t JOIN runs r ON r.id = t.run_id JOIN conversations c ON c.id = r.conversation_id
    WHERE c.user_id <> mine
$$;

DO $$
DECLARE
    field record;
BEGIN
    FOR field IN
        SELECT c.table_name AS of_table, c.column_name AS name, c.data_type AS type
        FROM information_schema.columns c
        WHERE c.table_schema = 'public' AND c.data_type IN ('text', 'jsonb') AND c.table_name <> 'agent_tools'
            AND c.table_name NOT LIKE 'search%'
            -- Enumerations take no other word.
            AND c.column_name NOT IN ('role', 'type', 'status', 'plan')
    LOOP
        EXECUTE format(CASE field.type
                WHEN 'text' THEN 'UPDATE %1$I t SET %2$I = concat_ws('' '', %2$I, m.word)'
                ELSE 'UPDATE %1$I t SET %2$I = CASE jsonb_typeof(%2$I)
                    WHEN ''object'' THEN %2$I || jsonb_build_object(''canary'', m.word)
                    WHEN ''array'' THEN %2$I || jsonb_build_array(m.word) ELSE %2$I END'
            END || ' FROM (SELECT ctid AS place, format(''canary_%1$s_%%s'', row_number() OVER ()) AS word
                FROM %1$I) m WHERE t.ctid = m.place'
                || CASE field.of_table WHEN 'agent_definitions' THEN ' AND NOT is_public' ELSE '' END,
            field.of_table, field.name);
    END LOOP;
END
$$;
