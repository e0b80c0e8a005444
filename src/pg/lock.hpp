// Takes advisory locks that only the extension uses.
#pragma once

#include <cstdint>

namespace agentchat::pg {

/// The subject of a lock: a number that each kind of lock defines for itself. pg_locks shows it as objsubid
/// of an advisory lock. pg_advisory_lock() uses 1 and 2.
enum class LockSpace : std::uint16_t {};

enum class LockStrength : std::uint8_t { shared, exclusive };

/// Takes a lock until the transaction ends, or is rolled back to an earlier savepoint.
void lock_until_end(LockSpace space, std::uint64_t key, LockStrength strength);
/// Takes the lock if it need not wait. Returns whether it did.
bool lock_at_once(LockSpace space, std::uint64_t key, LockStrength strength);
/// Releases the lock early.
void unlock(LockSpace space, std::uint64_t key, LockStrength strength);

} // namespace agentchat::pg
