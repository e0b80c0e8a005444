// The cursor of list_conversations(): opaque to who passes it on, and refused where it is not as it was
// given.
#pragma once

#include <string_view>

#include "pg/values.hpp"

namespace agentchat {

/// A place in the list of a user's conversations.
struct ListPlace {
    pg::Timestamp updated_at;
    pg::Uuid id;
};

/// The cursor that leads to what comes after the place, in the current memory context.
std::string_view make_cursor(const ListPlace& place, const pg::Uuid& user);

/// Raises 22023 for what make_cursor has not given for that user.
ListPlace read_cursor(std::string_view cursor, const pg::Uuid& user);

} // namespace agentchat
