// The versions of JSON Schema, which are called drafts.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace agentchat {

enum class Draft : std::uint8_t { draft_4, draft_6, draft_7, draft_2019_09, draft_2020_12 };

/// Finds the draft that a `$schema` names.
std::optional<Draft> find_draft(std::string_view uri);

/// A range of drafts, both ends included.
struct Drafts {
    Draft first = Draft::draft_4;
    Draft last = Draft::draft_2020_12;

    bool contain(Draft draft) const { return first <= draft && draft <= last; }
};

} // namespace agentchat
