#include "search/segment.hpp"

#include <algorithm>

#include "pg/session.hpp"
#include "search/radix_sort.hpp"
#include "search/word.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The bits of a key that its bucket does not tell.
constexpr GramKey key_bits_in_bucket = (GramKey{1} << (32 - bucket_bits)) - 1;

/// k stands in the lowest bits of the number of bytes.
constexpr unsigned rice_bits = 4;

/// Returns the k of Rice codes for numbers with this sum: the number of bits of their average, less one. It
/// is at most 11, because a segment has 4,096 positions.
unsigned best_k(std::uint32_t sum, std::uint32_t count) noexcept {
    return static_cast<unsigned>(std::bit_width(sum / count / 2));
}

/// Appends bits to bytes.
class BitWriter {
public:
    explicit BitWriter(pg::ArenaList<std::uint8_t>& bytes) : bytes_(bytes) {}

    /// Adds a number of so many bits, at most 33.
    void add(std::uint64_t number, unsigned count) {
        waiting_ |= number << count_;
        for (count_ += count; count_ >= 8; count_ -= 8) {
            bytes_.add(static_cast<std::uint8_t>(waiting_));
            waiting_ >>= 8;
        }
    }
    void add_rice_code(std::uint32_t number, unsigned k) {
        constexpr unsigned most_ones = 32;
        std::uint32_t ones = number >> k;
        for (; ones > most_ones; ones -= most_ones)
            add(0xffffffff, most_ones);
        add((std::uint64_t{1} << ones) - 1, ones + 1);
        add(number & ((1U << k) - 1), k);
    }
    /// Fills the last byte with bits that are no code.
    void finish() {
        if (count_ > 0)
            add(0xff >> count_, 8 - count_);
    }

private:
    pg::ArenaList<std::uint8_t>& bytes_;
    std::uint64_t waiting_ = 0;
    unsigned count_ = 0;
};

/// Reads Rice codes.
class BitReader {
public:
    explicit BitReader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

    /// Reads the next number. Returns false after the last one, and for a code that is cut.
    bool read_rice_code(unsigned k, std::uint32_t& number) noexcept {
        std::uint32_t ones = 0;
        for (bool has_ended = false; !has_ended;) {
            const Bits bits = next_bits();
            if (bits.count == 0)
                return false;
            const unsigned run = std::min(static_cast<unsigned>(std::countr_one(bits.value)), bits.count);
            has_ended = run < bits.count;
            ones += run;
            place_ += run + (has_ended ? 1 : 0);
        }
        const Bits bits = next_bits();
        if (bits.count < k)
            return false;
        place_ += k;
        number = ones << k | static_cast<std::uint32_t>(bits.value & ((1U << k) - 1));
        return true;
    }

private:
    struct Bits {
        Word value;
        unsigned count;
    };
    /// Returns some of the next bits: at least 57, or all that are left.
    Bits next_bits() const noexcept {
        const std::size_t byte = place_ / 8;
        const auto skipped = static_cast<unsigned>(place_ % 8);
        if (byte >= bytes_.size())
            return {0, 0};
        const std::size_t size = std::min(bytes_.size() - byte, word_size);
        return {read_word(&bytes_[byte], size) >> skipped, static_cast<unsigned>(8 * size) - skipped};
    }

    std::span<const std::uint8_t> bytes_;
    std::size_t place_ = 0;
};

/// A key in a bucket.
struct Entry {
    GramKey key;
    unsigned k;
    std::span<const std::uint8_t> postings;
};

/// Reads the entries of a bucket. The bytes may be anything.
class EntryReader {
public:
    explicit EntryReader(std::span<const std::uint8_t> bucket) : rest_(bucket) {}

    /// Reads the next entry. Returns false at the end, and where the bytes are damaged.
    bool next() noexcept {
        if (rest_.empty())
            return false;
        is_damaged_ = !read_entry();
        return !is_damaged_;
    }
    const Entry& entry() const { return entry_; }
    bool is_damaged() const { return is_damaged_; }

private:
    bool read_entry() noexcept {
        std::uint32_t difference = 0;
        std::uint32_t form = 0;
        if (!read_varint(difference) || difference > key_bits_in_bucket - entry_.key || !read_varint(form))
            return false;
        const std::uint32_t size = form >> rice_bits;
        if (size > rest_.size())
            return false;
        entry_ = {entry_.key + difference, form & ((1U << rice_bits) - 1), rest_.first(size)};
        rest_ = rest_.subspan(size);
        return true;
    }
    bool read_varint(std::uint32_t& number) noexcept {
        constexpr unsigned most_bits = 28;
        number = 0;
        for (unsigned shift = 0; shift < most_bits && !rest_.empty(); shift += 7) {
            const std::uint32_t byte = rest_[0];
            rest_ = rest_.subspan(1);
            number |= (byte & 0x7f) << shift;
            if ((byte & 0x80) == 0)
                return true;
        }
        return false;
    }

