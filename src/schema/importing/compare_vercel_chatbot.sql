-- figures_document() returns the figures of a conversation as JSON.
CREATE FUNCTION agentchat.figures_document(
    messages bigint, first_message_at timestamp, last_message_at timestamp, checksum text
) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT jsonb_build_object('messages', messages, 'first_message_at', agentchat.utc_text(first_message_at),
                          'last_message_at', agentchat.utc_text(last_message_at), 'checksum', checksum)
$function$;

-- vercel_comparison() returns the figures of each chat of the source, and of the conversation of that id.
-- Those of the source come from its own rows, not from the rows that an import would write.
CREATE FUNCTION agentchat.vercel_comparison(
    source_schema text, time_zone text, with_stored boolean
) RETURNS TABLE (
    conversation_id uuid, messages bigint, first_message_at timestamp, last_message_at timestamp,
    checksum text,
    stored_messages bigint, stored_first_message_at timestamp, stored_last_message_at timestamp,
    stored_checksum text, agrees boolean
)
    LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    chats CONSTANT text := coalesce(agentchat.vercel_source(source_schema, 'Chat', time_zone, ARRAY['id']),
        'SELECT DISTINCT m.chat_id AS id FROM messages m');
    messages CONSTANT text := concat_ws(' UNION ALL ',
        'SELECT m.id, m.chat_id, m.role, m.parts, m.created_at FROM (' || agentchat.vercel_source(
            source_schema, 'Message_v2', time_zone,
            ARRAY['id', 'chat_id', 'role', 'parts', 'created_at']) || ') m',
        'SELECT o.id, o.chat_id, o.role, o.parts, o.created_at FROM ('
            || agentchat.vercel_old_messages(source_schema, time_zone) || ') o WHERE o.old_outcome IS NULL',
        'SELECT NULL::uuid AS id, NULL::uuid AS chat_id, NULL AS role, NULL::jsonb AS parts, '
        'NULL::timestamp AS created_at WHERE false');
