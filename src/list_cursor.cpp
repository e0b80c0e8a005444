#include "list_cursor.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pg/error.hpp"
#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

// The bytes of updated_at and of id, and a checksum over those and the user, in hexadecimal digits. There is
// no secret in it: who makes up a cursor sees what the caller may see, and nothing else.
constexpr std::size_t time_size = 8;
constexpr std::size_t id_size = 16;
constexpr std::size_t sum_size = 8;
constexpr std::size_t place_size = time_size + id_size;
using Bytes = std::array<std::uint8_t, place_size + sum_size>;

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Another one for each version of the format.
constexpr std::uint64_t checksum_seed = 0x6167656e74636801;

void store(std::uint64_t number, std::uint8_t* to) {
    for (std::size_t i = 0; i < sizeof(number); ++i)
        to[i] = static_cast<std::uint8_t>(number >> (8 * (sizeof(number) - 1 - i)));
}

std::uint64_t load(const std::uint8_t* from) {
    std::uint64_t number = 0;
    for (std::size_t i = 0; i < sizeof(number); ++i)
        number = number << 8 | from[i];
    return number;
}

std::uint64_t checksum(const Bytes& bytes, const pg::Uuid& user) {
    return pg::hash_bytes({bytes.data(), place_size}, pg::hash_uuid(user, checksum_seed));
}

[[noreturn]] void refuse(std::string_view cursor) {
    pg::raise({pg::sqlstate::invalid_parameter_value, "the cursor is not one of this list",
               pg::format("It is %s.", pg::quoted_excerpt(cursor)),
               "Pass next_cursor of the page before, as it is and for the same user, or leave it out for the "
               "first page."});
}

std::optional<Bytes> bytes_of(std::string_view cursor) {
    Bytes bytes;
    if (cursor.size() != 2 * bytes.size())
        return std::nullopt;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const std::size_t high = hex_digits.find(cursor[2 * i]);
        const std::size_t low = hex_digits.find(cursor[2 * i + 1]);
        if (high == std::string_view::npos || low == std::string_view::npos)
            return std::nullopt;
        bytes[i] = static_cast<std::uint8_t>(high << 4 | low);
    }
    return bytes;
}

} // namespace

std::string_view make_cursor(const ListPlace& place, const pg::Uuid& user) {
    Bytes bytes;
    store(static_cast<std::uint64_t>(place.updated_at), bytes.data());
    std::copy(place.id.bytes.begin(), place.id.bytes.end(), bytes.begin() + time_size);
    store(checksum(bytes, user), bytes.data() + place_size);

    char* text = pg::allocate_array<char>(pg::current_context(), 2 * bytes.size());
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text[2 * i] = hex_digits[bytes[i] >> 4];
        text[2 * i + 1] = hex_digits[bytes[i] & 15];
    }
    return {text, 2 * bytes.size()};
}

ListPlace read_cursor(std::string_view cursor, const pg::Uuid& user) {
    const std::optional<Bytes> bytes = bytes_of(cursor);
    if (!bytes || load(bytes->data() + place_size) != checksum(*bytes, user))
        refuse(cursor);
    ListPlace place{static_cast<pg::Timestamp>(load(bytes->data())), {}};
    std::copy_n(bytes->begin() + time_size, id_size, place.id.bytes.begin());
    return place;
}

} // namespace agentchat
