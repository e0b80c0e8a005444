// Checks the tool calls in the messages that append_messages() is given.
#pragma once

#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"
#include "writing/message_input.hpp"

namespace agentchat {

/// Raises 22023 if the input of a tool call does not match the schema of the tool with that name, or if the
/// caller sees no such tool. `input` must have passed read_input(). It looks up each tool once.
///
/// It skips calls whose input is not complete yet, calls whose input the AI SDK has refused (it keeps that
/// under the key rawInput), and calls that the provider of the model executes, because the tool is the
/// provider's.
void check_tool_calls(pg::MemoryContext context, const pg::JsonbView& input, InputFormat format,
                      pg::Oid schema);

} // namespace agentchat
