// Work that may fail without the transaction failing.
#pragma once

#include <type_traits>

#include "pg/error.hpp"

namespace agentchat::pg {

/// Runs `work(state)` in a subtransaction. An error undoes what it has written; then the result is false, and
/// `error` has its SQLSTATE and message.
///
/// Not every error is kept from the caller: a cancelled query, a server that shuts down or is out of memory
/// or disk, and data that is damaged are no failures of the work. They are raised again.
bool attempt(void (*work)(void* state), void* state, OwnedReport& error);

template <typename Work>
bool attempt(Work work, OwnedReport& error) {
    static_assert(std::is_trivially_destructible_v<Work>, "an error would skip its destructor");
    return attempt([](void* state) { (*static_cast<Work*>(state))(); }, &work, error);
}

} // namespace agentchat::pg
