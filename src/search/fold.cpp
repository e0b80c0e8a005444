#include "search/fold.hpp"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/values.hpp"
#include "search/character.hpp"
#include "search/fold_table.hpp"
#include "search/word.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

// Most of a text is ASCII, and arithmetic folds eight characters of it at once, in a word. Functions mark
// some bytes of a word by their highest bits.

/// Returns a word that has the byte in all places.
constexpr Word every_byte(std::uint8_t byte) {
    return Word{0x0101010101010101} * byte;
}

constexpr Word high_bits = every_byte(0x80);

/// Marks the bytes from `first` to `last`. All bytes of the word are ASCII.
constexpr Word in_range(Word word, std::uint8_t first, std::uint8_t last) noexcept {
    const auto reaches = [&](unsigned limit) {
        return word + every_byte(static_cast<std::uint8_t>(0x80 - limit));
    };
    return reaches(first) & ~reaches(last + 1U) & high_bits;
}

/// Folds eight characters of ASCII as fold_table.hpp says: upper case becomes lower case, and tabs and line
/// ends become blanks. Runs of blanks stay.
constexpr Word folded_word(Word word) noexcept {
    const Word upper = in_range(word, 'A', 'Z');
    const Word controls = in_range(word, '\t', '\r');
    const Word whole_controls = controls | (controls - (controls >> 7));
    return ((word | upper >> 2) & ~whole_controls) | controls >> 2;
}

constexpr bool is_ascii(char byte) noexcept {
    return (byte & 0x80) == 0;
}

constexpr Word blanks_of(Word word) noexcept {
    return in_range(word, ' ', ' ');
}

/// Returns the entry of fold_table.hpp for a character.
std::uint16_t entry_of(std::uint32_t code) noexcept {
    if (code > last_code_point)
        return fold_table::same;
    const std::size_t block = fold_table::block_of[code / fold_table::block_size];
    return fold_table::entries[block * fold_table::block_size + code % fold_table::block_size];
}

/// Folds a text. There is always room for the rest of the text as it is, and for a word more. Therefore, only
/// the few characters that grow need a check.
class Folder {
public:
    explicit Folder(std::string_view text)
        : rest_(text), room_(text.size() + word_size),
          bytes_(pg::allocate_array<char>(pg::current_context(), room_)) {}

    /// Folds the text up to its end. `stops_at_mark` ends it before the first character that can melt into
    /// the one before it.
    void run(bool stops_at_mark) {
        constexpr std::size_t between_checks = 65536;
        while (!rest_.empty()) {
            const std::size_t next_check = rest_.size() - std::min(rest_.size(), between_checks);
            while (rest_.size() > next_check) {
                fold_ascii(next_check);
                while (rest_.size() > next_check && !is_ascii(rest_[0]))
                    if (!fold_other(stops_at_mark))
                        return;
            }
            pg::check_for_interrupts();
        }
    }

    /// Begins anew with another text.
    void restart(std::string_view text) {
        rest_ = text;
        size_ = 0;
        after_blank_ = 0;
        make_room(0);
    }

    std::string_view text() const { return {bytes_, size_}; }
    /// What run() has not folded.
    std::string_view rest() const { return rest_; }

private:
    /// Folds ASCII up to the first other character, until `least_rest` bytes or a few less are left.
    void fold_ascii(std::size_t least_rest) noexcept {
        std::size_t count = word_size;
        while (count == word_size && rest_.size() > least_rest) {
            const Word word = read_word(rest_.data(), rest_.size());
            const Word others = word & high_bits;
            count = others == 0 ? word_size : static_cast<std::size_t>(std::countr_zero(others)) / 8;
            count = std::min(count, rest_.size());
            add_ascii(folded_word(word & ~high_bits), count);
            rest_.remove_prefix(count);
        }
    }

