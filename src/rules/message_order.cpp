// agentchat.set_created_at() gives messages times in the order in which they are written.
//
// The order of messages is created_at, id. Times are often equal: all rows of a transaction get the same time
// by default, and the times of clients end at the millisecond. A message whose time is not after the messages
// before it therefore gets the next microsecond, unless its time is earlier on purpose.
#include <array>
#include <cstdint>
#include <limits>
#include <optional>

#include "entry_points.hpp"
#include "pg/scan.hpp"
#include "pg/session.hpp"
#include "pg/transaction.hpp"
#include "pg/trigger.hpp"

#include "rules/message_order.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::Timestamp;

constexpr pg::Firing before_insert_or_update{.before = true,
                                             .for_each_row = true,
                                             .on_insert = true,
                                             .on_update = true,
                                             .on_delete = false,
                                             .when = "BEFORE INSERT OR UPDATE",
                                             .how = "FOR EACH ROW"};

/// The messages of a conversation, in one table.
struct Sequence {
    pg::Oid table;
    pg::Uuid conversation;
};

/// Is earlier than any time.
constexpr Timestamp never = std::numeric_limits<Timestamp>::min();

/// What the session wrote to a conversation in this transaction.
struct Written {
    /// The time that was given for the last message, and the time that it was stored with.
    Timestamp last_given;
    Timestamp last_stored;
    /// The newest time of the conversation; finite, or `never`.
    Timestamp newest;
    /// The newest time that was looked up, and the command that looked it up.
    Timestamp looked_up;
    std::uint32_t looked_up_by;
    /// Whether rows were changed or deleted, so that another message may be the newest.
    bool newest_is_uncertain;
    /// Whether the newest time was only given, and by which command. When that command is over, a lookup
    /// tells what it stored.
    bool newest_may_not_be_stored;
    std::uint32_t newest_by;
};

constinit pg::TransactionMap<Sequence, Written> written_in_transaction;

/// The columns and indexes of messages, looked up once for a statement.
struct Columns {
    pg::UuidColumn id;
    pg::UuidColumn conversation_id;
    pg::TimeColumn created_at;
    /// The indexes on (conversation_id, created_at) and on (conversation_id), and the unique index on (id).
    pg::Oid order_index;
    pg::Oid conversation_index;
    pg::Oid id_index;
};

void find_columns(const pg::RowTrigger& trigger, Columns& columns) {
    trigger.require_table("messages");
    columns.id = trigger.uuid_column("id");
    columns.conversation_id = trigger.uuid_column("conversation_id");
    columns.created_at = trigger.time_column("created_at");
    columns.order_index = pg::find_index(
        trigger.relation(), std::array{columns.conversation_id.number, columns.created_at.number}, false);
    columns.conversation_index =
        pg::find_index(trigger.relation(), std::array{columns.conversation_id.number}, false);
    columns.id_index = pg::find_index(trigger.relation(), std::array{columns.id.number}, true);
}

/// Returns the time without its microseconds. JavaScript's Date ends at the millisecond: a time that was read
/// into a Date comes back without them.
Timestamp cut_to_millisecond(Timestamp time) {
    constexpr Timestamp millisecond = 1000;
    if (time == never)
        return never;
    const Timestamp rest = time % millisecond;
    return time - (rest < 0 ? rest + millisecond : rest);
}

/// Looks up the newest time of the conversation. If it is earlier than the last stored time, the message with
/// that time is gone, and the newest takes its place.
void look_up_newest(const pg::RowTrigger& trigger, const Columns& columns, const pg::Uuid& conversation,
                    Written& written) {
    written.newest = pg::newest_time(trigger.relation(), columns.order_index, columns.conversation_index,
                                     columns.conversation_id.number, conversation, columns.created_at.number)
                         .value_or(never);
    written.looked_up = written.newest;
    written.looked_up_by = pg::command_number();
    written.newest_is_uncertain = false;
    written.newest_may_not_be_stored = false;
    if (written.last_stored > written.newest) {
        written.last_stored = written.newest;
        written.last_given = cut_to_millisecond(written.newest);
    }
}

/// Returns what the session wrote to the conversation, with a newest time that is certain.
Written& written_to(const pg::RowTrigger& trigger, const Columns& columns, const pg::Uuid& conversation) {
    Written& written =
        written_in_transaction.change({trigger.table(), conversation}, [&](Written& first_time) {
            first_time.last_stored = std::numeric_limits<Timestamp>::max();
            look_up_newest(trigger, columns, conversation, first_time);
        });
    if (written.newest_is_uncertain ||
        (written.newest_may_not_be_stored && written.newest_by != pg::command_number()))
        look_up_newest(trigger, columns, conversation, written);
    return written;
}

