// Merges the bytes of a piece to tokens. Of all neighbours that are a token together, those with the lowest
// rank are merged first, and of these the first. The merging ends when no neighbours are a token.
#include "tokens/merge.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "pg/error.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "tokens/token_table.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

// Up to this size, a search of all pairs is faster than a heap.
constexpr std::size_t most_short_bytes = 64;

// The work on a long piece needs some 30 bytes of memory for each byte.
constexpr std::size_t most_bytes = 16 << 20;

/// Counts the tokens of a short piece.
std::size_t count_short(const TokenTable& table, std::string_view piece) {
    std::uint8_t starts[most_short_bytes + 1];       // of the parts; then the end of the piece
    std::uint32_t pair_ranks[most_short_bytes] = {}; // of each part with the next one
    std::size_t count = piece.size();
    for (std::size_t i = 0; i <= count; ++i)
        starts[i] = static_cast<std::uint8_t>(i);
    const auto pair_rank = [&](std::size_t part) {
        const std::size_t start = starts[part];
        return part + 1 < count ? table.rank_of(piece.substr(start, starts[part + 2] - start)) : no_rank;
    };
    for (std::size_t i = 0; i < count; ++i)
        pair_ranks[i] = pair_rank(i);
    for (;;) {
        const std::uint32_t* lowest = std::min_element(pair_ranks, pair_ranks + count);
        if (*lowest == no_rank)
            return count;
        const auto part = static_cast<std::size_t>(lowest - pair_ranks);
        std::copy(starts + part + 2, starts + count + 1, starts + part + 1);
        std::copy(pair_ranks + part + 2, pair_ranks + count, pair_ranks + part + 1);
        --count;
        pair_ranks[part] = pair_rank(part);
        if (part > 0)
            pair_ranks[part - 1] = pair_rank(part - 1);
    }
}

/// Merges the bytes of a long piece, in a time that grows little faster than its size. The parts are a linked
/// list, and a heap gives the next pair.
class LongPiece {
public:
    LongPiece(pg::MemoryContext context, const TokenTable& table, std::string_view piece)
        : table_(table), piece_(piece), next_(pg::allocate_array<std::uint32_t>(context, piece.size() + 1)),
          previous_(pg::allocate_array<std::uint32_t>(context, piece.size() + 1)),
          pair_ranks_(pg::allocate_array<std::uint32_t>(context, piece.size())), heap_(context) {}

    std::size_t count() {
        const std::size_t size = piece_.size();
        for (std::uint32_t i = 0; i <= size; ++i) {
            next_[i] = i + 1;
            previous_[i] = i - 1;
        }
        for (std::uint32_t i = 0; i < size; ++i) {
            rank_pair(i);
            if (pair_ranks_[i] != no_rank)
                heap_.add(key(i));
            pause();
        }
        std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
        std::size_t count = size;
        while (!heap_.is_empty()) {
            pause();
            std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
            const std::uint64_t lowest = heap_.remove_last();
            const auto part = static_cast<std::uint32_t>(lowest);
            // The pair may have changed since it was added. The part may also have been merged with the one
            // before it; it then has no rank.
            if (pair_ranks_[part] != lowest >> 32)
                continue;
            merge(part);
            --count;
        }
        return count;
    }

private:
    /// Orders the pairs: by rank, then by position.
    std::uint64_t key(std::uint32_t part) const { return std::uint64_t{pair_ranks_[part]} << 32 | part; }

    /// Sets the rank of a part together with the next one.
    void rank_pair(std::uint32_t part) {
        const std::uint32_t end = next_[part];
        pair_ranks_[part] =
            end < piece_.size() ? table_.rank_of(piece_.substr(part, next_[end] - part)) : no_rank;
    }

    void add_pair(std::uint32_t part) {
        rank_pair(part);
        if (pair_ranks_[part] == no_rank)
            return;
        heap_.add(key(part));
        std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }

    /// Merges a part with the next one.
    void merge(std::uint32_t part) {
        const std::uint32_t gone = next_[part];
        pair_ranks_[gone] = no_rank;
        next_[part] = next_[gone];
        previous_[next_[part]] = part;
        add_pair(part);
        if (part > 0)
            add_pair(previous_[part]);
    }

    void pause() {
        constexpr std::uint32_t steps_between_interrupts = 1 << 14;
        if (++steps_ % steps_between_interrupts == 0)
            pg::check_for_interrupts();
    }

    const TokenTable& table_;
    std::string_view piece_;
    // Each part has the number of its first byte. The piece ends with a part that is empty.
    std::uint32_t* next_;
    std::uint32_t* previous_;
    std::uint32_t* pair_ranks_;
    pg::ArenaList<std::uint64_t> heap_;
    std::uint32_t steps_ = 0;
};

std::size_t count_long(const TokenTable& table, std::string_view piece) {
    if (piece.size() > most_bytes)
        pg::raise({pg::sqlstate::program_limit_exceeded, "text cannot be split into tokens",
                   pg::format("It has %zu bytes of letters or of other characters of one kind in a row, and "
                              "the limit is %zu.",
                              piece.size(), most_bytes),
                   "Use the tokenizer \"estimate\"."});
    const pg::MemoryContext context = pg::make_context(pg::current_context(), "agentchat tokens");
    const std::size_t count = LongPiece(context, table, piece).count();
    pg::delete_context(context);
    return count;
}

} // namespace

std::size_t count_piece_tokens(const TokenTable& table, std::string_view piece) {
    if (table.rank_of(piece) != no_rank)
        return 1;
    return piece.size() <= most_short_bytes ? count_short(table, piece) : count_long(table, piece);
}

} // namespace agentchat
