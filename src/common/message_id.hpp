// How messages are named: by their UUID, or by the id that the client gave.
#pragma once

#include <string_view>

#include "pg/values.hpp"

namespace agentchat {

/// Returns the UUID of a message of that conversation. A text that is a UUID stands for itself. Any other
/// text is an id that the client gave (`msg-...`), and stands for the version 5 UUID of conversation and id.
pg::Uuid message_uuid(const pg::Uuid& conversation, std::string_view id);

} // namespace agentchat
