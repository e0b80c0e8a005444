// agentchat.protect_user(): what users may change of their own row.
#include <array>
#include <string_view>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr pg::Firing after_update{.before = false,
                                  .for_each_row = true,
                                  .on_insert = false,
                                  .on_update = true,
                                  .on_delete = false,
                                  .when = "AFTER UPDATE",
                                  .how = "FOR EACH ROW"};

/// updated_at follows from the others.
constexpr std::array<std::string_view, 3> open_columns{"name", "avatar_url", "updated_at"};

} // namespace

/// A policy can't compare the new row with the old one, and grants on columns do not outlast a restore under
/// default privileges. An e-mail that users could change would be a way into another account.
pg::Result protect_user(pg::Call& call) {
    const pg::RowTrigger trigger(call, after_update);
    if (!pg::is_subject_to_rls(trigger.table()))
        return trigger.done();
    if (const char* column = trigger.changed_column(open_columns))
        pg::raise({pg::sqlstate::insufficient_privilege, "users may change only their name and avatar",
                   pg::format("The column \"%s\" would change.", column),
                   "Change it with a role that is not subject to row-level security, such as service_role."});
    return trigger.done();
}

} // namespace agentchat
