// Implements session.hpp with the state that PostgreSQL keeps for each session.
#include "pg/session.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

bool is_cancelled() noexcept {
    return QueryCancelPending || ProcDiePending;
}

void check_for_interrupts() {
    CHECK_FOR_INTERRUPTS();
}

bool stack_is_too_deep() noexcept {
    return ::stack_is_too_deep();
}

Timestamp transaction_time() {
    return GetCurrentTransactionStartTimestamp();
}

Timestamp clock_time() {
    return GetCurrentTimestamp();
}

bool has_transaction_snapshot() {
    return IsolationUsesXactSnapshot();
}

bool is_serializable() {
    return IsolationIsSerializable();
}

std::uint32_t command_number() {
    return GetCurrentCommandId(false);
}

SnapshotMark snapshot_mark() {
    // After a COMMIT, PL/pgSQL evaluates the CHECK of a domain without a snapshot.
    EnsurePortalSnapshotExists();
    return {GetUserId(), GetActiveSnapshot()->curcid};
}

namespace {

/// Tells whether row-level security on the table applies to the user.
bool is_subject_to_rls(Oid table, Oid user) {
    if (check_enable_rls(table, user, true) == RLS_ENABLED)
        return true;
    // Triggers fire on a partition, but the policies of the partitioned table apply, because the statement
    // names that table.
    if (!get_rel_relispartition(table))
        return false;
    const ListCell* cell;
    foreach (cell, get_partition_ancestors(table))
        if (check_enable_rls(lfirst_oid(cell), user, true) == RLS_ENABLED)
            return true;
    return false;
}

} // namespace

bool is_subject_to_rls(Oid table) {
    return is_subject_to_rls(table, GetUserId());
}

bool no_force_rls() {
    return InNoForceRLSOperation();
}

namespace {

/// Tells whether the user may restore the table. Switching row-level security off does not make every user a
/// restorer.
bool may_restore(Oid table, Oid user) {
#if PG_VERSION_NUM >= 160000
    const bool is_owner = object_ownercheck(RelationRelationId, table, user);
#else
    const bool is_owner = pg_class_ownercheck(table, user);
#endif
    return (is_owner || has_bypassrls_privilege(user)) && !is_subject_to_rls(table, user);
}

} // namespace

bool is_restore(Oid table) {
    return !row_security && may_restore(table, GetUserId()) && may_restore(table, GetOuterUserId());
}

} // namespace agentchat::pg
