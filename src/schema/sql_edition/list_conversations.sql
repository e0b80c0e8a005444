-- A page reads one conversation more than it shows: the place where the next page begins. Words need
-- has_words(), which this edition is without.
LANGUAGE plpgsql
AS $function$
DECLARE
    size CONSTANT pg_catalog.int4 := COALESCE($1, 20);
    owner pg_catalog.uuid;
    has_words CONSTANT pg_catalog.bool := COALESCE($5 OPERATOR(pg_catalog.~) '[^\s"-]', false);
    list pg_catalog.int8;
    conversation pg_catalog.record;
    conversations pg_catalog.jsonb[] := '{}';
    next_cursor pg_catalog.text;
BEGIN
    IF size OPERATOR(pg_catalog.<) 1 OR size OPERATOR(pg_catalog.>) 1000 THEN
        RAISE EXCEPTION 'page_size must be between 1 and 1000'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The value is %s.', size),
                  HINT = 'Leave it out for pages of 20.';
    END IF;
    owner := COALESCE($3, agentchat.caller());
    IF owner IS NULL THEN
        RAISE EXCEPTION 'no user given'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Neither the argument user_id nor the claims of the request name a user.',
                  HINT = 'Pass user_id, or sign in.';
    END IF;
    PERFORM agentchat.require_object('filter', $4);
    IF has_words THEN
        PERFORM agentchat.has_words('', $5);
    END IF;
    list := pg_catalog.uuid_hash_extended(owner, 0);
    IF $4 OPERATOR(pg_catalog.<>) '{}' THEN
        list := pg_catalog.jsonb_hash_extended($4, list);
    END IF;
    IF has_words THEN
        list := pg_catalog.hashtextextended($5 COLLATE "C", list);
    END IF;
    IF $2 IS NOT NULL AND (
        $2 OPERATOR(pg_catalog.!~) '^[0-9a-f]{64}$'
        OR $2 OPERATOR(pg_catalog.<>) agentchat.cursor_of(pg_catalog."left"($2, 48), list)) THEN
        RAISE EXCEPTION 'the cursor does not belong to this list'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The cursor is %s.', agentchat.quoted_excerpt($2)),
                  HINT = 'Pass next_cursor of the previous page unchanged, for the same user, filter and '
                         'words. For the first page, leave the cursor out.';
    END IF;

    FOR conversation IN EXECUTE agentchat.list_query(
        $2 IS NOT NULL, COALESCE($4 OPERATOR(pg_catalog.<>) '{}', false), has_words)
        USING owner, agentchat.time_of_cursor($2), pg_catalog.substr($2, 17, 32)::pg_catalog.uuid,
            size OPERATOR(pg_catalog.+) 1, $4, $5
    LOOP
        IF pg_catalog.cardinality(conversations) OPERATOR(pg_catalog.=) size THEN
            next_cursor := agentchat.cursor_of(pg_catalog.encode(
                pg_catalog.timestamp_send(conversation.updated_at)
                OPERATOR(pg_catalog.||) pg_catalog.uuid_send(conversation.id), 'hex'), list);
        ELSE
            conversations := pg_catalog.array_append(conversations, conversation.conversation);
        END IF;
    END LOOP;
    RETURN pg_catalog.jsonb_build_object('conversations', conversations, 'next_cursor', next_cursor);
END
$function$
