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

/// Whether the text is a port: at most 65535, or empty.
bool is_port(std::string_view text) {
    constexpr std::uint32_t most = 65535;
    std::uint32_t port = 0;
    for (const char c : text) {
        port = 10 * port + static_cast<std::uint32_t>(c - '0');
        if (!is_digit(c) || port > most)
            return false;
    }
    return true;
}

/// Whether the URL, which must be normalized(), names a host as the URL standard allows it: JavaScript's URL
/// refuses it otherwise.
bool has_host(std::string_view url) {
    std::string_view host = url.substr(url.find("//") + 2);
    host = host.substr(0, std::min(host.find_first_of("/?#"), host.size()));
    if (const std::size_t user = host.rfind('@'); user != std::string_view::npos)
        host.remove_prefix(user + 1);
    const std::size_t bracket = host.starts_with('[') ? host.find(']') : 0;
    if (bracket == std::string_view::npos)
        return false;
    const std::size_t colon = std::min(host.find(':', bracket), host.size());
    const std::string_view name = host.substr(0, colon);
    if (name.empty() || !is_port(host.substr(std::min(colon + 1, host.size()))))
        return false;
    constexpr std::string_view address = "0123456789abcdef:.";
    if (bracket > 0)
        return bracket + 1 == name.size() && bracket > 1 &&
               name.substr(1, bracket - 1).find_first_not_of(address) == std::string_view::npos;
    return std::all_of(name.begin(), name.end(), [](char c) {
        constexpr std::string_view forbidden = "<>[\\]^|%";
        const auto byte = static_cast<unsigned char>(c);
        return byte > 0x20 && byte != 0x7F && forbidden.find(c) == std::string_view::npos;
    });
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

/// The values of the digits of base64 and base64url; -1 for all other characters.
constexpr auto base64_values = [] {
    std::array<signed char, 256> values{};
    values.fill(-1);
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<signed char>(i);
    values['-'] = values['+'];
    values['_'] = values['/'];
    return values;
}();

/// Returns the value of a digit of base64 or base64url; -1 if it is neither's.
int base64_digit(char c) {
    return base64_values[static_cast<unsigned char>(c)];
}

/// Whether the text is base64 or base64url, with or without padding, of at least one byte.
bool is_base64(std::string_view text) {
    const std::size_t digits = text.find_last_not_of('=') + 1;
    return digits > 0 && digits % 4 != 1 && text.size() - digits <= 2 &&
           std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(digits),
                       [](char c) { return base64_digit(c) >= 0; });
}

/// Decodes base64 up to the first character that is not a digit of it. Returns the size of the bytes.
std::size_t decode_base64(std::string_view data, char* bytes) {
    std::size_t size = 0;
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const char c : data) {
        const int digit = base64_digit(c);
        if (digit < 0)
            break;
        bits = bits << 6 | static_cast<std::uint32_t>(digit);
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes[size++] = static_cast<char>(bits >> bit_count & 0xFF);
        }
    }
    return size;
}

/// Returns base64 in the alphabet and with the padding that providers expect, in the current memory context.
std::string_view standard_base64(std::string_view data) {
    constexpr std::size_t none = std::string_view::npos;
    if (data.size() % 4 == 0 && data.find('-') == none && data.find('_') == none)
        return data;
    constexpr std::size_t most_padding = 2;
    char* const standard = pg::allocate_array<char>(pg::current_context(), data.size() + most_padding);
    std::size_t size = data.copy(standard, data.find_last_not_of('=') + 1);
    std::replace(standard, standard + size, '-', '+');
    std::replace(standard, standard + size, '_', '/');
    while (size % 4 != 0)
        standard[size++] = '=';
    return {standard, size};
}

/// The bytes that files of a type begin with. A dot stands for any byte.
struct Signature {
    std::string_view media_type;
    std::string_view bytes;
};

/// From detect-media-type.ts of @ai-sdk/provider-utils.
constexpr std::array image_signatures{
    Signature{"image/gif", "GIF87a"},
    Signature{"image/gif", "GIF89a"},
    Signature{"image/png", "\x89PNG"},
    Signature{"image/jpeg", "\xFF\xD8"},
    Signature{"image/webp", "RIFF....WEBP"},
    Signature{"image/bmp", std::string_view("BM....\0\0\0\0", 10)},
    Signature{"image/tiff", std::string_view("II*\0", 4)},
    Signature{"image/tiff", std::string_view("MM\0*", 4)},
    Signature{"image/avif", std::string_view("\0\0\0.ftypavif", 12)},
    Signature{"image/heic", std::string_view("\0\0\0.ftypheic", 12)},
};
constexpr Signature pdf_signature{"application/pdf", "%PDF"};