/// Whether only messages of this statement can have the transaction's time, to the millisecond. None of the
/// many messages of a statement then needs a lookup.
bool is_first_of_transaction(const Written& written) {
    return written.looked_up_by == pg::command_number() &&
           written.looked_up < cut_to_millisecond(pg::transaction_time());
}

/// Returns the stored time of the message if it is already stored, for example in an upsert.
std::optional<Timestamp> stored_time(const pg::RowTrigger& trigger, const Columns& columns,
                                     const pg::Uuid& conversation) {
    const std::optional<pg::Uuid> id = trigger.new_uuid(columns.id);
    // Without the index, an upsert cannot find the message either.
    if (!id || columns.id_index == pg::invalid_oid)
        return std::nullopt;
    return pg::time_of_row(trigger.relation(), columns.id_index, columns.id.number, *id,
                           columns.conversation_id.number, conversation, columns.created_at.number);
}

/// Gives a new message its time.
pg::Result insert(const pg::RowTrigger& trigger, const Columns& columns) {
    const std::optional<Timestamp> given = trigger.new_time(columns.created_at);
    const std::optional<pg::Uuid> conversation = trigger.new_uuid(columns.conversation_id);
    if (!given || !pg::is_finite(*given) || !conversation)
        return trigger.unchanged();

    const bool by_default = *given == pg::rounded(columns.created_at, pg::transaction_time());
    Written& written = written_to(trigger, columns, *conversation);
    Timestamp time = *given;
    if (time <= written.newest) {
        const std::optional<Timestamp> stored = by_default && is_first_of_transaction(written)
                                                    ? std::nullopt
                                                    : stored_time(trigger, columns, *conversation);
        if (stored) {
            const bool same = cut_to_millisecond(*stored) == cut_to_millisecond(*given);
            return same ? trigger.with_time(columns.created_at, *stored) : trigger.unchanged();
        }
        const Timestamp step = pg::resolution(columns.created_at);
        if (by_default)
            time = written.newest + step;
        else if (time >= written.last_given && time <= written.last_stored)
            time = written.last_stored + step;
        // PostgreSQL's calendar ends: there is no time after its last one.
        if (!pg::is_finite(time))
            return trigger.unchanged();
    }
    written.last_given = by_default ? cut_to_millisecond(*given) : *given;
    written.last_stored = time;
    // The row may not be stored in the end, or be stored already with another time: because of ON CONFLICT DO
    // NOTHING or DO UPDATE, or of a trigger that is fired later. If this time is the transaction's, that does
    // no harm. A time in the future would put all later messages after it.
    if (!by_default && time > written.newest) {
        written.newest_may_not_be_stored = true;
        written.newest_by = pg::command_number();
    }
    written.newest = std::max(written.newest, time);
    return time == *given ? trigger.unchanged() : trigger.with_time(columns.created_at, time);
}

/// Keeps the time of a message unless the UPDATE changes more of it than microseconds, or moves the message.
pg::Result update(const pg::RowTrigger& trigger, const Columns& columns) {
    const std::optional<Timestamp> before = trigger.old_time(columns.created_at);
    const std::optional<Timestamp> after = trigger.new_time(columns.created_at);
    const std::optional<pg::Uuid> from = trigger.old_uuid(columns.conversation_id);
    const std::optional<pg::Uuid> to = trigger.new_uuid(columns.conversation_id);
    if (before == after && from == to)
        return trigger.unchanged();
    if (before && after && pg::is_finite(*before) && pg::is_finite(*after) && from == to &&
        cut_to_millisecond(*before) == cut_to_millisecond(*after))
        return trigger.with_time(columns.created_at, *before);

    if (from)
        forget_newest_message(trigger.table(), *from);
    if (to)
        forget_newest_message(trigger.table(), *to);
    return trigger.unchanged();
}

} // namespace

void forget_newest_message(pg::Oid table, const pg::Uuid& conversation) {
    if (Written* written = written_in_transaction.change_if_there({table, conversation}))
        written->newest_is_uncertain = true;
}

pg::Result set_created_at(pg::Call& call) {
    const pg::RowTrigger trigger(call, before_insert_or_update);
    const auto& columns = call.once<Columns>([&](Columns& found) { find_columns(trigger, found); });
    if (pg::is_restore(trigger.table()))
        return trigger.unchanged();
    return trigger.is_insert() ? insert(trigger, columns) : update(trigger, columns);
}

} // namespace agentchat
