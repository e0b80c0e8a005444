// Reads an argument that must be a JSON object.
#pragma once

#include <cstdint>
#include <optional>

#include "pg/entry.hpp"

namespace agentchat {

/// Returns the argument, or nothing for NULL. Raises 22023 if it is not a JSON object. `name` is the name
/// that users know.
std::optional<std::uintptr_t> object_argument(const pg::Call& call, int argument, const char* name);

} // namespace agentchat
