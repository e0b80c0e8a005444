// Implements lock.hpp with the lock manager of PostgreSQL.
#include "pg/lock.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

LOCKTAG tag_of(LockSpace space, std::uint64_t key) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<uint32>(key >> 32), static_cast<uint32>(key),
                         static_cast<uint16>(space));
    return tag;
}

LOCKMODE mode_of(LockStrength strength) {
    return strength == LockStrength::shared ? ShareLock : ExclusiveLock;
}

} // namespace

void lock_until_end(LockSpace space, std::uint64_t key, LockStrength strength) {
    const LOCKTAG tag = tag_of(space, key);
    LockAcquire(&tag, mode_of(strength), false, false);
}

bool lock_at_once(LockSpace space, std::uint64_t key, LockStrength strength) {
    const LOCKTAG tag = tag_of(space, key);
    return LockAcquire(&tag, mode_of(strength), false, true) != LOCKACQUIRE_NOT_AVAIL;
}

void unlock(LockSpace space, std::uint64_t key, LockStrength strength) {
    const LOCKTAG tag = tag_of(space, key);
    LockRelease(&tag, mode_of(strength), false);
}

} // namespace agentchat::pg
