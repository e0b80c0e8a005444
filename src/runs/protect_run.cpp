// agentchat.protect_run() keeps what must not change in a run: its id, its conversation, its answer, and its
// status once it is over.
#include <array>
#include <optional>
#include <string_view>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The columns that never change.
constexpr std::array fixed_columns{"id", "conversation_id", "message_id"};

struct Columns {
    pg::UuidColumn id;
    int status;
    std::array<int, fixed_columns.size()> fixed;
};

/// Finds the columns that the rule reads.
void find_columns(const pg::RowTrigger& trigger, Columns& columns) {
    columns.id = trigger.uuid_column("id");
    columns.status = trigger.text_column("status");
    for (std::size_t i = 0; i < fixed_columns.size(); ++i)
        columns.fixed[i] = trigger.uuid_column(fixed_columns[i]).number;
}

/// Returns the status, or an empty text for NULL, which the constraints of agentchat forbid.
std::string_view status_of(const pg::Row& row, int column) {
    return row.is_null(column - 1) ? std::string_view() : row.text(column - 1);
}

/// Raises 22023 if the UPDATE changes a column that never changes.
void require_fixed_columns(const pg::RowTrigger& trigger, const Columns& columns) {
    for (std::size_t i = 0; i < fixed_columns.size(); ++i)
        if (trigger.changes_column(columns.fixed[i]))
            pg::raise({pg::sqlstate::invalid_parameter_value,
                       "a run keeps its id, its conversation and its answer",
                       pg::format("The column \"%s\" would change.", fixed_columns[i]),
                       "Start another run with start_run()."});
}

/// Raises PT409 if the UPDATE changes the status of a run that is over.
void require_same_status(const pg::RowTrigger& trigger, const Columns& columns) {
    const std::string_view from = status_of(trigger.old_row(), columns.status);
    const std::string_view to = status_of(trigger.new_row(), columns.status);
    if (from == "running" || from == to)
        return;
    char id[pg::uuid_text_size];
    pg::write_uuid(trigger.old_uuid(columns.id).value_or(pg::Uuid{}), id);
    pg::raise({pg::sqlstate::conflict, "a run that is over keeps its status",
               pg::format("Run %.*s is %s; its status would become %s.", static_cast<int>(sizeof(id)), id,
                          pg::quoted_excerpt(from), pg::quoted_excerpt(to)),
               "Start another run with start_run()."});
}

} // namespace

pg::Result protect_run(pg::Call& call) {
    const pg::RowTrigger trigger(call, pg::after_row_update);
    trigger.require_table("runs");
    if (pg::is_restore(trigger.table()))
        return trigger.done();
    const auto& columns = call.once<Columns>([&](Columns& found) { find_columns(trigger, found); });
    require_fixed_columns(trigger, columns);
    require_same_status(trigger, columns);
    return trigger.done();
}

} // namespace agentchat
