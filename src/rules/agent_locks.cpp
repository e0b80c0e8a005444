#include "rules/agent_locks.hpp"

#include <algorithm>
#include <cstddef>

#include "common/lock_spaces.hpp"
#include "common/uuid_set.hpp"
#include "pg/lock.hpp"
#include "pg/memory.hpp"
#include "pg/transaction.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A lock on the agents of a user, taken by this transaction.
struct UserLock {
    pg::Uuid user;
    /// The command that took it.
    std::uint32_t command;
    /// Whether it still has the lock. It may have released it to take it again in order.
    bool is_held;
};

/// The locks on users, by their keys.
constinit pg::TransactionMap<std::uint64_t, UserLock> user_locks;

/// The lock on the agents of all users, taken by this transaction.
struct AllLock {
    bool exclusive;
    bool shared;
    /// The command that took it in shared mode.
    std::uint32_t command;
};

/// The locks on all users, by the table of agents.
constinit pg::TransactionMap<pg::Oid, AllLock> all_locks;

/// The most users that a transaction locks one by one. PostgreSQL's table of locks has room for some
/// thousands, and all sessions share it.
constexpr std::size_t most_user_locks = 200;

/// Takes the locks for one call of the trigger.
///
/// A statement takes the locks in the order of their keys. Single statements therefore do not deadlock. An
/// upsert, a MERGE or a WITH fires the trigger twice: for its inserts, and for its updates. If the second
/// call must wait for a lock, it first releases the locks with larger keys that the first call took, and then
/// takes them again in order. A transaction of several statements locks users in the order in which its
/// statements name them.
///
/// In the end, a transaction takes the lock on all users in shared mode. A transaction that would need too
/// many locks on single users takes the lock on all users in exclusive mode instead.
class UserLocks {
public:
    UserLocks(pg::Oid table, std::uint32_t command) : table_(table), command_(command) {}

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

    /// Notes that the user must be counted and, unless this transaction has the lock, locked.
    void want(const pg::Uuid& user) {
        users_.add(user);
        const std::uint64_t key = pg::hash_uuid(user, table_);
        const UserLock* lock = user_locks.change_if_there(key);
        if (lock != nullptr && lock->is_held)
            return;
        wanted_.add({key, user});
    }

    void lock_all(AllLock& all) {
        // Two statements that both have it in shared mode would deadlock. This command therefore releases it,
        // and counts the users again whom it had locked.
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

    /// Takes the wanted locks in the order of their keys.
    void lock_wanted() {
        sort_from(0);
        for (std::size_t i = 0; i < wanted_.size(); ++i) {
            const Wanted next = wanted_[i];
            if (!pg::lock_at_once(lock_space::agents_of_user, next.key, pg::LockStrength::exclusive)) {
                release_after(next.key);
                sort_from(i + 1);
                pg::lock_until_end(lock_space::agents_of_user, next.key, pg::LockStrength::exclusive);
            }
            user_locks.change(next.key, [](UserLock&) {}) = {next.user, command_, true};
        }
    }

    /// Releases the locks with larger keys that this command holds, and wants them again.
    void release_after(std::uint64_t key) {
        const std::size_t before = wanted_.size();
        user_locks.each([&](std::uint64_t other, const UserLock& lock) {
            if (other > key && lock.is_held && lock.command == command_)
                wanted_.add({other, lock.user});
        });
        for (std::size_t i = before; i < wanted_.size(); ++i) {
            user_locks.change_if_there(wanted_[i].key)->is_held = false;
            pg::unlock(lock_space::agents_of_user, wanted_[i].key, pg::LockStrength::exclusive);
            users_.add(wanted_[i].user);
        }
    }

    pg::Oid table_;
    std::uint32_t command_;
    UuidSet users_;
    pg::ArenaList<Wanted> wanted_{pg::current_context()};
};

} // namespace

std::span<const pg::Uuid> lock_agents_of_users(pg::Oid table, std::uint32_t command,
                                               std::span<const pg::Uuid> users) {
    UserLocks locks(table, command);
    return locks.lock(users);
}

} // namespace agentchat
