// Work that may fail without the transaction failing.
#pragma once

#include "pg/error.hpp"
#include "pg/function_ref.hpp"

namespace agentchat::pg {

/// Runs `work()` in a subtransaction. An error undoes what it has written; then the result is false, and
/// `error` has its SQLSTATE and message.
///
/// Not every error is kept from the caller: a cancelled query, a server that shuts down or is out of memory
/// or disk, and data that is damaged are no failures of the work. They are raised again.
bool attempt(FunctionRef<void()> work, OwnedReport& error);

} // namespace agentchat::pg
