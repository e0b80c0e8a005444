// Takes advisory locks that only this extension uses.
#pragma once

#include <cstdint>

namespace agentchat::pg {

/// Identifies the kind of a lock. Each kind has its own number, which pg_locks shows as objsubid of an
/// advisory lock. pg_advisory_lock() uses 1 and 2.
enum class LockSpace : std::uint16_t {};

enum class LockStrength : std::uint8_t { shared, exclusive };

/// Takes a lock, and waits for it if needed. The lock ends with the transaction, or with a rollback to an
/// earlier savepoint.
void lock_until_end(LockSpace space, std::uint64_t key, LockStrength strength);
/// Takes the lock if that needs no waiting. Returns whether it has taken the lock.
bool lock_at_once(LockSpace space, std::uint64_t key, LockStrength strength);
/// Releases the lock early.
void unlock(LockSpace space, std::uint64_t key, LockStrength strength);

} // namespace agentchat::pg
