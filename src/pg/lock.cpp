#include "pg/lock.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

void lock_until_end(LockSpace space, std::uint64_t key, LockStrength strength) {
    LOCKTAG tag;
    SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, static_cast<uint32>(key >> 32), static_cast<uint32>(key),
                         static_cast<uint16>(space));
    LockAcquire(&tag, strength == LockStrength::shared ? ShareLock : ExclusiveLock, false, false);
}

} // namespace agentchat::pg
