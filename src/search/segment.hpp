// Writes and reads the index of grams. A segment of the index is about up to 4,096 messages, which have
// positions in it. For each key of a gram it holds the postings: the positions of the messages with that key.
// The keys are divided among buckets, so that a search reads a few of them. The encoding of a bucket stands
// above SegmentBuilder.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "pg/function_ref.hpp"
#include "pg/memory.hpp"
#include "search/gram_set.hpp"

namespace agentchat {

inline constexpr std::uint32_t segment_positions = 4096;

/// The buckets have numbers from 0 to 1,023: the highest bits of their keys.
inline constexpr unsigned bucket_bits = 10;

constexpr std::uint32_t bucket_of(GramKey key) noexcept {
    return key >> (32 - bucket_bits);
}
/// Returns the bucket of all keys with these upper halves.
constexpr std::uint32_t bucket_of_pair(PairKey pair) noexcept {
    return bucket_of(GramKey{pair} << 16);
}

/// The number of a bucket that is no list of keys: it has the positions of messages whose keys are too many.
inline constexpr std::int32_t bucket_without_grams = -1;

/// Holds positions in a segment.
class PositionSet {
public:
    /// Returns the set of all positions below `count`.
    static PositionSet all(std::uint32_t count = segment_positions) noexcept {
        PositionSet set;
        for (std::uint32_t i = 0; i < count / 64; ++i)
            set.words_[i] = ~std::uint64_t{0};
        if (count % 64 != 0)
            set.words_[count / 64] = (std::uint64_t{1} << count % 64) - 1;
        return set;
    }

    void set(std::uint32_t position) noexcept { words_[position / 64] |= std::uint64_t{1} << position % 64; }
    bool has(std::uint32_t position) const noexcept {
        return (words_[position / 64] >> position % 64 & 1) != 0;
    }
    /// Keeps what the other set has, too.
    void intersect(const PositionSet& other) noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i)
            words_[i] &= other.words_[i];
    }
    /// Adds what the other set has.
    void unite(const PositionSet& other) noexcept {
        for (std::size_t i = 0; i < words_.size(); ++i)
            words_[i] |= other.words_[i];
    }
    bool is_empty() const noexcept { return *this == PositionSet(); }
    std::uint32_t count() const noexcept {
        int count = 0;
        for (const std::uint64_t word : words_)
            count += std::popcount(word);
        return static_cast<std::uint32_t>(count);
    }

    /// Calls `action(position)` for each position, the lowest first.
    template <typename Action>
    void for_each_ascending(Action action) const {
        for (std::uint32_t i = 0; i < words_.size(); ++i)
            for (std::uint64_t word = words_[i]; word != 0; word &= word - 1)
                action(64 * i + static_cast<std::uint32_t>(std::countr_zero(word)));
    }
    /// Calls `action(position)` for each position, the highest first.
    template <typename Action>
    void for_each_descending(Action action) const {
        for (std::uint32_t i = words_.size(); i-- > 0;)
            for (std::uint64_t word = words_[i]; word != 0;) {
                const auto bit = static_cast<std::uint32_t>(std::bit_width(word)) - 1;
                action(64 * i + bit);
                word ^= std::uint64_t{1} << bit;
            }
    }

    bool operator==(const PositionSet&) const = default;

private:
    std::array<std::uint64_t, segment_positions / 64> words_{};
};

/// Writes the positions of a set, in two bytes each, and reads them again. They are for
/// bucket_without_grams.
std::span<const std::uint8_t> write_positions(pg::MemoryContext context, const PositionSet& positions);
PositionSet read_positions(std::span<const std::uint8_t> bytes) noexcept;

/// Makes a segment. A bucket is the list of its keys, ascending. For each key it has:
///
///     the difference to the key before it, a varint (the first key: its bits below those of the bucket)
///     16 * the number of bytes of the postings + the number k, a varint
///     the postings: for each, in ascending order, the number of positions between it and the one before
///
/// These numbers are Rice codes, in bits from the lowest of the first byte on: number >> k bits of 1, a bit
/// of 0, and the lowest k bits of the number. The rest of the last byte is bits of 1, which are no code. The
/// k that fits the average number makes the postings almost as small as they can be. For a key in most
/// messages, k is 0: the code is then a bitmap, and never larger than one. A varint has seven bits of a
/// number in each byte, the lowest first, and the highest bit in all bytes but the last.
class SegmentBuilder {
public:
    explicit SegmentBuilder(pg::MemoryContext context)
        : pairs_(context), scratch_(context), bytes_(context), postings_(context) {}

    /// Adds the keys of a message. The positions ascend, and are less than segment_positions.
    void add(std::uint32_t position, std::span<const GramKey> keys);
    /// Returns how many keys the messages have, together. finish() takes 16 bytes of memory for each, and no
    /// list has more than 64 million. A caller can finish the segment before that is too much.
    std::size_t size() const { return pairs_.size(); }
    /// Calls `take(bucket, bytes)` for each bucket that is not empty, the lowest first. The bytes are valid
    /// during the call. Then begins anew: the memory stays for the next segment.
    void finish(pg::FunctionRef<void(std::uint32_t bucket, std::span<const std::uint8_t> bytes)> take);

private:
    /// A key, and below it a position.
    using Pair = std::uint64_t;
    static constexpr unsigned key_shift = 32;
    static GramKey key_of(Pair pair) { return static_cast<GramKey>(pair >> key_shift); }
    static std::uint32_t position_of(Pair pair) { return static_cast<std::uint32_t>(pair); }

    void write_bucket(std::span<const Pair> pairs);
    void write_postings(std::span<const Pair> pairs);
    void write_varint(std::uint32_t number);

    pg::ArenaList<Pair> pairs_;
    pg::ArenaList<Pair> scratch_;
    pg::ArenaList<std::uint8_t> bytes_;
    pg::ArenaList<std::uint8_t> postings_;
};

/// Adds the positions of a key to the set. The owner of the index can write anything into it: whatever the
/// bytes are, nothing else is read. Returns false for bytes that no SegmentBuilder has made, as far as it
/// sees that. The set may then have any positions.
bool read_postings(std::span<const std::uint8_t> bucket, GramKey key, PositionSet& into) noexcept;

/// Does the same with the positions of all keys that have this upper half.
bool read_pair_postings(std::span<const std::uint8_t> bucket, PairKey pair, PositionSet& into) noexcept;

} // namespace agentchat
