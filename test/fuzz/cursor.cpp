// Fuzzes the cursors of pages: a cursor gives back its places, and any other text is refused.
#include <array>
#include <span>

#include "common/cursor.hpp"
#include "pg/memory.hpp"
#include "test/fuzz/harness.hpp"

namespace agentchat::fuzz {

namespace {

constexpr std::size_t most_places = 3;

using Places = std::array<ListPlace, most_places>;

ListPlace take_place(Input& input) {
    std::array<std::uint8_t, place_size> bytes{};
    const std::string_view taken = input.bytes(bytes.size());
    std::copy(taken.begin(), taken.end(), bytes.begin());
    const ListPlace place = read_place(bytes.data());

    std::array<std::uint8_t, place_size> again{};
    write_place(place, again.data());
    require(again == bytes, "a place has other bytes when it is written again");
    return place;
}

/// Any text that is read must be the very text that is written: no two texts stand for the same places.
void try_text(std::uint64_t list, std::string_view text, std::size_t count) {
    Places places{};
    const std::span read = std::span(places).first(count);
    if (read_cursor(list, text, read))
        require_equal(text, write_cursor(pg::current_context(), list, read), "a cursor in two forms");
}

void try_places(std::uint64_t list, Input& input, std::size_t count) {
    Places written{};
    for (ListPlace& place : std::span(written).first(count))
        place = take_place(input);
    std::string cursor(write_cursor(pg::current_context(), list, std::span(written).first(count)));

    Places read{};
    require(read_cursor(list, cursor, std::span(read).first(count)), "a cursor is refused");
    require(read == written, "a cursor gives other places");

    require(!read_cursor(list + 1, cursor, std::span(read).first(count)),
            "the cursor of another list is read");
    if (count > 1)
        require(!read_cursor(list, cursor, std::span(read).first(count - 1)),
                "a cursor of more places is read");
    // Another character at any place, and a shorter text.
    const std::size_t at = input.number() % cursor.size();
    const char other = static_cast<char>(input.byte());
    if (other != cursor[at]) {
        cursor[at] = other;
        require(!read_cursor(list, cursor, std::span(read).first(count)), "a changed cursor is read");
    }
    cursor.pop_back();
    require(!read_cursor(list, cursor, std::span(read).first(count)), "a truncated cursor is read");
}

} // namespace

void fuzz(std::string_view bytes) {
    Input input(bytes);
    const std::size_t count = 1 + input.byte() % most_places;
    const std::uint64_t list = input.number();
    if (input.byte() % 2 == 0)
        try_text(list, input.rest(), count);
    else
        try_places(list, input, count);
}

} // namespace agentchat::fuzz
