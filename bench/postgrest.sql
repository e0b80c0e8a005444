-- What PostgREST 12.0.2 sends, after it has set role and claims, for
--     GET /conversations?select=*,messages(*)&messages.order=created_at,id&id=eq.…
-- as log_statement = all prints it; :conversation for its parameter $1.
WITH pgrst_source AS (
    SELECT "public"."conversations".*,
        COALESCE( "conversations_messages_1"."conversations_messages_1", '[]') AS "messages"
    FROM "public"."conversations"
    LEFT JOIN LATERAL (
        SELECT json_agg("conversations_messages_1")::jsonb AS "conversations_messages_1"
        FROM (SELECT "messages_1".*
            FROM "public"."messages" AS "messages_1"
            WHERE "messages_1"."conversation_id" = "public"."conversations"."id"
            ORDER BY "messages_1"."created_at" , "messages_1"."id" ) AS "conversations_messages_1"
    ) AS "conversations_messages_1" ON TRUE
    WHERE "public"."conversations"."id" = :conversation
)
SELECT null::bigint AS total_result_set,
    pg_catalog.count(_postgrest_t) AS page_total,
    coalesce(json_agg(_postgrest_t), '[]') AS body,
    nullif(current_setting('response.headers', true), '') AS response_headers,
    nullif(current_setting('response.status', true), '') AS response_status,
    '' AS response_inserted
FROM ( SELECT * FROM pgrst_source ) _postgrest_t;
