#include "pg/session.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

Timestamp transaction_time() {
    return GetCurrentTransactionStartTimestamp();
}

std::uint32_t command_number() {
    return GetCurrentCommandId(false);
}

namespace {

bool is_subject_to_rls(Oid table) {
    return check_enable_rls(table, GetUserId(), true) == RLS_ENABLED ||
           check_enable_rls(table, GetOuterUserId(), true) == RLS_ENABLED;
}

} // namespace

bool is_restore(Oid table) {
    if (row_security || is_subject_to_rls(table))
        return false;
    // Triggers fire on a partition, while the policies are those of the partitioned table that was named.
    if (get_rel_relispartition(table)) {
        const ListCell* cell;
        foreach (cell, get_partition_ancestors(table))
            if (is_subject_to_rls(lfirst_oid(cell)))
                return false;
    }
    return true;
}

} // namespace agentchat::pg
