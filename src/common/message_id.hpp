// Converts the names of messages to UUIDs. A name is the UUID itself, or the id that the client chose.
#pragma once

#include <string_view>

#include "pg/values.hpp"

namespace agentchat {

/// Returns the UUID of a message of that conversation. A text that is a UUID stands for itself. Any other
/// text is an id that the client chose (`msg-...`). It stands for the version 5 UUID of the conversation and
/// that id.
pg::Uuid message_uuid(const pg::Uuid& conversation, std::string_view id);

} // namespace agentchat
