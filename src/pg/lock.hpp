// Advisory locks that the extension takes for itself.
#pragma once

#include <cstdint>

namespace agentchat::pg {

/// What a lock is about: a number that each caller has of its own. pg_locks shows it as objsubid of an
/// advisory lock; 1 and 2 are those of pg_advisory_lock().
enum class LockSpace : std::uint16_t {};

enum class LockStrength : std::uint8_t { shared, exclusive };

/// Takes a lock until the end of the transaction, or a rollback to before.
void lock_until_end(LockSpace space, std::uint64_t key, LockStrength strength);
/// The same, if nobody need be waited for; whether it did.
bool lock_at_once(LockSpace space, std::uint64_t key, LockStrength strength);
/// Gives it back before that.
void unlock(LockSpace space, std::uint64_t key, LockStrength strength);

} // namespace agentchat::pg
