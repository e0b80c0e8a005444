// Texts that may hold JSON: models give the arguments of tools so.
#pragma once

#include <string_view>

namespace agentchat {

/// Whether the text is a JSON object that jsonb can hold: not deeper than a thousand levels, no number beyond
/// a thousand digits, no character 0.
bool IsJsonObject(std::string_view text);

} // namespace agentchat
