// Finds blanks in texts in UTF-8. A character is blank if JavaScript's trim() or Python's strip() removes it:
// the AI SDK trims texts with the one, and Anthropic checks them with the other.
#pragma once

#include <string_view>

namespace agentchat {

/// Returns the text without the blanks at its ends.
std::string_view without_blanks_at_ends(std::string_view text);

/// Whether all characters are blank, or there are none.
bool is_blank(std::string_view text);

} // namespace agentchat
