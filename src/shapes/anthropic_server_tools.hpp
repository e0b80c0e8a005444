// Server tools: the tools that Anthropic runs itself, such as web search, web fetch and code execution. Their
// calls and results are sent back to it in blocks of their own.
#pragma once

#include <optional>

#include "common/ui_part.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"

namespace agentchat {

/// Whether both the call and its result have a form that Anthropic takes. Otherwise neither is sent:
/// Anthropic refuses a call without its result.
bool is_server_tool(const UiPart& part);

/// Whether the call has a form that Anthropic takes, and its result is still to come. Anthropic takes that at
/// the end of a conversation, and goes on with it.
bool is_server_tool_at_work(const UiPart& part);

/// Writes the block of the call.
void write_server_tool_call(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                            pg::ValueWriter& writer);
/// Writes the block of the result.
void write_server_tool_result(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                              pg::ValueWriter& writer);

} // namespace agentchat
