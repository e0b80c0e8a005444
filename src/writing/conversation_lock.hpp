// Locks a conversation, so that one call at a time changes it.
#pragma once

#include "pg/values.hpp"

namespace agentchat {

/// Raises PT404.
[[noreturn]] void raise_conversation_not_found(const pg::Uuid& conversation);

/// Makes other calls that change the conversation wait until this transaction ends. The messages of a call
/// therefore stay together, and calls that write the same messages cannot deadlock. Raises PT404 if the
/// conversation does not exist, or the caller may not see it.
void lock_conversation(pg::Oid schema, const pg::Uuid& conversation);

/// Does the same, but returns false instead of raising PT404.
bool lock_conversation_if_visible(pg::Oid schema, const pg::Uuid& conversation);

/// Raises PT404 unless the conversation exists and the caller may see it. It locks nothing.
void require_conversation(pg::Oid schema, const pg::Uuid& conversation);

} // namespace agentchat
