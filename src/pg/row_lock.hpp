// Locks on rows, for those who hold others and must not wait for a deletion.
#pragma once

#include "pg/values.hpp"

struct RelationData;

namespace agentchat::pg {

/// Locks rows of a table, found by a unique uuid, as an UPDATE of them would.
class RowLocks {
public:
    static RowLocks prepare(Oid table, const char* id_column, const char* time_column);

    /// Locks the row until the transaction ends, if its time is earlier than that, and tells whether to go on
    /// to the UPDATE, which then waits for nobody and finds the row unchanged, whatever the isolation level.
    /// A row that somebody is deleting is left to them, since their deletion may wait for what this
    /// transaction holds. Everybody else is waited for.
    bool lock_older(const Uuid& id, Timestamp time) const;

private:
    struct Attempt;
    Attempt try_lock(RelationData* table, const Uuid& id, Timestamp time) const;

    Oid table_;
    Oid index_;
    int id_column_;
    /// 0 where it is no time, so that only the UPDATE can compare it.
    int time_column_;
    /// Whether the rows are where this file looks for them; otherwise the UPDATE takes its locks itself.
    bool is_plain_;
};

} // namespace agentchat::pg
