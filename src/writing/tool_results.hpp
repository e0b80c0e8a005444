// Puts the results of tool calls where they are stored: into the part of the call, in the assistant's
// message.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "pg/values.hpp"
#include "writing/message_input.hpp"

namespace agentchat {

/// Finds tool results by the ids of their calls.
class ToolResultsByCall {
public:
    ToolResultsByCall() = default;
    ToolResultsByCall(pg::MemoryContext context, std::span<const ToolResult> results);

    /// Returns the positions of the results of a call, in their order.
    std::span<const std::uint32_t> of(std::string_view call_id) const;

private:
    std::span<const ToolResult> results_;
    /// The positions of the results, sorted by the ids of their calls.
    std::span<std::uint32_t> sorted_;
};

/// Writes the state of a call and, if it has one, its result, as keys of the call's part.
void write_call_state(const ToolResult* result, pg::ValueWriter& writer);

/// What OpenAI's API says about a call, beside its name and its arguments.
struct OpenAiCall {
    /// The result, or nullptr.
    const ToolResult* result;
    /// Whether the tool takes a text instead of arguments.
    bool is_custom;
};

/// Writes the metadata of a call as a key of the call's part: what OpenAI's API says, added to the `stored`
/// metadata.
void write_call_metadata(const OpenAiCall& call, const std::optional<pg::JsonbView>& stored,
                         pg::ValueWriter& writer);

/// Returns the messages to write: those of the input and, if it has results of stored calls, the stored
/// message with these calls, at the place of the first result. Raises 22023 if a result has no call.
std::span<InputMessage> apply_tool_results(pg::MemoryContext context, pg::Oid schema,
                                           const pg::Uuid& conversation, const InputMessages& input);

/// Raises 22023: the result has no call.
[[noreturn]] void refuse_tool_result(const InputPlace& place);

} // namespace agentchat
