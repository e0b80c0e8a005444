-- import_claude() imports the conversations of an export of Claude (conversations.json).
--
-- Sources for the format, which Anthropic does not document: LibreChat's importClaudeConvo (pull request
-- 11124), Cherry Studio's AnthropicImporter (pull request 16164), and descriptions of exports from 2024 to
-- 2026.

-- claude_time() returns a time of an export in UTC; NULL if it is not a time.
CREATE FUNCTION agentchat.claude_time(value text) RETURNS timestamp
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    -- Without these patterns, words such as "now" would be times.
    RETURN CASE
        WHEN value ~ '^\d{4}-\d\d-\d\d[T ][\d:.]+(Z|[+-][\d:]+)$' THEN value::timestamptz AT TIME ZONE 'UTC'
        WHEN value ~ '^\d{4}-\d\d-\d\d[T ][\d:.]+$' THEN value::timestamp END;
EXCEPTION WHEN data_exception THEN
    RETURN NULL;
END
$function$;

-- claude_parts() returns the parts of the messages of a conversation, and the kinds of problems in each.
--
-- Text, thoughts, and calls of tools become the parts that the AI SDK would have made. All else is kept in
-- parts data-imported: blocks of other types at their places, and the rest of the message in a last one.
CREATE FUNCTION agentchat.claude_parts(messages jsonb) RETURNS TABLE (n bigint, parts jsonb, problems text[])
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
WITH messages AS MATERIALIZED (
    SELECT e.n, e.message, agentchat.imported_list(e.message -> 'attachments') AS attachments,
        -- Older exports have only the text.
        CASE WHEN jsonb_typeof(e.message -> 'content') = 'array' AND e.message -> 'content' <> '[]'
                THEN e.message -> 'content'
            WHEN jsonb_typeof(e.message -> 'content') = 'string'
                THEN jsonb_build_array(e.message -> 'content')
            WHEN jsonb_typeof(e.message -> 'text') = 'string' AND e.message ->> 'text' <> ''
                THEN jsonb_build_array(e.message -> 'text')
            ELSE '[]' END AS content
    FROM jsonb_array_elements(messages) WITH ORDINALITY e (message, n)
    WHERE jsonb_typeof(e.message) = 'object'
), blocks AS MATERIALIZED (
    SELECT m.n, b.i, b.block, t.type, CASE t.type
            WHEN 'text' THEN CASE jsonb_typeof(b.block) WHEN 'string' THEN b.block #>> '{}'
                             ELSE b.block ->> 'text' END
            -- An export can have summaries in place of the thoughts.
            WHEN 'thinking' THEN coalesce(nullif(b.block ->> 'thinking', ''), (
                SELECT string_agg(s.summary ->> 'summary', E'\n' ORDER BY s.k)
                FROM jsonb_array_elements(agentchat.imported_list(b.block -> 'summaries'))
                    WITH ORDINALITY s (summary, k)), '') END AS shown
    FROM messages m
        CROSS JOIN LATERAL jsonb_array_elements(m.content) WITH ORDINALITY b (block, i)
        CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(b.block) WHEN 'string' THEN 'text'
                                   WHEN 'object' THEN b.block ->> 'type' END) t (type)
), tools AS MATERIALIZED (
    -- The nth result with an id belongs to the nth call with that id. Old exports have no ids, only names.
    SELECT b.n, b.i, b.block, b.type, k.id, k.key,
        row_number() OVER (PARTITION BY b.n, b.type, k.key ORDER BY b.i) AS nth
    FROM blocks b
        CROSS JOIN LATERAL (
            SELECT nullif(b.block ->> CASE b.type WHEN 'tool_use' THEN 'id' ELSE 'tool_use_id' END, '')
        ) i (id)
        CROSS JOIN LATERAL (SELECT i.id, coalesce(i.id, 'name ' || (b.block ->> 'name'), '')) k (id, key)
    WHERE b.type IN ('tool_use', 'tool_result')
), calls AS MATERIALIZED (
    SELECT c.n, c.i, r.i AS result_i, r.block AS result,
        CASE WHEN c.id IS NULL THEN format('call-%s', c.i)
             WHEN c.nth > 1 THEN format('%s-%s', c.id, c.i) ELSE c.id END AS call_id
    FROM tools c
        LEFT JOIN tools r ON r.type = 'tool_result' AND r.n = c.n AND r.key = c.key AND r.nth = c.nth
            AND r.i > c.i
    WHERE c.type = 'tool_use'
), known AS MATERIALIZED (
    SELECT b.*, c.call_id, c.result, r.i IS NOT NULL AS is_result,
        b.type = 'tool_use' OR b.shown <> '' AS is_said,
        lag(r.i IS NOT NULL) OVER (PARTITION BY b.n, r.i IS NOT NULL OR b.type = 'tool_use' OR b.shown <> ''
                                   ORDER BY b.i) AS is_after_result
    FROM blocks b
        LEFT JOIN calls c ON c.n = b.n AND c.i = b.i
        LEFT JOIN calls r ON r.n = b.n AND r.result_i = b.i
), made AS (
    -- The model said what follows after it had read the result.
    SELECT k.n, k.i, -1 AS place, jsonb '{"type": "step-start"}' AS part
    FROM known k
    WHERE k.is_said AND k.is_after_result
    UNION ALL
    SELECT k.n, k.i, 0, CASE
        WHEN k.shown IS NOT NULL THEN jsonb_build_object(
            'type', CASE k.type WHEN 'text' THEN 'text' ELSE 'reasoning' END, 'text', k.shown)
        WHEN k.type = 'tool_use' THEN jsonb_build_object(
                'type', 'dynamic-tool', 'toolName', coalesce(nullif(k.block ->> 'name', ''), 'unknown'),
                'toolCallId', k.call_id,
                'input', CASE WHEN k.block -> 'input' <> 'null' THEN k.block -> 'input' ELSE '{}' END)
            || CASE WHEN k.result IS NULL THEN jsonb '{"state": "input-available"}'
                WHEN k.result -> 'is_error' = 'true' THEN jsonb_build_object(
                    'state', 'output-error', 'errorText', coalesce((
                        SELECT string_agg(e.block ->> 'text', E'\n' ORDER BY e.k)
                        FROM jsonb_array_elements(agentchat.imported_list(k.result -> 'content'))
                            WITH ORDINALITY e (block, k)), k.result ->> 'content', ''))
                ELSE jsonb_build_object('state', 'output-available',
                                        'output', coalesce(k.result -> 'content', 'null')) END
        ELSE jsonb_build_object('type', 'data-imported',
                                'data', jsonb_build_object('source', 'claude', 'block', k.block)) END
    FROM known k
    WHERE NOT k.is_result AND k.shown IS DISTINCT FROM ''
    UNION ALL
    -- The web pages that a text cites.
    SELECT k.n, k.i, s.place, s.part
    FROM known k
        CROSS JOIN LATERAL (
            SELECT DISTINCT ON (u.url) c.place::integer, jsonb_strip_nulls(jsonb_build_object(
                'type', 'source-url', 'sourceId', format('%s-%s', k.i, c.place), 'url', u.url,
                'title', CASE jsonb_typeof(c.citation -> 'title')
                         WHEN 'string' THEN c.citation -> 'title' END))
            FROM jsonb_array_elements(k.block -> 'citations') WITH ORDINALITY c (citation, place)
                CROSS JOIN LATERAL (
                    SELECT coalesce(c.citation ->> 'url', c.citation #>> '{details,url}')) u (url)
            WHERE u.url ~ '^https?://'
            ORDER BY u.url, c.place) s (place, part)
    WHERE k.type = 'text' AND jsonb_typeof(k.block -> 'citations') = 'array'
    UNION ALL
    -- The texts of the files that a message has attached. Long text that was pasted is a file without a name.
    SELECT m.n, 1 << 30, a.place::integer, jsonb_build_object(
        'type', 'text', 'text', coalesce(nullif(a.file ->> 'file_name', '') || E':\n\n', '')
                                || (a.file ->> 'extracted_content'))
    FROM messages m CROSS JOIN LATERAL jsonb_array_elements(m.attachments) WITH ORDINALITY a (file, place)
    WHERE a.file ->> 'extracted_content' <> ''
), kept AS (
    SELECT k.n,
        jsonb_agg(r.rest || jsonb_build_object('index', k.i - 1, 'type', k.type) ORDER BY k.i) AS blocks
    FROM known k
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(e.key, e.value) AS rest
            FROM jsonb_each(CASE jsonb_typeof(k.block) WHEN 'object' THEN k.block ELSE '{}' END) e
            WHERE e.value NOT IN ('null', '[]') AND e.key <> ALL (CASE k.type
                WHEN 'text' THEN '{type,text}'
                WHEN 'thinking' THEN '{type,thinking}'
                WHEN 'tool_use' THEN '{type,id,name,input}'
                ELSE CASE WHEN k.block -> 'is_error' = 'true' AND jsonb_typeof(k.block -> 'content') = 'array'
                     THEN '{type,tool_use_id,name,is_error}'
                     ELSE '{type,tool_use_id,name,is_error,content}' END END::text[])) r
    WHERE r.rest IS NOT NULL AND (k.is_result OR k.type = 'tool_use' OR k.shown IS NOT NULL)
    GROUP BY k.n
), said AS (
    SELECT k.n, string_agg(k.shown, '' ORDER BY k.i) AS text FROM known k WHERE k.type = 'text' GROUP BY 1
), noted AS (
    SELECT x.n, array_agg(x.kind ORDER BY x.kind) AS kinds
    FROM (
        SELECT k.n, CASE WHEN k.type = 'tool_result' THEN 'tool result without a call; kept in a data part'
                    ELSE 'block of an unknown type; kept in a data part' END
        FROM known k
        WHERE NOT k.is_result AND k.shown IS NULL
          AND coalesce(k.type NOT IN ('tool_use', 'token_budget', 'flag'), true)
        UNION ALL
        SELECT m.n, 'files are not in the export; their names were kept'
        FROM messages m
        WHERE agentchat.imported_list(m.message -> 'files') <> '[]'
        UNION ALL
        SELECT m.n, 'created_at is not a time; kept in a data part'
        FROM messages m
        WHERE m.message ->> 'created_at' IS NOT NULL
          AND agentchat.claude_time(m.message ->> 'created_at') IS NULL
    ) x (n, kind)
    GROUP BY 1
)
SELECT m.n, coalesce(p.parts, '[]') || jsonb_build_object('type', 'data-imported', 'data',
        coalesce(o.rest, '{}')
        || CASE WHEN k.blocks IS NULL THEN '{}' ELSE jsonb_build_object('blocks', k.blocks) END
        || CASE WHEN m.attachments = '[]' THEN '{}' ELSE jsonb_build_object('attachments', (
            SELECT jsonb_agg(CASE WHEN a.file ->> 'extracted_content' <> '' THEN a.file - 'extracted_content'
                             ELSE a.file END ORDER BY a.place)
            FROM jsonb_array_elements(m.attachments) WITH ORDINALITY a (file, place))) END
        || jsonb_build_object('source', 'claude', 'id', m.message -> 'uuid')),
    coalesce(x.kinds, '{}')
FROM messages m
    LEFT JOIN (
        SELECT a.n, jsonb_agg(a.part ORDER BY a.i, a.place) AS parts FROM made a GROUP BY 1) p ON p.n = m.n
    LEFT JOIN kept k ON k.n = m.n
    LEFT JOIN said s ON s.n = m.n
    LEFT JOIN noted x ON x.n = m.n
    CROSS JOIN LATERAL (
        SELECT jsonb_object_agg(e.key, e.value) AS rest
        FROM jsonb_each(m.message) e
        WHERE e.value NOT IN ('null', '[]') AND CASE e.key
            WHEN 'uuid' THEN false
            WHEN 'sender' THEN false
            WHEN 'content' THEN jsonb_typeof(e.value) NOT IN ('array', 'string')
            WHEN 'attachments' THEN jsonb_typeof(e.value) <> 'array'
            WHEN 'created_at' THEN 'created_at is not a time; kept in a data part' = ANY (x.kinds)
            WHEN 'updated_at' THEN e.value <> m.message -> 'created_at'
            -- The text repeats the blocks, with a sentence in place of tools.
            WHEN 'text' THEN jsonb_typeof(e.value) <> 'string' OR e.value #>> '{}' <> coalesce(s.text, '')
                AND regexp_replace(
                    e.value #>> '{}',
                    '(```\s*This block is not supported on your current device yet\.\s*```)|\s', '', 'g')
                    <> regexp_replace(coalesce(s.text, ''), '\s', '', 'g')
            ELSE true END) o
$function$;

-- claude_messages() returns the messages of a conversation of an export, with the message that each follows,
-- in the order of the file. fault tells why a message is not imported.
CREATE FUNCTION agentchat.claude_messages(user_id uuid, conversation jsonb)
    RETURNS TABLE (n integer, id uuid, role text, created_at timestamp, parent integer, fault text,
                   problem text, message jsonb)
    LANGUAGE sql STABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
WITH listed AS (
    SELECT e.n::integer AS n, e.message, e.message ->> 'uuid' AS uuid,
        row_number() OVER (PARTITION BY e.message ->> 'uuid' ORDER BY e.n) AS occurrence,
        nullif(e.message ->> 'parent_message_uuid', '') AS parent_uuid
    FROM jsonb_array_elements(conversation -> 'chat_messages') WITH ORDINALITY e (message, n)
), linked AS (
    SELECT l.*, p.n AS parent, count(p.n) OVER () AS links
    FROM listed l LEFT JOIN listed p ON p.uuid = l.parent_uuid AND p.occurrence = 1
)
SELECT l.n,
    agentchat.imported_id(user_id, 'claude message',
                          format('%s/%s', conversation ->> 'uuid', coalesce(l.uuid, l.n::text))),
    CASE l.message ->> 'sender' WHEN 'human' THEN 'user' ELSE l.message ->> 'sender' END,
    agentchat.claude_time(l.message ->> 'created_at'),
    CASE WHEN l.parent IS NOT NULL THEN l.parent
        -- The first messages follow this one. Without links, the order of the file is that of the messages.
        WHEN l.links > 0 AND l.parent_uuid IN ('00000000-0000-4000-8000-000000000000',
                                               '00000000-0000-0000-0000-000000000000') THEN NULL
        WHEN l.n > 1 THEN l.n - 1 END,
    CASE WHEN jsonb_typeof(l.message) <> 'object' THEN 'message is not a JSON object'
        WHEN l.uuid IS NOT NULL AND l.occurrence > 1 THEN 'message occurs twice'
        WHEN coalesce(l.message ->> 'sender' NOT IN ('human', 'user', 'assistant', 'system'), true)
            THEN 'sender is not human or assistant' END,
    CASE WHEN l.links > 0 AND l.parent IS NULL AND l.n > 1 AND l.parent_uuid NOT IN (
        '00000000-0000-4000-8000-000000000000', '00000000-0000-0000-0000-000000000000')
        THEN 'message before is missing; order of the file kept' END,
    l.message
FROM linked l
ORDER BY l.n
$function$;

-- claude_texts() returns the texts of the messages of a conversation, for the figures of the source. The
-- import itself makes the column content from the parts.
CREATE FUNCTION agentchat.claude_texts(messages jsonb) RETURNS TABLE (n bigint, text text)
    LANGUAGE sql IMMUTABLE ROWS 100 SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
SELECT e.n, coalesce(nullif(c.text, ''),
        CASE WHEN jsonb_typeof(m.content) = 'array' AND m.content <> '[]' THEN NULL
             WHEN jsonb_typeof(m.content) = 'string' THEN m.content #>> '{}'
             WHEN jsonb_typeof(e.message -> 'text') = 'string' THEN e.message ->> 'text' END, '')
    || coalesce(a.text, '')
FROM jsonb_array_elements(messages) WITH ORDINALITY e (message, n)
    CROSS JOIN LATERAL (SELECT e.message -> 'content') m (content)
    CROSS JOIN LATERAL (
        SELECT string_agg(CASE jsonb_typeof(b.block) WHEN 'string' THEN b.block #>> '{}'
                          WHEN 'object' THEN b.block ->> 'text' END, '' ORDER BY b.i)
        FROM jsonb_array_elements(agentchat.imported_list(m.content)) WITH ORDINALITY b (block, i)
        WHERE jsonb_typeof(b.block) = 'string' OR b.block ->> 'type' = 'text') c (text)
    CROSS JOIN LATERAL (
        SELECT string_agg(CASE WHEN f.file ->> 'file_name' <> '' THEN (f.file ->> 'file_name') || E':\n\n'
                          ELSE '' END || (f.file ->> 'extracted_content'), '' ORDER BY f.i)
        FROM jsonb_array_elements(agentchat.imported_list(e.message -> 'attachments'))
            WITH ORDINALITY f (file, i)
        WHERE f.file ->> 'extracted_content' <> '') a (text)
$function$;

-- claude_rest_of_conversation() returns what a conversation has beside what columns say.
CREATE FUNCTION agentchat.claude_rest_of_conversation(conversation jsonb) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(jsonb_object_agg(e.key, e.value), '{}')
FROM jsonb_each(conversation - '{uuid,name,chat_messages}'::text[]) e
WHERE e.value NOT IN ('null', '[]')
  AND (e.key NOT IN ('created_at', 'updated_at') OR agentchat.claude_time(e.value #>> '{}') IS NULL)
$function$;

-- claude_conversation() returns what is to be written of a conversation of an export: the conversation and
-- each branch in the form that write_imported_conversations() expects, their figures, and the problems.
--
-- A message that is stored stays in its conversation, and a branch that begins there is stored there. A later
-- export can have another leaf, or answers that have been added to a branch.
CREATE FUNCTION agentchat.claude_conversation(
    user_id uuid, conversation jsonb, OUT documents jsonb, OUT figures jsonb, OUT problems jsonb,
    OUT size bigint
) RETURNS record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    SET enable_nestloop = off SET jit = off
    AS $function$
DECLARE
    source_id CONSTANT text := conversation ->> 'uuid';
    main_id CONSTANT uuid := agentchat.imported_id(user_id, 'claude conversation', source_id);
    began_at timestamp;
    -- What is known of each message, in the order of the file.
    ids uuid[];
    roles text[];
    times timestamp[];
    parents integer[];
    faults text[];
    ages integer[];
    stored uuid[];
    leaf integer;
    first integer[];
    places integer[];
    -- Of the first messages of branches.
    main integer;
    heads integer[];
    conversation_ids uuid[];
    origins jsonb[];
    head integer;
    parent integer;
BEGIN
    size := jsonb_array_length(conversation -> 'chat_messages');
    SELECT array_agg(m.id ORDER BY m.n), array_agg(m.role ORDER BY m.n), array_agg(m.created_at ORDER BY m.n),
        array_agg(m.parent ORDER BY m.n), array_agg(m.fault ORDER BY m.n),
        array_agg(m.age ORDER BY m.n), array_agg(s.conversation_id ORDER BY m.n),
        min(m.n) FILTER (WHERE m.message ->> 'uuid' = conversation ->> 'current_leaf_message_uuid'),
        coalesce(jsonb_agg(jsonb_build_object('source', 'messages', 'kind', m.problem,
                                              'id', coalesce(m.message ->> 'uuid', m.n::text)) ORDER BY m.n)
                 FILTER (WHERE m.problem IS NOT NULL), '[]')
    INTO ids, roles, times, parents, faults, ages, stored, leaf, problems
    FROM (SELECT l.*, row_number() OVER (ORDER BY l.created_at NULLS FIRST, l.n)::integer AS age
          FROM agentchat.claude_messages(user_id, conversation) l) m
        LEFT JOIN (
            SELECT s.id, s.conversation_id
            FROM agentchat.stored_conversations(user_id, ARRAY(
                SELECT l.id FROM agentchat.claude_messages(user_id, conversation) l)) s
        ) s ON s.id = m.id AND m.fault IS NULL;

    SELECT coalesce(agentchat.claude_time(conversation ->> 'created_at'), min(t.time), '1970-01-01'),
        problems || coalesce(jsonb_agg(DISTINCT jsonb_build_object(
            'source', 'conversations', 'id', source_id,
            'kind', format('%s is not a time; kept in metadata', k.key)))
            FILTER (WHERE k.key IS NOT NULL), '[]')
    INTO began_at, problems
    FROM unnest(times) t (time) FULL JOIN (
        SELECT k.key FROM unnest('{created_at,updated_at}'::text[]) k (key)
        WHERE conversation -> k.key <> 'null'
          AND agentchat.claude_time(conversation ->> k.key) IS NULL) k ON false;

    IF ids IS NOT NULL THEN
        SELECT b.first, b.places INTO first, places
        FROM agentchat.imported_branches(parents, ages, stored, leaf) b;
        IF first IS NULL THEN
            problems := problems || jsonb_build_object('source', 'conversations', 'id', source_id,
                'kind', 'messages follow one another in a circle; order of the file kept');
            first := array_fill(1, ARRAY[cardinality(ids)]);
            places := ARRAY(SELECT generate_series(1, cardinality(ids)));
            parents := array_fill(NULL::integer, ARRAY[cardinality(ids)]);
        END IF;
        main := coalesce(first[array_position(stored, main_id)],
                         first[coalesce(leaf, array_position(ages, cardinality(ages)))]);
        SELECT array_agg(h.head ORDER BY h.head) INTO heads
        FROM (SELECT f.head FROM unnest(first, faults) f (head, fault) WHERE f.fault IS NULL GROUP BY 1) h;
        conversation_ids := array_fill(NULL::uuid, ARRAY[cardinality(ids)]);
        SELECT array_agg(c.conversation_id ORDER BY h.n) INTO conversation_ids
        FROM generate_series(1, cardinality(ids)) h (n)
            LEFT JOIN (
                SELECT DISTINCT ON (f.head) f.head, f.conversation_id
                FROM unnest(first, stored, places) f (head, conversation_id, place)
                WHERE f.conversation_id IS NOT NULL
                ORDER BY f.head, f.place
            ) c ON c.head = h.n;
        origins := array_fill(NULL::jsonb, ARRAY[cardinality(ids)]);
        FOREACH head IN ARRAY coalesce(heads, '{}') LOOP
            conversation_ids[head] := coalesce(conversation_ids[head], CASE WHEN head = main THEN main_id ELSE
                agentchat.imported_id(user_id, 'claude branch', ids[head]::text) END);
        END LOOP;
        FOREACH head IN ARRAY coalesce(heads, '{}') LOOP
            parent := parents[head];
            WHILE faults[parent] IS NOT NULL LOOP
                parent := parents[parent];
            END LOOP;
            origins[head] := jsonb_build_object('message_id', ids[parent], 'conversation_id',
                                                coalesce(conversation_ids[first[parent]], main_id));
        END LOOP;
    END IF;

    WITH listed AS (
        SELECT m.*, row_number() OVER (PARTITION BY m.head ORDER BY m.place) AS k
        FROM (
            SELECT u.ordinality AS n, u.id, u.role, u.time, u.head, u.place, e.message
            FROM unnest(ids, roles, times, faults, first, places)
                WITH ORDINALITY u (id, role, time, fault, head, place, ordinality)
                JOIN jsonb_array_elements(conversation -> 'chat_messages') WITH ORDINALITY e (message, n)
                    ON e.n = u.ordinality
            WHERE u.fault IS NULL
        ) m
    ), timed AS (
        -- Times that increase along a branch, at least by a microsecond. Some messages have the same time, or
        -- none.
        SELECT l.*, max(coalesce(l.time, CASE l.k WHEN 1 THEN began_at END) - l.k * interval '1 us')
            OVER (PARTITION BY l.head ORDER BY l.k) + l.k * interval '1 us' AS created_at
        FROM listed l
    ), made AS MATERIALIZED (
        SELECT t.*, p.parts, p.problems, x.text
        FROM timed t
            JOIN agentchat.claude_parts(conversation -> 'chat_messages') p ON p.n = t.n
            JOIN agentchat.claude_texts(conversation -> 'chat_messages') x ON x.n = t.n
    ), branches AS (
        SELECT m.head, min(m.created_at) AS first_message_at, max(m.created_at) AS last_message_at,
            count(*) AS messages,
            jsonb_agg(jsonb_build_object(
                'id', m.id, 'source_id', coalesce(m.message ->> 'uuid', m.n::text), 'role', m.role,
                'parts', m.parts, 'created_at', agentchat.utc_text(m.created_at)) ORDER BY m.k) AS documents,
            string_agg(sha256(convert_to(m.text, 'UTF8')), '' ORDER BY m.k) AS hashes
        FROM made m
        GROUP BY m.head
    ), conversations AS (
        SELECT h.n, h.is_main, coalesce(conversation_ids[b.head], main_id) AS id, b.*,
            CASE WHEN h.is_main THEN began_at ELSE b.first_message_at END AS created_at,
            CASE WHEN h.is_main THEN agentchat.claude_time(conversation ->> 'updated_at') END AS updated_at
        FROM (SELECT main, true, 0::bigint
              UNION ALL
              SELECT o.head, false, o.n FROM unnest(heads) WITH ORDINALITY o (head, n)
              WHERE o.head IS DISTINCT FROM main) h (head, is_main, n)
            LEFT JOIN branches b ON b.head = h.head
    )
    SELECT jsonb_agg(jsonb_build_object(
            'id', c.id, 'source_id', CASE WHEN c.is_main THEN source_id
                ELSE format('%s, from %s', source_id, c.documents -> 0 ->> 'source_id') END,
            'title', coalesce(nullif(conversation ->> 'name', ''), 'Untitled'),
            'metadata', jsonb_build_object('imported', jsonb_build_object('source', 'claude', 'id', source_id)
                || CASE WHEN c.is_main THEN jsonb_build_object(
                    'conversation', agentchat.claude_rest_of_conversation(conversation)) ELSE '{}' END)
                || CASE WHEN c.is_main THEN '{}'
                   ELSE jsonb_build_object('branched_from', origins[c.head]) END,
            'created_at', agentchat.utc_text(c.created_at),
            'updated_at', agentchat.utc_text(GREATEST(c.updated_at, c.last_message_at, c.created_at)),
            'messages', coalesce(c.documents, '[]')) ORDER BY c.n),
        jsonb_agg(jsonb_build_object(
            'conversation_id', c.id, 'messages', coalesce(c.messages, 0),
            'first_message_at', agentchat.utc_text(c.first_message_at),
            'last_message_at', agentchat.utc_text(c.last_message_at),
            'checksum', encode(sha256(coalesce(c.hashes, '')), 'hex')) ORDER BY c.n),
        problems || coalesce((
            SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'kind', p.kind,
                                                'id', coalesce(m.message ->> 'uuid', m.n::text)) ORDER BY m.n)
            FROM made m CROSS JOIN LATERAL unnest(m.problems) p (kind)), '[]')
    INTO documents, figures, problems
    FROM conversations c;
    problems := problems || coalesce((
        SELECT jsonb_agg(jsonb_build_object('source', 'messages', 'kind', f.fault,
                                            'id', coalesce(e.message ->> 'uuid', f.n::text)) ORDER BY f.n)
        FROM unnest(faults) WITH ORDINALITY f (fault, n)
            JOIN jsonb_array_elements(conversation -> 'chat_messages') WITH ORDINALITY e (message, n)
                USING (n)
        WHERE f.fault IS NOT NULL), '[]');
END
$function$;

-- claude_conversations() returns the conversations of an export. fault tells why one is not imported.
CREATE FUNCTION agentchat.claude_conversations(export jsonb)
    RETURNS TABLE (n bigint, source_id text, message_ids jsonb, conversation jsonb, fault text)
    LANGUAGE sql IMMUTABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT e.ordinality, e.value ->> 'uuid', to_jsonb(ARRAY(
        SELECT m.message ->> 'uuid'
        FROM jsonb_array_elements(agentchat.imported_list(e.value -> 'chat_messages'))
            WITH ORDINALITY m (message, n)
        ORDER BY m.n)),
    e.value, CASE
        WHEN coalesce(jsonb_typeof(e.value -> 'chat_messages') <> 'array', true)
            THEN 'not a conversation with chat_messages'
        WHEN coalesce(e.value ->> 'uuid', '') = '' THEN 'conversation without a uuid'
        WHEN row_number() OVER (PARTITION BY e.value ->> 'uuid' ORDER BY e.ordinality) > 1
            THEN 'conversation occurs twice' END
FROM jsonb_array_elements(export) WITH ORDINALITY e
ORDER BY e.ordinality
$function$;

CREATE FUNCTION agentchat.import_claude(user_id uuid, export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql
    AS $function$
SELECT i.* FROM agentchat.import_conversations('claude', user_id, export, dry_run) i
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) IS
'Imports the conversations of an export of Claude for a user: the array in conversations.json, or a part of '
'it, all or nothing. Returns a row for each list: conversations, branches, messages, with how many were '
'read, written and skipped, and why. What is imported already is not written again. dry_run returns the '
'same and writes nothing. Errors: PT404 user not found; 22004 an argument is NULL; 22023 not an array; 42501 '
'not the owner of the tables.';
