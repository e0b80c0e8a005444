// The parts of a message, in the terms of the AI SDK's UIMessage, whichever version of it wrote them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/stored_message.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"

namespace agentchat {

/// How far the call of a tool has come. An `incomplete` call has no result: the stream was interrupted, or
/// the result is still coming in. A call is `denied` if the AI SDK has noted that as its result, and
/// `refused` if the user has just said no.
enum class ToolState : std::uint8_t { incomplete, available, error, denied, refused };

/// One part of a message. It has the members that belong to its kind; all others are absent. Its texts belong
/// to the row, or to the memory context that was the current one when the part was read.
struct UiPart {
    enum class Kind : std::uint8_t {
        text,
        reasoning,
        file,
        tool,
        source_url,
        source_document,
        reasoning_file,
        custom,
        steering,
        step_start,
        data,
        /// A part that this version does not know. It is passed on to applications, but not to models.
        other,
    };

    Kind kind = Kind::other;
    /// The part as it is stored; absent if the part was made of something else.
    std::optional<pg::JsonbView> stored;
    /// Whether the stored part has the form that today's AI SDK writes. It may still have keys that are null.
    bool is_current = false;

    // Texts, reasoning and files.
    std::optional<std::string_view> text;
    std::optional<std::string_view> media_type;
    std::optional<std::string_view> url;
    std::optional<std::string_view> filename;
    /// The ids of an uploaded file, by the names of providers.
    std::optional<pg::JsonbView> provider_reference;

    /// The texts and files of what the user said in the middle of the assistant's message. (A std::span would
    /// need the definition of UiPart.)
    const UiPart* steering = nullptr;
    std::size_t steering_count = 0;

    // Sources; their URL is above.
    std::optional<std::string_view> source_id;
    std::optional<std::string_view> title;

    // Calls of tools.
    /// The AI SDK's name of the state.
    std::string_view state_name;
    ToolState state = ToolState::incomplete;
    std::string_view tool_name;
    std::string_view tool_call_id;
    std::optional<pg::JsonbView> input;
    std::optional<pg::JsonbView> output;
    std::optional<std::string_view> error_text;
    bool is_provider_executed = false;
    /// Whether the application no longer has the tool.
    bool is_unavailable = false;

    /// What the model's provider said about the part. Of a call: about the call itself, and about its result.
    std::optional<pg::JsonbView> provider_metadata;
    std::optional<pg::JsonbView> result_metadata;
    /// Anthropic's part of the provider metadata, if AI SDK 4 kept it elsewhere: the signature of the
    /// reasoning, or the reasoning in encrypted form.
    std::optional<std::string_view> signature;
    std::optional<std::string_view> redacted_data;
};

/// A message's parts, and what append_messages stored behind them: the metadata, and the id that the client
/// chose.
struct UiParts {
    std::span<UiPart> parts;
    std::optional<pg::JsonbView> metadata;
    std::optional<std::string_view> given_id;
};

/// Returns the parts of the message, in the current memory context. What its columns content, reasoning and
/// attachments hold, and its stored parts don't, is made into parts. A message has no parts only if an empty
/// array is stored.
UiParts read_parts(const StoredMessage& message);

/// Returns a stored part, in the current memory context: as several parts if AI SDK 4 kept several in one.
std::span<UiPart> read_stored_part(const pg::JsonbView& stored);

/// Writes the part in the form that today's AI SDK writes.
void write_part(const UiPart& part, pg::ValueWriter& writer);

} // namespace agentchat
