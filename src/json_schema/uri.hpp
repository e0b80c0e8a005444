// Resolves references between URIs (RFC 3986).
#pragma once

#include <string_view>

#include "pg/memory.hpp"

namespace agentchat {

/// Splits a URI at its fragment, which is what follows `#`.
struct SplitUri {
    std::string_view resource;
    std::string_view fragment;
};
SplitUri split_fragment(std::string_view uri);

/// Resolves a reference without a fragment against a base. Either may be empty.
std::string_view resolve_uri(pg::MemoryContext context, std::string_view base, std::string_view reference);

/// Replaces %-escapes by the bytes that they stand for. Other text stays.
std::string_view decode_percent(pg::MemoryContext context, std::string_view text);

} // namespace agentchat
