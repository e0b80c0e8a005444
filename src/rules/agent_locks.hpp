// Locks the agents of users, so that one transaction at a time can give agents to a user.
#pragma once

#include <cstdint>
#include <span>

#include "pg/values.hpp"

namespace agentchat {

/// Takes an advisory lock on the agents of each user until the transaction ends. Returns the users whose
/// agents must be counted then: the given ones, and others whose locks this command had to release in
/// between. `table` is the table of agents; `command` is the command that gave agents to the users.
///
/// Other work for the users does not wait. A lock on the row in users would block updates of the profile and,
/// under REPEATABLE READ, make them fail with 40001.
std::span<const pg::Uuid> lock_agents_of_users(pg::Oid table, std::uint32_t command,
                                               std::span<const pg::Uuid> users);

} // namespace agentchat
