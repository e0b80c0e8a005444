// Implements cursor.hpp. A cursor consists of places and a checksum, written as hexadecimal digits.
#include "common/cursor.hpp"

#include <algorithm>

#include "pg/jsonb_view.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The highest byte of a number comes first.
constexpr std::size_t number_size = 8;

constexpr std::string_view digits = "0123456789abcdef";

std::size_t cursor_size(std::size_t places) {
    return places * place_size + number_size;
}

void write_number(std::uint64_t number, std::uint8_t* to) {
    for (std::size_t i = 0; i < number_size; ++i)
        to[i] = static_cast<std::uint8_t>(number >> 8 * (number_size - 1 - i));
}

std::uint64_t read_number(const std::uint8_t* from) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < number_size; ++i)
        number = number << 8 | from[i];
    return number;
}

/// Computes the checksum of the places in that list. The checksum itself ends the bytes.
std::uint64_t checksum(std::uint64_t list, std::span<const std::uint8_t> bytes) {
    return pg::hash_bytes(bytes.first(bytes.size() - number_size), list);
}

/// Parses a text in exactly the form that write_cursor() produces. Any other form would let two texts stand
/// for the same places.
bool parse_bytes(std::string_view text, std::span<std::uint8_t> bytes) {
    if (text.size() != 2 * bytes.size())
        return false;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t high = digits.find(text[2 * i]);
        const std::size_t low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return false;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return true;
}

} // namespace

void write_place(const ListPlace& place, std::uint8_t* to) {
    write_number(static_cast<std::uint64_t>(place.time), to);
    std::copy(place.id.bytes.begin(), place.id.bytes.end(), to + number_size);
}

ListPlace read_place(const std::uint8_t* from) {
    ListPlace place{static_cast<pg::Timestamp>(read_number(from)), {}};
    std::copy_n(from + number_size, place.id.bytes.size(), place.id.bytes.begin());
    return place;
}

void ListNumber::add(const pg::Uuid& id) {
    number_ = pg::hash_uuid(id, number_);
}

void ListNumber::add(std::string_view text) {
    number_ = pg::hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, ~number_);
}

void ListNumber::add_json(std::uintptr_t datum) {
    add(pg::JsonbView::of(datum).bytes());
}

std::string_view write_cursor(pg::MemoryContext context, std::uint64_t list,
                              std::span<const ListPlace> places) {
    const std::size_t size = cursor_size(places.size());
    const std::span bytes(pg::allocate_array<std::uint8_t>(context, size), size);
    std::uint8_t* to = bytes.data();
    for (const ListPlace& place : places) {
        write_place(place, to);
        to += place_size;
    }
    write_number(checksum(list, bytes), to);

    char* text = pg::allocate_array<char>(context, 2 * size);
    for (std::size_t i = 0; i < size; ++i) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return {text, 2 * size};
}

bool read_cursor(std::uint64_t list, std::string_view text, std::span<ListPlace> places) {
    const std::size_t size = cursor_size(places.size());
    const std::span bytes(pg::allocate_array<std::uint8_t>(pg::current_context(), size), size);
    if (!parse_bytes(text, bytes) || read_number(bytes.data() + size - number_size) != checksum(list, bytes))
        return false;
    const std::uint8_t* from = bytes.data();
    for (ListPlace& place : places) {
        place = read_place(from);
        from += place_size;
    }
    return true;
}

} // namespace agentchat
