// count_tokens() counts the tokens of a text, for budgets of context and cost.
#include <cstdint>
#include <optional>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/values.hpp"
#include "tokens/tokenizer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

pg::Result count_tokens(pg::Call& call) {
    enum Argument : int { arg_text, arg_tokenizer };
    const std::optional<Tokenizer> tokenizer = find_tokenizer(call.text(arg_tokenizer));
    if (!tokenizer)
        pg::raise({pg::sqlstate::invalid_parameter_value, "unknown tokenizer",
                   pg::format("The tokenizer is %s.", pg::quoted_excerpt(call.text(arg_tokenizer))),
                   "Pass \"o200k_base\", \"cl100k_base\" or \"estimate\"."});
    return pg::bigint_result(
        static_cast<std::int64_t>(count_tokens(*tokenizer, pg::in_utf8(call.text(arg_text)))));
}

} // namespace agentchat
