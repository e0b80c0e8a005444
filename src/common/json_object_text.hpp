// Recognises texts that hold JSON: models pass the arguments of tools in this form.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"

namespace agentchat {

/// Tells whether the text is a JSON object that jsonb can hold: at most a thousand levels deep, no number of
/// more than a thousand digits, and no character 0.
bool IsJsonObject(std::string_view text);

/// Returns the object that the text holds, in the current memory context; nothing if it is not
/// IsJsonObject().
std::optional<pg::JsonbView> json_object_in(std::string_view text);

} // namespace agentchat
