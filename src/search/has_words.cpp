// has_words() tells whether a text has the words that a user looks for.
#include <string_view>

#include "entry_points.hpp"
#include "pg/memory.hpp"
#include "search/fold.hpp"
#include "search/words.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

enum Argument : int { arg_text, arg_words };

/// The words of the first call of a query, which are mostly those of all its calls.
struct KeptWords {
    std::string_view text;
    SearchWords words;
};

SearchWords words_argument(pg::Call& call) {
    const std::string_view text = call.text(arg_words);
    const auto& kept = call.once<KeptWords>([&](KeptWords& made) {
        pg::MemoryContext caller = pg::switch_to(call.query_context());
        made = {pg::copy_text(pg::current_context(), text), read_search_words(text)};
        pg::switch_to(caller);
    });
    return kept.text == text ? kept.words : read_search_words(text);
}

} // namespace

pg::Result has_words(pg::Call& call) {
    const SearchWords words = words_argument(call);
    return pg::Result::boolean(words.are_in(folded(call.text(arg_text))));
}

} // namespace agentchat
