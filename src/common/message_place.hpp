// The place of a message in its conversation, for functions that change what comes before or after it.
#pragma once

#include <string_view>

#include "pg/kept_statement.hpp"
#include "pg/values.hpp"

namespace agentchat {

struct MessagePlace {
    pg::Timestamp created_at;
    pg::Uuid id;
};

/// The place of the message with that name at that moment. Raises PT404 where there is none in the
/// conversation that the caller may see.
MessagePlace find_message_place(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& conversation,
                                std::string_view name);

/// The column created_at of `messages`, as what holds UTC without a zone: users can change its type.
const char* created_at_in_utc(pg::Oid schema);

} // namespace agentchat
