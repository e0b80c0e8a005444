-- What drizzle-orm 0.45.4 sends for
--     db.query.conversations.findFirst({
--         where: eq(conversations.id, id),
--         with: { messages: { orderBy: [asc(messages.createdAt), asc(messages.id)] } },
--     })
-- with the schema of test/lib/drizzle_schema.js, as drizzle(pool, { schema, logger: true }) prints it;
-- :conversation and :one for its parameters $1 and $2.
select "conversations"."id", "conversations"."user_id", "conversations"."title",
    "conversations"."system_prompt", "conversations"."metadata", "conversations"."created_at",
    "conversations"."updated_at", "conversations_messages"."data" as "messages"
from "conversations" "conversations"
left join lateral (select coalesce(json_agg(json_build_array("conversations_messages"."id",
            "conversations_messages"."conversation_id", "conversations_messages"."role",
            "conversations_messages"."content", "conversations_messages"."parts",
            "conversations_messages"."attachments", "conversations_messages"."reasoning",
            "conversations_messages"."created_at")
        order by "conversations_messages"."created_at" asc, "conversations_messages"."id" asc),
        '[]'::json) as "data"
    from (select * from "messages" "conversations_messages"
        where "conversations_messages"."conversation_id" = "conversations"."id"
        order by "conversations_messages"."created_at" asc, "conversations_messages"."id" asc)
        "conversations_messages") "conversations_messages" on true
where "conversations"."id" = :conversation limit :one;
