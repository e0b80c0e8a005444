-- vercel_ids_are_unique() tells whether an index makes the ids of messages unique. Views and foreign tables
-- have
-- none.
CREATE FUNCTION agentchat.vercel_ids_are_unique(source_schema text) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT EXISTS (
    SELECT FROM agentchat.vercel_table_columns(source_schema) c
        JOIN pg_index i ON i.indrelid = c.source_table AND i.indisunique AND i.indisvalid AND i.indimmediate
            AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = c.n
    WHERE c.source = 'Message_v2' AND c.column_name = 'id')
$function$;

-- vercel_messages() returns the messages of the source. Without parts, it tells only which messages there
-- are: content, parts, attachments and reasoning are NULL.
CREATE FUNCTION agentchat.vercel_messages(
    source_schema text, time_zone text, dry_run boolean, with_parts boolean, OUT source text, OUT id uuid,
    OUT conversation_id uuid, OUT role text, OUT content text, OUT parts jsonb, OUT attachments jsonb,
    OUT reasoning text, OUT created_at timestamp, OUT outcome text, OUT notes text[], OUT n bigint
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 1000000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    chats text := 'SELECT c.id, c.created_at FROM agentchat.vercel_chats($1, $2, $3) c '
        'WHERE c.outcome = ''already imported'' OR c.outcome IS NULL AND $3';
    current_messages text := agentchat.vercel_source(source_schema, 'Message_v2', time_zone,
        ARRAY['id', 'chat_id', 'role', 'created_at']
        || CASE WHEN with_parts THEN ARRAY['parts', 'attachments', 'extra_columns'] END);
    old_messages CONSTANT text := agentchat.vercel_old_messages(source_schema, time_zone);
BEGIN
    IF current_messages IS NULL AND old_messages IS NULL THEN
        RETURN;
    END IF;
    current_messages := CASE WHEN current_messages IS NULL THEN NULL WHEN with_parts THEN format(
        $sql$
SELECT 'Message_v2' AS source, s.id, s.chat_id, s.role, p.content,
    p.parts || CASE WHEN s.extra_columns IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object(
        'type', 'data-imported',
        'data', jsonb_build_object('source', 'vercel_chatbot', 'columns', s.extra_columns))) END AS parts,
    p.attachments, p.reasoning, s.created_at, s.replaced, p.notes AS part_notes,
    NULL AS old_outcome
FROM (%s) s
    CROSS JOIN LATERAL agentchat.vercel_ui_parts(s.parts, s.attachments) p
        $sql$, current_messages)
    ELSE format(
        $sql$
SELECT 'Message_v2' AS source, s.id, s.chat_id, s.role, NULL::text AS content, NULL::jsonb AS parts,
    NULL::jsonb AS attachments, NULL::text AS reasoning, s.created_at, s.replaced,
    NULL::text[] AS part_notes, NULL AS old_outcome
FROM (%s) s
        $sql$, current_messages) END;
    current_messages := concat_ws(' UNION ALL ', current_messages,
        'SELECT o.source, o.id, o.chat_id, o.role, o.content, o.parts, o.attachments, o.reasoning, '
        'o.created_at, o.replaced, o.part_notes, o.old_outcome '
        'FROM (' || old_messages || ') o');
    IF agentchat.vercel_source(source_schema, 'Chat', time_zone, ARRAY['id']) IS NULL THEN
        chats := format('SELECT c.id, c.created_at FROM %sconversations c', prefix);
    END IF;

    RETURN QUERY EXECUTE format(
        $sql$
WITH checked AS (
    SELECT s.*, coalesce(s.created_at, c.created_at) AS given_at,
        CASE WHEN s.id IS NULL THEN 'no id'
             WHEN c.id IS NULL THEN 'no such chat'
             WHEN s.old_outcome IS NOT NULL THEN s.old_outcome
             WHEN s.role IS NULL OR s.role NOT IN ('user', 'assistant', 'system')
                 THEN 'role is not user, assistant or system'
             WHEN %4$s > 1 THEN 'id occurs more than once'
             WHEN m.id IS NULL THEN NULL
             WHEN m.conversation_id = s.chat_id THEN 'already imported'
             ELSE 'id is that of a message of another conversation' END AS outcome,
        m.conversation_id = s.chat_id AND m.parts IS DISTINCT FROM s.parts AND $4 AS differs
    FROM (%1$s) s
        LEFT JOIN (%2$s) c ON c.id = s.chat_id
        LEFT JOIN %3$smessages m ON m.id = s.id
), ranked AS (
    SELECT c.*, c.outcome IS NULL OR c.outcome = 'already imported' AS has_place,
        CASE c.role WHEN 'system' THEN 1 WHEN 'user' THEN 2 ELSE 3 END AS role_rank
    FROM checked c
), numbered AS (
    SELECT r.*, row_number() OVER places AS n
    FROM ranked r
    -- Messages that are stored come before others of the same time, because they keep their times.
    WINDOW places AS (PARTITION BY r.chat_id, r.has_place ORDER BY r.given_at, r.outcome, r.role_rank, r.id)
)
SELECT n.source, n.id, n.chat_id, n.role, n.content, n.parts, n.attachments, n.reasoning,
    -- Each time is later than the one before it. The order is that of n, and PostgreSQL sorts once.
    max(n.given_at - n.n * interval '1 us') OVER (
        PARTITION BY n.chat_id, n.has_place ORDER BY n.given_at, n.outcome, n.role_rank, n.id
        ROWS UNBOUNDED PRECEDING) + n.n * interval '1 us',
    n.outcome,
    array_remove(ARRAY[
        CASE WHEN n.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN n.differs THEN 'differs from the message that is stored, which stays' END,
        CASE WHEN n.created_at IS NULL THEN 'no time, that of the chat was written' END], NULL)
        || CASE WHEN n.outcome IS NULL THEN n.part_notes END,
    row_number() OVER ()
FROM numbered n
        $sql$, current_messages, chats, prefix,
        -- Counting the rows of each id would sort them all.
        CASE WHEN agentchat.vercel_ids_are_unique(source_schema) THEN '1'
        ELSE 'row_number() OVER (PARTITION BY s.id ORDER BY c.id IS NULL, s.created_at)' END)
        USING source_schema, time_zone, dry_run, with_parts;
