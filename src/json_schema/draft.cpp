// Implements draft.hpp: the URIs that name the drafts.
#include "json_schema/draft.hpp"

#include <array>

#include "pg/pure.hpp"

namespace agentchat {

namespace {

struct DraftName {
    /// Without the scheme, and without the empty fragment.
    std::string_view uri;
    Draft draft;
};

constexpr std::array draft_names{
    DraftName{"json-schema.org/draft-04/schema", Draft::draft_4},
    DraftName{"json-schema.org/draft-06/schema", Draft::draft_6},
    DraftName{"json-schema.org/draft-07/schema", Draft::draft_7},
    DraftName{"json-schema.org/draft/2019-09/schema", Draft::draft_2019_09},
    DraftName{"json-schema.org/draft/2020-12/schema", Draft::draft_2020_12},
};

/// Removes a start or an end of the text, if it has it.
std::string_view without_start(std::string_view text, std::string_view start) {
    return text.starts_with(start) ? text.substr(start.size()) : text;
}
std::string_view without_end(std::string_view text, std::string_view end) {
    return text.ends_with(end) ? text.substr(0, text.size() - end.size()) : text;
}

} // namespace

std::optional<Draft> find_draft(std::string_view uri) {
    uri = without_end(without_start(without_start(uri, "http://"), "https://"), "#");
    for (const DraftName& name : draft_names)
        if (name.uri == uri)
            return name.draft;
    return std::nullopt;
}

} // namespace agentchat
