// Writes messages to a conversation: inserts new ones in their order, and updates stored ones.
#pragma once

#include "pg/entry.hpp"
#include "pg/values.hpp"
#include "writing/message_input.hpp"

namespace agentchat {

/// Inserts the messages that are not stored yet, and updates the stored ones that differ. Returns them in the
/// order of the input; a stored message that got results of tool calls is among them. The conversation must
/// be locked, or not yet visible to other transactions. `context` must outlive the use of the returned
/// messages.
std::span<const InputMessage> write_messages(pg::MemoryContext context, pg::Oid schema,
                                             const pg::Uuid& conversation, const InputMessages& input);

/// Writes the object that the caller gets for a message: {"id", "given_id", "created_at"}.
void write_summary(const InputMessage& message, pg::ValueWriter& writer);

} // namespace agentchat
