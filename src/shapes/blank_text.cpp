// Implements blank_text.hpp: finds blanks at the ends of a text.
#include "shapes/blank_text.hpp"

#include <cstddef>

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The characters that ECMAScript calls WhiteSpace and LineTerminator, and those that only Python's isspace()
/// adds.
constexpr std::string_view blanks = " \t\n\v\f\r\x1C\x1D\x1E\x1F\u0085\u00A0\u1680\u2000\u2001\u2002\u2003"
                                    "\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u2028\u2029"
                                    "\u202F\u205F\u3000\uFEFF";
constexpr std::size_t longest_blank = 3;

/// Returns the size of a character with this first byte, up to longest_blank; 0 if no character begins with
/// it.
std::size_t character_size(char first) {
    const auto byte = static_cast<unsigned char>(first);
    if (byte < 0x80)
        return 1;
    if (byte < 0xC0)
        return 0;
    return byte < 0xE0 ? 2 : 3;
}

bool is_blank_character(std::string_view bytes) {
    return bytes.size() == character_size(bytes.front()) && blanks.find(bytes) != std::string_view::npos;
}

/// Returns the size of the blank that the text begins with; 0 if it begins with none.
std::size_t first_blank(std::string_view text) {
    for (std::size_t size = 1; size <= longest_blank && size <= text.size(); ++size)
        if (is_blank_character(text.substr(0, size)))
            return size;
    return 0;
}

/// Returns the size of the blank that the text ends with; 0 if it ends with none.
std::size_t last_blank(std::string_view text) {
    for (std::size_t size = 1; size <= longest_blank && size <= text.size(); ++size)
        if (is_blank_character(text.substr(text.size() - size)))
            return size;
    return 0;
}

} // namespace

std::string_view without_blanks_at_ends(std::string_view text) {
    while (const std::size_t size = first_blank(text))
        text.remove_prefix(size);
    while (const std::size_t size = last_blank(text))
        text.remove_suffix(size);
    return text;
}

bool is_blank(std::string_view text) {
    return without_blanks_at_ends(text).empty();
}

} // namespace agentchat
