// The texts of a message that a search reads.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "common/stored_message.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Selects the texts of messages that a search reads: what is said, or also what the model thought, and what
/// went into its tools and came out.
enum class SearchIn : std::uint8_t { text, all };

enum class TextKind : std::uint8_t { text, reasoning, tool };

struct MessageText {
    TextKind kind;
    std::string_view text;
};

/// Makes the list of the columns of a table or subquery m of messages that the texts are read from. They are
/// the columns 0 to searched_columns - 1 of a row.
const char* searched_columns_list(pg::Oid schema, SearchIn in);
inline constexpr int searched_columns = 6;
/// The kinds of these columns.
inline constexpr pg::ColumnKind searched_kinds[searched_columns] = {
    pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::text,
    pg::ColumnKind::text, pg::ColumnKind::jsonb,     pg::ColumnKind::text};

/// The first two of these columns, which no search reads without.
inline constexpr int searched_id = 0;
inline constexpr int searched_created_at = 1;

/// Reads the message of a row that begins with these columns.
StoredMessage read_searched(const pg::Row& row);

/// Adds the texts of the message, of which none is empty. They belong to the row, or to the current memory
/// context.
void add_texts(const StoredMessage& message, SearchIn in, pg::ArenaList<MessageText>& texts);

} // namespace agentchat
