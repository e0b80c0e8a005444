// Lists the advisory locks of the extension. Each kind has its own space.
#pragma once

#include "pg/lock.hpp"

namespace agentchat::lock_space {

// The numbers must never change: during an update, sessions of several versions can run at the same time.
inline constexpr pg::LockSpace agents_of_user{41};
inline constexpr pg::LockSpace agents_of_all{42};
inline constexpr pg::LockSpace conversation{43};
inline constexpr pg::LockSpace index_of_user{44};
inline constexpr pg::LockSpace move_of_conversation{45};

} // namespace agentchat::lock_space
