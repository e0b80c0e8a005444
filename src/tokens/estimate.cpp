// Estimates the tokens of a piece from the numbers of its characters.
#include "tokens/estimate.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pg/pure.hpp"

namespace agentchat {

namespace {

// Words of this size are mostly tokens. Longer ones have a token more for each so many bytes.
constexpr std::size_t bytes_of_first_token = 6;
constexpr std::uint64_t per_byte_beyond = 10;
constexpr std::uint64_t per_piece = 110;
constexpr std::uint64_t per_wide_character = 75;

} // namespace

std::uint64_t estimate_piece(std::string_view piece) {
    std::size_t ascii = 0;
    std::size_t wide = 0;
    for (const char c : piece) {
        const auto byte = static_cast<std::uint8_t>(c);
        if (byte < 0x80)
            ++ascii;
        else if (byte >= 0xC0)
            ++wide;
    }
    const std::uint64_t beyond = ascii > bytes_of_first_token ? ascii - bytes_of_first_token : 0;
    const std::uint64_t narrow = ascii > 0 ? per_piece + beyond * per_byte_beyond : 0;
    return narrow + wide * per_wide_character;
}

} // namespace agentchat
