// Texts that may hold JSON: models give the arguments of tools so.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"

namespace agentchat {

/// Whether the text is a JSON object that jsonb can hold: not deeper than a thousand levels, no number beyond
/// a thousand digits, no character 0.
bool IsJsonObject(std::string_view text);

/// Returns the object that the text holds, in the current memory context; nothing if it is not
/// IsJsonObject().
std::optional<pg::JsonbView> json_object_in(std::string_view text);

} // namespace agentchat
