// Finds messages with the index of the feature search.
#pragma once

#include "search/search_scope.hpp"

namespace agentchat {

/// Finds the messages before position.last, newest first, until the page is full or the limit is reached. It
/// moves position.last behind all messages that it has decided about. Returns false at the end of all
/// messages. The scope must have a user.
bool search_index(const SearchScope& scope, SearchPosition& position, WorkLimit& limit, FoundMessages& found);

} // namespace agentchat
