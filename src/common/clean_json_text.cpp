// Implements clean_json_text.hpp: rewrites escapes in place. The old and the new ones are equally long.
#include "common/clean_json_text.hpp"

#include <cstddef>

#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::size_t escape_size = 6;

/// Returns the code unit that an escape at the beginning of the text stands for: 0xD83D for `\ud83d`. Returns
/// nothing if the text begins with anything else.
std::optional<unsigned> code_unit(std::string_view text) {
    if (text.size() < escape_size || !text.starts_with("\\u"))
        return std::nullopt;
    unsigned unit = 0;
    for (const char c : text.substr(2, escape_size - 2)) {
        const int digit = pg::hex_digit(c);
        if (digit < 0)
            return std::nullopt;
        unit = unit * 16 + static_cast<unsigned>(digit);
    }
    return unit;
}

bool is_first_of_pair(unsigned unit) {
    return unit >= 0xD800 && unit < 0xDC00;
}

bool is_second_of_pair(unsigned unit) {
    return unit >= 0xDC00 && unit < 0xE000;
}

} // namespace

std::string_view clean_json_text(std::string_view json) {
    const std::string_view replacement = pg::is_utf8_database() ? "\\ufffd" : "\\u003f";
    char* copy = pg::allocate_array<char>(pg::current_context(), json.size() + 1);
    json.copy(copy, json.size());
    copy[json.size()] = '\0';
    // A backslash begins an escape, wherever it stands: outside a string it is a mistake that jsonb_in()
    // reports. An escape that is no code unit has two characters, of which the second may be a backslash.
    std::size_t at = json.find('\\');
    while (at != std::string_view::npos) {
        pg::check_for_interrupts();
        const std::optional<unsigned> unit = code_unit(json.substr(at));
        std::size_t size = unit ? escape_size : 2;
        if (unit && is_first_of_pair(*unit)) {
            const std::optional<unsigned> next = code_unit(json.substr(at + escape_size));
            if (next && is_second_of_pair(*next))
                size = 2 * escape_size;
        }
        if (unit && size == escape_size &&
            (*unit == 0 || is_first_of_pair(*unit) || is_second_of_pair(*unit)))
            replacement.copy(copy + at, escape_size);
        at = json.find('\\', at + size);
    }
    return {copy, json.size()};
}

} // namespace agentchat