BEGIN
    RETURN QUERY EXECUTE format(
        $sql$
WITH messages AS MATERIALIZED (
    SELECT s.id, s.chat_id, s.role, s.created_at, sha256(convert_to(coalesce((
        -- The elements come in their order. To sort them would take a third of the time.
        SELECT string_agg(CASE WHEN jsonb_typeof(e.part) = 'string' THEN e.part #>> '{}'
                               WHEN jsonb_typeof(e.part -> 'text') = 'string' THEN e.part ->> 'text'
                               WHEN jsonb_typeof(e.part -> 'text') = 'array' THEN (
                                   SELECT string_agg(coalesce(t.part ->> 'text', t.part #>> '{}'), '')
                                   FROM jsonb_array_elements(e.part -> 'text') t (part)
                                   WHERE jsonb_typeof(t.part) = 'string'
                                      OR t.part ->> 'type' = 'text'
                                         AND jsonb_typeof(t.part -> 'text') = 'string') END, '')
        FROM jsonb_array_elements(CASE jsonb_typeof(s.parts) WHEN 'array' THEN s.parts
                                  ELSE jsonb_build_array(s.parts) END) e (part)
        WHERE e.part ->> 'type' = 'text' OR jsonb_typeof(e.part) = 'string'), ''), 'UTF8')) AS checksum
    FROM (%2$s) s
    WHERE s.role IN ('user', 'assistant', 'system')
), chats AS (
    SELECT DISTINCT c.id FROM (%1$s) c
), source AS (
    SELECT m.chat_id AS id, count(*) AS messages, min(m.created_at) AS first_message_at,
        max(m.created_at) AS last_message_at,
        encode(sha256(string_agg(m.checksum, ''::bytea ORDER BY m.created_at,
            CASE m.role WHEN 'system' THEN 1 WHEN 'user' THEN 2 ELSE 3 END, m.id)), 'hex') AS checksum
    FROM messages m
    GROUP BY m.chat_id
), stored AS (
    SELECT c.id, count(m.id) AS messages, min(m.created_at) AS first_message_at, max(m.created_at)
        AS last_message_at,
        encode(sha256(coalesce(string_agg(sha256(convert_to(m.content, 'UTF8')), ''::bytea
            ORDER BY m.created_at, m.id), '')), 'hex') AS checksum
    FROM %3$sconversations c LEFT JOIN %3$smessages m ON m.conversation_id = c.id
    WHERE $1 AND c.id IN (SELECT h.id FROM chats h)
    GROUP BY c.id
)
SELECT c.id, coalesce(s.messages, 0), s.first_message_at, s.last_message_at,
    coalesce(s.checksum, encode(sha256(''), 'hex')),
    t.messages, t.first_message_at, t.last_message_at, t.checksum,
    $1 AND t.id IS NOT NULL AND t.messages = coalesce(s.messages, 0)
        AND t.checksum = coalesce(s.checksum, encode(sha256(''), 'hex'))
        -- Of messages with equal times, each is stored a microsecond after the one before it.
        AND (t.messages = 0
             OR t.first_message_at = s.first_message_at
                 AND t.last_message_at BETWEEN s.last_message_at
                     AND s.last_message_at + t.messages * interval '1 us')
FROM chats c
    LEFT JOIN source s ON s.id = c.id
    LEFT JOIN stored t ON t.id = c.id
        $sql$, chats, messages, agentchat.tables_prefix())
        USING with_stored;
END
$function$;

-- vercel_figures() returns how many conversations agree with their chats, and the first that do not.
CREATE FUNCTION agentchat.vercel_figures(source_schema text, time_zone text, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH compared AS MATERIALIZED (
    SELECT c.* FROM agentchat.vercel_comparison(source_schema, time_zone, NOT dry_run) c
), differing AS (
    SELECT c.* FROM compared c WHERE NOT dry_run AND NOT c.agrees ORDER BY c.conversation_id LIMIT 10
)
SELECT jsonb_build_object('conversations', count(*), 'messages', coalesce(sum(c.messages), 0))
    || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object(
        'agreeing', count(*) FILTER (WHERE c.agrees),
        'differing', (SELECT coalesce(jsonb_agg(jsonb_build_object(
                          'conversation_id', d.conversation_id,
                          'source', agentchat.figures_document(
                              d.messages, d.first_message_at, d.last_message_at, d.checksum),
                          'stored', CASE WHEN d.stored_messages IS NOT NULL THEN agentchat.figures_document(
                              d.stored_messages, d.stored_first_message_at, d.stored_last_message_at,
                              d.stored_checksum) END) ORDER BY d.conversation_id), '[]')
                      FROM differing d)) END
FROM compared c
$function$;

-- compare_vercel_chatbot() compares all conversations with the chats that they were imported from.
CREATE FUNCTION agentchat.compare_vercel_chatbot(
    source_schema text DEFAULT 'public', time_zone text DEFAULT 'UTC'
) RETURNS TABLE (conversation_id uuid, source jsonb, stored jsonb, agrees boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off SET jit = off
    SET enable_nestloop = off
    AS $function$
#variable_conflict use_column
BEGIN
    PERFORM agentchat.require_owner('compare them');
    PERFORM agentchat.require_vercel_chatbot(source_schema, time_zone);
    RETURN QUERY
        SELECT c.conversation_id, agentchat.figures_document(c.messages, c.first_message_at,
            c.last_message_at, c.checksum),
            CASE WHEN c.stored_messages IS NOT NULL THEN agentchat.figures_document(
                c.stored_messages, c.stored_first_message_at, c.stored_last_message_at, c.stored_checksum)
                    END,
            c.agrees
        FROM agentchat.vercel_comparison(source_schema, time_zone, true) c;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.compare_vercel_chatbot(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.compare_vercel_chatbot(text, text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.compare_vercel_chatbot(text, text) IS
'Compares the chats of a database of Vercel''s chatbot with the conversations that import_vercel_chatbot() '
'has written, and returns a row for each chat. source and stored are {"messages", "first_message_at", '
'"last_message_at", "checksum"}; stored is NULL if the conversation does not exist. It changes nothing. '
'Errors: 22004 an argument is NULL; 22023 the schema or the time zone does not exist, or the tables are not '
'those of the chatbot; 42501 not the owner of the tables.';
