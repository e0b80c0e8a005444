// Finds messages without an index: reads a user's messages from the newest one backwards.
#pragma once

#include "search/search_scope.hpp"

namespace agentchat {

/// The position before the first message.
inline constexpr SearchPosition start_of_search{newest_place, newest_place, newest_place};

/// Looks through the messages from the position on, until the page is full or the limit is reached. It moves
/// the position behind the last message that it has looked at. Returns false at the end of all messages.
bool walk_messages(const SearchScope& scope, SearchPosition& position, WorkLimit& limit,
                   FoundMessages& found);

/// Tells whether the conversations are so few that the walk takes all of them together, in order of time.
bool has_one_group(const SearchScope& scope);

} // namespace agentchat
