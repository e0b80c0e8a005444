// Finds tokens in the hash table that scripts/token-tables.js has laid out.
#include "tokens/token_table.hpp"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr unsigned rank_bits = 18;
constexpr std::uint32_t rank_mask = (1U << rank_bits) - 1;
constexpr std::uint32_t empty_slot = UINT32_MAX;

/// Reads the number at an index. The lowest byte comes first in the file.
std::uint32_t number_at(const std::uint8_t* numbers, std::size_t index) {
    std::uint32_t number;
    std::memcpy(&number, numbers + index * sizeof(number), sizeof(number));
    if constexpr (std::endian::native == std::endian::big)
        return __builtin_bswap32(number);
    return number;
}

/// Computes FNV-1a, and mixes its bits. hashOf() in scripts/token-tables.js is the same.
std::uint32_t hash_of(std::string_view bytes) {
    std::uint32_t hash = 0x811C9DC5;
    for (const char byte : bytes)
        hash = (hash ^ static_cast<std::uint8_t>(byte)) * 0x01000193;
    hash = (hash ^ (hash >> 15)) * 0x2C1B3C6D;
    return hash ^ (hash >> 12);
}

} // namespace

TokenTable::TokenTable(const std::uint8_t* file)
    : slot_count_(number_at(file, 1)), offsets_(file + 2 * sizeof(std::uint32_t)) {
    const std::size_t token_count = number_at(file, 0);
    slots_ = offsets_ + (token_count + 1) * sizeof(std::uint32_t);
    bytes_ = reinterpret_cast<const char*>(slots_ + slot_count_ * sizeof(std::uint32_t));
}

std::string_view TokenTable::token(std::uint32_t rank) const {
    const std::uint32_t start = number_at(offsets_, rank);
    return {bytes_ + start, number_at(offsets_, rank + 1) - start};
}

std::uint32_t TokenTable::rank_of(std::string_view bytes) const {
    const std::uint32_t hash = hash_of(bytes);
    const std::uint32_t tag = hash << rank_bits;
    std::size_t slot = static_cast<std::size_t>((std::uint64_t{hash} * slot_count_) >> 32);
    for (;;) {
        const std::uint32_t value = number_at(slots_, slot);
        if (value == empty_slot)
            return no_rank;
        if ((value & ~rank_mask) == tag && token(value & rank_mask) == bytes)
            return value & rank_mask;
        slot = slot + 1 == slot_count_ ? 0 : slot + 1;
    }
}

} // namespace agentchat
