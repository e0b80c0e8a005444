// Writes and reads the cursors of list_conversations(). A cursor marks where the next page begins.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Marks the place of a conversation in the list of its user.
struct ListPlace {
    pg::Timestamp updated_at;
    pg::Uuid id;
};

/// Writes the place as a text that needs no escapes in a URL. The checksum detects a cursor that was
/// truncated, changed or given to another user. The cursor is not a secret and grants no rights: the content
/// of a page depends on the caller.
std::string_view write_cursor(pg::MemoryContext context, const pg::Uuid& user, const ListPlace& place);

/// Reads a cursor. Returns nothing if the text is not a cursor of the list of that user.
std::optional<ListPlace> read_cursor(const pg::Uuid& user, std::string_view text);

} // namespace agentchat
