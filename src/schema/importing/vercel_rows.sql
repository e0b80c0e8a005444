-- The rows that import_vercel_chatbot() writes, made of those of the source. The dry run reads the same.
--
-- Each function returns a row for every row of the source. outcome is NULL if the row is to be written;
-- otherwise it says why it is not. notes names what else the result reports about the row.

-- vercel_users() returns the users of the source, and the id that each has in users: the first user of an
-- e-mail takes in the others, unless users has a row of that id or e-mail already.
CREATE FUNCTION agentchat.vercel_users(source_schema text, time_zone text) RETURNS TABLE (
    source_id uuid, id uuid, email text, name text, avatar_url text, created_at timestamp,
        updated_at timestamp,
    outcome text, notes text[]
)
    LANGUAGE plpgsql STABLE ROWS 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    users CONSTANT text := agentchat.vercel_source(source_schema, 'User', time_zone,
        ARRAY['id', 'email', 'name', 'image', 'created_at', 'updated_at']);
    -- Users had no time before 2026.
    chats CONSTANT text := coalesce(agentchat.vercel_source(source_schema, 'Chat', time_zone,
        ARRAY['user_id', 'created_at']), 'SELECT NULL::uuid AS user_id, NULL::timestamp AS created_at');
BEGIN
    IF users IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH first_chats AS (
    SELECT c.user_id, min(c.created_at) AS created_at FROM (%2$s) c GROUP BY c.user_id
), known AS (
    SELECT u.id, nullif(u.email, '') AS email, u.name, u.image, coalesce(u.created_at, f.created_at)
        AS created_at,
        u.updated_at, s.id IS NOT NULL AS is_stored, e.id AS id_of_email
    FROM (%1$s) u
        LEFT JOIN first_chats f ON f.user_id = u.id
        LEFT JOIN %3$susers s ON s.id = u.id
        LEFT JOIN %3$susers e ON e.email = nullif(u.email, '')
), ranked AS (
    SELECT k.*, row_number() OVER same_id AS occurrence,
        first_value(k.id) OVER same_email AS first_id,
        first_value(k.is_stored) OVER same_email AS first_is_stored
    FROM known k
    WINDOW same_id AS (PARTITION BY k.id),
        same_email AS (PARTITION BY coalesce(k.email, k.id::text) ORDER BY k.created_at, k.id)
), placed AS (
    SELECT r.*, CASE WHEN r.is_stored THEN r.id
                WHEN r.first_is_stored THEN r.first_id
                ELSE coalesce(r.id_of_email, r.first_id) END AS target
    FROM ranked r
)
SELECT p.id, p.target, coalesce(p.email, p.id || '@no-email.invalid'), p.name, p.image,
    coalesce(p.created_at, now() AT TIME ZONE 'UTC'), coalesce(p.updated_at, p.created_at,
        now() AT TIME ZONE 'UTC'),
    CASE WHEN p.id IS NULL THEN 'no id'
         WHEN p.occurrence > 1 THEN 'id occurs more than once'
         WHEN p.is_stored THEN 'already imported'
         WHEN p.target = p.id THEN NULL
         WHEN p.target = p.first_id THEN 'duplicate e-mail, merged'
         ELSE 'e-mail is already in users, merged' END,
    CASE WHEN p.email IS NULL THEN ARRAY['no e-mail, a placeholder was written'] END
FROM placed p
        $sql$, users, chats, agentchat.tables_prefix());
END
$function$;

-- vercel_chats() returns the chats of the source as conversations.
CREATE FUNCTION agentchat.vercel_chats(source_schema text, time_zone text, dry_run boolean) RETURNS TABLE (
    id uuid, user_id uuid, title text, metadata jsonb, created_at timestamp, outcome text, notes text[]
)
    LANGUAGE plpgsql STABLE ROWS 100000 SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    chats CONSTANT text := agentchat.vercel_source(source_schema, 'Chat', time_zone,
        ARRAY['id', 'user_id', 'title', 'visibility', 'last_context', 'created_at', 'extra_columns']);
BEGIN
    IF chats IS NULL THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format(
        $sql$
WITH owned AS (
    SELECT s.*, coalesce(u.id, s.user_id) AS owner, t.id IS NOT NULL OR $3 AND u.id IS NOT NULL AS has_owner,
        c.id IS NOT NULL AS is_stored, c.user_id AS stored_owner, row_number() OVER (PARTITION BY s.id)
            AS occurrence
    FROM (%1$s) s
        LEFT JOIN agentchat.vercel_users($1, $2) u
            ON u.source_id = s.user_id AND u.outcome IS DISTINCT FROM 'id occurs more than once'
        LEFT JOIN %2$susers t ON t.id = coalesce(u.id, s.user_id)
        LEFT JOIN %2$sconversations c ON c.id = s.id
)
SELECT o.id, o.owner, coalesce(o.title, 'New chat'),
    CASE WHEN o.visibility IS NULL THEN '{}' ELSE jsonb_build_object('visibility', o.visibility) END
        || CASE WHEN o.last_context IS NULL THEN '{}' ELSE jsonb_build_object('lastContext', o.last_context)
            END
        || jsonb_build_object('imported', agentchat.vercel_origin(o.id, o.user_id, o.owner, o.extra_columns)),
    coalesce(o.created_at, now() AT TIME ZONE 'UTC'),
    CASE WHEN o.id IS NULL THEN 'no id'
         WHEN o.occurrence > 1 THEN 'id occurs more than once'
         WHEN NOT o.has_owner THEN 'no such user'
         WHEN NOT o.is_stored THEN NULL
         WHEN o.stored_owner = o.owner THEN 'already imported'
         ELSE 'id is that of a conversation of another user' END,
    array_remove(ARRAY[
        CASE WHEN o.replaced THEN 'characters that jsonb cannot hold were replaced' END,
        CASE WHEN o.title IS NULL THEN 'no title, "New chat" was written' END,
        CASE WHEN o.created_at IS NULL THEN 'no time, that of the import was written' END], NULL)
FROM owned o
        $sql$, chats, agentchat.tables_prefix())
        USING source_schema, time_zone, dry_run;
END
$function$;

-- vercel_origin() returns what metadata keeps of a row of the source: where it is from, the user whose data
-- were merged into another's, and the values of columns that the template does not have.
CREATE FUNCTION agentchat.vercel_origin(id uuid, user_id uuid, owner uuid, extra_columns jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE
    AS $function$
SELECT pg_catalog.jsonb_build_object('source', 'vercel_chatbot', 'id', id)
    OPERATOR(pg_catalog.||) CASE WHEN user_id OPERATOR(pg_catalog.<>) owner
        THEN pg_catalog.jsonb_build_object('user_id', user_id) ELSE '{}' END
    OPERATOR(pg_catalog.||) CASE WHEN extra_columns IS NOT NULL
        THEN pg_catalog.jsonb_build_object('columns', extra_columns) ELSE '{}' END
$function$;

