// Reads the state of the session and of its transaction.
#pragma once

#include <cstdint>

#include "pg/values.hpp"

namespace agentchat::pg {

/// Ends the call if the query is cancelled or the session is terminated.
void check_for_interrupts();

/// Tells whether the query is cancelled or the session is terminated: whether check_for_interrupts() is due.
bool is_cancelled() noexcept;

/// Tells whether the calls are nested so deeply that little of the stack is left. Recursion over what users
/// have written asks it, and then raises an error of its own: check_stack_depth() would raise 54001, which
/// PostgREST reports as a fault of the server.
bool stack_is_too_deep() noexcept;

/// Returns the time at which the transaction began: now() in SQL.
Timestamp transaction_time();

/// Returns the present time: clock_timestamp() in SQL.
Timestamp clock_time();

/// Tells whether the isolation level is REPEATABLE READ or SERIALIZABLE. At these levels, the whole
/// transaction sees the rows that were committed when it began.
bool has_transaction_snapshot();
/// Tells whether the isolation level is SERIALIZABLE.
bool is_serializable();

/// Returns the number of the current command within the transaction.
std::uint32_t command_number();

/// Identifies the rows that a function sees. The mark can differ between two calls in one query, if the user
/// changes or if rows are written in between.
struct SnapshotMark {
    Oid user;
    std::uint32_t command;
    bool operator==(const SnapshotMark&) const = default;
};
/// Returns the mark of the current call.
SnapshotMark snapshot_mark();

/// Tells whether row-level security on the table applies to the current user.
bool is_subject_to_rls(Oid table);

/// Tells whether FORCE ROW LEVEL SECURITY is suspended for table owners at the moment. It is suspended while
/// a rule runs with the rights of the owner.
bool no_force_rls();

/// Tells whether the session restores a dump. If it does, rows are stored unchanged. Every pg_dump since 9.5
/// sets row_security to off. This setting alone is not enough: it would let users bypass the rules of a
/// table, for instance through a view of its owner. Therefore both the current user and the user outside all
/// SECURITY DEFINER functions must own the table or have BYPASSRLS, and the row-level security of the table
/// must not apply to them.
bool is_restore(Oid table);

} // namespace agentchat::pg
