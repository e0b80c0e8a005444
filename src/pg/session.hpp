// Asks about the session and its transaction.
#pragma once

#include <cstdint>

#include "pg/values.hpp"

namespace agentchat::pg {

/// Ends the call if the query is cancelled or the session is terminated.
void check_for_interrupts();

/// Returns when the transaction began: now() in SQL.
Timestamp transaction_time();

/// Tells whether the whole transaction sees what was committed when it began: REPEATABLE READ and
/// SERIALIZABLE.
bool has_transaction_snapshot();

/// Returns the number of the current command within the transaction.
std::uint32_t command_number();

/// Identifies what a function sees. It can change between two calls in one query: by another user, or by rows
/// written in between.
struct SnapshotMark {
    Oid user;
    std::uint32_t command;
    bool operator==(const SnapshotMark&) const = default;
};
/// Returns the mark of the current call.
SnapshotMark snapshot_mark();

/// Tells whether row-level security on the table applies to the current user.
bool is_subject_to_rls(Oid table);

/// Tells whether even FORCE ROW LEVEL SECURITY does not apply to table owners at the moment, as while a rule
/// runs with the rights of the owner.
bool no_force_rls();

/// Tells whether the session restores a dump. Then rows are stored as they are. Every pg_dump since 9.5 sets
/// row_security to off. This setting alone is not enough: it would let users bypass the rules of a table, for
/// instance through a view of its owner. Therefore both the current user and the user outside all SECURITY
/// DEFINER functions must own the table or have BYPASSRLS, and the row-level security of the table must not
/// apply to them.
bool is_restore(Oid table);

} // namespace agentchat::pg
