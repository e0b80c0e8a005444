// Finds the place of a message in the order of its conversation.
#pragma once

#include <string_view>

#include "pg/kept_statement.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Marks the place of a message in the order of its conversation.
struct MessagePlace {
    pg::Timestamp created_at;
    pg::Uuid id;
};

/// Finds a message by its name, for a function that reads. It uses the snapshot of the calling query. If the
/// caller cannot see such a message in the conversation, raises 22023 and names the argument.
MessagePlace find_place_to_read(pg::Oid schema, const pg::Uuid& conversation, std::string_view name,
                                const char* argument);

/// Finds a message by its name, for a function that writes. It uses the snapshot of that moment. If the
/// caller cannot see such a message in the conversation, raises PT404.
MessagePlace find_place_to_write(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& conversation,
                                 std::string_view name);

/// Makes the SQL expression that reads created_at of messages as a timestamp in UTC. Users can change the
/// type of the column to timestamptz.
const char* created_at_in_utc(pg::Oid schema);

} // namespace agentchat
