// Implements uri.hpp by the algorithm of RFC 3986, section 5.2.
#include "json_schema/uri.hpp"

#include <cstddef>

#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The parts of a URI, each with its delimiter: `http:`, `//host`, `/path`, `?query`.
struct Parts {
    std::string_view scheme;
    std::string_view authority;
    std::string_view path;
    std::string_view query;
};

/// Takes the first `size` characters from the text.
std::string_view take(std::string_view& text, std::size_t size) {
    const std::string_view taken = text.substr(0, size);
    text.remove_prefix(taken.size());
    return taken;
}

Parts split(std::string_view uri) {
    Parts parts;
    const std::size_t colon = uri.find_first_of(":/?#");
    if (colon != std::string_view::npos && colon > 0 && uri[colon] == ':')
        parts.scheme = take(uri, colon + 1);
    if (uri.starts_with("//"))
        parts.authority = take(uri, uri.find_first_of("/?", 2));
    parts.path = take(uri, uri.find('?'));
    parts.query = uri;
    return parts;
}

/// Writes a text into memory that has room for it.
class Writer {
public:
    explicit Writer(char* to) : start_(to), end_(to) {}

    void add(std::string_view text) { end_ += text.copy(end_, text.size()); }
    /// Removes the last segment of a path that begins at `path`.
    void remove_segment(const char* path) {
        while (end_ > path && *--end_ != '/') {
        }
    }
    const char* end() const { return end_; }
    std::string_view text() const { return {start_, static_cast<std::size_t>(end_ - start_)}; }

private:
    char* start_;
    char* end_;
};

/// Writes the path without the segments `.` and `..` (section 5.2.4).
void add_without_dots(Writer& writer, std::string_view path) {
    const char* start = writer.end();
    while (!path.empty()) {
        if (path.starts_with("../"))
            path.remove_prefix(3);
        else if (path.starts_with("./") || path.starts_with("/./"))
            path.remove_prefix(2);
        else if (path == "/.")
            path = "/";
        else if (path.starts_with("/../") || path == "/..") {
            path = path == "/.." ? "/" : path.substr(3);
            writer.remove_segment(start);
        } else if (path == "." || path == "..")
            path = {};
        else
            writer.add(take(path, path.find('/', 1)));
    }
}

} // namespace

SplitUri split_fragment(std::string_view uri) {
    const std::size_t hash = uri.find('#');
    if (hash == std::string_view::npos)
        return {uri, {}};
    return {uri.substr(0, hash), uri.substr(hash + 1)};
}

std::string_view resolve_uri(pg::MemoryContext context, std::string_view base, std::string_view reference) {
    const Parts from = split(base);
    const Parts to = split(reference);
    Writer writer(pg::allocate_array<char>(context, base.size() + reference.size() + 1));
    writer.add(to.scheme.empty() ? from.scheme : to.scheme);
    if (!to.scheme.empty() || !to.authority.empty()) {
        writer.add(to.authority);
        add_without_dots(writer, to.path);
        writer.add(to.query);
        return writer.text();
    }
    writer.add(from.authority);
    if (to.path.empty()) {
        writer.add(from.path);
        writer.add(to.query.empty() ? from.query : to.query);
        return writer.text();
    }
    if (to.path.starts_with('/')) {
        add_without_dots(writer, to.path);
    } else {
        // The last segment of the base gives way. A base that has a host but no path has the path "/".
        Writer merged(pg::allocate_array<char>(context, base.size() + reference.size() + 1));
        merged.add(from.path.substr(0, from.path.rfind('/') + 1));
        if (from.path.empty() && !from.authority.empty())
            merged.add("/");
        merged.add(to.path);
        add_without_dots(writer, merged.text());
    }
    writer.add(to.query);
    return writer.text();
}

std::string_view decode_percent(pg::MemoryContext context, std::string_view text) {
    if (text.find('%') == std::string_view::npos)
        return text;
    char* decoded = pg::allocate_array<char>(context, text.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_escape = text[i] == '%' && i + 2 < text.size() && pg::hex_digit(text[i + 1]) >= 0 &&
                               pg::hex_digit(text[i + 2]) >= 0;
        decoded[size++] =
            is_escape ? static_cast<char>(16 * pg::hex_digit(text[i + 1]) + pg::hex_digit(text[i + 2]))
                      : text[i];
        i += is_escape ? 2 : 0;
    }
    return {decoded, size};
}

} // namespace agentchat
