// Gives tools and their calls the ids and names that a provider accepts: the conversation may have begun with
// another provider.
#pragma once

#include <cstddef>
#include <limits>
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

/// OpenAI's limits. Its copies have none that is known; what OpenAI takes, they take.
inline constexpr CallRules openai_call_rules{40, false, 64};
/// Ids may have any length: Anthropic's own tools have long ones.
inline constexpr CallRules anthropic_call_rules{std::numeric_limits<std::size_t>::max(), true, 128};

/// Whether the provider accepts the name.
bool is_accepted_name(std::string_view name, const CallRules& rules);
/// Returns the name if the provider accepts it. Otherwise, replaces each other character by `_`, and leaves
/// out what is too long. The new text is in the current memory context.
std::string_view accepted_name(std::string_view name, const CallRules& rules);

/// Replaces the ids and names that break the rules, and ids that occur again. The calls must be all calls of
/// one message. The replacement depends only on the id, and on how often it has occurred, so that a request
/// is the same each time. The new texts are in the current memory context.
void conform_calls(std::span<UiPart* const> calls, const CallRules& rules);

} // namespace agentchat
