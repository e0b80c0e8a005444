// Converts the names of conversations to UUIDs. A name is the UUID itself, or the id that the client chose.
#pragma once

#include <string_view>

#include "pg/entry.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Returns the UUID of a conversation of that user. A text that is a UUID stands for itself. Any other text
/// is an id that the client chose. It stands for the version 5 UUID of the user and that id. Raises 22023 if
/// the text is empty or too long, and names the argument.
pg::Uuid conversation_uuid(const pg::Uuid& user, std::string_view id, const char* argument);

/// Returns the conversation that an argument names. The argument must not be NULL. A SQL function whose
/// argument is a uuid uses conversation_by_uuid(), and one whose argument is a text uses
/// conversation_by_name().
using FindConversation = pg::Uuid (*)(const pg::Call& call, int argument);
pg::Uuid conversation_by_uuid(const pg::Call& call, int argument);
/// An id that the client chose names a conversation of the caller. Raises 22023 if the text is such an id and
/// the request has no caller, or if the text is empty or too long.
pg::Uuid conversation_by_name(const pg::Call& call, int argument);

} // namespace agentchat
