// Counts the tokens of a text by the pieces into which a tokenizer splits it.
#include "tokens/tokenizer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include "pg/error.hpp"
#include "pg/session.hpp"
#include "tokens/embedded_data.hpp"
#include "tokens/estimate.hpp"
#include "tokens/merge.hpp"
#include "tokens/split.hpp"
#include "tokens/token_table.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::array<std::pair<std::string_view, Tokenizer>, 3> tokenizers = {{
    {"o200k_base", Tokenizer::o200k_base},
    {"cl100k_base", Tokenizer::cl100k_base},
    {"estimate", Tokenizer::estimate},
}};

/// Adds up the tokens of all pieces.
template <typename EndOf, typename Count>
std::uint64_t count_pieces(std::string_view text, EndOf end_of, Count count) {
    constexpr std::size_t bytes_between_interrupts = 1 << 16;
    std::uint64_t tokens = 0;
    std::size_t pause = 0;
    for (std::size_t start = 0; start < text.size();) {
        if (start >= pause) {
            pg::check_for_interrupts();
            pause = start + bytes_between_interrupts;
        }
        const std::size_t end = end_of(text, start);
        tokens += count(text.substr(start, end - start));
        start = end;
    }
    return tokens;
}

} // namespace

Tokenizer tokenizer_argument(std::string_view name) {
    for (const auto& [known, tokenizer] : tokenizers) {
        if (known == name)
            return tokenizer;
    }
    pg::raise({pg::sqlstate::invalid_parameter_value, "unknown tokenizer",
               pg::format("The tokenizer is %s.", pg::quoted_excerpt(name)),
               "Pass \"o200k_base\", \"cl100k_base\" or \"estimate\"."});
}

std::uint64_t count_tokens(Tokenizer tokenizer, std::string_view utf8) {
    if (tokenizer == Tokenizer::estimate) {
        const std::uint64_t hundredths = count_pieces(utf8, end_of_o200k_piece, estimate_piece);
        return (hundredths + 99) / 100;
    }
    const bool is_o200k = tokenizer == Tokenizer::o200k_base;
    const TokenTable table(is_o200k ? agentchat_o200k_base : agentchat_cl100k_base);
    const auto count = [&](std::string_view piece) { return count_piece_tokens(table, piece); };
    return is_o200k ? count_pieces(utf8, end_of_o200k_piece, count)
                    : count_pieces(utf8, end_of_cl100k_piece, count);
}

} // namespace agentchat
