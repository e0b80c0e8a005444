// count_tokens() counts the tokens of a text, for budgets of context and cost.
#include <cstdint>

#include "entry_points.hpp"
#include "pg/values.hpp"
#include "tokens/tokenizer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

pg::Result count_tokens(pg::Call& call) {
    enum Argument : int { arg_text, arg_tokenizer };
    const Tokenizer tokenizer = tokenizer_argument(call.text(arg_tokenizer));
    return pg::bigint_result(
        static_cast<std::int64_t>(count_tokens(tokenizer, pg::in_utf8(call.text(arg_text)))));
}

} // namespace agentchat
