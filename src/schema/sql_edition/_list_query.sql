-- list_query() returns a query for a page of list_conversations(): the first $4 conversations of user $1 from
-- the place ($2, $3) on, or from the newest on if $3 is NULL, whose metadata contain $5. It qualifies every
-- name, because it runs with the search_path of the caller.
--
-- The limit that is written as a number helps the planner: it assumes a tenth of all rows for another one.
CREATE FUNCTION agentchat.list_query(has_place boolean, has_filter boolean, has_words boolean) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    conversations CONSTANT regclass := agentchat.table_of('conversations');
    messages CONSTANT regclass := agentchat.table_of('messages');
BEGIN
    PERFORM agentchat.type_of_column(conversations, 'id', 'uuid');
    PERFORM agentchat.type_of_column(conversations, 'user_id', 'uuid');
    PERFORM agentchat.type_of_column(messages, 'id', 'uuid');
    PERFORM agentchat.type_of_column(messages, 'conversation_id', 'uuid');
    RETURN format(
        'SELECT t.id, %s AS updated_at, (SELECT pg_catalog.to_jsonb(d.*) FROM (SELECT %s, '
            '(SELECT pg_catalog.jsonb_build_object(''role'', m.role::pg_catalog.text, ''content'', '
                'pg_catalog.substr(m.content::pg_catalog.text, 1, 200), '
                '''created_at'', agentchat.utc_time(%s)) '
            'FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) t.id '
            'ORDER BY m.created_at DESC, m.id DESC LIMIT 1) AS preview) d) AS conversation '
        'FROM (SELECT * FROM (SELECT c.* FROM %s c WHERE c.user_id OPERATOR(pg_catalog.=) $1%s%s%s '
            'ORDER BY c.updated_at DESC, c.id DESC LIMIT 1001) c LIMIT $4) t '
        'ORDER BY t.updated_at DESC, t.id DESC',
        agentchat.time_in_utc(conversations, 'updated_at', 't.updated_at'),
        agentchat.columns_of(conversations, 'utc', true, false, '{preview}'),
        agentchat.time_in_utc(messages, 'created_at', 'm.created_at'), messages, conversations,
        CASE WHEN has_place THEN format(
            ' AND ROW(c.updated_at, c.id) OPERATOR(pg_catalog.<=) ROW(%s, $3)',
            agentchat.time_in_utc(conversations, 'updated_at', '$2')) ELSE '' END,
        CASE WHEN has_filter THEN ' AND c.metadata OPERATOR(pg_catalog.@>) $5' ELSE '' END,
        CASE WHEN has_words THEN ' AND agentchat.has_words(c.title::pg_catalog.text, $6)' ELSE '' END);
END
$function$;

-- cursor_of() returns the cursor for a place in a list: the bytes of the time and the id, and a checksum that
-- depends on the list.
CREATE FUNCTION agentchat.cursor_of(place text, list bigint) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN place || encode(int8send(hashtextextended(place COLLATE "C", list)), 'hex');

-- time_of_cursor() returns the time at the beginning of a cursor: microseconds since 2000, in 16 digits.
CREATE FUNCTION agentchat.time_of_cursor(cursor text) RETURNS timestamp
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    n CONSTANT bigint := ('x' || left(cursor, 16))::bit(64)::bigint;
BEGIN
    RETURN CASE n WHEN 9223372036854775807 THEN 'infinity' WHEN -9223372036854775807 - 1 THEN '-infinity'
        ELSE date '2000-01-01' + (n / 86400000000)::integer + n % 86400000000 * interval '1 microsecond' END;
END
$function$;
