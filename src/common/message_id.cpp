// Implements message_id.hpp: parses a UUID, or computes one from the id of the client.
#include "common/message_id.hpp"

#include "pg/pure.hpp"

namespace agentchat {

pg::Uuid uuid_of_name(const pg::Uuid& space, std::string_view name) {
    const auto uuid = pg::parse_uuid(name);
    return uuid ? *uuid : pg::uuid_v5(space, name);
}

} // namespace agentchat
