// Reads the characters of a text in UTF-8, one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace agentchat {

/// A code point and the number of its bytes. A byte that begins no character counts as one of its own, after
/// all code points: texts in the encoding SQL_ASCII may have such bytes.
struct Character {
    std::uint32_t code;
    std::size_t size;
};

inline constexpr std::uint32_t last_code_point = 0x10ffff;

/// Decodes the first character of a text that is not empty.
inline Character first_character(std::string_view text) noexcept {
    const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<std::uint8_t>(text[i])}; };
    const auto continues = [&](std::size_t i) { return i < text.size() && (byte(i) & 0xc0) == 0x80; };
    const auto low_bits = [&](std::size_t i) { return byte(i) & 0x3f; };
    const std::uint32_t lead = byte(0);
    if (lead < 0x80)
        return {lead, 1};
    if (lead >= 0xc2 && lead < 0xe0 && continues(1))
        return {(lead & 0x1f) << 6 | low_bits(1), 2};
    if (lead >= 0xe0 && lead < 0xf0 && continues(1) && continues(2))
        return {(lead & 0x0f) << 12 | low_bits(1) << 6 | low_bits(2), 3};
    if (lead >= 0xf0 && lead < 0xf5 && continues(1) && continues(2) && continues(3)) {
        const std::uint32_t code = (lead & 0x07) << 18 | low_bits(1) << 12 | low_bits(2) << 6 | low_bits(3);
        if (code <= last_code_point)
            return {code, 4};
    }
    return {last_code_point + 1 + lead, 1};
}

} // namespace agentchat
