// agentchat.check_workflow_status() refuses changes of a workflow's status that advance_workflow() would
// refuse, too.
#include <string_view>

#include "common/workflow_status.hpp"
#include "entry_points.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

struct Columns {
    pg::UuidColumn id;
    int status;
};

} // namespace

/// Raises PT409 if the workflow may not change to its new status. The trigger comes after the change, when
/// other triggers have set what they like.
pg::Result check_workflow_status(pg::Call& call) {
    const pg::RowTrigger trigger(call, pg::after_row_update);
    const auto& columns = call.once<Columns>([&](Columns& found) {
        found = {trigger.uuid_column("id"), trigger.text_column("status")};
    });
    const pg::Row before = trigger.old_row();
    const pg::Row after = trigger.new_row();
    const int status = columns.status - 1;
    if (before.is_null(status) || after.is_null(status) || !trigger.changes_column(columns.status) ||
        pg::is_restore(trigger.table()))
        return trigger.done();
    check_workflow_move(after.uuid(columns.id.number - 1), before.text(status), after.text(status));
    return trigger.done();
}

} // namespace agentchat
