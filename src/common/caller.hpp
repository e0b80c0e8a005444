// Finds out who calls, from the claims that PostgREST sets.
#pragma once

#include <optional>

#include "pg/entry.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Returns the user of the JWT that PostgREST has verified; nothing if there is no JWT. Raises 22023 if its
/// claims do not name a user by UUID.
std::optional<pg::Uuid> caller();

/// Returns the user that the argument names, by default the caller. Raises 22023 if there is neither.
pg::Uuid user_argument(const pg::Call& call, int argument);

} // namespace agentchat
