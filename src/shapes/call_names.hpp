// Gives the calls of tools the ids and names that a provider accepts: the conversation may have begun with
// another provider.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "common/ui_part.hpp"

namespace agentchat {

/// Says which ids and names of calls a provider accepts. Names always consist of letters, digits, `_` and
/// `-`.
struct CallRules {
    std::size_t most_characters_of_id;
    /// Whether ids, too, consist of letters, digits, `_` and `-`.
    bool has_plain_ids;
    std::size_t most_characters_of_name;
};

/// Whether the provider accepts the name.
bool is_accepted_name(std::string_view name, const CallRules& rules);

/// Replaces the ids and names that break the rules, and ids that occur again. The calls must be all calls of
/// one message. The replacement depends only on the id, and on how often it has occurred, so that a request
/// is the same each time. The new texts are in the current memory context.
void conform_calls(std::span<UiPart* const> calls, const CallRules& rules);

} // namespace agentchat
