// Reads the arguments that the functions with pages have in common.
#pragma once

#include <cstdint>
#include <optional>

#include "pg/entry.hpp"

namespace agentchat {

/// Returns the argument page_size, or 20 for NULL. Raises 22023 if it is below 1 or above `largest`.
std::int32_t page_size_argument(const pg::Call& call, int argument, std::int32_t largest);

/// Returns the argument filter, or nothing if every conversation passes it, also one without metadata. Raises
/// 22023 if it is not a JSON object.
std::optional<std::uintptr_t> filter_argument(const pg::Call& call, int argument);

} // namespace agentchat
