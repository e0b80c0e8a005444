// The formats that are made of the parts of messages: ai-sdk, openai,
// openai-compatible and anthropic.
#pragma once

#include <optional>
#include <string_view>

#include "common/stored_message.hpp"
#include "pg/memory.hpp"
#include "pg/value_writer.hpp"

namespace agentchat {

/// Writes the messages of a conversation to a document. It takes them one by one, in their order. What a call
/// is given, and what it allocates in the current memory context, is gone with the next call: what a shape
/// remembers must be in a context of its own.
class MessageShape {
public:
    /// Starts with the conversation's system prompt.
    virtual void begin(std::optional<std::string_view> system_prompt) = 0;
    /// Takes the next message.
    virtual void take(const StoredMessage& message) = 0;
    /// Writes what remains after the last message.
    virtual void end() = 0;

protected:
    ~MessageShape() = default;
};

/// Writes the AI SDK's UIMessages.
MessageShape& make_ui_messages(pg::MemoryContext context, pg::DocumentWriter& writer);
/// Writes the messages of OpenAI's Chat Completions API.
MessageShape& make_openai_messages(pg::MemoryContext context, pg::DocumentWriter& writer);
/// Writes the messages for other providers with OpenAI's API.
MessageShape& make_openai_compatible_messages(pg::MemoryContext context, pg::DocumentWriter& writer);
/// Writes the messages of Anthropic's Messages API, and its field `system`.
MessageShape& make_anthropic_messages(pg::MemoryContext context, pg::DocumentWriter& writer);

} // namespace agentchat
