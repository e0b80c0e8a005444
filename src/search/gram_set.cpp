#include "search/gram_set.hpp"

#include <algorithm>

#include "pg/session.hpp"
#include "search/character.hpp"
#include "search/radix_sort.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Stands behind the last character of a text.
constexpr std::uint32_t end_sign = 0;

/// Takes the characters of a text from its front.
class CharacterReader {
public:
    explicit CharacterReader(std::string_view text) : rest_(text) {}

    bool is_at_end() const { return rest_.empty(); }
    /// Returns the next character, or the end sign. Most characters are ASCII and need no call.
    std::uint32_t next() noexcept {
        if (rest_.empty())
            return end_sign;
        if (const auto byte = static_cast<std::uint8_t>(rest_[0]); byte < 0x80) {
            rest_.remove_prefix(1);
            return byte;
        }
        const Character character = first_character(rest_);
        rest_.remove_prefix(character.size);
        return character.code;
    }

private:
    std::string_view rest_;
};

/// Takes the grams of a text that is not empty from its front.
class GramReader {
public:
    explicit GramReader(std::string_view text)
        : reader_(text), first_(reader_.next()), second_(reader_.next()) {}

    bool is_at_end() const { return is_at_end_; }
    GramKey next() noexcept {
        is_at_end_ = reader_.is_at_end();
        const std::uint32_t third = reader_.next();
        const GramKey key = gram_key(first_, second_, third);
        first_ = second_;
        second_ = third;
        return key;
    }

private:
    CharacterReader reader_;
    std::uint32_t first_;
    std::uint32_t second_;
    bool is_at_end_ = false;
};

std::size_t count_characters(std::string_view text) noexcept {
    std::size_t count = 0;
    for (CharacterReader reader(text); !reader.is_at_end(); reader.next())
        ++count;
    return count;
}

GramKey* resized(pg::MemoryContext context, GramKey* keys, std::size_t count) {
    return keys == nullptr ? pg::allocate_array<GramKey>(context, count)
                           : static_cast<GramKey*>(pg::reallocate(keys, count * sizeof(GramKey)));
}

bool continues_character(char byte) noexcept {
    return (byte & 0xc0) == 0x80;
}

/// Returns the part of a term that has the same characters wherever the term occurs. A text in the encoding
/// SQL_ASCII may have a character of which the first or the last bytes of the term are a part only.
std::string_view whole_characters(std::string_view term) noexcept {
    while (!term.empty() && continues_character(term.front()))
        term.remove_prefix(1);
    constexpr std::size_t longest_character = 4;
    std::size_t tail = 1;
    while (tail < std::min(term.size(), longest_character) && continues_character(term[term.size() - tail]))
        ++tail;
    if (tail > term.size())
        return term;
    const Character last = first_character(term.substr(term.size() - tail));
    const bool is_cut = last.code > last_code_point && !continues_character(term[term.size() - tail]);
    return is_cut ? term.substr(0, term.size() - tail) : term;
}

} // namespace

/// The number of grams between two checks for room and for interrupts.
constexpr std::size_t slice_size = 4096;

GramSet::GramSet(pg::MemoryContext context) : context_(context) {
    clear();
}

void GramSet::clear() {
    // Each slot gets a key of another slot.
    last_keys_.fill(0);
    last_keys_[slot_of(0)] = 1;
    size_ = 0;
    sorted_ = 0;
}

void GramSet::add(std::string_view folded_text) {
    if (folded_text.empty())
        return;
    for (GramReader reader(folded_text); !reader.is_at_end();) {
        pg::check_for_interrupts();
        reserve_slice();
        GramKey* end = keys_ + size_;
        for (std::size_t i = 0; i < slice_size && !reader.is_at_end(); ++i) {
            const GramKey key = reader.next();
            GramKey& last_key = last_keys_[slot_of(key)];
            // Without a branch: nothing could predict it.
            *end = key;
            end += last_key == key ? 0 : 1;
            last_key = key;
        }
        size_ = static_cast<std::size_t>(end - keys_);
    }
}

void GramSet::reserve_slice() {
    if (room_ - size_ >= slice_size)
        return;
    // Duplicates go first. Memory that they have not half emptied grows.
    remove_duplicates();
    if (room_ >= 2 * size_ + slice_size)
        return;
    room_ = 3 * size_ + 2 * slice_size;
    keys_ = resized(context_, keys_, room_);
    scratch_ = resized(context_, scratch_, room_);
}

void GramSet::remove_duplicates() {
    if (sorted_ == size_)
        return;
    radix_sort(std::span(keys_, size_), std::span(scratch_, size_), 0);
    size_ = static_cast<std::size_t>(std::unique(keys_, keys_ + size_) - keys_);
    sorted_ = size_;
}

std::span<const GramKey> GramSet::keys() {
    remove_duplicates();
    return {keys_, size_};
}

TermGrams::TermGrams(std::string_view folded_term) noexcept {
    const std::string_view term = whole_characters(folded_term);
    const std::size_t characters = count_characters(term);
    if (characters == 2) {
        CharacterReader reader(term);
        const std::uint32_t first = reader.next();
        pair_ = pair_key(first, reader.next());
        has_pair_ = true;
    } else if (characters > 2) {
        choose_keys(term, characters - 2);
    }
}

/// Chooses grams at equal distances, with the first and the last one. The last gram of the term as a text,
/// with the end sign, is not among them: a text may go on after the term.
void TermGrams::choose_keys(std::string_view term, std::size_t grams) noexcept {
    const std::size_t count = std::min(grams, most_keys);
    std::size_t chosen = 0;
    GramReader reader(term);
    for (std::size_t place = 0; place < grams; ++place) {
        const GramKey key = reader.next();
        // No division by zero: a term with one gram has taken it at place 0.
        if (place == (chosen == 0 ? 0 : chosen * (grams - 1) / (count - 1))) {
            add_key(key);
            ++chosen;
        }
    }
}

void TermGrams::add_key(GramKey key) noexcept {
    const std::span<const GramKey> known = keys();
    if (std::find(known.begin(), known.end(), key) == known.end())
        keys_[key_count_++] = key;
}

} // namespace agentchat
