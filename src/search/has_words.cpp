// has_words() tells whether a text has the words that a user looks for.
#include "entry_points.hpp"
#include "search/fold.hpp"
#include "search/words.hpp"

#include "pg/pure.hpp"

namespace agentchat {

pg::Result has_words(pg::Call& call) {
    enum Argument : int { arg_text, arg_words };
    const SearchWords words = read_search_words(call.text(arg_words));
    return pg::Result::boolean(words.are_in(folded(call.text(arg_text))));
}

} // namespace agentchat
