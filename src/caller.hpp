// Who calls.
#pragma once

#include <optional>

#include "pg/values.hpp"

namespace agentchat {

/// The user of the JWT that PostgREST has checked; nothing where there is none. Raises 22023 where it names
/// no user in the way it should.
std::optional<pg::Uuid> caller();

} // namespace agentchat
