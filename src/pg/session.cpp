#include "pg/session.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

Timestamp transaction_time() {
    return GetCurrentTransactionStartTimestamp();
}

bool is_restore(Oid table) {
    return !row_security && check_enable_rls(table, GetUserId(), true) != RLS_ENABLED &&
           check_enable_rls(table, GetOuterUserId(), true) != RLS_ENABLED;
}

} // namespace agentchat::pg
