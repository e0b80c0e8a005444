// Puts the results of tool calls where they are stored: into the part of the call, in the assistant's
// message.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "pg/values.hpp"
#include "writing/message_input.hpp"

namespace agentchat {

/// Writes the state of a call and, if it has one, its result, as keys of the call's part.
void write_call_state(const std::optional<std::string_view>& output, pg::ValueWriter& writer);

/// Returns the messages to write: those of the input and, if it has results of stored calls, the stored
/// message with these calls, at the place of the first result. Raises 22023 if a result has no call.
std::span<InputMessage> apply_tool_results(pg::MemoryContext context, pg::Oid schema,
                                           const pg::Uuid& conversation, const InputMessages& input);

/// Raises 22023: the result has no call.
[[noreturn]] void refuse_tool_result(const InputPlace& place);

} // namespace agentchat
