// Defines the words that occur in the parts of a message: types, keys and states. Parts are stored in the
// form of the UIMessage of the AI SDK. Every word that more than one file uses is defined here.
#pragma once

#include <optional>
#include <string_view>

namespace agentchat {

/// The values of a part's key `type`.
namespace part_type {

/// A text that the user, the assistant or the system says: {"type": "text", "text"}.
inline constexpr std::string_view text = "text";
/// The thoughts of the model before it answers: {"type": "reasoning", "text"}.
inline constexpr std::string_view reasoning = "reasoning";
/// A file: {"type": "file", "mediaType", "url", "filename"}.
inline constexpr std::string_view file = "file";
/// A web page that the answer relies on: {"type": "source-url", "sourceId", "url", "title"}.
inline constexpr std::string_view source_url = "source-url";
/// A document that the answer relies on: {"type": "source-document", "sourceId", "mediaType", "title"}.
inline constexpr std::string_view source_document = "source-document";
/// A file that the model wrote while it was thinking: {"type": "reasoning-file", "mediaType", "url"}.
inline constexpr std::string_view reasoning_file = "reasoning-file";
/// Content that only one provider knows: {"type": "custom", "kind": "anthropic.fallback"}.
inline constexpr std::string_view custom = "custom";
/// What the user said while the assistant was at work: {"type": "steering-message", "id", "parts": [...]}.
inline constexpr std::string_view steering_message = "steering-message";
/// The start of a step. Each step is one call of the model.
inline constexpr std::string_view step_start = "step-start";
/// The prefix of a tool's name in the type of its call: {"type": "tool-search", "toolCallId", "state",
/// "input", "output"}.
inline constexpr std::string_view tool_prefix = "tool-";
/// A call of a tool that the application does not know by name. The key `toolName` holds the name.
inline constexpr std::string_view dynamic_tool = "dynamic-tool";
/// A call of a tool in AI SDK 4: {"type": "tool-invocation", "toolInvocation": {...}}.
inline constexpr std::string_view tool_invocation = "tool-invocation";
/// The prefix of a name that the application chose. It begins the type of data that the application shows to
/// its users: {"type": "data-weather", "data"}.
inline constexpr std::string_view data_prefix = "data-";
/// The metadata of a message. No column stores it; append_messages stores it as the last part.
inline constexpr std::string_view metadata = "data-metadata";
/// The id that the client chose for the message: {"type": "data-message-id", "data": "msg-1"}.
/// append_messages stores it as the last part, or as the one before the metadata.
inline constexpr std::string_view message_id = "data-message-id";

} // namespace part_type

/// The keys of a part.
namespace part_key {

/// The type, which is one of part_type.
inline constexpr std::string_view type = "type";
/// The text of a text or of reasoning.
inline constexpr std::string_view text = "text";
/// The text of reasoning in AI SDK 4.
inline constexpr std::string_view reasoning = "reasoning";
/// The URL of a file or of a source.
inline constexpr std::string_view url = "url";
/// The media type of a file or of a source.
inline constexpr std::string_view media_type = "mediaType";
/// The media type of a file in AI SDK 4.
inline constexpr std::string_view mime_type = "mimeType";
/// The name of a file.
inline constexpr std::string_view filename = "filename";
/// The ids under which providers store a file that was uploaded to them: {"openai": "file-..."}.
inline constexpr std::string_view provider_reference = "providerReference";
/// The value of a data part. In AI SDK 4, it also holds the bytes of a file, in base64.
inline constexpr std::string_view data = "data";
/// The id of a source.
inline constexpr std::string_view source_id = "sourceId";
/// The title of a source.
inline constexpr std::string_view title = "title";
/// The id that the model gave to a tool call.
inline constexpr std::string_view tool_call_id = "toolCallId";
/// The name of the tool that a part of type dynamic-tool calls.
inline constexpr std::string_view tool_name = "toolName";
/// The call in a part of type tool-invocation.
inline constexpr std::string_view tool_invocation = "toolInvocation";
/// The progress of a call, which is one of call_state.
inline constexpr std::string_view state = "state";
/// The arguments of a call.
inline constexpr std::string_view input = "input";
/// The arguments of a call that the AI SDK refused, because they do not match the schema of the tool.
inline constexpr std::string_view raw_input = "rawInput";
/// The result of a call.
inline constexpr std::string_view output = "output";
/// The error of a failed call, as a text.
inline constexpr std::string_view error_text = "errorText";
/// The data that the provider of the model attached to the part: {"openai": {...}}. Its keys are the names in
/// `provider`.
inline constexpr std::string_view provider_metadata = "providerMetadata";
/// The same of a tool call, about the call and its result.
inline constexpr std::string_view call_provider_metadata = "callProviderMetadata";

} // namespace part_key

/// The values of the key `state` of a tool call.
namespace call_state {

/// The model is still writing the arguments.
inline constexpr std::string_view input_streaming = "input-streaming";
/// The arguments are complete; the tool has not answered.
inline constexpr std::string_view input_available = "input-available";
/// The tool has answered.
inline constexpr std::string_view output_available = "output-available";
/// The tool has failed.
inline constexpr std::string_view output_error = "output-error";
/// The user has allowed the call or not, and nothing has followed yet.
inline constexpr std::string_view approval_responded = "approval-responded";
/// The user did not allow the call.
inline constexpr std::string_view output_denied = "output-denied";

} // namespace call_state

/// The providers of models, which are keys of the provider metadata.
namespace provider {

inline constexpr std::string_view openai = "openai";
inline constexpr std::string_view anthropic = "anthropic";
/// Any provider with OpenAI's API, for which the AI SDK has one package.
inline constexpr std::string_view openai_compatible = "openaiCompatible";
inline constexpr std::string_view google = "google";

} // namespace provider

/// The keys of the data that a provider attaches to a part.
namespace provider_key {

/// The mark of what OpenAI caches: {"mode": "explicit"}.
inline constexpr std::string_view cache_breakpoint = "promptCacheBreakpoint";
/// The type of a call of a tool of OpenAI's, `custom` for a tool that takes a text. A call of a function has
/// none.
inline constexpr std::string_view call_type = "type";
/// The detail in which OpenAI's models look at an image.
inline constexpr std::string_view image_detail = "imageDetail";
/// The signature by which Anthropic recognises its own reasoning.
inline constexpr std::string_view signature = "signature";
/// Reasoning that Anthropic returns in encrypted form only.
inline constexpr std::string_view redacted_data = "redactedData";

} // namespace provider_key

/// The keys of a message's metadata.
namespace metadata_key {

/// The time when the message was written. get_conversation adds it, and append_messages removes it.
inline constexpr std::string_view created_at = "createdAt";

} // namespace metadata_key

/// Tells whether a part of that type is a tool call in the form of AI SDK 5 and later: `tool-search` or
/// `dynamic-tool`. It is also true for `tool-invocation` of AI SDK 4, which begins with `tool-`. Check for
/// that type first.
constexpr bool is_tool_call(std::string_view type) {
    return type == part_type::dynamic_tool || type.starts_with(part_type::tool_prefix);
}

/// Returns the name of the tool in the type of a call: `search` for `tool-search`. Returns nothing if the
/// type contains no name.
constexpr std::optional<std::string_view> tool_name_in(std::string_view type) {
    if (!type.starts_with(part_type::tool_prefix))
        return std::nullopt;
    return type.substr(part_type::tool_prefix.size());
}

/// Returns the type of a call to that tool, such as `tool-search`, in the current memory context.
std::string_view tool_call_type(std::string_view tool_name);

/// The scheme of a URL that contains the bytes of the file itself.
inline constexpr std::string_view data_scheme = "data:";

/// Returns the URL that contains these bytes, `data:image/png;base64,...`, in the current memory context.
std::string_view data_url(std::string_view media_type, std::string_view base64);

} // namespace agentchat
