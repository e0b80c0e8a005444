// Implements call_names.hpp: replaces the ids and names that a provider refuses.
#include "shapes/call_names.hpp"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <tuple>

#include "pg/memory.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

bool is_plain(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/// Whether the byte begins a character of UTF-8.
bool begins_character(char c) {
    return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
}

bool is_plain_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), is_plain);
}

bool is_accepted_id(std::string_view id, const CallRules& rules) {
    const auto characters = static_cast<std::size_t>(std::count_if(id.begin(), id.end(), begins_character));
    return !id.empty() && characters <= rules.most_characters_of_id &&
           (!rules.has_plain_ids || is_plain_text(id));
}

/// Returns the id that stands for the call with that id that is the `occurrence`-th in the message: the
/// version 5 UUID of both. Ids of Anthropic's own tools have a prefix, and no hyphens.
std::string_view replacement_of(const UiPart& call, std::size_t occurrence) {
    pg::Uuid space{};
    for (std::size_t i = 0; i < sizeof occurrence; ++i)
        space.bytes[i] = static_cast<std::uint8_t>(occurrence >> 8 * i);
    constexpr std::string_view server_prefix = "srvtoolu_";
    const std::string_view prefix = call.is_provider_executed ? server_prefix : std::string_view();
    char* const id = pg::allocate_array<char>(pg::current_context(), prefix.size() + pg::uuid_text_size);
    char* const uuid = id + prefix.copy(id, prefix.size());
    pg::write_uuid(pg::uuid_v5(space, call.tool_call_id), uuid);
    std::replace(uuid, uuid + pg::uuid_text_size, '-', '_');
    return {id, prefix.size() + pg::uuid_text_size};
}

} // namespace

bool is_accepted_name(std::string_view name, const CallRules& rules) {
    return !name.empty() && name.size() <= rules.most_characters_of_name && is_plain_text(name);
}

std::string_view accepted_name(std::string_view name, const CallRules& rules) {
    if (name.empty())
        return "_";
    if (is_accepted_name(name, rules))
        return name;
    char* accepted = pg::allocate_array<char>(pg::current_context(), rules.most_characters_of_name);
    std::size_t size = 0;
    for (const char c : name)
        if (begins_character(c) && size < rules.most_characters_of_name)
            accepted[size++] = is_plain(c) ? c : '_';
    return {accepted, size};
}

void conform_calls(std::span<UiPart* const> calls, const CallRules& rules) {
    // Calls with the same id become neighbours, in their order. Their addresses say nothing about that: they
    // may come from several messages.
    std::size_t* const sorted = pg::allocate_array<std::size_t>(pg::current_context(), calls.size());
    std::iota(sorted, sorted + calls.size(), std::size_t{0});
    std::sort(sorted, sorted + calls.size(), [&](std::size_t a, std::size_t b) {
        return std::tie(calls[a]->tool_call_id, a) < std::tie(calls[b]->tool_call_id, b);
    });
    std::string_view id;
    std::size_t occurrence = 0;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        UiPart& call = *calls[sorted[i]];
        occurrence = i > 0 && call.tool_call_id == id ? occurrence + 1 : 0;
        id = call.tool_call_id;
        if (occurrence > 0 || !is_accepted_id(id, rules))
            call.tool_call_id = replacement_of(call, occurrence);
        if (!call.is_provider_executed)
            call.tool_name = accepted_name(call.tool_name, rules);
    }
}

} // namespace agentchat
