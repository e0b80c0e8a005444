// Cursors of list_conversations(): where the next page begins.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// The place of a conversation in its user's list.
struct ListPlace {
    pg::Timestamp updated_at;
    pg::Uuid id;
};

/// The place as a text that stays as it is in a URL. It carries a checksum, which tells a cursor that was cut
/// off, changed or given to another user. It is no secret and grants nothing: what a page shows depends on
/// the caller.
std::string_view write_cursor(pg::MemoryContext context, const pg::Uuid& user, const ListPlace& place);

/// Nothing where the text is no cursor of that user's.
std::optional<ListPlace> read_cursor(const pg::Uuid& user, std::string_view text);

} // namespace agentchat
