// Implements list_cursor.hpp. A cursor consists of a place and a checksum, written as hexadecimal digits.
#include "reading/list_cursor.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "pg/jsonb_view.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The bytes of a cursor: updated_at, id, checksum. The highest byte of a number comes first.
constexpr std::size_t number_size = 8;
constexpr std::size_t place_size = number_size + 16;
using Bytes = std::array<std::uint8_t, place_size + number_size>;

constexpr std::string_view digits = "0123456789abcdef";

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

/// Computes the checksum of a place in that list.
std::uint64_t checksum(std::uint64_t list, const Bytes& bytes) {
    return pg::hash_bytes(std::span(bytes).first<place_size>(), list);
}

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
    return pg::hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, seed);
}

/// Parses a text in exactly the form that write_cursor() produces. Any other form would let two texts stand
/// for the same place.
std::optional<Bytes> parse_bytes(std::string_view text) {
    Bytes bytes;
    if (text.size() != 2 * bytes.size())
        return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t high = digits.find(text[2 * i]);
        const std::size_t low = digits.find(text[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return bytes;
}

} // namespace

std::uint64_t list_number(const pg::Uuid& user, std::optional<std::uintptr_t> filter,
                          std::string_view words) {
    std::uint64_t number = pg::hash_uuid(user, 0);
    if (filter)
        number = hash_text(pg::JsonbView::of(*filter).bytes(), number);
    return words.empty() ? number : hash_text(words, ~number);
}

std::string_view write_cursor(pg::MemoryContext context, std::uint64_t list, const ListPlace& place) {
    Bytes bytes;
    write_number(static_cast<std::uint64_t>(place.updated_at), bytes.data());
    std::copy(place.id.bytes.begin(), place.id.bytes.end(), bytes.data() + number_size);
    write_number(checksum(list, bytes), bytes.data() + place_size);

    char* text = pg::allocate_array<char>(context, 2 * bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text[2 * i] = digits[bytes[i] >> 4];
        text[2 * i + 1] = digits[bytes[i] & 15];
    }
    return {text, 2 * bytes.size()};
}

std::optional<ListPlace> read_cursor(std::uint64_t list, std::string_view text) {
    const std::optional<Bytes> bytes = parse_bytes(text);
    if (!bytes || read_number(bytes->data() + place_size) != checksum(list, *bytes))
        return std::nullopt;
    ListPlace place{static_cast<pg::Timestamp>(read_number(bytes->data())), {}};
    std::copy_n(bytes->data() + number_size, place.id.bytes.size(), place.id.bytes.begin());
    return place;
}

} // namespace agentchat
