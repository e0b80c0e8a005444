// Reads and writes eight bytes at once, in the same order on every machine.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace agentchat {

/// Holds eight bytes, the first in the lowest bits.
using Word = std::uint64_t;

inline constexpr std::size_t word_size = sizeof(Word);

inline Word first_is_lowest(Word word) noexcept {
    if constexpr (std::endian::native == std::endian::big)
        return __builtin_bswap64(word);
    return word;
}

/// Reads a word from `size` bytes. Those that are missing are 0.
inline Word read_word(const void* from, std::size_t size) noexcept {
    Word word = 0;
    if (size >= word_size)
        std::memcpy(&word, from, word_size);
    else
        std::memcpy(&word, from, size);
    return first_is_lowest(word);
}

inline void write_word(Word word, void* to) noexcept {
    word = first_is_lowest(word);
    std::memcpy(to, &word, word_size);
}

} // namespace agentchat
