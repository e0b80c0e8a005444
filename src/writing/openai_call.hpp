// Tool calls as parts of the assistant's message.
#pragma once

#include <optional>
#include <string_view>

#include "pg/value_writer.hpp"

namespace agentchat {

/// Writes the state of a call, and its result if it has one.
void write_tool_output(pg::ValueWriter& writer, const std::optional<std::string_view>& output);

} // namespace agentchat
