// agentchat.enforce_agent_limit() and agent_usage(): how many agents a user has and may have.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "caller.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/kept_statement.hpp"
#include "pg/lock.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/settings.hpp"
#include "pg/transaction.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::int64_t no_limit = -1;

/// How many agents a user has and may have. The plan is NULL where there is no active subscription, and its
/// text lives as long as its row.
struct Usage {
    pg::Uuid user;
    std::int64_t used;
    std::int64_t limit;
    std::optional<std::string_view> plan;

    explicit Usage(const pg::Row& row)
        : user(row.uuid(0)), used(row.bigint(1)),
          limit(row.is_null(2) ? pg::default_agent_limit() : row.bigint(2)) {
        if (!row.is_null(3))
            plan = row.text(3);
    }

    bool is_over() const { return limit != no_limit && used > limit; }
};

/// For each of the users in $1: used, and limit and plan of the subscription that allows most, where -1 is
/// most of all.
const char* usage_statement(pg::Oid schema) {
    return pg::format(
        "SELECT u.user_id, used.number, best.agent_limit, best.plan "
        "FROM pg_catalog.unnest($1) u (user_id) "
        "CROSS JOIN LATERAL (SELECT pg_catalog.count(*) AS number FROM %s i "
        "WHERE i.user_id OPERATOR(pg_catalog.=) u.user_id AND i.status OPERATOR(pg_catalog.<>) 'archived') "
        "used "
        "LEFT JOIN LATERAL (SELECT s.agent_limit::pg_catalog.int8, s.plan::pg_catalog.text FROM %s s "
        "WHERE s.user_id OPERATOR(pg_catalog.=) u.user_id AND s.is_active "
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

/// What a statement did to the number of a user's agents.
struct Change {
    pg::Uuid user;
    std::int64_t gained;
    std::int64_t lost;
};

/// The changes by user.
class Changes {
public:
    explicit Changes(const pg::StatementTrigger& trigger)
        : user_id_(trigger.uuid_column("user_id").number - 1), status_(trigger.text_column("status") - 1) {}

    static void receive(void* self, const pg::Row* before, const pg::Row* after) {
        static_cast<Changes*>(self)->take(before, after);
    }

    /// Those who have got any, by user.
    std::span<Change> gains() {
        std::sort(changes_, changes_ + count_,
                  [](const Change& a, const Change& b) { return a.user.bytes < b.user.bytes; });
        std::size_t users = 0;
        for (std::size_t i = 0; i < count_; ++i) {
            if (users == 0 || changes_[users - 1].user != changes_[i].user) {
                changes_[users++] = changes_[i];
            } else {
                changes_[users - 1].gained += changes_[i].gained;
                changes_[users - 1].lost += changes_[i].lost;
            }
        }
        Change* end = std::remove_if(changes_, changes_ + users,
                                     [](const Change& change) { return change.gained == 0; });
        return {changes_, end};
    }

private:
    /// The user for whom the agent counts.
    std::optional<pg::Uuid> user_of(const pg::Row* row) const {
        if (row == nullptr || row->is_null(user_id_) || row->is_null(status_) ||
            row->text(status_) == "archived")
            return std::nullopt;
        return row->uuid(user_id_);
    }

    void take(const pg::Row* before, const pg::Row* after) {
        const std::optional<pg::Uuid> from = user_of(before);
        const std::optional<pg::Uuid> to = user_of(after);
        if (from == to)
            return;
        if (from)
            add({*from, 0, 1});
        if (to)
            add({*to, 1, 0});
    }

    void add(const Change& change) {
        changes_ = pg::with_room(context_, changes_, count_, room_);
        changes_[count_++] = change;
    }

    int user_id_;
    int status_;
    pg::MemoryContext context_ = pg::current_context();
    Change* changes_ = nullptr;
    std::size_t count_ = 0;
    std::size_t room_ = 0;
};

/// The locks that this transaction has.
struct Locks {
    std::size_t users;
    bool all;
};
constinit pg::TransactionMap<std::uint32_t, Locks> locks_of_transaction;

/// PostgreSQL has room for some thousands of locks in all.
constexpr std::size_t most_user_locks = 1000;

/// Lets one transaction at a time give agents to a user, until it ends. Nothing else of the user waits: a
/// lock on the row in users would stop an update of the profile, and under REPEATABLE READ end it with 40001.
///
/// Who takes locks on users, in the order of their keys, takes one on all in shared mode at last. Who would
/// need too many takes that one exclusively instead. So no statement waits for a user while it holds the one
/// on all, and nobody waits in a circle but transactions of several statements, which lock users in whatever
/// order they name them.
void lock_users(std::span<const pg::Uuid> users) {
    Locks& locks = locks_of_transaction.change(0, [](Locks& none) { none = {0, false}; });
    if (locks.all)
        return;
    if (locks.users + users.size() > most_user_locks) {
        pg::lock_until_end(pg::LockSpace::agents_of_all, 0, pg::LockStrength::exclusive);
        locks.all = true;
        return;
    }
    auto* keys = pg::allocate_array<std::uint64_t>(pg::current_context(), users.size());
    std::transform(users.begin(), users.end(), keys, pg::hash_uuid);
    std::sort(keys, keys + users.size());
    for (std::size_t i = 0; i < users.size(); ++i)
        pg::lock_until_end(pg::LockSpace::agents_of_user, keys[i], pg::LockStrength::exclusive);
    pg::lock_until_end(pg::LockSpace::agents_of_all, 0, pg::LockStrength::shared);
    locks.users += users.size();
}

/// Finds a user who has too many.
struct Excess {
    pg::MemoryContext context;
    std::optional<Usage> found;

    static void receive(void* state, const pg::Row& row) {
        auto* self = static_cast<Excess*>(state);
        Usage usage(row);
        if (self->found || !usage.is_over())
            return;
        if (usage.plan)
            usage.plan = pg::copy_text(self->context, *usage.plan);
        self->found = usage;
    }
};

[[noreturn]] void raise_limit_reached(const Usage& usage, std::span<const Change> changes) {
    const auto* change = std::find_if(changes.data(), changes.data() + changes.size(),
                                      [&](const Change& other) { return other.user == usage.user; });
    const std::int64_t used_before = usage.used - change->gained + change->lost;
    char user[pg::uuid_text_size];
    pg::write_uuid(usage.user, user);
    const std::string_view plan = usage.plan.value_or("none");
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::payment_required, "agent limit reached",
               pg::format("user %.*s, limit %lld, used %lld, plan %.*s", static_cast<int>(sizeof(user)), user,
                          static_cast<long long>(usage.limit), static_cast<long long>(used_before),
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

/// Locks first, then counts what is committed by then: whoever had the lock before has committed or is gone.
pg::Result enforce_agent_limit(pg::Call& call) {
    const pg::StatementTrigger trigger(call, after_gain);
    if (pg::is_restore(trigger.table()))
        return trigger.done();

    Changes changes(trigger);
    trigger.each_change({Changes::receive, &changes});
    const std::span<const Change> gains = changes.gains();
    if (gains.empty())
        return trigger.done();

    auto* ids = pg::allocate_array<pg::Uuid>(pg::current_context(), gains.size());
    std::transform(gains.begin(), gains.end(), ids, [](const Change& change) { return change.user; });
    const std::span<const pg::Uuid> users{ids, gains.size()};
    lock_users(users);
    Excess excess{pg::current_context(), std::nullopt};
    usage_by_owner.query_latest(trigger.table_schema(), std::array{pg::Parameter::uuids(users)},
                                {Excess::receive, &excess, usage_kinds});
    if (excess.found)
        raise_limit_reached(*excess.found, gains);
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
    bool found = false;
    constexpr std::array kinds{pg::ColumnKind::boolean};
    const auto receive = [](void* state, const pg::Row&) { *static_cast<bool*>(state) = true; };
    visible_user.query(schema, std::array{pg::Parameter::uuid(user)}, {receive, &found, kinds});
    return found;
}

/// The document that agent_usage() returns, as text; it outlives the row.
struct UsageDocument {
    pg::MemoryContext context;
    std::string_view text;

    static void receive(void* state, const pg::Row& row) {
        const Usage usage(row);
        const char* remaining =
            usage.limit == no_limit
                ? "null"
                : pg::format("%lld",
                             static_cast<long long>(std::max<std::int64_t>(usage.limit - usage.used, 0)));
        auto* self = static_cast<UsageDocument*>(state);
        self->text = pg::copy_text(
            self->context, pg::format(R"({"limit": %lld, "used": %lld, "remaining": %s, "plan": %s})",
                                      static_cast<long long>(usage.limit), static_cast<long long>(usage.used),
                                      remaining, usage.plan ? pg::json_string(*usage.plan) : "null"));
    }
};

} // namespace

pg::Result agent_usage(pg::Call& call) {
    const std::optional<pg::Uuid> myself = caller();
    const std::optional<pg::Uuid> user = call.is_null(0) ? myself : call.uuid(0);
    if (!user)
        pg::raise({pg::sqlstate::invalid_parameter_value, "there is no user to tell the usage of",
                   "Neither the argument user_id nor the claims of the request name one.",
                   "Pass user_id, or sign in."});

    const pg::Oid schema = call.function_schema();
    if (!is_visible(schema, *user))
        return pg::Result::null();
    // Users get the numbers that the limit goes by, also where policies hide some of their agents from them.
    // About others, each learns what the policies show.
    pg::KeptStatement& statement = user == myself ? usage_by_owner : usage_by_caller;
    UsageDocument document{pg::current_context(), {}};
    statement.query(schema, std::array{pg::Parameter::uuids({&*user, 1})},
                    {UsageDocument::receive, &document, usage_kinds});
    return pg::jsonb_from_text(document.text);
}

pg::Result default_agent_limit(pg::Call&) {
    return pg::Result::integer(pg::default_agent_limit());
}

} // namespace agentchat
