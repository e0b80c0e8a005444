// Raises the error for a tool whose schema is not a valid JSON Schema.
#pragma once

#include <string_view>

namespace agentchat {

/// Raises 22023. `tool` is the name of the tool, and `detail` says what is wrong where.
[[noreturn]] void raise_invalid_tool_schema(std::string_view tool, const char* detail);

} // namespace agentchat
