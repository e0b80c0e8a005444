// Tells the class of a character, by which tokenizers split a text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "tokens/embedded_data.hpp"

namespace agentchat {

/// The classes of Unicode's general categories that tokenizers tell apart. The numbers are those of
/// data/tokens/character_classes.bin.
enum class CharacterClass : std::uint8_t {
    symbol,       // whatever belongs to no other class
    number,       // N
    upper,        // Lu, Lt
    lower,        // Ll
    other_letter, // Lm, Lo
    mark,         // M
    space,        // White_Space without CR and LF
    line_end,     // CR, LF
};

struct Character {
    CharacterClass type;
    std::uint8_t size; // in bytes
};

/// Reads the character at a position inside the text. A byte that is not UTF-8 is a symbol.
inline Character character_at(std::string_view text, std::size_t at) {
    constexpr std::size_t block_size = 256;
    constexpr std::size_t block_count = 0x110000 / block_size;
    const std::uint8_t* blocks = agentchat_character_classes + block_count;
    const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[at + i]); };
    const std::uint8_t first = byte(0);
    if (first < 0x80)
        return {static_cast<CharacterClass>(blocks[first]), 1};
    const std::uint8_t size = first < 0xC2 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : first < 0xF5 ? 4 : 1;
    if (size == 1 || text.size() - at < size)
        return {CharacterClass::symbol, 1};
    std::uint32_t code = first & (0xFFU >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte(i) & 0xC0) != 0x80)
            return {CharacterClass::symbol, 1};
        code = code << 6 | (byte(i) & 0x3FU);
    }
    if (code >= 0x110000)
        return {CharacterClass::symbol, 1};
    return {static_cast<CharacterClass>(
                blocks[agentchat_character_classes[code / block_size] * block_size + code % block_size]),
            size};
}

} // namespace agentchat
