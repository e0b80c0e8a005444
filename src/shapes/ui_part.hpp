// The parts of a message in the terms of AI SDK's UIMessage, whichever version of it wrote them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"
#include "shapes/stored_message.hpp"

namespace agentchat {

/// Where the call of a tool stands. `incomplete` has no result yet, or none any more, because the stream was
/// interrupted.
enum class ToolState : std::uint8_t { incomplete, available, error, denied };

/// One part of a message, with what its kind has; all else is absent. Its texts are the row's, or in the
/// memory context that was the current one when it was read.
struct UiPart {
    enum class Kind : std::uint8_t {
        text,
        reasoning,
        file,
        tool,
        source_url,
        source_document,
        step_start,
        data,
        /// What this version does not know: for others to read, and not for models.
        other,
    };

    Kind kind = Kind::other;
    /// As it is stored; absent where it was made of something else.
    std::optional<pg::JsonbView> stored;
    /// Whether it is stored as today's AI SDK has it; it may still have keys that are null.
    bool is_current = false;

    std::optional<std::string_view> text;
    std::optional<std::string_view> media_type;
    std::optional<std::string_view> url;
    std::optional<std::string_view> filename;

    std::optional<std::string_view> source_id;
    std::optional<std::string_view> title;

    /// The state as the AI SDK names it, and what follows from it.
    std::string_view state_name;
    ToolState state = ToolState::incomplete;
    std::string_view tool_name;
    std::string_view tool_call_id;
    std::optional<pg::JsonbView> input;
    std::optional<pg::JsonbView> output;
    std::optional<std::string_view> error_text;
    bool is_provider_executed = false;
    /// A tool that its application no longer has.
    bool is_unavailable = false;

    /// What the model's provider said about it; about a call, and about its result, for a tool.
    std::optional<pg::JsonbView> provider_metadata;
    std::optional<pg::JsonbView> result_metadata;
    /// Instead of provider_metadata, where it was made of something else: Anthropic's signature, or redacted
    /// reasoning.
    std::optional<std::string_view> signature;
    std::optional<std::string_view> redacted_data;
};

/// A message's parts, and what stands for its metadata.
struct UiParts {
    std::span<const UiPart> parts;
    std::optional<pg::JsonbView> metadata;
};

/// The parts of the message, in the current memory context; at least one. Where it has none, they are made of
/// its content, reasoning and attachments.
UiParts read_parts(const StoredMessage& message);

/// Writes the part as today's AI SDK has it.
void write_part(const UiPart& part, pg::ValueWriter& writer);

} // namespace agentchat
