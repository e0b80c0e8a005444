// Counts the tokens that a message takes in a request to a model.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "common/stored_message.hpp"
#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "shapes/message_shape.hpp"
#include "tokens/tokenizer.hpp"

namespace agentchat {

using MakeShape = MessageShape& (*)(pg::MemoryContext context, pg::DocumentWriter& writer);

/// What a message takes in a request.
struct MessageTokens {
    std::int64_t tokens;
    /// Whether it becomes any message of the request. A blank one does not.
    bool is_sent;
};

/// Counts with the shape of a format. The texts, names and arguments of what the shape writes count as the
/// tokenizer says, and each message of the request as many tokens more as it takes to separate messages. What
/// providers do not give to the model does not count: ids, types and marks for caches.
class MessageTokenCounter {
public:
    /// A counter allocates in the current memory context, at each call.
    MessageTokenCounter(MakeShape make, Tokenizer tokenizer) : make_(make), tokenizer_(tokenizer) {}

    MessageTokens of_message(const StoredMessage& message) const;
    std::int64_t of_system_prompt(const std::optional<std::string_view>& prompt) const;

private:
    MakeShape make_;
    Tokenizer tokenizer_;
};

} // namespace agentchat