END
$function$;

-- vercel_votes() returns the votes of the source. A vote for an old message counts for the message that took
-- it in.
CREATE FUNCTION agentchat.vercel_votes(
    source_schema text, time_zone text, dry_run boolean, OUT source text, OUT id uuid,
        OUT conversation_id uuid,
    OUT message_id uuid, OUT vote jsonb, OUT outcome text, OUT notes text[]
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    votes text;
    old_messages CONSTANT text := coalesce(agentchat.vercel_old_messages(source_schema, time_zone),
        'SELECT NULL::uuid AS id, NULL::uuid AS message_id');
    messages CONSTANT text := CASE WHEN dry_run
        THEN 'SELECT m.id, m.conversation_id FROM agentchat.vercel_messages($1, $2, true, false) m '
             'WHERE m.outcome IS NULL OR m.outcome = ''already imported'''
        ELSE format('SELECT m.id, m.conversation_id FROM %smessages m', prefix) END;
BEGIN
    SELECT string_agg(format(
        'SELECT %L AS source, %s AS rank, v.chat_id, coalesce(o.message_id, v.message_id) AS message_id, '
        'v.is_upvoted, v.extra_columns, v.replaced FROM (%s) v LEFT JOIN (%s) o ON o.id = v.message_id',
        t.source, t.rank, t.votes, CASE t.source WHEN 'Vote' THEN old_messages
        ELSE 'SELECT NULL::uuid AS id, NULL::uuid AS message_id' END), ' UNION ALL ')
    INTO votes
    FROM (SELECT v.source, v.rank, agentchat.vercel_source(source_schema, v.source, time_zone,
              ARRAY['chat_id', 'message_id', 'is_upvoted', 'extra_columns']) AS votes
          FROM (VALUES ('Vote_v2', 1), ('Vote', 2)) v (source, rank)) t
    WHERE t.votes IS NOT NULL;
    IF votes IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH known AS (
    SELECT v.*, m.id IS NOT NULL AS has_message, c.metadata #> ARRAY['votes', v.message_id::text]
        AS stored_vote,
        jsonb_build_object('is_upvoted', v.is_upvoted)
            || CASE WHEN v.extra_columns IS NULL THEN '{}'
               ELSE jsonb_build_object('columns', v.extra_columns) END AS vote,
        row_number() OVER (PARTITION BY v.chat_id, v.message_id ORDER BY v.rank) AS occurrence
    FROM (%1$s) v
        LEFT JOIN (%2$s) m ON m.id = v.message_id AND m.conversation_id = v.chat_id
        LEFT JOIN %3$sconversations c ON c.id = v.chat_id
)
SELECT k.source, k.message_id, k.chat_id, k.message_id, k.vote,
    CASE WHEN NOT k.has_message THEN 'no such message in the chat'
         WHEN k.is_upvoted IS NULL THEN 'no vote'
         WHEN k.occurrence > 1 THEN 'second vote on a message'
         WHEN k.stored_vote IS NOT NULL THEN 'already imported' END,
    array_remove(ARRAY[
        CASE WHEN k.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN k.has_message AND k.stored_vote <> k.vote AND k.occurrence = 1
             THEN 'differs from the vote that is stored, which stays' END], NULL)
FROM known k
        $sql$, votes, messages, prefix)
        USING source_schema, time_zone;
END
$function$;
