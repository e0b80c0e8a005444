// Runs work whose failure must not fail the transaction.
#pragma once

#include "pg/error.hpp"
#include "pg/function_ref.hpp"

namespace agentchat::pg {

/// Runs `work()` in a subtransaction, and returns true. If the work raises an error, the function undoes
/// everything that the work has written, and returns false. `error` then has the SQLSTATE and the message.
///
/// It raises some errors again, because they are not failures of the work: a cancelled query, a server that
/// shuts down or runs out of memory or disk space, and damaged data.
bool attempt(FunctionRef<void()> work, OwnedReport& error);

} // namespace agentchat::pg
