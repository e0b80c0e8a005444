// Splits a text into the pieces that a tokenizer encodes one by one.
#pragma once

#include <cstddef>
#include <string_view>

namespace agentchat {

/// These functions return the end of the piece that begins at `start`, a position inside the text. They match
/// the patterns of tiktoken (tiktoken_ext/openai_public.py) as they are in its version 0.12.
std::size_t end_of_o200k_piece(std::string_view text, std::size_t start);
std::size_t end_of_cl100k_piece(std::string_view text, std::size_t start);

} // namespace agentchat
