// The cursors of list_conversations(), which mark where the next page begins.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// The place of a conversation in the list of its user.
struct ListPlace {
    pg::Timestamp updated_at;
    pg::Uuid id;
};

/// Writes the place as a text that needs no escapes in a URL. Its checksum reveals a cursor that was cut off,
/// changed or given to another user. The cursor is not a secret and grants nothing: what a page shows depends
/// on the caller.
std::string_view write_cursor(pg::MemoryContext context, const pg::Uuid& user, const ListPlace& place);

/// Reads a cursor. Returns nothing if the text is not a cursor of that user.
std::optional<ListPlace> read_cursor(const pg::Uuid& user, std::string_view text);

} // namespace agentchat
