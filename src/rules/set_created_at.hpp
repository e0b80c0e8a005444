// What the session knows about the order of messages in this transaction.
#pragma once

#include "pg/values.hpp"

namespace agentchat {

/// To be called when messages of the conversation go, or go elsewhere: the next one that is written looks up
/// again after which it comes.
void forget_newest_message(pg::Oid messages, const pg::Uuid& conversation);

} // namespace agentchat
