// Reads tables directly, without SQL.
//
// These reads ignore privileges and policies. Therefore users must never see their results.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pg/values.hpp"

struct RelationData;

namespace agentchat::pg {

/// Finds an index that begins with these columns (numbered from 1, as in PostgreSQL) and that can be
/// searched and read in order. If `unique` is set, the index must be unique and must have no other columns.
/// Returns invalid_oid if no index fits.
Oid find_index(RelationData* table, std::span<const int> columns, bool unique);

// The next two functions see everything that is committed at this moment, and everything that this
// transaction has written. They take no predicate locks. Otherwise, a look at the end of an index page would
// make unrelated serializable transactions fail.

/// Returns the newest finite time in `time_column` of the rows with that uuid in `key_column`. `order_index`
/// is an index on both columns, and `key_index` is an index on `key_column`. Without `order_index`, the
/// function reads all rows of the key. Without either index, it reads the whole table.
std::optional<Timestamp> newest_time(RelationData* table, Oid order_index, Oid key_index, int key_column,
                                     const Uuid& key, int time_column);

/// Returns the time in `time_column` of the row with that unique `id`. Returns nothing unless the row has
/// `key` in `key_column`. `index` is the index on the id.
std::optional<Timestamp> time_of_row(RelationData* table, Oid index, int id_column, const Uuid& id,
                                     int key_column, const Uuid& key, int time_column);

/// Finds the uuid in one column of a table by the unique uuid in another column, on the snapshot of the
/// calling query.
class UuidLookup {
public:
    /// Looks up the columns and the index of the table.
    static UuidLookup prepare(Oid table, const char* key_column, const char* value_column);
    /// Returns the uuid in the value column of the row with that key. Returns nothing if no row has the key,
    /// or if the value is NULL.
    std::optional<Uuid> find(const Uuid& key) const;

private:
    Oid table_;
    Oid index_;
    int key_column_;
    int value_column_;
};

} // namespace agentchat::pg
