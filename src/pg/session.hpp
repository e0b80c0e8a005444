// What the session and its transaction are.
#pragma once

#include <cstdint>

#include "pg/values.hpp"

namespace agentchat::pg {

/// Where the query is cancelled, or the session ended.
void check_for_interrupts();

/// When the transaction began: now() in SQL.
Timestamp transaction_time();

/// Whether all of the transaction sees what was committed when it began: REPEATABLE READ and SERIALIZABLE.
bool has_transaction_snapshot();

/// Of the command under way, among those of the transaction.
std::uint32_t command_number();

/// What can change what a function sees between two of its calls in a query: another user, or rows written
/// since.
struct SnapshotMark {
    Oid user;
    std::uint32_t command;
    bool operator==(const SnapshotMark&) const = default;
};
SnapshotMark snapshot_mark();

/// Whether the current user is subject to row-level security on the table.
bool is_subject_to_rls(Oid table);

/// Whether a table's owner is not even subject to FORCE ROW LEVEL SECURITY at the moment, as while a rule is
/// upheld in the owner's name.
bool no_force_rls();

/// Whether the session restores a dump, so that rows go in as they are. Every pg_dump since 9.5 sets
/// row_security off; that alone would let users past the rules of a table, for instance through a view of its
/// owner, so both the current user and the one outside of all SECURITY DEFINER functions must be the table's
/// owner, or have BYPASSRLS, and not be subject to the table's row-level security.
bool is_restore(Oid table);

} // namespace agentchat::pg
