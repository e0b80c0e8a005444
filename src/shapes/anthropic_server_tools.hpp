// Tools that Anthropic runs by itself: web search, web fetch, code execution and others. Their calls and
// results go back to it in forms of their own.
#pragma once

#include <optional>

#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"
#include "shapes/ui_part.hpp"

namespace agentchat {

/// Whether both the call and its result have a form that Anthropic takes. If not, neither is sent: it refuses
/// the one without the other.
bool is_server_tool(const UiPart& part);

/// Writes the block of the call, and that of the result.
void write_server_tool_call(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                            pg::ValueWriter& writer);
void write_server_tool_result(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                              pg::ValueWriter& writer);

} // namespace agentchat
