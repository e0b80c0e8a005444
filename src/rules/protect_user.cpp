// agentchat.protect_user() limits what users may change in their own row.
#include <array>
#include <string_view>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The columns that users may change. updated_at changes with the others.
constexpr std::array<std::string_view, 3> open_columns{"name", "avatar_url", "updated_at"};

} // namespace

/// Raises 42501 if a user changes any other column. A policy cannot compare the new row with the old one, and
/// grants on columns are lost in a restore under default privileges. If users could change their e-mail
/// address, they could use it to get into another account.
pg::Result protect_user(pg::Call& call) {
    const pg::RowTrigger trigger(call, pg::after_row_update);
    if (!pg::is_subject_to_rls(trigger.table()))
        return trigger.done();
    if (const char* column = trigger.changed_column(open_columns))
        pg::raise({pg::sqlstate::insufficient_privilege, "users may change only their name and avatar",
                   pg::format("The column \"%s\" would change.", column),
                   "Change it with a role that is not subject to row-level security, such as service_role."});
    return trigger.done();
}

} // namespace agentchat
