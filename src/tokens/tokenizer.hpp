// Counts the tokens of a text, by tokenizers of OpenAI or by an estimate.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentchat {

enum class Tokenizer : std::uint8_t { o200k_base, cl100k_base, estimate };

/// Returns the tokenizer with that name. Raises 22023 if the name is unknown.
Tokenizer tokenizer_argument(std::string_view name);

/// Counts the tokens of a text in UTF-8. What looks like a special token, such as <|endoftext|>, is text. The
/// call can be cancelled.
std::uint64_t count_tokens(Tokenizer tokenizer, std::string_view utf8);

} // namespace agentchat
