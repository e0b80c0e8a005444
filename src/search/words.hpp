// Reads the words that a user looks for, in the syntax of search engines, and looks for them.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace agentchat {

/// A word or a phrase, folded.
struct SearchTerm {
    std::string_view text;
    /// Whether the term must not occur.
    bool is_excluded;
    /// Whether it is the first after "or".
    bool begins_group;
};

/// Returns the first place of the term in a folded text, or std::string_view::npos.
std::size_t find_term(std::string_view folded_text, std::string_view term) noexcept;

/// Holds terms in groups. A text must have one of the groups: all its terms, and none that it excludes.
class SearchWords {
public:
    explicit SearchWords(std::span<const SearchTerm> terms) : terms_(terms) {}

    bool is_empty() const { return terms_.empty(); }
    std::span<const SearchTerm> terms() const { return terms_; }
    /// Tells whether a folded text has the words. Every text has them if there are none.
    bool are_in(std::string_view folded_text) const noexcept { return are_in({&folded_text, 1}); }
    /// Tells whether several folded texts have the words together.
    bool are_in(std::span<const std::string_view> folded_texts) const noexcept;

private:
    std::span<const SearchTerm> terms_;
};

/// More terms than anyone types. It bounds the work for each text.
inline constexpr std::size_t most_search_terms = 64;

/// Reads words such as `red "big car" -bike or train`, in the current memory context. A term is found
/// anywhere, also inside a longer word. "or" between two terms begins another group, as in
/// websearch_to_tsquery(). Raises 22023 for more than most_search_terms.
SearchWords read_search_words(std::string_view words);

} // namespace agentchat
