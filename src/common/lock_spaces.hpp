// The advisory locks of the extension: each has a space of its own.
#pragma once

#include "pg/lock.hpp"

namespace agentchat::lock_space {

// Sessions of several versions can run at once while an update is installed, so numbers never change.
inline constexpr pg::LockSpace agents_of_user{41};
inline constexpr pg::LockSpace agents_of_all{42};
inline constexpr pg::LockSpace conversation{43};

} // namespace agentchat::lock_space
