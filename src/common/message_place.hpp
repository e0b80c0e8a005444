// Finds the place of a message in the order of its conversation.
#pragma once

#include <string_view>

#include "pg/kept_statement.hpp"
#include "pg/values.hpp"

namespace agentchat {

struct MessagePlace {
    pg::Timestamp created_at;
    pg::Uuid id;
};

/// Finds a message by its name on the snapshot of the calling query, for a function that reads. If the
/// conversation has no such message that the caller may see, it raises 22023, which names the argument.
MessagePlace find_place_to_read(pg::Oid schema, const pg::Uuid& conversation, std::string_view name,
                                const char* argument);

/// Finds a message by its name at that moment, for a function that writes. If the conversation has no such
/// message that the caller may see, it raises PT404.
MessagePlace find_place_to_write(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& conversation,
                                 std::string_view name);

/// Makes the SQL of the column created_at of messages as a timestamp that holds UTC. Users can change its
/// type to timestamptz.
const char* created_at_in_utc(pg::Oid schema);

} // namespace agentchat
