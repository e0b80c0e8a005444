// Corrects what set_created_at() remembers about the order of messages.
#pragma once

#include "pg/values.hpp"

namespace agentchat {

/// Makes the next message of the conversation look up the newest one again. Call it when messages of the
/// conversation are deleted or moved.
void forget_newest_message(pg::Oid messages, const pg::Uuid& conversation);

} // namespace agentchat
