// Writes and reads the cursors of list_conversations(). A cursor marks where the next page begins.
#pragma once

#include <cstddef>
#include <cstdint>
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

/// Identifies a list: that of a user, of those conversations whose metadata contain the filter, a datum, and
/// whose titles have the words.
std::uint64_t list_number(const pg::Uuid& user, std::optional<std::uintptr_t> filter, std::string_view words);

/// Writes the place as a text that needs no escapes in a URL. The checksum detects a cursor that was
/// truncated, changed or given to another list. The cursor is not a secret and grants no rights: the content
/// of a page depends on the caller.
std::string_view write_cursor(pg::MemoryContext context, std::uint64_t list, const ListPlace& place);

/// Reads a cursor. Returns nothing if the text is not a cursor of that list.
std::optional<ListPlace> read_cursor(std::uint64_t list, std::string_view text);

} // namespace agentchat
