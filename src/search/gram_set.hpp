// Takes texts apart into grams, by which an index finds them. A gram is three characters of a folded text
// that follow one another. The last two characters of a text and an end sign (0) are a gram, too, so that
// every two characters are the first two of a gram. A text that contains a term has all the grams of the
// term. An index of grams therefore finds all the texts that have it, and others that have its grams
// elsewhere.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/memory.hpp"

namespace agentchat {

/// The number of a gram in the index: a hash of its first two characters in the upper half, and of its third
/// character in the lower half. Different grams may share a key.
using GramKey = std::uint32_t;

/// The hash of two characters that follow one another.
using PairKey = std::uint16_t;

constexpr PairKey pair_key(std::uint32_t first, std::uint32_t second) noexcept {
    constexpr std::uint64_t golden_ratio = 0x9e3779b97f4a7c15;
    return static_cast<PairKey>((std::uint64_t{first} << 32 | second) * golden_ratio >> 48);
}

/// The third character keeps its number: those of one script, after the same two, then have keys that follow
/// one another, and their differences take one byte in the index.
constexpr GramKey gram_key(std::uint32_t first, std::uint32_t second, std::uint32_t third) noexcept {
    constexpr std::uint32_t spread = 0x9e37;
    const std::uint32_t lower = (third ^ (third >> 16) * spread) & 0xffff;
    return GramKey{pair_key(first, second)} << 16 | lower;
}

/// The upper half of a key.
constexpr PairKey pair_of(GramKey key) noexcept {
    return static_cast<PairKey>(key >> 16);
}

/// Collects the keys of the grams of texts, each once.
class GramSet {
public:
    explicit GramSet(pg::MemoryContext context);

    /// Adds the grams of a text. No gram spans two texts.
    void add(std::string_view folded_text);
    /// Returns the keys in ascending order. They are valid until the set changes.
    std::span<const GramKey> keys();
    /// Forgets all keys. The memory stays for the next ones.
    void clear();

private:
    /// Makes room for a slice of a text.
    void reserve_slice();
    void remove_duplicates();

    /// Most grams of a text come again soon. The last key of each slot tells, for most of them, that they are
    /// not new.
    static constexpr unsigned slot_bits = 11;
    static constexpr std::size_t slot_of(GramKey key) noexcept {
        constexpr std::uint32_t golden_ratio = 0x9e3779b1;
        return key * golden_ratio >> (32 - slot_bits);
    }

    pg::MemoryContext context_;
    std::array<GramKey, std::size_t{1} << slot_bits> last_keys_;
    GramKey* keys_ = nullptr;
    GramKey* scratch_ = nullptr;
    std::size_t room_ = 0;
    std::size_t size_ = 0;
    /// How many of the keys are in order, and distinct.
    std::size_t sorted_ = 0;
};

/// Says what to look up for a term: the keys of some of its grams, or the upper half of keys.
class TermGrams {
public:
    /// More grams would hardly exclude more texts.
    static constexpr std::size_t most_keys = 6;

    /// Takes a folded term of a search apart.
    explicit TermGrams(std::string_view folded_term) noexcept;

    /// Tells whether the index cannot help, because the term is shorter than two characters.
    bool is_empty() const { return !has_pair_ && key_count_ == 0; }
    /// Tells whether the term has two characters, and pair() stands for it. Otherwise, keys() does.
    bool has_pair() const { return has_pair_; }
    PairKey pair() const { return pair_; }
    /// The different keys that every text with the term has, in the order of the term.
    std::span<const GramKey> keys() const { return {keys_.data(), key_count_}; }

private:
    void add_key(GramKey key) noexcept;
    void choose_keys(std::string_view term, std::size_t grams) noexcept;

    std::array<GramKey, most_keys> keys_{};
    std::size_t key_count_ = 0;
    PairKey pair_ = 0;
    bool has_pair_ = false;
};

} // namespace agentchat
