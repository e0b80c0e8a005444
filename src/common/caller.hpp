// Who calls.
#pragma once

#include <optional>

#include "pg/entry.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// The user of the JWT that PostgREST has checked; nothing where there is none. Raises 22023 where it names
/// no user in the way it should.
std::optional<pg::Uuid> caller();

/// The user that an argument names, by default the caller. Raises 22023 if there is neither.
pg::Uuid user_argument(const pg::Call& call, int argument);

} // namespace agentchat
