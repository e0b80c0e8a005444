// Implements snippet.hpp.
//
// Terms are found in folded texts, but a snippet shows the text as it stands. The text is folded piece by
// piece, and each piece remembers where it comes from. That is too slow for a whole text of megabytes: the
// place of the first hit is found with blocks that are folded whole, and only what is near it is folded in
// pieces.
#include "search/snippet.hpp"

#include <algorithm>

#include "pg/memory.hpp"
#include "pg/values.hpp"
#include "search/character.hpp"
#include "search/fold.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::size_t none = std::string_view::npos;

// In bytes. A snippet of Chinese has a third as many characters, which take up as much room on the screen.
constexpr std::size_t wanted_before = 60;
constexpr std::size_t wanted_size = 240;
/// What is folded in pieces on either side of the first hit. The place that blocks lead to is not exact:
/// characters that melt into one another may stand in two.
constexpr std::size_t margin = 4096;

/// A range of bytes.
struct Range {
    std::size_t begin;
    std::size_t end;
};

bool begins_character(std::string_view utf8, std::size_t place) {
    return place >= utf8.size() || (static_cast<std::uint8_t>(utf8[place]) & 0xc0) != 0x80;
}

/// Moves a place back to the beginning of its character. Bytes that are not UTF-8 stay where they are.
std::size_t character_at(std::string_view utf8, std::size_t place) {
    constexpr std::size_t longest_character = 4;
    place = std::min(place, utf8.size());
    for (std::size_t back = 0; back < longest_character && back <= place; ++back)
        if (begins_character(utf8, place - back))
            return place - back;
    return place;
}

/// Returns the first place of any term that is not excluded.
std::size_t first_hit(std::string_view folded_text, const SearchWords& words) {
    std::size_t first = none;
    for (const SearchTerm& term : words.terms())
        if (!term.is_excluded)
            first = std::min(first, find_term(folded_text, term.text));
    return first;
}

/// Returns the number of bytes of the longest term, but for those that are too long to be marked.
std::size_t longest_term(const SearchWords& words) {
    // To fold in pieces costs many times the memory of the text.
    constexpr std::size_t longest_marked = 65536;
    std::size_t longest = 0;
    for (const SearchTerm& term : words.terms())
        longest = std::max(longest, term.text.size());
    return std::min(longest, longest_marked);
}

/// A block of a text, where a byte of the folded text comes from.
struct Block {
    std::size_t begin;
    /// The place of the byte in the folded block.
    std::size_t folded_place;
    /// Whether the folded text before the block ends with a blank. Then one at its beginning is not another.
    bool follows_blank;
};

/// Goes on through the blocks of a text, to the one that the byte comes from.
Block find_block(std::string_view utf8, Block block, std::size_t block_size) {
    for (;;) {
        const std::size_t end = character_at(utf8, block.begin + block_size);
        pg::MemoryContext scratch = pg::make_context(pg::current_context(), "agentchat snippet block");
        pg::MemoryContext caller = pg::switch_to(scratch);
        std::string_view text = folded(pg::from_utf8(utf8.substr(block.begin, end - block.begin)));
        if (block.follows_blank && text.starts_with(' '))
            text.remove_prefix(1);
        const std::size_t size = text.size();
        const bool ends_with_blank = text.empty() ? block.follows_blank : text.ends_with(' ');
        pg::switch_to(caller);
        pg::delete_context(scratch);
        if (size > block.folded_place || end >= utf8.size())
            return block;
        block = {end, block.folded_place - size, ends_with_blank};
    }
}

/// Returns the range of the text to fold in pieces.
Range near_first_hit(std::string_view utf8, const SearchWords& words) {
    if (utf8.size() <= 2 * margin)
        return {0, utf8.size()};
    const std::size_t folded_place = first_hit(folded(pg::from_utf8(utf8)), words);
    if (folded_place == none)
        return {0, margin};
    constexpr std::size_t large_block = 65536;
    constexpr std::size_t small_block = 512;
    const Block block = find_block(utf8, {0, folded_place, false}, large_block);
    const std::size_t place = find_block(utf8, block, small_block).begin;
    return {character_at(utf8, place - std::min(place, margin)),
            character_at(utf8, place + margin + longest_term(words))};
}

