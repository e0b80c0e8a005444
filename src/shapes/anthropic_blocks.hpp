// The blocks of Anthropic's messages: what a part becomes, and which parts are sent at all.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/ui_part.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"
#include "shapes/file_content.hpp"

namespace agentchat::anthropic {

/// Returns what the metadata of a part holds for Anthropic under that name.
std::optional<pg::JsonbView> option(const std::optional<pg::JsonbView>& metadata, std::string_view name);

/// Returns what a call that failed or was denied says. Anthropic refuses an error without a text.
std::string_view error_text_of(const UiPart& part);

/// Whether Anthropic takes the text as the title of a document: it must have 1 to 500 characters.
bool is_title(std::string_view text);

/// Writes a block of text.
void write_text(std::string_view text, const std::optional<pg::JsonbView>& cache_control,
                pg::ValueWriter& writer);

/// How a file is sent.
enum class FileForm : std::uint8_t { none, image, document, text };

/// A block of the user's: a text, or a file.
struct UserBlock {
    const UiPart* part;
    /// The form of a file; `none` if the block is a text.
    FileForm form;
    FileContent file;
};

/// Returns the block of a part of the user's; nothing if it is not sent. A text must not be blank, and a file
/// must be of a type that Anthropic takes.
std::optional<UserBlock> user_block(const UiPart& part);

void write_user_block(const UserBlock& block, const std::optional<pg::JsonbView>& cache_control,
                      pg::ValueWriter& writer);

/// Writes the block of what the application answered to a call.
void write_tool_result(const UiPart& part, const std::optional<pg::JsonbView>& cache_control,
                       pg::ValueWriter& writer);

/// Whether the part is reasoning that Anthropic takes back: it is signed, or encrypted.
bool is_thinking(const UiPart& part);

/// Whether the part says that Anthropic went on with another model.
bool is_fallback(const UiPart& part);

/// A block of the assistant's.
struct AssistantBlock {
    UiPart* part;
    std::optional<pg::JsonbView> cache_control;
    /// The text to send of a part that is a text; it may have been trimmed.
    std::string_view text;
    /// Of a part that calls a server tool: whether this is the block of the result, or that of the call.
    bool is_result;
};

/// Writes the block, with that mark for the cache.
void write_assistant_block(const AssistantBlock& block, const std::optional<pg::JsonbView>& cache_control,
                           pg::ValueWriter& writer);

} // namespace agentchat::anthropic
