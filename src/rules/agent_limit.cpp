// agentchat.enforce_agent_limit() refuses statements that give a user more agents than allowed. agent_usage()
// tells how many agents a user has and may have.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "common/caller.hpp"
#include "common/uuid_set.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/settings.hpp"
#include "pg/trigger.hpp"
#include "rules/agent_limit.hpp"
#include "rules/agent_locks.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::int64_t no_limit = -1;

/// agentchat.default_agent_limit.
constexpr pg::IntegerSetting default_limit_setting{
    .name = "agentchat.default_agent_limit",
    .description = "Sets the number of agents that a user without an active subscription may have.",
    .details = "-1 means no limit. Archived agents do not count.",
    .least = no_limit,
    .most = std::numeric_limits<int>::max(),
};
int default_limit = 1;

/// The number of agents that a user has and may have. Without an active subscription there is no plan. The
/// text of the plan lives as long as the row.
struct Usage {
    pg::Uuid user;
    std::int64_t used;
    std::int64_t limit;
    std::optional<std::string_view> plan;

    explicit Usage(const pg::Row& row)
        : user(row.uuid(0)), used(row.bigint(1)), limit(row.is_null(2) ? default_limit : row.bigint(2)) {
        if (!row.is_null(3))
            plan = row.text(3);
    }

    bool is_over() const { return limit != no_limit && used > limit; }
};

/// Returns the query for the usage of the users in $1. Of several subscriptions, the one with the largest
/// limit counts; -1 is the largest.
const char* usage_statement(pg::Oid schema) {
    return pg::format(
        "SELECT u.user_id, used.number, best.agent_limit, best.plan "
        "FROM pg_catalog.unnest($1) u (user_id) "
        "CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS number FROM %s i "
        "WHERE i.user_id OPERATOR(pg_catalog.=) u.user_id AND i.status OPERATOR(pg_catalog.<>) 'archived') "
        "used "
        "LEFT JOIN LATERAL (SELECT s.agent_limit::pg_catalog.int8, s.plan::pg_catalog.text FROM %s s "
        "WHERE s.user_id OPERATOR(pg_catalog.=) u.user_id AND s.is_active AND s.agent_limit IS NOT NULL "
        "ORDER BY s.agent_limit OPERATOR(pg_catalog.=) -1 DESC, s.agent_limit DESC, s.created_at DESC, s.id "
        "LIMIT 1) best ON true",
        pg::qualified_name(schema, "agent_instances"), pg::qualified_name(schema, "subscriptions"));
}
constexpr std::array usage_parameters{pg::ParameterType::uuids};
constexpr std::array usage_kinds{pg::ColumnKind::uuid, pg::ColumnKind::other, pg::ColumnKind::other,
                                 pg::ColumnKind::text};

constinit pg::KeptStatement usage_by_owner("agent_instances", "subscriptions", pg::Rights::owner,
                                           usage_statement, usage_parameters);
constinit pg::KeptStatement usage_by_caller("agent_instances", "subscriptions", pg::Rights::caller,
                                            usage_statement, usage_parameters);

/// Collects the users to whom a statement gave agents.
class Gainers {
public:
    explicit Gainers(const pg::StatementTrigger& trigger)
        : user_id_(trigger.uuid_column("user_id").number - 1), status_(trigger.text_column("status") - 1) {}

    void take(const pg::Row* before, const pg::Row* after) {
        const std::optional<pg::Uuid> user = user_of(after);
        if (user && user != user_of(before))
            users_.add(*user);
    }

    std::span<const pg::Uuid> sorted() { return users_.sorted(); }

private:
    /// Returns the user for whom the agent counts; nothing if it is archived.
    std::optional<pg::Uuid> user_of(const pg::Row* row) const {
        if (row == nullptr || row->is_null(user_id_) || row->is_null(status_) ||
            row->text(status_) == "archived")
            return std::nullopt;
        return row->uuid(user_id_);
    }

    int user_id_;
    int status_;
    UuidSet users_;
};

/// Returns the number of agents that the user had when the statement began.
std::int64_t used_before(pg::Oid schema, const pg::Moment& moment, std::uint32_t command,
                         const pg::Uuid& user) {
    std::int64_t used = 0;
    usage_by_owner.query_at_before(schema, moment, command, std::array{pg::Parameter::uuids({&user, 1})},
                                   {[&](const pg::Row& row) { used = Usage(row).used; }, usage_kinds});
    return used;
}

