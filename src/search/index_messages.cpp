// agentchat.index_messages() makes the index of messages again. Two trigger functions keep it up to date.
#include <array>
#include <span>

#include "common/feature.hpp"
#include "common/uuid_set.hpp"
#include "entry_points.hpp"
#include "pg/extension.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/trigger.hpp"
#include "search/message_index.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

const char* messages_statement(pg::Oid schema) {
    return pg::format("SELECT id FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "messages"));
}
constexpr std::array one_uuid{pg::ParameterType::uuid};
constinit pg::KeptStatement messages_of_conversation =
    pg::KeptStatement("messages", "messages", pg::Rights::owner, messages_statement, one_uuid).by_index();

} // namespace

pg::Result index_new_messages(pg::Call& call) {
    const pg::StatementTrigger trigger(call, pg::after_statement_insert_or_update);
    trigger.require_table("messages");
    const int id = trigger.uuid_column("id").number - 1;
    const int conversation_id = trigger.uuid_column("conversation_id").number - 1;
    UuidSet messages;
    UuidSet conversations;
    trigger.each_change([&](const pg::Row* before, const pg::Row* after) {
        if ((before != nullptr && !trigger.differ(*before, *after)) || after->is_null(id) ||
            after->is_null(conversation_id))
            return;
        messages.add(after->uuid(id));
        conversations.add(after->uuid(conversation_id));
    });
    keep_users_of(conversations.sorted());
    note_messages(trigger.table_schema(), messages.sorted());
    return trigger.done();
}

pg::Result index_moved_conversation(pg::Call& call) {
    const pg::RowTrigger trigger(call, pg::after_row_update);
    trigger.require_table("conversations");
    const std::optional<pg::Uuid> conversation = trigger.new_uuid(trigger.uuid_column("id"));
    if (!conversation)
        return trigger.done();
    wait_for_notes(*conversation);
    UuidSet messages;
    const auto take = [&](const pg::Row& row) {
        if (!row.is_null(0))
            messages.add(row.uuid(0));
    };
    constexpr std::array kinds{pg::ColumnKind::uuid};
    messages_of_conversation.query_latest(trigger.table_schema(),
                                          std::array{pg::Parameter::uuid(*conversation)}, {take, kinds});
    note_messages(trigger.table_schema(), messages.sorted());
    return trigger.done();
}

pg::Result index_messages(pg::Call& call) {
    const pg::Oid schema = pg::extension_schema();
    require_feature(schema, Feature::search);
    return pg::bigint_result(call.is_null(0) ? index_all_users(schema) : index_user(schema, call.uuid(0)));
}

} // namespace agentchat
