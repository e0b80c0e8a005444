// agentchat.enforce_agent_limit() and agent_usage(): how many agents a user has and may have.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "common/caller.hpp"
#include "common/lock_spaces.hpp"
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
#include "rules/agent_limit.hpp"
#include "rules/uuid_set.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::int64_t no_limit = -1;

/// agentchat.default_agent_limit.
constexpr pg::IntegerSetting default_limit_setting{
    .name = "agentchat.default_agent_limit",
    .description = "How many agents a user without an active subscription may have.",
    .details = "-1 is no limit. Archived agents do not count.",
    .least = no_limit,
    .most = std::numeric_limits<int>::max(),
};
int default_limit = 1;

/// How many agents a user has and may have. The plan is NULL where there is no active subscription, and its
/// text lives as long as its row.
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

/// The users whom a statement has given agents.
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
    /// The user for whom the agent counts.
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

/// The lock on a user, which this transaction has taken.
struct UserLock {
    pg::Uuid user;
    /// The command that took it.
    std::uint32_t command;
    bool held;
};

/// By the locks' keys.
constinit pg::TransactionMap<std::uint64_t, UserLock> user_locks;

/// The lock on all users, which this transaction has taken.
struct AllLock {
    bool exclusive;
    bool shared;
    /// The command that took it in shared mode.
    std::uint32_t command;
};

/// By the tables that they are about.
constinit pg::TransactionMap<pg::Oid, AllLock> all_locks;

/// PostgreSQL has room for some thousands of locks, in all sessions together.
constexpr std::size_t most_user_locks = 200;

/// Lets one transaction at a time give agents to a user, until it ends. Nothing else of the user waits: a
/// lock on the row in users would stop an update of the profile, and under REPEATABLE READ end it with 40001.
///
/// A statement takes the locks in the order of their keys, so that statements do not wait in a circle. An
/// upsert, a MERGE or a WITH comes here once for its inserts and once for its updates: where the second time
/// has to wait, it gives back what the first took out of turn. Transactions of several statements lock users
/// in whatever order they name them.
///
/// In the end one on all is taken in shared mode. Who would need too many takes that one exclusively instead.
class UserLocks {
public:
    UserLocks(pg::Oid table, std::uint32_t command) : table_(table), command_(command) {}

    /// The users who must be counted then: those, and others whose locks were given back meanwhile.
    std::span<const pg::Uuid> lock(std::span<const pg::Uuid> users) {
        for (const pg::Uuid& user : users)
            want(user);
        AllLock& all = all_locks.change(table_, [](AllLock& none) { none = {}; });
        if (!all.exclusive && user_locks.size() + wanted_.size() > most_user_locks)
            lock_all(all);
        if (!all.exclusive) {
            lock_wanted();
            lock_all_shared(all);
        }
        return users_.sorted();
    }

private:
    struct Wanted {
        std::uint64_t key;
        pg::Uuid user;
    };

    void want(const pg::Uuid& user) {
        users_.add(user);
        const std::uint64_t key = pg::hash_uuid(user, table_);
        const UserLock* lock = user_locks.change_if_there(key);
        if (lock != nullptr && lock->held)
            return;
        wanted_.add({key, user});
    }

    void lock_all(AllLock& all) {
        // Two statements that have it in shared mode would wait for each other.
        if (all.shared && all.command == command_) {
            pg::unlock(lock_space::agents_of_all, table_, pg::LockStrength::shared);
            all.shared = false;
            user_locks.each([&](std::uint64_t, const UserLock& lock) {
                if (lock.command == command_)
                    users_.add(lock.user);
            });
        }
        pg::lock_until_end(lock_space::agents_of_all, table_, pg::LockStrength::exclusive);
        all.exclusive = true;
    }

    void lock_all_shared(AllLock& all) {
        if (all.shared)
            return;
        pg::lock_until_end(lock_space::agents_of_all, table_, pg::LockStrength::shared);
        all.shared = true;
        all.command = command_;
    }

    void sort_from(std::size_t first) {
        std::sort(wanted_.begin() + first, wanted_.end(),
                  [](const Wanted& a, const Wanted& b) { return a.key < b.key; });
    }

    void lock_wanted() {
        sort_from(0);
        for (std::size_t i = 0; i < wanted_.size(); ++i) {
            const Wanted next = wanted_[i];
            if (!pg::lock_at_once(lock_space::agents_of_user, next.key, pg::LockStrength::exclusive)) {
                give_back_after(next.key);
                sort_from(i + 1);
                pg::lock_until_end(lock_space::agents_of_user, next.key, pg::LockStrength::exclusive);
            }
            user_locks.change(next.key, [](UserLock&) {}) = {next.user, command_, true};
        }
    }

    /// What this command holds beyond that key.
    void give_back_after(std::uint64_t key) {
        const std::size_t before = wanted_.size();
        user_locks.each([&](std::uint64_t other, const UserLock& lock) {
            if (other > key && lock.held && lock.command == command_) {
                wanted_.add({other, lock.user});
            }
        });
        for (std::size_t i = before; i < wanted_.size(); ++i) {
            user_locks.change_if_there(wanted_[i].key)->held = false;
            pg::unlock(lock_space::agents_of_user, wanted_[i].key, pg::LockStrength::exclusive);
            users_.add(wanted_[i].user);
        }
    }

    pg::Oid table_;
    std::uint32_t command_;
    UuidSet users_;
    pg::ArenaList<Wanted> wanted_{pg::current_context()};
};

/// How many agents a user had when the statement began.
std::int64_t used_before(pg::Oid schema, const pg::Moment& moment, std::uint32_t command,
                         const pg::Uuid& user) {
    std::int64_t used = 0;
    usage_by_owner.query_at_before(schema, moment, command, std::array{pg::Parameter::uuids({&user, 1})},
                                   {[&](const pg::Row& row) { used = Usage(row).used; }, usage_kinds});
    return used;
}

/// A user who has too many, if any of them has.
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

/// Locks first, then counts what is committed by then: whoever had the lock before has committed or is gone.
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
    UserLocks locks(trigger.table(), command);
    const std::span<const pg::Uuid> counted = locks.lock(users);
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

/// The document that agent_usage() returns, as text.
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
    // Users get the numbers that the limit goes by, also where policies hide some of their agents from them.
    // About others, each learns what the policies show.
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
