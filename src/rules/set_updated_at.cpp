// agentchat.set_updated_at() sets the time of a row's last change.
#include <algorithm>
#include <optional>

#include "entry_points.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr pg::Firing before_update{.before = true,
                                   .for_each_row = true,
                                   .on_insert = false,
                                   .on_update = true,
                                   .on_delete = false,
                                   .when = "BEFORE UPDATE",
                                   .how = "FOR EACH ROW"};

} // namespace

/// Sets updated_at to the transaction's time if the UPDATE changes the row, regardless of the value in the
/// statement. updated_at never goes back: a clock can be set back, and a transaction that began earlier can
/// write later.
pg::Result set_updated_at(pg::Call& call) {
    const pg::RowTrigger trigger(call, before_update);
    const auto& updated_at = call.once<pg::TimeColumn>(
        [&](pg::TimeColumn& column) { column = trigger.time_column("updated_at"); });
    if (!trigger.changes_row() || pg::is_restore(trigger.table()))
        return trigger.unchanged();

    const std::optional<pg::Timestamp> before = trigger.old_time(updated_at);
    const pg::Timestamp now = pg::rounded(updated_at, pg::transaction_time());
    return trigger.with_time(updated_at, before ? std::max(*before, now) : now);
}

} // namespace agentchat
