// Writes the index of messages: the tables of the feature search. message_index.cpp says how it works.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "common/cursor.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Keeps the conversations of the user whom they have: others who move them wait until this transaction ends.
/// A session that notes messages takes these locks first. Otherwise, it would note them for the user before,
/// and the other session would not see them.
void keep_users_of(std::span<const pg::Uuid> conversations);
/// Waits for the sessions that note messages of a conversation, which this session has moved to another user.
void wait_for_notes(const pg::Uuid& conversation);

/// Notes messages for the index, so that searches find them at once. When a user has many noted messages, it
/// brings them into the index.
void note_messages(pg::Oid schema, std::span<const pg::Uuid> messages);

/// Makes the index of a user again, and returns the number of its messages.
std::int64_t index_user(pg::Oid schema, const pg::Uuid& user);

/// Makes the index of all users again, and returns the number of its messages.
std::int64_t index_all_users(pg::Oid schema);

} // namespace agentchat
