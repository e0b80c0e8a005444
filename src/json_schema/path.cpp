// Implements path.hpp. A path is written from its last step to its first one.
#include "json_schema/path.hpp"

#include <algorithm>
#include <charconv>

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::size_t digits_room = 20;

std::size_t escaped_size(std::string_view key) {
    return key.size() + static_cast<std::size_t>(std::count_if(key.begin(), key.end(),
                                                               [](char c) { return c == '~' || c == '/'; }));
}

std::string_view digits_of(std::size_t index, char* room) {
    const auto [end, error] = std::to_chars(room, room + digits_room, index);
    static_cast<void>(error);
    return {room, static_cast<std::size_t>(end - room)};
}

/// Writes the key so that it ends before `end`, with ~0 for ~ and ~1 for /. Returns the start.
char* write_escaped(char* end, std::string_view key) {
    for (std::size_t i = key.size(); i-- > 0;) {
        const char c = key[i];
        if (c == '~' || c == '/') {
            *--end = c == '~' ? '0' : '1';
            *--end = '~';
        } else {
            *--end = c;
        }
    }
    return end;
}

} // namespace

std::string_view json_pointer(pg::MemoryContext context, const JsonPath& path) {
    char room[digits_room];
    std::size_t size = 0;
    for (const JsonPath* step = &path; step->parent != nullptr; step = step->parent)
        size += 1 + (step->is_element ? digits_of(step->index, room).size() : escaped_size(step->key));

    char* text = pg::allocate_array<char>(context, size + 1);
    char* start = text + size;
    *start = '\0';
    for (const JsonPath* step = &path; step->parent != nullptr; step = step->parent) {
        start = step->is_element ? write_escaped(start, digits_of(step->index, room))
                                 : write_escaped(start, step->key);
        *--start = '/';
    }
    return {text, size};
}

std::string_view decode_pointer_step(pg::MemoryContext context, std::string_view step) {
    if (step.find('~') == std::string_view::npos)
        return step;
    char* decoded = pg::allocate_array<char>(context, step.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < step.size(); ++i) {
        const bool is_escape =
            step[i] == '~' && i + 1 < step.size() && (step[i + 1] == '0' || step[i + 1] == '1');
        decoded[size++] = !is_escape ? step[i] : step[++i] == '0' ? '~' : '/';
    }
    return {decoded, size};
}

} // namespace agentchat
