// Reads the columns that the shapes need from rows of messages and conversations.
#pragma once

#include <optional>
#include <string_view>

#include "common/stored_message.hpp"
#include "pg/statement.hpp"
#include "reading/conversation_statements.hpp"

namespace agentchat {

/// Reads a message from a row of messages.
StoredMessage read_message(const ConversationStatements& statements, const pg::Row& row);

/// Reads the system prompt from a row of conversations.
std::optional<std::string_view> read_system_prompt(const ConversationStatements& statements,
                                                   const pg::Row& row);

} // namespace agentchat
