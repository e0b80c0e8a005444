// One call at a time changes a conversation.
#pragma once

#include "pg/values.hpp"

namespace agentchat {

/// PT404.
[[noreturn]] void raise_conversation_not_found(const pg::Uuid& conversation);

/// Lets one call at a time change the conversation, until its transaction ends, so that the messages of a
/// call stay together, and calls that write the same messages don't wait for one another in a circle. Raises
/// PT404 where there is no such conversation that the caller may see.
void lock_conversation(pg::Oid schema, const pg::Uuid& conversation);

} // namespace agentchat
