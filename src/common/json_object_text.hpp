// Recognises texts that contain a JSON object. Models pass the arguments of tools in this form.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"

namespace agentchat {

/// Tells whether the text is a JSON object that jsonb can store. It must be at most a thousand levels deep.
/// It must not contain a number of more than a thousand digits, nor the character 0.
bool IsJsonObject(std::string_view text);

/// Returns the object that the text contains, in the current memory context. Returns nothing if
/// IsJsonObject() is false.
std::optional<pg::JsonbView> json_object_in(std::string_view text);

} // namespace agentchat
