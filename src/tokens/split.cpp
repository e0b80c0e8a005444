// Splits a text like the regular expressions of tiktoken.
#include "tokens/split.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string_view>

#include "pg/session.hpp"
#include "tokens/character_class.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A set of classes.
class ClassSet {
public:
    constexpr ClassSet(std::initializer_list<CharacterClass> classes) {
        for (const CharacterClass type : classes)
            bits_ |= 1U << static_cast<unsigned>(type);
    }
    constexpr bool has(CharacterClass type) const { return (bits_ >> static_cast<unsigned>(type) & 1U) != 0; }

private:
    std::uint32_t bits_ = 0;
};

using enum CharacterClass;

constexpr ClassSet letters{upper, lower, other_letter};
constexpr ClassSet symbols{symbol, mark};                 // [^\s\p{L}\p{N}]
constexpr ClassSet spaces{space, line_end};               // \s
constexpr ClassSet line_ends{line_end};                   // [\r\n]
constexpr ClassSet prefixes{symbol, mark, space};         // [^\r\n\p{L}\p{N}]
constexpr ClassSet word_heads{upper, other_letter, mark}; // [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]
constexpr ClassSet word_tails{lower, other_letter, mark}; // [\p{Ll}\p{Lm}\p{Lo}\p{M}]

bool is_at(std::string_view text, std::size_t at, ClassSet classes) {
    return at < text.size() && classes.has(character_at(text, at).type);
}

/// Returns the first position from `at` on whose character is of none of the classes.
std::size_t skip(std::string_view text, std::size_t at, ClassSet classes) {
    constexpr std::size_t bytes_between_interrupts = 1 << 20;
    for (;;) {
        const std::size_t pause = std::min(text.size(), at + bytes_between_interrupts);
        while (at < pause) {
            const Character character = character_at(text, at);
            if (!classes.has(character.type))
                return at;
            at += character.size;
        }
        if (at >= text.size())
            return at;
        pg::check_for_interrupts();
    }
}

/// Returns the start of the character before `at`.
std::size_t previous(std::string_view text, std::size_t at) {
    do
        --at;
    while (at > 0 && (static_cast<std::uint8_t>(text[at]) & 0xC0) == 0x80);
    return at;
}

char lower_ascii(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Returns the end of a contraction such as 's or 'LL at the position: (?i:'s|'t|'re|'ve|'m|'ll|'d). Returns
/// `at` if there is none.
std::size_t skip_contraction(std::string_view text, std::size_t at) {
    const std::string_view rest = text.substr(at, 3);
    if (rest.size() < 2 || rest[0] != '\'')
        return at;
    const char first = lower_ascii(rest[1]);
    if (first == 's' || first == 't' || first == 'm' || first == 'd')
        return at + 2;
    if (rest.size() < 3)
        return at;
    const char second = lower_ascii(rest[2]);
    if (((first == 'r' || first == 'v') && second == 'e') || (first == 'l' && second == 'l'))
        return at + 3;
    // U+017F, the long s, is an s of another case.
    return rest.substr(1) == "\xC5\xBF" ? at + 3 : at;
}

/// Returns the end of up to three numbers: \p{N}{1,3}.
std::size_t skip_numbers(std::string_view text, std::size_t at) {
    for (int i = 0; i < 3 && is_at(text, at, {number}); ++i)
        at += character_at(text, at).size;
    return at;
}

/// Returns the end of ` ?[^\s\p{L}\p{N}]+`, or `at` if it does not match.
std::size_t skip_symbols(std::string_view text, std::size_t at) {
    const std::size_t start = text[at] == ' ' ? at + 1 : at;
    const std::size_t end = skip(text, start, symbols);
    return end > start ? end : at;
}

/// Returns the end of the last CR or LF in a text, or 0.
std::size_t end_of_last_line(std::string_view text) {
    return text.find_last_of("\r\n") + 1;
}

/// Returns the end of a piece of white space, whose run ends at `end`: \s*[\r\n]+|\s+(?!\S)|\s+
std::size_t end_of_spaces(std::string_view text, std::size_t start, std::size_t end) {
    if (const std::size_t line = end_of_last_line(text.substr(start, end - start)); line > 0)
        return start + line;
    if (end == text.size())
        return end;
    // The last space before other text belongs to that text.
    const std::size_t last = previous(text, end);
    return last > start ? last : end;
}

/// Returns the end of [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+, or `start` if it does not
/// match. `heads_end` is the end of the first run.
std::size_t end_of_word(std::string_view text, std::size_t start, std::size_t heads_end) {
    if (const std::size_t end = skip(text, heads_end, word_tails); end > heads_end)
        return end;
    // The first run gives back what the second needs: the last of its characters that may be in both.
    std::size_t end = heads_end;
    while (end > start && is_at(text, previous(text, end), {upper}))
        end = previous(text, end);
    return end;
}

/// Returns the end of the two patterns of o200k_base for words, or `start` if neither matches.
std::size_t end_of_o200k_word(std::string_view text, std::size_t start) {
    const Character first = character_at(text, start);
    std::size_t capitals = start;
    if (prefixes.has(first.type)) {
        const std::size_t word = start + first.size;
        const std::size_t heads_end = skip(text, word, word_heads);
        if (const std::size_t end = end_of_word(text, word, heads_end); end > word)
            return skip_contraction(text, end);
        if (heads_end > word)
            capitals = heads_end;
    }
    if (word_heads.has(first.type) || word_tails.has(first.type)) {
        const std::size_t heads_end = skip(text, start, word_heads);
        if (const std::size_t end = end_of_word(text, start, heads_end); end > start)
            return skip_contraction(text, end);
        capitals = heads_end;
    }
    return capitals > start ? skip_contraction(text, capitals) : start;
}

} // namespace

std::size_t end_of_o200k_piece(std::string_view text, std::size_t start) {
    if (const std::size_t end = end_of_o200k_word(text, start); end > start)
        return end;
    if (const std::size_t end = skip_numbers(text, start); end > start)
        return end;
    if (std::size_t end = skip_symbols(text, start); end > start) {
        while (end < text.size() && (text[end] == '\r' || text[end] == '\n' || text[end] == '/'))
            ++end;
        return end;
    }
    return end_of_spaces(text, start, skip(text, start, spaces));
}

std::size_t end_of_cl100k_piece(std::string_view text, std::size_t start) {
    if (const std::size_t end = skip_contraction(text, start); end > start)
        return end;
    const Character first = character_at(text, start);
    const std::size_t word = prefixes.has(first.type) ? start + first.size : start;
    if (const std::size_t end = skip(text, word, letters); end > word)
        return end;
    if (const std::size_t end = skip_numbers(text, start); end > start)
        return end;
    if (const std::size_t end = skip_symbols(text, start); end > start)
        return skip(text, end, line_ends);
    // White space at the end of the text is one piece: \s++$
    const std::size_t end = skip(text, start, spaces);
    return end == text.size() ? end : end_of_spaces(text, start, end);
}

} // namespace agentchat
