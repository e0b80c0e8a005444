// Writes the index of messages: the tables of the feature search. message_index.cpp says how it works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/cursor.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Notes messages for the index, so that searches find them at once. When a user has many noted messages, it
/// brings them into the index.
void note_messages(pg::Oid schema, std::span<const pg::Uuid> messages);

/// Makes the index of a user again, and returns the number of its messages.
std::int64_t index_user(pg::Oid schema, const pg::Uuid& user);

/// Makes the index of all users again, and returns the number of its messages.
std::int64_t index_all_users(pg::Oid schema);

} // namespace agentchat