    std::span<const std::uint8_t> rest_;
    Entry entry_{0, 0, {}};
    bool is_damaged_ = false;
};

/// Adds the positions of an entry. Returns false at one that no segment has.
bool add_positions(const Entry& entry, PositionSet& into) noexcept {
    BitReader reader(entry.postings);
    std::uint32_t number = 0;
    for (std::uint32_t next = 0; reader.read_rice_code(entry.k, number); ++next) {
        if (number >= segment_positions - next)
            return false;
        next += number;
        into.set(next);
    }
    return true;
}

/// Adds the positions of all keys from `first` to `last`.
bool read_range(std::span<const std::uint8_t> bucket, GramKey first, GramKey last,
                PositionSet& into) noexcept {
    EntryReader reader(bucket);
    while (reader.next() && reader.entry().key <= last)
        if (reader.entry().key >= first && !add_positions(reader.entry(), into))
            return false;
    return !reader.is_damaged();
}

} // namespace

std::span<const std::uint8_t> write_positions(pg::MemoryContext context, const PositionSet& positions) {
    pg::ArenaList<std::uint8_t> bytes(context);
    positions.for_each_ascending([&](std::uint32_t position) {
        bytes.add(static_cast<std::uint8_t>(position));
        bytes.add(static_cast<std::uint8_t>(position >> 8));
    });
    return bytes.span();
}

PositionSet read_positions(std::span<const std::uint8_t> bytes) noexcept {
    PositionSet positions;
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
        positions.set((bytes[i] | std::uint32_t{bytes[i + 1]} << 8) % segment_positions);
    return positions;
}

void SegmentBuilder::add(std::uint32_t position, std::span<const GramKey> keys) {
    for (const GramKey key : keys)
        pairs_.add(Pair{key} << key_shift | position);
}

void SegmentBuilder::finish(
    pg::FunctionRef<void(std::uint32_t bucket, std::span<const std::uint8_t> bytes)> take) {
    // The positions of a key keep their order, and are ascending.
    while (scratch_.size() < pairs_.size())
        scratch_.add(0);
    radix_sort(pairs_.span(), scratch_.span().first(pairs_.size()), key_shift);
    for (std::span<const Pair> rest = pairs_.span(); !rest.empty();) {
        pg::check_for_interrupts();
        const std::uint32_t bucket = bucket_of(key_of(rest[0]));
        const auto end = std::find_if(rest.begin(), rest.end(),
                                      [&](Pair pair) { return bucket_of(key_of(pair)) != bucket; });
        const auto size = static_cast<std::size_t>(end - rest.begin());
        write_bucket(rest.first(size));
        take(bucket, bytes_.span());
        rest = rest.subspan(size);
    }
    pairs_.shorten(0);
}

void SegmentBuilder::write_bucket(std::span<const Pair> pairs) {
    bytes_.shorten(0);
    GramKey last_key = 0;
    while (!pairs.empty()) {
        const GramKey key = key_of(pairs[0]);
        const auto end =
            std::find_if(pairs.begin(), pairs.end(), [&](Pair pair) { return key_of(pair) != key; });
        const auto count = static_cast<std::size_t>(end - pairs.begin());
        write_varint((key & key_bits_in_bucket) - last_key);
        write_postings(pairs.first(count));
        last_key = key & key_bits_in_bucket;
        pairs = pairs.subspan(count);
    }
}

void SegmentBuilder::write_postings(std::span<const Pair> pairs) {
    const auto count = static_cast<std::uint32_t>(pairs.size());
    const unsigned k = best_k(position_of(pairs.back()) + 1 - count, count);
    postings_.shorten(0);
    BitWriter writer(postings_);
    std::uint32_t next = 0;
    for (const Pair pair : pairs) {
        writer.add_rice_code(position_of(pair) - next, k);
        next = position_of(pair) + 1;
    }
    writer.finish();
    write_varint(static_cast<std::uint32_t>(postings_.size()) << rice_bits | k);
    for (const std::uint8_t byte : postings_)
        bytes_.add(byte);
}

void SegmentBuilder::write_varint(std::uint32_t number) {
    for (; number >= 0x80; number >>= 7)
        bytes_.add(static_cast<std::uint8_t>(number | 0x80));
    bytes_.add(static_cast<std::uint8_t>(number));
}

bool read_postings(std::span<const std::uint8_t> bucket, GramKey key, PositionSet& into) noexcept {
    return read_range(bucket, key & key_bits_in_bucket, key & key_bits_in_bucket, into);
}

bool read_pair_postings(std::span<const std::uint8_t> bucket, PairKey pair, PositionSet& into) noexcept {
    const GramKey first = GramKey{pair} << 16 & key_bits_in_bucket;
    return read_range(bucket, first, first | 0xffff, into);
}

} // namespace agentchat
