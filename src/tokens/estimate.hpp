// Estimates the tokens of a piece from its size.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentchat {

/// Estimates the tokens of a piece of o200k_base, in hundredths, without looking for tokens.
std::uint64_t estimate_piece(std::string_view piece);

} // namespace agentchat
