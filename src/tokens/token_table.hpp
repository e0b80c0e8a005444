// Finds the rank of a token. Tokens of lower ranks are merged first.
#pragma once

#include <cstdint>
#include <string_view>

namespace agentchat {

inline constexpr std::uint32_t no_rank = UINT32_MAX;

/// Gives access to the tokens of a tokenizer, in a file of data/tokens/.
class TokenTable {
public:
    explicit TokenTable(const std::uint8_t* file);

    /// Returns the rank of the token with these bytes, or no_rank if there is none.
    std::uint32_t rank_of(std::string_view bytes) const;

private:
    std::string_view token(std::uint32_t rank) const;

    std::uint32_t slot_count_;
    const std::uint8_t* offsets_;
    const std::uint8_t* slots_;
    const char* bytes_;
};

} // namespace agentchat
