// Writes and reads cursors. A cursor is a text that marks where the next page of a list begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Marks the place of a row in a list that is ordered by a time and then by the id.
struct ListPlace {
    pg::Timestamp time;
    pg::Uuid id;
    bool operator==(const ListPlace&) const = default;
};

/// Tells whether the place comes before another one, the older one first.
constexpr bool operator<(const ListPlace& a, const ListPlace& b) {
    return a.time != b.time ? a.time < b.time : a.id.bytes < b.id.bytes;
}

/// The place after all rows.
inline constexpr ListPlace newest_place{
    std::numeric_limits<pg::Timestamp>::max(),
    {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}}};
/// The place before all rows.
inline constexpr ListPlace oldest_place{std::numeric_limits<pg::Timestamp>::min(), {}};

/// Writes a place in 24 bytes, and reads it again. The highest byte of the time comes first.
inline constexpr std::size_t place_size = 24;
void write_place(const ListPlace& place, std::uint8_t* to);
ListPlace read_place(const std::uint8_t* from);

/// Identifies a list by what it was asked for: the number depends on all values that were added, and on their
/// order.
class ListNumber {
public:
    void add(const pg::Uuid& id);
    void add(std::string_view text);
    /// Adds a jsonb datum.
    void add_json(std::uintptr_t datum);
    std::uint64_t number() const { return number_; }

private:
    std::uint64_t number_ = 0;
};

/// Writes the places as a text that needs no escapes in a URL. The checksum detects a cursor that was
/// truncated, changed or given to another list. The cursor is not a secret and grants no rights: the content
/// of a page depends on the caller.
std::string_view write_cursor(pg::MemoryContext context, std::uint64_t list,
                              std::span<const ListPlace> places);

/// Reads a cursor. Returns false if the text is not a cursor of that list with so many places.
bool read_cursor(std::uint64_t list, std::string_view text, std::span<ListPlace> places);

} // namespace agentchat
