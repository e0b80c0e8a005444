// Finds messages with the index of the feature search.
#pragma once

#include <cstdint>

#include "search/search_scope.hpp"

namespace agentchat {

/// How a search with the index has ended: at the end of all messages, when the page was full or the limit
/// reached, or because the index excludes so few messages that to walk through all of them is faster.
enum class IndexOutcome : std::uint8_t { end, more, is_of_no_use };

/// Finds the messages before position.last, newest first, until the page is full or the limit is reached. It
/// moves position.last behind all messages that it has decided about. The scope must have a user. Unless
/// `may_give_up`, the outcome is never is_of_no_use.
IndexOutcome search_index(const SearchScope& scope, SearchPosition& position, WorkLimit& limit,
                          FoundMessages& found, bool may_give_up);

} // namespace agentchat
