// Cuts the piece of a text that shows why a search has found it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "search/words.hpp"

namespace agentchat {

/// Where a term occurs in a snippet. The places count UTF-16 code units, as in the strings of JavaScript.
struct SnippetHit {
    std::int64_t start;
    std::int64_t end;
};

struct Snippet {
    /// The piece, as it stands in the text.
    std::string_view text;
    /// The places of the terms, in order. They do not overlap.
    std::span<const SnippetHit> hits;
    /// Whether the text goes on before and after the piece.
    bool is_cut_before;
    bool is_cut_after;
};

/// Cuts the piece around the first place where a term occurs, or the beginning of a text without any. The
/// snippet lives in the current memory context, or as long as the text.
Snippet make_snippet(std::string_view text, const SearchWords& words);

} // namespace agentchat
