// agentchat.touch_conversations(): a conversation is as new as the last change of its messages.
#include <array>
#include <optional>
#include <span>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/row_lock.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"
#include "rules/set_created_at.hpp"
#include "rules/uuid_set.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr pg::Firing after_change{
    .before = false,
    .for_each_row = false,
    .on_insert = true,
    .on_update = true,
    .on_delete = true,
    .when = "AFTER INSERT, UPDATE or DELETE",
    .how = "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT"};

/// The transaction's time is UTC, and so is what a timestamp without a zone holds.
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

/// The conversations whose messages a statement has changed.
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

/// Once for each conversation, and always in the same order, so that statements which change messages of the
/// same conversations wait for one another and never in a circle.
///
/// An INSERT has the conversation locked by the foreign key, so that nobody is deleting it, and the UPDATE
/// may wait by itself. An UPDATE or a DELETE holds messages that the deletion of a conversation, which comes
/// from the other side, waits for. And where the transaction has one snapshot, an UPDATE fails (40001) once
/// it has waited.
pg::Result touch_conversations(pg::Call& call) {
    const pg::StatementTrigger trigger(call, after_change);
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
