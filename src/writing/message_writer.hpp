// Writes messages into a conversation, in their order and in one go.
#pragma once

#include "pg/entry.hpp"
#include "pg/values.hpp"
#include "writing/message_input.hpp"

namespace agentchat {

/// Inserts those that are not there yet, and updates those that are and differ. The conversation must be
/// locked, or known to nobody else. `context` has to live as long as the messages are looked at; they are, by
/// then, in the order in which they were given, with those that results of tool calls have changed among
/// them.
std::span<const InputMessage> write_messages(pg::MemoryContext context, pg::Oid schema,
                                             const pg::Uuid& conversation, const InputMessages& input);

/// Tells the caller what was written: an array of {"id", "given_id", "created_at"}.
void write_summary(pg::ValueWriter& writer, const InputMessage& message);

} // namespace agentchat
