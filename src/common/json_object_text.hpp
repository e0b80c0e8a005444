// Recognises texts that contain a JSON object. Models pass the arguments of tools in this form.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"

namespace agentchat {

/// Tells whether the text is a JSON object: whether JavaScript's JSON.parse() returns one. jsonb may be
/// unable to hold it.
bool is_json_object(std::string_view text);

/// Tells whether the text is JSON of any kind, in the same sense.
bool is_json_text(std::string_view text);

/// Returns the object that the text contains, in the current memory context. Returns nothing if the text is
/// not an object, or if jsonb cannot hold what JavaScript takes from it. A text may have at most a thousand
/// levels. It may have no number of more than a thousand digits or above the largest double, not the
/// character 0, and no surrogate outside a pair.
std::optional<pg::JsonbView> json_object_in(std::string_view text);

} // namespace agentchat
