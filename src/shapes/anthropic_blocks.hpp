// The blocks of Anthropic's messages: what a part becomes, and which parts are sent at all.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"
#include "shapes/ui_part.hpp"

namespace agentchat::anthropic {

/// Returns what the metadata of a part holds for Anthropic under that name.
std::optional<pg::JsonbView> option(const std::optional<pg::JsonbView>& metadata, std::string_view name);

/// Writes a block of text.
void write_text(std::string_view text, const std::optional<pg::JsonbView>& cache_control,
                pg::ValueWriter& writer);

/// Whether a part of the user's is sent: a text with something in it, or a file that Anthropic takes.
bool is_sent_by_user(const UiPart& part);

/// Writes the block of a part of the user's.
void write_user_block(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                      pg::ValueWriter& writer);

/// Writes the block of what the application answered to a call.
void write_tool_result(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                       pg::ValueWriter& writer);

/// Whether the part is reasoning that Anthropic takes back: it is signed, or encrypted.
bool is_thinking(const UiPart& part);

/// A block of the assistant's.
struct AssistantBlock {
    const UiPart* part;
    std::optional<pg::JsonbView> cache_control;
    /// The text to send of a part that is a text; it may have been trimmed.
    std::string_view text;
    /// Of a part that calls a server tool: whether this is the block of the result, or that of the call.
    bool is_result;
};

/// Writes the block.
void write_assistant_block(const AssistantBlock& block, pg::ValueWriter& writer);

} // namespace agentchat::anthropic
