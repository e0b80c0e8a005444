// Reads the URLs of files, as JavaScript's URL does, and decodes base64.
#include "shapes/file_content.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "common/part_format.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_letter(char c) {
    return lower(c) >= 'a' && lower(c) <= 'z';
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// Returns the length of the scheme and its colon. Every absolute URL begins with them; the length is 0 for
/// any other text.
std::size_t scheme_size(std::string_view text) {
    if (text.empty() || !is_letter(text.front()))
        return 0;
    std::size_t size = 1;
    while (size < text.size() && (is_letter(text[size]) || is_digit(text[size]) || text[size] == '+' ||
                                  text[size] == '-' || text[size] == '.'))
        ++size;
    return size < text.size() && text[size] == ':' ? size + 1 : 0;
}

/// Collects the characters of a URL, in the current memory context.
class UrlText {
public:
    /// Makes room for that many characters, each of which may be percent-encoded.
    explicit UrlText(std::size_t most_characters)
        : text_(pg::allocate_array<char>(pg::current_context(), 3 * most_characters + 1)) {}

    void add(char c) { text_[size_++] = c; }
    void add_percent(char c) {
        const auto byte = static_cast<unsigned char>(c);
        constexpr std::string_view digits = "0123456789ABCDEF";
        add('%');
        add(digits[byte >> 4]);
        add(digits[byte & 15]);
    }
    std::string_view view() const { return {text_, size_}; }

private:
    char* text_;
    std::size_t size_ = 0;
};

/// Whether the URL standard percent-encodes the character in that part of a URL: the path (`/`), the query
/// (`?`) or the fragment (`#`).
bool is_encoded(char c, char part) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7F)
        return true;
    const std::string_view also = part == '?' ? "\"#<>'" : part == '#' ? "\"<>`" : "\"#<>?^`{}";
    return also.find(c) != std::string_view::npos;
}

/// Returns the text without the blanks and control characters at its ends, which JavaScript's URL ignores.
std::string_view without_blanks(std::string_view text) {
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20; };
    while (!text.empty() && is_blank(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// Returns the URL as new URL(...).href gives it; its scheme, of that length, must be http or https. What
/// would need a whole parser stays as it is: host names that are not ASCII, dots as steps of a path, ports
/// and user names.
std::string_view normalized(std::string_view text, std::size_t scheme) {
    UrlText url(text.size() + 1);
    for (const char c : text.substr(0, scheme))
        url.add(lower(c));
    url.add('/');
    url.add('/');
    std::string_view rest = text.substr(scheme);
    while (!rest.empty() && (rest.front() == '/' || rest.front() == '\\'))
        rest.remove_prefix(1);
    const std::size_t host = std::min(rest.find_first_of("/\\?#"), rest.size());
    for (const char c : rest.substr(0, host))
        if (c != '\t' && c != '\n' && c != '\r')
            url.add(lower(c));
    rest.remove_prefix(host);
    if (rest.empty() || rest.front() == '?' || rest.front() == '#')
        url.add('/');
    char part = '/';
    for (const char c : rest) {
        if (c == '\t' || c == '\n' || c == '\r')
            continue;
        if ((c == '?' && part == '/') || (c == '#' && part != '#')) {
            part = c;
            url.add(c);
        } else if (c == '\\' && part == '/') {
            url.add('/');
        } else if (is_encoded(c, part)) {
            url.add_percent(c);
        } else {
            url.add(c);
        }
    }
    return url.view();
}

/// Returns the text without tabs and line breaks, which JavaScript's URL ignores anywhere.
std::string_view without_line_breaks(std::string_view text) {
    if (text.find_first_of("\t\n\r") == std::string_view::npos)
        return text;
    UrlText url(text.size());
    for (const char c : text)
        if (c != '\t' && c != '\n' && c != '\r')
            url.add(c);
    return url.view();
}

/// Whether the text begins with the prefix, in upper or lower case. The prefix must be in lower case.
bool begins_with(std::string_view text, std::string_view prefix) {
    return text.size() >= prefix.size() && std::equal(prefix.begin(), prefix.end(), text.begin(),
                                                      [](char a, char b) { return a == lower(b); });
}

/// Returns the text before the first `c`; all of it if it has none.
std::string_view up_to(std::string_view text, char c) {
    return text.substr(0, std::min(text.find(c), text.size()));
}

/// Returns the value of a digit of base64 or base64url; -1 if it is neither's.
int base64_digit(char c) {
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (is_digit(c))
        return c - '0' + 52;
    if (c == '+' || c == '-')
        return 62;
    if (c == '/' || c == '_')
        return 63;
    return -1;
}

} // namespace

FileContent file_content(const UiPart& part) {
    const std::string_view text = without_blanks(part.url.value_or(""));
    const std::string_view media_type = part.media_type.value_or("");
    if (begins_with(text, data_scheme)) {
        const std::string_view url = without_line_breaks(text);
        const std::size_t comma = url.find(',');
        if (comma == std::string_view::npos)
            return {media_type, std::nullopt, std::nullopt};
        // The AI SDK takes the text between the first two commas.
        const std::string_view data = up_to(url.substr(comma + 1), ',');
        return {up_to(up_to(url.substr(data_scheme.size(), comma - data_scheme.size()), ';'), ':'),
                std::nullopt, data};
    }
    const std::size_t scheme = scheme_size(text);
    if (scheme == 0)
        return {media_type, std::nullopt, part.url.value_or("")};
    if (!begins_with(text, "http:") && !begins_with(text, "https:"))
        return {media_type, std::nullopt, std::nullopt};
    return {media_type, normalized(text, scheme), std::nullopt};
}

std::string_view type_of_bytes(const FileContent& file) {
    return file.media_type == "image/*" ? "image/jpeg" : file.media_type;
}

std::optional<std::string_view> text_of_base64(std::string_view data) {
    while (data.ends_with('='))
        data.remove_suffix(1);
    char* text = pg::allocate_array<char>(pg::current_context(), data.size());
    std::size_t size = 0;
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char c : data) {
        const int digit = base64_digit(c);
        if (digit < 0)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            text[size++] = static_cast<char>(bits >> bit_count & 0xFF);
        }
    }
    std::string_view decoded(text, size);
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (decoded.starts_with(byte_order_mark))
        decoded.remove_prefix(byte_order_mark.size());
    if (!pg::is_utf8_text(decoded))
        return std::nullopt;
    return decoded;
}

} // namespace agentchat
