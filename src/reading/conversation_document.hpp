// The shapes of a conversation: what get_conversation and get_conversation_json make of its rows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/memory.hpp"
#include "pg/statement.hpp"
#include "reading/conversation_statements.hpp"

namespace agentchat {

enum class ConversationFormat : std::uint8_t { rows, drizzle, ai_sdk, openai, anthropic };

/// Raises 22023 where there is no format of that name.
ConversationFormat conversation_format(std::string_view name);

enum class Encoding : std::uint8_t { json, jsonb };

/// The result as it comes together, row by row: the conversation, then its messages in their order.
class ConversationDocument {
public:
    virtual void take_conversation(const pg::Row& row) = 0;
    virtual void take_message(const pg::Row& row) = 0;

    /// Bytes so far.
    virtual std::size_t size() const = 0;

    /// The result of the function. `has_more` is set for a page: whether there are messages before it.
    virtual pg::Result finish(std::optional<bool> has_more) = 0;

protected:
    ~ConversationDocument() = default;
};

/// `context` has to live as long as the document is worked on; what is returned goes to `result_context`.
ConversationDocument& make_document(ConversationFormat format, Encoding encoding,
                                    const ConversationStatements& statements, bool is_page,
                                    pg::MemoryContext context, pg::MemoryContext result_context);

} // namespace agentchat