    /// Adds the first `count` characters of a folded word, of which the first blank of a run stands for all
    /// of them.
    void add_ascii(Word word, std::size_t count) noexcept {
        if (count == 0)
            return;
        const Word here = high_bits >> (64 - 8 * count);
        const Word blanks = blanks_of(word) & here;
        const Word repeated = blanks & (blanks << 8 | after_blank_);
        after_blank_ = blanks >> (8 * count - 8) & 0x80;
        if (repeated == here)
            return;
        write_word(word, bytes_ + size_);
        size_ += count;
        if (repeated != 0)
            remove_repeated(repeated, count);
    }

    /// Removes the marked ones of the last `count` bytes.
    void remove_repeated(Word repeated, std::size_t count) noexcept {
        const char* from = bytes_ + size_ - count;
        char* to = bytes_ + size_ - count;
        for (std::size_t i = 0; i < count; ++i) {
            *to = from[i];
            to += (repeated >> (8 * i + 7) & 1) ^ 1;
        }
        size_ = static_cast<std::size_t>(to - bytes_);
    }

    /// Folds one character that is not ASCII. Returns false if it has stopped before it.
    bool fold_other(bool stops_at_mark) {
        const Character character = first_character(rest_);
        const std::uint16_t entry = entry_of(character.code);
        if (entry == fold_table::composes && stops_at_mark)
            return false;
        if (entry == fold_table::same || entry == fold_table::composes) {
            keep(character.size);
            rest_.remove_prefix(character.size);
        } else {
            rest_.remove_prefix(character.size);
            const std::uint8_t* replacement = &fold_table::replacements[entry];
            replace_by({reinterpret_cast<const char*>(replacement + 1), *replacement}, character.size);
        }
        return true;
    }

    /// Adds the next character of the text as it is. To copy four bytes is faster than to copy as many as it
    /// has.
    void keep(std::size_t size) noexcept {
        constexpr std::size_t most_bytes = 4;
        if (rest_.size() < most_bytes)
            return copy(rest_.data(), size);
        std::memcpy(bytes_ + size_, rest_.data(), most_bytes);
        size_ += size;
        after_blank_ = 0;
    }

    void copy(const char* from, std::size_t size) noexcept {
        for (std::size_t i = 0; i < size; ++i)
            bytes_[size_ + i] = from[i];
        size_ += size;
        after_blank_ = 0;
    }

    void replace_by(std::string_view bytes, std::size_t replaced) {
        if (bytes.empty() || (bytes == " " && after_blank_ != 0))
            return;
        if (bytes.size() > replaced)
            make_room(bytes.size());
        copy(bytes.data(), bytes.size());
        after_blank_ = bytes.back() == ' ' ? 0x80 : 0;
    }

    /// Makes room for so many bytes more than the rest of the text.
    void make_room(std::size_t more) {
        const std::size_t needed = size_ + more + rest_.size() + word_size;
        if (needed <= room_)
            return;
        room_ = needed + needed / 2;
        bytes_ = static_cast<char*>(pg::reallocate(bytes_, room_));
    }

    std::string_view rest_;
    std::size_t room_;
    char* bytes_;
    std::size_t size_ = 0;
    /// 0x80 if the last character of the output is a blank, as the mark of a byte before a word.
    Word after_blank_ = 0;
};

} // namespace

std::size_t first_piece(std::string_view utf8) noexcept {
    std::size_t size = first_character(utf8).size;
    while (size < utf8.size()) {
        const Character next = first_character(utf8.substr(size));
        if (entry_of(next.code) != fold_table::composes)
            break;
        size += next.size;
    }
    return size;
}

std::string_view folded(std::string_view text) {
    text = pg::in_utf8(text);
    Folder folder(text);
    // Composed and decomposed texts are the same. Other encodings of a database have no characters that melt,
    // or have them composed.
    folder.run(pg::is_utf8_database());
    if (!folder.rest().empty()) {
        folder.restart(pg::in_nfkc(text));
        folder.run(false);
    }
    return folder.text();
}

} // namespace agentchat
