// Identifies the caller by the claims that PostgREST sets.
#pragma once

#include <optional>

#include "pg/entry.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Returns the user of the JWT that PostgREST has verified. Returns nothing if the request has no JWT. Raises
/// 22023 if the claims do not name a user by UUID.
std::optional<pg::Uuid> caller();

/// Returns the user that the argument names, or the caller if the argument is NULL. Raises 22023 if neither
/// gives a user.
pg::Uuid user_argument(const pg::Call& call, int argument);

} // namespace agentchat
