// agentchat.touch_conversations() sets updated_at of conversations whose messages change.
#include <array>
#include <optional>
#include <span>

#include "common/uuid_set.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/row_lock.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"
#include "rules/message_order.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the UPDATE of updated_at. The transaction's time is in UTC, like the values of a column without a
/// zone.
const char* touch_statement(pg::Oid schema) {
    const bool zone = pg::has_time_zone(pg::require_relation(schema, "conversations"), "updated_at");
    const char* time = zone ? "pg_catalog.timezone('UTC', $2)" : "$2";
    return pg::format("UPDATE %s SET updated_at = %s "
                      "WHERE id OPERATOR(pg_catalog.=) $1 AND updated_at OPERATOR(pg_catalog.<) %s",
                      pg::qualified_name(schema, "conversations"), time, time);
}

constexpr std::array touch_parameters{pg::ParameterType::uuid, pg::ParameterType::timestamp};
constinit pg::KeptStatement touch("conversations", "messages", pg::Rights::owner, touch_statement,
                                  touch_parameters);

/// Collects the conversations whose messages a statement changed.
class Conversations {
public:
    explicit Conversations(const pg::StatementTrigger& trigger)
        : trigger_(trigger), column_(trigger.uuid_column("conversation_id").number - 1) {}

    std::span<const pg::Uuid> sorted() { return ids_.sorted(); }

    void take(const pg::Row* before, const pg::Row* after) {
        if (before != nullptr && after != nullptr && !trigger_.differ(*before, *after))
            return;
        for (const pg::Row* row : {before, after})
            if (row != nullptr && !row->is_null(column_))
                ids_.add(row->uuid(column_));
    }

private:
    const pg::StatementTrigger& trigger_;
    int column_;
    UuidSet ids_;
};

} // namespace

/// Touches each conversation once, in the order of their ids. Statements that change messages of the same
/// conversations therefore wait for one another, but do not deadlock.
///
/// After an INSERT, the UPDATE of the conversation may simply wait: the foreign key has locked the
/// conversation, and nobody can be deleting it. An UPDATE or a DELETE of messages holds rows that the
/// deletion of a conversation waits for, and that deletion holds the conversation: to wait for it would be a
/// deadlock. And in a transaction with one snapshot, an UPDATE that has waited fails (40001). In these cases,
/// RowLocks takes the locks: it waits for every session except one that deletes the conversation.
pg::Result touch_conversations(pg::Call& call) {
    const pg::StatementTrigger trigger(call, pg::after_statement_change);
    trigger.require_table("messages");
    if (pg::is_restore(trigger.table()))
        return trigger.done();

    Conversations conversations(trigger);
    trigger.each_change(
        [&](const pg::Row* before, const pg::Row* after) { conversations.take(before, after); });
    const std::span<const pg::Uuid> ids = conversations.sorted();
    const pg::Timestamp now = pg::transaction_time();
    const pg::Oid schema = trigger.table_schema();
    const bool may_wait = trigger.is_insert() && !pg::has_transaction_snapshot();
    std::optional<pg::RowLocks> locks;
    if (!may_wait && !ids.empty())
        locks = pg::RowLocks::prepare(pg::require_relation(schema, "conversations"), "id", "updated_at");
    for (const pg::Uuid& conversation : ids) {
        if (trigger.is_delete())
            forget_newest_message(trigger.table(), conversation);
        if (!locks || locks->lock_older(conversation, now))
            touch.execute_latest(
                schema, std::array{pg::Parameter::uuid(conversation), pg::Parameter::timestamp(now)});
    }
    return trigger.done();
}

} // namespace agentchat
