// Locks rows without waiting for a deletion. Sessions that hold other locks need this.
#pragma once

#include "pg/values.hpp"

struct RelationData;

namespace agentchat::pg {

/// Locks rows of a table like an UPDATE. It finds the rows by a unique uuid.
class RowLocks {
public:
    /// Looks up the columns and the index of the table.
    static RowLocks prepare(Oid table, const char* id_column, const char* time_column);

    /// Locks the row until the transaction ends, if the time of the row is earlier than `time`. Returns
    /// whether the caller should run the UPDATE. That UPDATE then need not wait, and finds the row unchanged,
    /// at any isolation level. If another session is deleting the row, the function leaves the row alone,
    /// because the deletion may be waiting for locks of this transaction. It waits for all other sessions.
    bool lock_older(const Uuid& id, Timestamp time) const;

private:
    struct Attempt;
    /// Tries once to lock the row, without waiting.
    Attempt try_lock(RelationData* table, const Uuid& id, Timestamp time) const;

    Oid table_;
    Oid index_;
    int id_column_;
    /// 0 if the column is not a time. In that case, only the UPDATE can compare it.
    int time_column_;
    /// Whether this file can find the rows. If not, the UPDATE takes its locks itself.
    bool is_plain_;
};

} // namespace agentchat::pg