bool has_signature(std::string_view bytes, const Signature& signature) {
    return bytes.size() >= signature.bytes.size() &&
           std::equal(signature.bytes.begin(), signature.bytes.end(), bytes.begin(),
                      [](char expected, char byte) { return expected == '.' || expected == byte; });
}

/// Returns the type of the image or document that begins with these bytes, given in base64; empty if it is
/// not known.
std::string_view type_of_bytes(std::string_view data) {
    std::array<char, 12> room;
    const std::string_view bytes(room.data(), decode_base64(data.substr(0, 16), room.data()));
    for (const Signature& signature : image_signatures)
        if (has_signature(bytes, signature))
            return signature.media_type;
    return has_signature(bytes, pdf_signature) ? pdf_signature.media_type : std::string_view();
}

bool has_subtype(std::string_view media_type) {
    return media_type.find('/') != std::string_view::npos && !media_type.ends_with("/*");
}

/// Returns the type by which providers know an image whose type has other names.
std::string_view usual_name(std::string_view media_type) {
    return media_type == "image/jpg" ? "image/jpeg" : media_type;
}

FileContent file_of_bytes(std::string_view media_type, std::string_view data) {
    const std::string_view type = type_of_bytes(data);
    FileContent file;
    file.media_type = type.starts_with("image/") || (!has_subtype(media_type) && type.starts_with(media_type))
                          ? type
                          : usual_name(media_type);
    file.data = standard_base64(data);
    return file;
}

/// Returns the file in a URL that begins with `data:`; nothing if it is not in base64, or empty.
std::optional<FileContent> file_of_data_url(std::string_view url) {
    const std::size_t comma = url.find(',');
    if (comma == std::string_view::npos)
        return std::nullopt;
    const std::string_view header = url.substr(data_scheme.size(), comma - data_scheme.size());
    const std::string_view data = url.substr(comma + 1);
    constexpr std::string_view mark = ";base64";
    if (header.size() < mark.size() || !begins_with(header.substr(header.size() - mark.size()), mark) ||
        !is_base64(data))
        return std::nullopt;
    return file_of_bytes(up_to(up_to(header, ';'), ':'), data);
}

/// Returns the file that base64 stands for which is where the URL belongs. A path is not taken for base64,
/// although it may look like it.
std::optional<FileContent> file_of_base64(std::string_view media_type, std::string_view text) {
    if (text.size() % 4 != 0 || text.find_first_of("-_") != std::string_view::npos || !is_base64(text))
        return std::nullopt;
    if (text.front() == '/' && type_of_bytes(text).empty())
        return std::nullopt;
    return file_of_bytes(media_type, text);
}

} // namespace

FileContent file_content(const UiPart& part, std::string_view provider) {
    FileContent file;
    file.media_type = usual_name(part.media_type.value_or(""));
    if (part.provider_reference)
        file.id = part.provider_reference->find_text(provider);
    if (file.id && !file.id->empty())
        return file;
    file.id.reset();
    const std::string_view text = without_blanks(part.url.value_or(""));
    if (begins_with(text, data_scheme))
        return file_of_data_url(without_line_breaks(text)).value_or(file);
    const std::size_t scheme = scheme_size(text);
    if (scheme == 0)
        return file_of_base64(file.media_type, part.url.value_or("")).value_or(file);
    if (begins_with(text, "http:") || begins_with(text, "https:")) {
        const std::string_view url = normalized(text, scheme);
        if (has_host(url))
            file.url = url;
    }
    return file;
}

bool is_usual_image(const FileContent& file) {
    constexpr std::array<std::string_view, 4> types{"image/jpeg", "image/png", "image/gif", "image/webp"};
    return std::find(types.begin(), types.end(), file.media_type) != types.end() ||
           (file.url && (file.media_type == "image" || file.media_type == "image/*"));
}

bool is_of_type(const FileContent& file, std::string_view type) {
    return up_to(file.media_type, '/') == type;
}

std::optional<std::string_view> text_of_base64(std::string_view data) {
    char* text = pg::allocate_array<char>(pg::current_context(), data.size());
    std::string_view decoded(text, decode_base64(data, text));
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (decoded.starts_with(byte_order_mark))
        decoded.remove_prefix(byte_order_mark.size());
    if (!pg::is_utf8_text(decoded))
        return std::nullopt;
    return decoded;
}

} // namespace agentchat
