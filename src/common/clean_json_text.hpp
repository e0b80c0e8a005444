// Replaces what jsonb cannot hold in JSON text: the character 0, and surrogates that are not in pairs.
#pragma once

#include <string_view>

namespace agentchat {

/// Returns a copy of the JSON text, in the current memory context and with a zero byte behind it. The escape
/// of the character 0, and that of each surrogate outside a pair, becomes the escape of U+FFFD. In a database
/// whose encoding is not UTF-8, and that therefore does not have this character, it becomes the escape of a
/// question mark.
std::string_view clean_json_text(std::string_view json);

} // namespace agentchat
