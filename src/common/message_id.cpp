// Implements message_id.hpp: parses a UUID, or computes one from the id of the client.
#include "common/message_id.hpp"

#include "pg/pure.hpp"

namespace agentchat {

pg::Uuid message_uuid(const pg::Uuid& conversation, std::string_view id) {
    const auto uuid = pg::parse_uuid(id);
    return uuid ? *uuid : pg::uuid_v5(conversation, id);
}

} // namespace agentchat
