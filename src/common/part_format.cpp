// Builds the types and URLs of parts from their pieces.
#include "common/part_format.hpp"

#include <cstddef>
#include <initializer_list>

#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Joins the texts into one, in the current memory context.
std::string_view joined(std::initializer_list<std::string_view> texts) {
    std::size_t size = 0;
    for (const std::string_view text : texts)
        size += text.size();
    char* all = pg::allocate_array<char>(pg::current_context(), size);
    std::size_t end = 0;
    for (const std::string_view text : texts)
        end += text.copy(all + end, text.size());
    return {all, size};
}

} // namespace

std::string_view tool_call_type(std::string_view tool_name) {
    return joined({part_type::tool_prefix, tool_name});
}

std::string_view data_url(std::string_view media_type, std::string_view base64) {
    return joined({data_scheme, media_type, ";base64,", base64});
}

} // namespace agentchat
