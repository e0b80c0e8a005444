// Converts the names of messages and conversations to UUIDs. A name is the UUID itself, or the id that the
// client chose.
#pragma once

#include <string_view>

#include "pg/values.hpp"

namespace agentchat {

/// Returns the UUID that a name stands for. A text that is a UUID stands for itself. Any other text is an id
/// that the client chose (`msg-...`). It stands for the version 5 UUID of that id in the namespace `space`:
/// the conversation of a message, or the user of a conversation.
pg::Uuid uuid_of_name(const pg::Uuid& space, std::string_view name);

/// Returns the UUID of a message of that conversation.
inline pg::Uuid message_uuid(const pg::Uuid& conversation, std::string_view id) {
    return uuid_of_name(conversation, id);
}

} // namespace agentchat
