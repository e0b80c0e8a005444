// Shapes made of what messages say, rather than of their rows.
#pragma once

#include <optional>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "shapes/stored_message.hpp"

namespace agentchat {

/// Writes a conversation's messages, which come in their order, to a document. What it is given is gone with
/// the next call, and so is what it allocates in the current memory context; what it remembers must be in a
/// context of its own.
class MessageShape {
public:
    virtual void begin(std::optional<std::string_view> system_prompt) = 0;
    virtual void take(const StoredMessage& message) = 0;
    virtual void end() = 0;

protected:
    ~MessageShape() = default;
};

/// AI SDK's UIMessages.
MessageShape& make_ui_messages(pg::MemoryContext context, pg::DocumentWriter& writer);
/// The messages of OpenAI's chat completions.
MessageShape& make_openai_messages(pg::MemoryContext context, pg::DocumentWriter& writer);
/// The messages, and the field system, of Anthropic's Messages.
MessageShape& make_anthropic_messages(pg::MemoryContext context, pg::DocumentWriter& writer);

} // namespace agentchat