/// Returns one of the users who have too many agents; nothing if none has.
std::optional<Usage> find_excess(pg::Oid schema, const pg::Moment& moment, std::span<const pg::Uuid> users) {
    const pg::MemoryContext context = pg::current_context();
    std::optional<Usage> found;
    usage_by_owner.query_at(schema, moment, std::array{pg::Parameter::uuids(users)},
                            {[&](const pg::Row& row) {
                                 Usage usage(row);
                                 if (found || !usage.is_over())
                                     return;
                                 if (usage.plan)
                                     usage.plan = pg::copy_text(context, *usage.plan);
                                 found = usage;
                             },
                             usage_kinds});
    return found;
}

[[noreturn]] void raise_limit_reached(const Usage& usage, std::int64_t used) {
    char user[pg::uuid_text_size];
    pg::write_uuid(usage.user, user);
    const std::string_view plan = usage.plan.value_or("none");
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::payment_required, "agent limit reached",
               pg::format("user %.*s, limit %lld, used %lld, plan %.*s", static_cast<int>(sizeof(user)), user,
                          static_cast<long long>(usage.limit), static_cast<long long>(used),
                          static_cast<int>(plan.size()), plan.data()),
               "Archive an agent of this user, or raise agent_limit of the user's subscription."});
}

constexpr pg::Firing after_gain{
    .before = false,
    .for_each_row = false,
    .on_insert = true,
    .on_update = true,
    .on_delete = false,
    .when = "AFTER INSERT or UPDATE",
    .how = "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT"};

} // namespace

/// Raises PT402 if the statement gave a user too many agents. It takes the locks first, and then counts the
/// agents that are committed at that moment: every earlier holder of a lock has committed or rolled back.
pg::Result enforce_agent_limit(pg::Call& call) {
    const pg::StatementTrigger trigger(call, after_gain);
    trigger.require_table("agent_instances");
    if (pg::is_restore(trigger.table()))
        return trigger.done();

    Gainers gainers(trigger);
    trigger.each_change([&](const pg::Row* before, const pg::Row* after) { gainers.take(before, after); });
    const std::span<const pg::Uuid> users = gainers.sorted();
    if (users.empty())
        return trigger.done();

    const std::uint32_t command = pg::snapshot_mark().command;
    const std::span<const pg::Uuid> counted = lock_agents_of_users(trigger.table(), command, users);
    const pg::Oid schema = trigger.table_schema();
    pg::Moment moment = pg::Moment::now();
    if (const std::optional<Usage> excess = find_excess(schema, moment, counted))
        raise_limit_reached(*excess, used_before(schema, moment, command, excess->user));
    moment.end();
    return trigger.done();
}

namespace {

const char* user_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "users"));
}
constexpr std::array user_parameters{pg::ParameterType::uuid};
constinit pg::KeptStatement visible_user("users", "users", pg::Rights::caller, user_statement,
                                         user_parameters);

bool is_visible(pg::Oid schema, const pg::Uuid& user) {
    return visible_user.exists(schema, std::array{pg::Parameter::uuid(user)});
}

/// Returns the document that agent_usage() returns, as JSON text.
const char* usage_document(const Usage& usage) {
    const char* remaining =
        usage.limit == no_limit
            ? "null"
            : pg::format("%lld", static_cast<long long>(std::max<std::int64_t>(usage.limit - usage.used, 0)));
    return pg::format(R"({"limit": %lld, "used": %lld, "remaining": %s, "plan": %s})",
                      static_cast<long long>(usage.limit), static_cast<long long>(usage.used), remaining,
                      usage.plan ? pg::json_string(*usage.plan) : "null");
}

} // namespace

pg::Result agent_usage(pg::Call& call) {
    const pg::Uuid user = user_argument(call, 0);
    const pg::Oid schema = call.function_schema();
    if (!is_visible(schema, user))
        return pg::Result::null();
    // Callers who ask about themselves get the numbers that the limit uses, even if policies hide some of
    // their agents. For other users, they get the numbers that the policies show them.
    pg::KeptStatement& statement = user == caller() ? usage_by_owner : usage_by_caller;
    const pg::MemoryContext context = pg::current_context();
    std::string_view document;
    statement.query(
        schema, std::array{pg::Parameter::uuids({&user, 1})},
        {[&](const pg::Row& row) { document = pg::copy_text(context, usage_document(Usage(row))); },
         usage_kinds});
    return pg::jsonb_from_text(document);
}

void define_agent_limit_setting() {
    pg::define_setting(default_limit_setting, &default_limit);
}

pg::Result default_agent_limit(pg::Call&) {
    return pg::Result::integer(default_limit);
}

} // namespace agentchat
