// Reads the messages of a conversation: all of them, or a page.
#pragma once

#include <cstdint>
#include <optional>

#include "common/find_message.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"
#include "reading/conversation_document.hpp"
#include "reading/conversation_statements.hpp"

namespace agentchat {

/// Passes the messages on to the document, and counts those of a page.
struct MessageRows {
    const ConversationStatements& statements;
    ConversationDocument& document;
    std::int64_t count;
    /// The place of the first message of a page.
    MessagePlace first;

    void take_page(const pg::Row& row) {
        if (count++ == 0)
            first = {row.timestamp(statements.message_fields.created_at),
                     row.uuid(statements.message_fields.id)};
        document.take_message(row);
    }
};

/// Raises 42804 unless created_at and id have the types that a page reads. Users can change the types.
void check_page_columns(const ConversationStatements& statements);

/// Reads all messages in order, or all messages before a place.
void read_messages(const pg::Uuid& conversation, const std::optional<MessagePlace>& before,
                   MessageRows& messages);

/// Reads the newest `limit` messages, or the newest ones before a place, oldest first. Returns whether
/// earlier messages exist.
bool read_page(const pg::Uuid& conversation, std::int32_t limit, const std::optional<MessagePlace>& before,
               MessageRows& messages);

} // namespace agentchat
