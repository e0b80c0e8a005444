// Declares the documents that get_conversation() and get_conversation_json() build from a conversation, one
// class for each kind of format.
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

enum class ConversationFormat : std::uint8_t {
    rows,
    drizzle,
    ai_sdk,
    openai,
    openai_compatible,
    anthropic,
    /// The format rows with times that have Z. It has no name, and only export_user() uses it.
    utc_rows,
};

/// Returns the format with that name. Raises 22023 if the name is unknown.
ConversationFormat conversation_format(std::string_view name);

enum class Encoding : std::uint8_t { json, jsonb };

/// Builds the result row by row. It takes the conversation first, then its messages in order.
class ConversationDocument {
public:
    virtual void take_conversation(const pg::Row& row) = 0;
    virtual void take_message(const pg::Row& row) = 0;

    /// Returns the number of bytes written so far.
    virtual std::size_t size() const = 0;

    /// Completes the document, and returns it as the result of the function. For a page, `has_more` tells
    /// whether earlier messages exist. Otherwise it is empty.
    virtual pg::Result finish(std::optional<bool> has_more) = 0;

protected:
    ~ConversationDocument() = default;
};

/// Makes a document in `context`, which must live as long as the document is in use. The result goes to
/// `result_context`.
ConversationDocument& make_document(ConversationFormat format, Encoding encoding,
                                    const ConversationStatements& statements, bool is_page,
                                    pg::MemoryContext context, pg::MemoryContext result_context);

} // namespace agentchat
