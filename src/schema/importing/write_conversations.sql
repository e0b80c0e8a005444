-- What the imports of exports share: ids, and writing conversations.
--
-- The importers bring each conversation to one form, a JSON object with the keys id, source_id, title,
-- system_prompt, metadata, created_at, updated_at and messages. The messages have the keys id, source_id,
-- role, parts, attachments and created_at. Times are ISO 8601 in UTC. source_id is the id in the export, and
-- is not written.

-- imported_list() returns a list of an export; an empty one if the value is not a list. It has no search_path
-- of its own, so that the planner inlines it.
CREATE FUNCTION agentchat.imported_list(value jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT CASE pg_catalog.jsonb_typeof(value) WHEN 'array' THEN value ELSE '[]' END
$function$;

-- imported_id() returns the id of a row that was imported. It is computed from the user, so that the export
-- that two users import becomes rows of their own, and nobody can make an export that touches rows of others.
-- The bits of the version are 8 (RFC 9562).
CREATE FUNCTION agentchat.imported_id(user_id uuid, kind text, source_id text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hash bytea := substr(sha256(convert_to(format('%s %s %s', user_id, kind, source_id), 'UTF8')), 1, 16);
BEGIN
    hash := set_byte(hash, 6, 128 + get_byte(hash, 6) % 16);
    RETURN encode(set_byte(hash, 8, 128 + get_byte(hash, 8) % 64), 'hex')::uuid;
END
$function$;

-- imported_messages() returns the messages of conversations in the form above, in their order. fault tells
-- why a row is not written. PostgreSQL expects more rows than there are, and would scan the tables instead of
-- their indexes.
CREATE FUNCTION agentchat.imported_messages(user_id uuid, conversations jsonb)
    RETURNS TABLE (conversation_id uuid, n bigint, id uuid, source_id text, fault text, message jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET enable_hashjoin = off SET enable_mergejoin = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT (c.value ->> ''id'')::uuid, m.n, (m.message ->> ''id'')::uuid, m.message ->> ''source_id'', '
        'CASE WHEN t.id IS NOT NULL THEN ''already imported'' '
        'WHEN o.user_id <> $1 THEN ''conversation belongs to another user'' END, m.message '
        'FROM jsonb_array_elements($2) WITH ORDINALITY c '
        'CROSS JOIN LATERAL jsonb_array_elements(c.value -> ''messages'') WITH ORDINALITY m (message, n) '
        'LEFT JOIN %1$sconversations o ON o.id = (c.value ->> ''id'')::uuid '
        'LEFT JOIN %1$smessages t ON t.id = (m.message ->> ''id'')::uuid '
        'ORDER BY c.ordinality, m.n', agentchat.tables_prefix()) USING user_id, conversations;
END
$function$;

-- imported_conversations() returns conversations in the form above, in their order. fault tells why a row is
-- not written.
CREATE FUNCTION agentchat.imported_conversations(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, source_id text, fault text, conversation jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT (c.value ->> ''id'')::uuid, c.value ->> ''source_id'', '
        'CASE WHEN o.user_id = $1 THEN ''already imported'' '
        'WHEN o.id IS NOT NULL THEN ''conversation belongs to another user'' END, c.value - ''messages'' '
        'FROM jsonb_array_elements($2) WITH ORDINALITY c '
        'LEFT JOIN %sconversations o ON o.id = (c.value ->> ''id'')::uuid '
        'ORDER BY c.ordinality', agentchat.tables_prefix()) USING user_id, conversations;
END
$function$;

-- new_conversations() returns the conversations that are not stored yet, as rows.
CREATE FUNCTION agentchat.new_conversations(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, owner uuid, title text, system_prompt text, metadata jsonb, created_at timestamp,
                   updated_at timestamp)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT c.id, user_id, c.conversation ->> 'title', c.conversation ->> 'system_prompt',
    nullif(c.conversation -> 'metadata', 'null'), (c.conversation ->> 'created_at')::timestamp,
    (c.conversation ->> 'updated_at')::timestamp
FROM agentchat.imported_conversations(user_id, conversations) c
WHERE c.fault IS NULL
$function$;

-- new_messages() returns the messages that are not stored yet, as rows, with content and reasoning as
-- append_messages() makes them of parts.
CREATE FUNCTION agentchat.new_messages(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, conversation_id uuid, role text, content text, parts jsonb, attachments jsonb,
                   reasoning text, created_at timestamp)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT m.id, m.conversation_id, m.message ->> 'role', t.content, m.message -> 'parts',
    nullif(m.message -> 'attachments', 'null'), t.reasoning, (m.message ->> 'created_at')::timestamp
FROM agentchat.imported_messages(user_id, conversations) m
    CROSS JOIN LATERAL (
        SELECT coalesce(string_agg(p.part ->> 'text', '' ORDER BY p.n)
                        FILTER (WHERE p.part ->> 'type' = 'text'), ''),
            string_agg(p.part ->> 'text', '' ORDER BY p.n) FILTER (WHERE p.part ->> 'type' = 'reasoning')
        FROM jsonb_array_elements(m.message -> 'parts') WITH ORDINALITY p (part, n)) t (content, reasoning)
WHERE m.fault IS NULL
$function$;

-- grown_conversations() returns the stored conversations that get new messages, with the time of the newest.
CREATE FUNCTION agentchat.grown_conversations(user_id uuid, conversations jsonb)
    RETURNS TABLE (id uuid, updated_at timestamp)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT c.id, max((m.message ->> 'created_at')::timestamp)
FROM agentchat.imported_conversations(user_id, conversations) c
    JOIN agentchat.imported_messages(user_id, conversations) m ON m.conversation_id = c.id
WHERE c.fault IS NOT NULL AND m.fault IS NULL
GROUP BY c.id
$function$;

-- write_imported_conversations() writes the conversations and messages that are not stored yet. It has no
-- search_path of its own, as delete_user().
CREATE FUNCTION agentchat.write_imported_conversations(user_id uuid, conversations jsonb) RETURNS void
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    -- Later, the conversations are stored.
    grown CONSTANT pg_catalog.jsonb := (
        SELECT pg_catalog.jsonb_agg(g.*) FROM agentchat.grown_conversations(user_id, conversations) g);
BEGIN
    EXECUTE pg_catalog.format(
        'INSERT INTO %sconversations (id, user_id, title, system_prompt, metadata, created_at, updated_at) '
        'SELECT * FROM agentchat.new_conversations($1, $2)', prefix) USING user_id, conversations;
    EXECUTE pg_catalog.format(
        'INSERT INTO %smessages '
        '(id, conversation_id, role, content, parts, attachments, reasoning, created_at) '
        'SELECT * FROM agentchat.new_messages($1, $2)', prefix) USING user_id, conversations;
    EXECUTE pg_catalog.format(
        'UPDATE %sconversations t SET updated_at = GREATEST(t.updated_at, g.updated_at) '
        'FROM pg_catalog.jsonb_to_recordset($1) g (id pg_catalog.uuid, updated_at pg_catalog.timestamp) '
        'WHERE t.id OPERATOR(pg_catalog.=) g.id', prefix) USING grown;
END
$function$;

-- stored_conversations() returns the conversations of a user in which messages with these ids are stored.
CREATE FUNCTION agentchat.stored_conversations(user_id uuid, ids uuid[])
    RETURNS TABLE (id uuid, conversation_id uuid)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT m.id, m.conversation_id '
        'FROM %1$smessages m JOIN %1$sconversations c ON c.id = m.conversation_id '
        'WHERE m.id = ANY ($2) AND c.user_id = $1', agentchat.tables_prefix()) USING user_id, ids;
END
$function$;

-- added_outcomes() adds to the summary of an import what happened to some rows. The summary has for each list
-- of the source {"read", "written", "problems": {kind: {"count", "first_ids"}}}. counts has for each list the
-- numbers of rows that were read and written. problems is an array of objects with source, kind and id.
CREATE FUNCTION agentchat.added_outcomes(summary jsonb, counts jsonb, problems jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH lists AS (
    SELECT l.source, sum(l.read) AS read, sum(l.written) AS written
    FROM (SELECT s.key, (s.value ->> 'read')::bigint, (s.value ->> 'written')::bigint
          FROM jsonb_each(summary) s
          UNION ALL
          SELECT c.key, (c.value ->> 0)::bigint, (c.value ->> 1)::bigint FROM jsonb_each(counts) c
          UNION ALL
          SELECT p.value ->> 'source', 0, 0 FROM jsonb_array_elements(problems) p) l (source, read, written)
    GROUP BY 1
), added AS (
    SELECT p.value ->> 'source' AS source, p.value ->> 'kind' AS kind, count(*) AS count,
        to_jsonb((array_agg(p.value ->> 'id' ORDER BY p.ordinality))[:10]) AS ids
    FROM jsonb_array_elements(problems) WITH ORDINALITY p
    GROUP BY 1, 2
), kinds AS (
    SELECT source, kind, coalesce((o.value ->> 'count')::bigint, 0) + coalesce(a.count, 0) AS count,
        jsonb_path_query_array(coalesce(o.value -> 'first_ids', '[]') || coalesce(a.ids, '[]'),
                               '$[0 to 9]') AS ids
    FROM (SELECT s.key AS source, k.key AS kind, k.value
          FROM jsonb_each(summary) s CROSS JOIN LATERAL jsonb_each(s.value -> 'problems') k) o
        FULL JOIN added a USING (source, kind)
)
SELECT coalesce(jsonb_object_agg(l.source, jsonb_build_object(
    'read', l.read, 'written', l.written, 'problems', coalesce((
        SELECT jsonb_object_agg(k.kind, jsonb_build_object('count', k.count, 'first_ids', k.ids))
        FROM kinds k WHERE k.source = l.source), '{}'))), '{}')
FROM lists l
$function$;

-- imported_lists() returns the result of the import of an export, from its summary. figures are those of the
-- conversations of the export.
CREATE FUNCTION agentchat.imported_lists(summary jsonb, figures jsonb, dry_run boolean)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
SELECT s.key, r.read, r.written, r.merged, r.read - r.written - r.merged, coalesce((
        SELECT jsonb_agg(jsonb_build_object('kind', k.key) || k.value ORDER BY k.key COLLATE "C")
        FROM jsonb_each(r.problems) k), '[]'),
    CASE s.key WHEN 'conversations' THEN agentchat.imported_figures(imported_lists.figures, dry_run) END
FROM jsonb_each(summary) s
    CROSS JOIN LATERAL (
        SELECT (s.value ->> 'read')::bigint, (s.value ->> 'written')::bigint,
            coalesce((s.value ->> 'merged')::bigint, 0), s.value -> 'problems')
            r (read, written, merged, problems)
ORDER BY array_position(ARRAY['conversations', 'branches'], s.key), s.key
$function$;

-- require_list() refuses a value that is not the list of conversations of an export.
CREATE FUNCTION agentchat.require_list(export jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF export IS NULL THEN
        RAISE EXCEPTION 'export is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the array in conversations.json, or a part of it.';
    END IF;
    IF jsonb_typeof(export) <> 'array' THEN
        RAISE EXCEPTION 'export is not a JSON array'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('It is of the type %s.', jsonb_typeof(export)),
                  HINT = 'Pass the array in conversations.json, or a part of it.';
    END IF;
END
$function$;

-- report_messages() tells how many messages have been read, every 100,000.
CREATE FUNCTION agentchat.report_messages(before jsonb, after jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    count CONSTANT bigint := after #>> '{messages,read}';
BEGIN
    IF (before #>> '{messages,read}')::bigint / 100000 < count / 100000 THEN
        RAISE NOTICE 'importing "messages": % rows', count;
    END IF;
END
$function$;
