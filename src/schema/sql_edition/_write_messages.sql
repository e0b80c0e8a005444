-- Writes the messages that agentchat.read_messages() has read. What fires triggers keeps the caller's
-- search_path, as the extension does: the names in these statements are qualified.

-- Gives the messages their ids in the table. Raises 22023 if two have the same.
CREATE FUNCTION agentchat.with_message_ids(conversation uuid, messages jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    result CONSTANT jsonb := (
        SELECT jsonb_agg(m.message || jsonb_build_object('id', coalesce(
            agentchat.uuid_of_name(conversation, nullif(m.message ->> 'given_id', '')),
            gen_random_uuid())) ORDER BY m.n)
        FROM jsonb_array_elements(messages) WITH ORDINALITY m (message, n));
    same record;
BEGIN
    SELECT d.* INTO same
    FROM (SELECT m.message ->> 'path' AS path, m.message ->> 'id' AS id, m.n,
              lag(m.message ->> 'path') OVER (PARTITION BY m.message ->> 'id' ORDER BY m.n) AS first
          FROM jsonb_array_elements(result) WITH ORDINALITY m (message, n)) d
    WHERE d.first IS NOT NULL
    ORDER BY d.id, d.n
    LIMIT 1;
    PERFORM agentchat.refuse_if(FOUND, same.path || '.id', 'is also the id of ' || same.first);
    RETURN result;
END
$function$;

-- Returns those of the ids that are no keys of an object; NULL without any.
CREATE FUNCTION agentchat.ids_without(ids uuid[], written jsonb) RETURNS uuid[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(i.id ORDER BY i.n) FROM unnest(ids) WITH ORDINALITY i (id, n)
WHERE NOT coalesce(written, '{}') ? i.id::text
$function$;

-- Returns whether a UIMessage, read by read_messages(), is what get_conversation() returns for the stored
-- message, which may have an older form. A caller who names it by its UUID leaves the client's id as it is.
CREATE FUNCTION agentchat.is_shown_as(
    role text, content text, reasoning text, parts jsonb, attachments jsonb, message jsonb
) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    last_type CONSTANT text := agentchat.last_type(parts);
    given_id CONSTANT text := agentchat.given_id(parts, last_type);
    shown jsonb;
BEGIN
    IF NOT message ? 'is_ui_message' OR message ? 'attachments'
        OR rtrim(role) IS DISTINCT FROM message ->> 'role' THEN
        RETURN false;
    END IF;
    shown := agentchat.shown_parts(parts, content, reasoning, attachments);
    IF given_id <> '' AND given_id = message ->> 'given_id' AND agentchat.parse_uuid(given_id) IS NULL THEN
        shown := shown || jsonb_build_array(jsonb_build_object('type', 'data-message-id', 'data', given_id));
    END IF;
    shown := shown || agentchat.metadata_part(agentchat.given_metadata(parts, last_type));
    -- Numbers that are equal but written with other digits differ.
    RETURN shown::text IS NOT DISTINCT FROM (message -> 'parts')::text;
END
$function$;

-- Returns the statements that insert messages, that look for stored ones and that update them. Their
-- parameters are the conversation, the messages and the ids of those that they are about. They return
-- objects with the ids as keys: of what they have written or found, with the time; and which of those found
-- differ. The first one also returns the ids in the order of the messages. has_ids: whether any message was
-- sent with an id.
CREATE FUNCTION agentchat.message_statements(
    messages jsonb, OUT inserting text, OUT finding text, OUT updating text, OUT has_ids boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    target CONSTANT regclass := agentchat.table_of('messages');
    source CONSTANT text := 'pg_catalog.jsonb_array_elements($2) WITH ORDINALITY e (message, n) '
        'CROSS JOIN LATERAL pg_catalog.jsonb_to_record(e.message) AS s (id pg_catalog.uuid, '
        'role pg_catalog.text, content pg_catalog.text, parts pg_catalog.jsonb, '
        'attachments pg_catalog.jsonb, reasoning pg_catalog.text, created_at pg_catalog.timestamp, '
        'others pg_catalog.jsonb)';
    stored CONSTANT text := 'm.id OPERATOR(pg_catalog.=) s.id '
        'AND m.conversation_id OPERATOR(pg_catalog.=) $1 AND s.id OPERATOR(pg_catalog.=) ANY ($3)';
    time CONSTANT text := format('agentchat.utc_time(%s)',
        agentchat.time_in_utc(target, 'created_at', 'created_at'));
    others text[];
    -- What an INSERT writes, and what an UPDATE may change: the names, and the values before and after.
    names text := 'id, conversation_id, role, content';
    values text := 's.id, $1, s.role, s.content';
    changed text;
    befores text;
    afters text;
BEGIN
    has_ids := jsonb_path_exists(messages, '$[*].given_id ? (@ != null && @ != "")');
    PERFORM agentchat.type_of_column(target, 'conversation_id', 'uuid');
    PERFORM agentchat.type_of_column(target, c.name, VARIADIC NULL::regtype[])
    FROM unnest('{role, content, parts, attachments, reasoning}'::text[]) c (name);
    IF has_ids THEN
        PERFORM agentchat.require_unique(target, 'id');
    END IF;
    SELECT coalesce(array_agg(DISTINCT o.key), '{}') INTO others
    FROM jsonb_array_elements(messages) m CROSS JOIN LATERAL jsonb_object_keys(m -> 'others') o (key)
    WHERE m ? 'others';

    -- A column that no message has gets its default.
    SELECT concat(names, string_agg(format(', %I', c.name), '' ORDER BY c.n)),
        concat(values, string_agg(format(', %s', c.value), '' ORDER BY c.n))
    INTO names, values
    FROM (
        SELECT 1, v.name, 's.' || v.name FROM unnest('{parts, attachments, reasoning}'::text[]) v (name)
        WHERE jsonb_path_exists(messages, format('$[*].%s', v.name)::jsonpath)
        UNION ALL
        SELECT 2, 'created_at', agentchat.time_in_utc(target, 'created_at',
            'COALESCE(s.created_at, pg_catalog.timezone(''UTC'', pg_catalog.now()))')
        WHERE jsonb_path_exists(messages, '$[*].created_at')
        UNION ALL
        SELECT 3, o.name, format('r.%I', o.name) FROM unnest(others) o (name)) c (n, name, value);
    inserting := format(
        'WITH written AS (INSERT INTO %s (%s) SELECT %s FROM %s%s WHERE s.id OPERATOR(pg_catalog.=) ANY ($3) '
        'ORDER BY e.n%s RETURNING id, %s AS time) '
        'SELECT pg_catalog.jsonb_object_agg(id, time), pg_catalog.array_agg(id) FROM written',
        target, names, values, source,
        CASE WHEN others <> '{}' THEN format(
            ' CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::%s, s.others) r', target) END,
        CASE WHEN has_ids THEN ' ON CONFLICT (id) DO NOTHING' END, time);

    -- Columns that a message does not have stay. created_at always stays: a message keeps its place.
    SELECT string_agg(quote_ident(c.name), ', '), string_agg(c.before, ', '), string_agg(c.after, ', ')
    INTO changed, befores, afters
    FROM (
        SELECT v.name, format('m.%s::pg_catalog.%s', v.name, v.type), format(
            'CASE WHEN pg_catalog.jsonb_exists(e.message, %1$L) THEN s.%1$s ELSE m.%1$s::pg_catalog.%2$s END',
            v.name, v.type)
        FROM (VALUES ('role', 'text'), ('content', 'text'), ('parts', 'jsonb'), ('attachments', 'jsonb'),
            ('reasoning', 'text')) v (name, type)
        UNION ALL
        SELECT o.name, format('m.%I', o.name),
            format('(pg_catalog.jsonb_populate_record(m.*, s.others)).%I', o.name)
        FROM unnest(others) o (name)) c (name, before, after);
    updating := format(
        'WITH written AS (UPDATE %s m SET (%s) = ROW(%s) FROM %s WHERE %s RETURNING m.id) '
        'SELECT pg_catalog.jsonb_object_agg(id, true) FROM written',
        target, changed, afters, source, stored);
    finding := format(
        'SELECT pg_catalog.jsonb_object_agg(f.id, f.time), pg_catalog.array_agg(f.id) '
        'FILTER (WHERE f.differs) FROM (SELECT m.id, agentchat.utc_time(%s) AS time, '
        'ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW(%s)::pg_catalog.record '
            'AND NOT agentchat.is_shown_as(m.role::pg_catalog.text, m.content::pg_catalog.text, '
                'm.reasoning::pg_catalog.text, m.parts::pg_catalog.jsonb, m.attachments::pg_catalog.jsonb, '
                'e.message) AS differs '
        'FROM %s CROSS JOIN %s m WHERE %s) f',
        agentchat.time_in_utc(target, 'created_at', 'm.created_at'), befores, afters, source, target, stored);
END
$function$;

-- Writes messages to a conversation that the caller has locked or made, and returns what append_messages()
-- returns. Those that are stored and equal are not written. Updates come before inserts: an insert locks the
-- row of the conversation, for which a session that changes one of these messages waits.
CREATE FUNCTION agentchat.write_messages(conversation uuid, messages jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    AS $function$
DECLARE
    input CONSTANT pg_catalog.jsonb := agentchat.with_message_ids(conversation, messages);
    ids pg_catalog.uuid[] := ARRAY(
        SELECT pg_catalog.jsonb_extract_path_text(m.message, 'id')::pg_catalog.uuid
        FROM pg_catalog.jsonb_array_elements(input) WITH ORDINALITY m (message, n) ORDER BY m.n);
    statements pg_catalog.record;
    written pg_catalog.jsonb := '{}';
    found pg_catalog.jsonb;
    missing pg_catalog.uuid[] := ids;
    inserted pg_catalog.uuid[];
    differing pg_catalog.uuid[];
    is_again pg_catalog.bool := false;
BEGIN
    IF input IS NULL THEN
        RETURN '[]';
    END IF;
    SELECT s.* INTO statements FROM agentchat.message_statements(input) s;
    -- Like INSERT ... ON CONFLICT DO UPDATE, this goes on until others neither insert nor delete one of the
    -- messages in the meantime.
    LOOP
        EXECUTE statements.finding INTO found, differing USING conversation, input, missing;
        written := written OPERATOR(pg_catalog.||) COALESCE(found, '{}');
        missing := agentchat.ids_without(ids, written);
        -- They were not inserted, and are not here.
        IF is_again AND missing IS NOT NULL THEN
            PERFORM agentchat.refuse_for_other_conversation(
                pg_catalog.concat(pg_catalog.jsonb_extract_path_text(m.message, 'path'), '.id'),
                COALESCE(pg_catalog.jsonb_extract_path_text(m.message, 'given_id'), ''))
            FROM pg_catalog.jsonb_array_elements(input) WITH ORDINALITY m (message, n)
            WHERE pg_catalog.jsonb_extract_path_text(m.message, 'id')::pg_catalog.uuid
                OPERATOR(pg_catalog.=) ANY (missing)
            ORDER BY m.n;
        END IF;
        -- Another session can delete a message and insert it anew. The second UPDATE sees the new one.
        FOR attempt IN 1 .. 2 LOOP
            EXIT WHEN differing IS NULL;
            EXECUTE statements.updating INTO found USING conversation, input, differing;
            differing := agentchat.ids_without(differing, found);
            EXIT WHEN differing IS NULL;
            written := written OPERATOR(pg_catalog.-) differing::pg_catalog.text[];
            EXECUTE statements.finding INTO found, differing USING conversation, input, differing;
            written := written OPERATOR(pg_catalog.||) COALESCE(found, '{}');
        END LOOP;
        -- A policy that lets the caller read a message but not change it makes an UPDATE skip it.
        IF differing IS NOT NULL THEN
            RAISE EXCEPTION 'cannot change a stored message'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = pg_catalog.format('%s of %s messages could not be changed.',
                          pg_catalog.cardinality(differing), pg_catalog.cardinality(ids)),
                      HINT = 'Nothing was written. Row-level security or a trigger on messages prevents the '
                             'change.';
        END IF;
        missing := agentchat.ids_without(ids, written);
        EXIT WHEN missing IS NULL;
        EXECUTE statements.inserting INTO found, inserted USING conversation, input, missing;
        -- A trigger of the user may choose the ids. If no message can have been skipped, they are in order.
        IF NOT statements.has_ids
            AND pg_catalog.cardinality(inserted) OPERATOR(pg_catalog.=) pg_catalog.cardinality(ids) THEN
            ids := inserted;
        END IF;
        written := written OPERATOR(pg_catalog.||) COALESCE(found, '{}');
        missing := agentchat.ids_without(ids, written);
        EXIT WHEN missing IS NULL;
        is_again := true;
    END LOOP;
    RETURN (
        SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'id', ids[m.n],
            'given_id', pg_catalog.jsonb_extract_path_text(m.message, 'given_id'),
            'created_at',
            pg_catalog.jsonb_extract_path_text(written, ids[m.n]::pg_catalog.text)) ORDER BY m.n)
        FROM pg_catalog.jsonb_array_elements(input) WITH ORDINALITY m (message, n));
END
$function$;
