// update_conversation() changes the title of a conversation, and merges keys into its metadata.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/conversation_id.hpp"
#include "common/object_argument.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/value_writer.hpp"
#include "writing/conversation_lock.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Makes the text of the UPDATE. It takes the stored title and metadata from the row that it locks: keys that
/// other sessions write at the same time stay. Stored metadata that is neither an object nor null stays as it
/// is. jsonb_each finds the keys to remove faster than the operator -, which compares each key with each.
const char* update_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "conversations");
    return pg::format(
        "UPDATE %s AS c SET title = COALESCE($2, c.title), metadata = CASE WHEN $3 IS NULL "
        "OR pg_catalog.jsonb_typeof(c.metadata) OPERATOR(pg_catalog.<>) ALL (ARRAY['object', 'null']) "
        "THEN c.metadata "
        "ELSE (SELECT COALESCE(pg_catalog.jsonb_object_agg(e.key, e.value), '{}') "
        "FROM pg_catalog.jsonb_each(CASE WHEN pg_catalog.jsonb_typeof(c.metadata) "
        "OPERATOR(pg_catalog.=) 'object' THEN c.metadata ELSE '{}' END "
        "OPERATOR(pg_catalog.||) $3) e "
        "WHERE COALESCE(pg_catalog.jsonb_typeof($3 OPERATOR(pg_catalog.->) e.key), '') "
        "OPERATOR(pg_catalog.<>) 'null') END "
        "WHERE c.id OPERATOR(pg_catalog.=) $1 RETURNING c.title::pg_catalog.text, c.metadata, %s",
        pg::qualified_name(schema, "conversations"), pg::time_in_utc(table, "updated_at", "c.updated_at"));
}
constexpr std::array update_parameters{pg::ParameterType::uuid, pg::ParameterType::text,
                                       pg::ParameterType::jsonb};
constinit pg::KeptStatement update("conversations", "conversations", pg::Rights::caller, update_statement,
                                   update_parameters);
constexpr std::array update_kinds{pg::ColumnKind::text, pg::ColumnKind::jsonb, pg::ColumnKind::timestamp};

/// Raises PT409.
[[noreturn]] void refuse_stored_metadata() {
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::conflict, "stored metadata is not a JSON object",
               "Keys can be merged only into an object.",
               "Nothing was changed. Replace the stored value with an UPDATE first."});
}

/// Writes the conversation after the update.
pg::Result document(const pg::Uuid& id, const pg::Row& row) {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "Store less in metadata.");
    writer.begin_object();
    writer.key("id");
    writer.uuid(id);
    writer.key("title");
    if (row.is_null(0))
        writer.null();
    else
        writer.string(row.text(0));
    writer.key("metadata");
    if (row.is_null(1))
        writer.null();
    else
        writer.value(pg::JsonbView::of(row.datum(1)));
    writer.key("updated_at");
    if (row.is_null(2))
        writer.null();
    else
        writer.timestamp(row.timestamp(2), pg::TimestampStyle::utc);
    writer.end_object();
    return {writer.finish(), false};
}

/// Updates the conversation that `find` finds.
pg::Result update_found(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id, arg_title, arg_metadata };
    call.require_not_null(arg_conversation_id, "conversation_id");
    std::optional<std::string_view> title;
    if (!call.is_null(arg_title))
        title = call.text(arg_title);
    std::optional<std::uintptr_t> metadata = object_argument(call, arg_metadata, "metadata");
    // An object without keys changes nothing, not even NULL.
    if (metadata && pg::JsonbView::of(*metadata).count() == 0)
        metadata.reset();
    const pg::Uuid conversation = find(call, arg_conversation_id);
    const pg::Oid schema = call.function_schema();

    // The lock comes before the row's lock, as in append_messages(). Otherwise, a transaction that updates
    // and then appends could deadlock with one that appends.
    lock_conversation(schema, conversation);
    const pg::MemoryContext caller = pg::current_context();
    std::optional<pg::Result> result;
    update.execute_latest(schema,
                          std::array{pg::Parameter::uuid(conversation), pg::Parameter::text(title),
                                     pg::Parameter::jsonb(metadata)},
                          {[&](const pg::Row& row) {
                               const pg::MemoryContext context = pg::switch_to(caller);
                               if (metadata && !pg::JsonbView::of(row.datum(1)).is_object())
                                   refuse_stored_metadata();
                               result = document(conversation, row);
                               pg::switch_to(context);
                           },
                           update_kinds});
    // A policy may let the caller see the conversation, but not change it.
    if (!result)
        raise_conversation_not_found(conversation);
    return *result;
}

} // namespace

pg::Result update_conversation(pg::Call& call) {
    return update_found(call, conversation_by_uuid);
}

pg::Result update_conversation_by_name(pg::Call& call) {
    return update_found(call, conversation_by_name);
}

} // namespace agentchat
