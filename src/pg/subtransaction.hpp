// Runs work that may fail without failing the transaction.
#pragma once

#include "pg/error.hpp"
#include "pg/function_ref.hpp"

namespace agentchat::pg {

/// Runs `work()` in a subtransaction. An error undoes what the work has written. Then it returns false, and
/// `error` has the SQLSTATE and the message.
///
/// It raises some errors again, because they are not failures of the work: a cancelled query, a server that
/// shuts down or runs out of memory or disk, and damaged data.
bool attempt(FunctionRef<void()> work, OwnedReport& error);

} // namespace agentchat::pg
