// Knows the values of "format" in JSON Schemas that validation checks.
#pragma once

#include <string_view>

#include "json_schema/pattern.hpp"

namespace agentchat {

/// Returns the pattern that a string of that format matches, or nullptr if the format is only an annotation.
/// The session compiles each pattern once, when it is first needed.
const Pattern* format_pattern(std::string_view format);

} // namespace agentchat
