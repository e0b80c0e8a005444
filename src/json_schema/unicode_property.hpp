// Finds the code points of a Unicode property: what \p{...} of a regular expression stands for.
#pragma once

#include <string_view>

#include "json_schema/character_set.hpp"

namespace agentchat {

/// Adds the code points of the property, and returns true. The text is that between the braces: `L`,
/// `General_Category=Letter`, `Emoji`, `Script=Greek`. Returns false if the property is not known.
bool add_unicode_property(CharacterSet& set, std::string_view property);

} // namespace agentchat