/// A text that is folded in pieces.
class FoldedPieces {
public:
    FoldedPieces(std::string_view utf8, Range range) : utf8_(utf8) {
        for (std::size_t place = range.begin; place < range.end;) {
            const std::size_t size = first_piece(utf8.substr(place, range.end - place));
            add(place, size);
            place += size;
        }
        origins_.add(range.end);
    }

    std::string_view folded_text() const { return {bytes_.begin(), bytes_.size()}; }

    /// Returns the range of the text whose pieces became a range of the folded text.
    Range origin_of(Range range) const {
        // A hit may end inside of what a piece became. Blanks that became nothing do not belong to a hit.
        const std::size_t last = origins_[range.end - 1];
        return {origins_[range.begin], last + first_piece(utf8_.substr(last))};
    }

private:
    void add(std::size_t place, std::size_t size) {
        for (const char byte : folded(pg::from_utf8(utf8_.substr(place, size)))) {
            if (byte == ' ' && !bytes_.is_empty() && bytes_.last() == ' ')
                continue;
            bytes_.add(byte);
            origins_.add(place);
        }
    }

    std::string_view utf8_;
    pg::ArenaList<char> bytes_{pg::current_context()};
    /// For each byte, where the piece begins that it comes from.
    pg::ArenaList<std::size_t> origins_{pg::current_context()};
};

/// Returns the ranges of all places where a term occurs, in order. Of those that begin at one place, the
/// longest comes first.
std::span<Range> find_hits(const FoldedPieces& pieces, const SearchWords& words) {
    pg::ArenaList<Range> hits(pg::current_context());
    const std::string_view text = pieces.folded_text();
    for (const SearchTerm& term : words.terms())
        if (!term.is_excluded)
            for (std::size_t at = text.find(term.text); at != none; at = text.find(term.text, at + 1))
                hits.add(pieces.origin_of({at, at + term.text.size()}));
    std::sort(hits.begin(), hits.end(), [](const Range& a, const Range& b) {
        return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
    });
    return hits.span();
}

/// Returns the hits that the piece holds, joined where they touch.
std::span<const Range> hits_in(std::span<Range> hits, const Range& piece) {
    std::size_t count = 0;
    for (const Range& hit : hits) {
        if (hit.end > piece.end)
            continue;
        if (count > 0 && hit.begin <= hits[count - 1].end)
            hits[count - 1].end = std::max(hits[count - 1].end, hit.end);
        else
            hits[count++] = hit;
    }
    return hits.first(count);
}

/// Returns the range of the snippet, which holds the whole hit. It begins with a word if one begins not too
/// far before the hit.
Range cut(std::string_view utf8, Range near, const Range& hit) {
    std::size_t begin = near.begin;
    if (hit.begin - near.begin > wanted_before) {
        begin = character_at(utf8, hit.begin - wanted_before);
        const std::size_t blank = utf8.substr(0, hit.begin).find_first_of(" \n\t", begin);
        if (blank != none)
            begin = blank + 1;
    }
    const std::size_t end = std::max(character_at(utf8, begin + wanted_size), hit.end);
    return {begin, std::min(near.end, end)};
}

/// Counts the UTF-16 code units of a text in UTF-8. Each byte that is not UTF-8 counts as one.
std::int64_t count_units(std::string_view utf8) {
    std::int64_t units = 0;
    while (!utf8.empty()) {
        const Character character = first_character(utf8);
        // A character of four bytes takes two units.
        units += character.size == 4 ? 2 : 1;
        utf8.remove_prefix(character.size);
    }
    return units;
}

} // namespace

Snippet make_snippet(std::string_view text, const SearchWords& words) {
    const std::string_view utf8 = pg::in_utf8(text);
    const Range near = near_first_hit(utf8, words);
    const std::span<Range> hits = find_hits(FoldedPieces(utf8, near), words);
    const Range piece = cut(utf8, near, hits.empty() ? Range{near.begin, near.begin} : hits[0]);

    pg::ArenaList<SnippetHit> places(pg::current_context());
    std::int64_t units = 0;
    std::size_t counted = piece.begin;
    const auto units_at = [&](std::size_t place) {
        units += count_units(utf8.substr(counted, place - counted));
        counted = place;
        return units;
    };
    for (const Range& hit : hits_in(hits, piece)) {
        const std::int64_t start = units_at(hit.begin);
        places.add({start, units_at(hit.end)});
    }
    return {pg::from_utf8(utf8.substr(piece.begin, piece.end - piece.begin)), places.span(), piece.begin > 0,
            piece.end < utf8.size()};
}

} // namespace agentchat
