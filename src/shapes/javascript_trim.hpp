// JavaScript's trim(), for texts in UTF-8.
#pragma once

#include <string_view>

namespace agentchat {

/// Returns the text without the blanks and line breaks at its ends.
std::string_view javascript_trim(std::string_view text);

} // namespace agentchat
