#include "search/words.hpp"

#include <algorithm>
#include <cstring>

#include "pg/error.hpp"
#include "pg/memory.hpp"
#include "search/fold.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    return text;
}

/// Takes terms from the front of a folded text. Folding has made all quotes '"' and all blanks ' '.
class TermReader {
public:
    explicit TermReader(std::string_view words) : rest_(words) {}

    /// Reads the next term. At the end, the term is empty.
    SearchTerm next() {
        bool begins_group = false;
        for (;;) {
            rest_ = trimmed(rest_);
            const bool is_excluded = rest_.size() > 1 && rest_[0] == '-' && rest_[1] != ' ';
            if (is_excluded)
                rest_.remove_prefix(1);
            const bool is_quoted = rest_.starts_with('"');
            const std::string_view text = is_quoted ? take_quoted() : take_word();
            const bool is_or = !is_quoted && !is_excluded && text == "or" && has_term_ && !begins_group;
            begins_group = begins_group || is_or;
            // A dash alone is no word.
            const bool is_word = !text.empty() && !is_or && (is_quoted || text != "-");
            has_term_ = has_term_ || is_word;
            if (is_word || rest_.empty())
                return {is_word ? text : std::string_view(), is_excluded, begins_group};
        }
    }

private:
    std::string_view take(std::size_t size) {
        const std::string_view taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    std::string_view take_word() { return take(std::min(rest_.find_first_of(" \""), rest_.size())); }
    /// Takes a phrase. Without a closing quote it goes to the end.
    std::string_view take_quoted() {
        rest_.remove_prefix(1);
        const std::string_view phrase = take(std::min(rest_.find('"'), rest_.size()));
        take(1);
        return trimmed(phrase);
    }

    std::string_view rest_;
    bool has_term_ = false;
};

} // namespace

std::size_t find_term(std::string_view folded_text, std::string_view term) noexcept {
    // std::string_view::find() stops at each occurrence of the term's first byte, which all characters of a
    // script may share, and takes the square of the time for a text such as "aaaa". memmem() does neither.
    const void* found = memmem(folded_text.data(), folded_text.size(), term.data(), term.size());
    return found == nullptr ? std::string_view::npos
                            : static_cast<std::size_t>(static_cast<const char*>(found) - folded_text.data());
}

bool SearchWords::are_in(std::span<const std::string_view> folded_texts) const noexcept {
    const auto occurs = [&](std::string_view term) {
        return std::any_of(folded_texts.begin(), folded_texts.end(), [&](std::string_view text) {
            return find_term(text, term) != std::string_view::npos;
        });
    };
    bool has_group = true;
    for (const SearchTerm& term : terms_) {
        if (term.begins_group) {
            if (has_group)
                return true;
            has_group = true;
        }
        has_group = has_group && occurs(term.text) != term.is_excluded;
    }
    return has_group;
}

SearchWords read_search_words(std::string_view words) {
    pg::ArenaList<SearchTerm> terms(pg::current_context());
    TermReader reader(folded(words));
    for (SearchTerm term = reader.next(); !term.text.empty(); term = reader.next()) {
        if (terms.size() == most_search_terms)
            pg::raise({pg::sqlstate::invalid_parameter_value, "too many words to look for",
                       pg::format("There are more than %zu.", most_search_terms),
                       "Put words that follow one another into quotes, as one phrase."});
        terms.add(term);
    }
    return SearchWords(terms.span());
}

} // namespace agentchat
