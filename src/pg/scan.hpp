// Looks straight into a table, past SQL.
//
// No privileges and policies apply, so what is found is not for users' eyes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "pg/values.hpp"

struct RelationData;

namespace agentchat::pg {

/// An index that begins with these columns (as PostgreSQL counts them, from 1) and is fit to search in and to
/// read in order; if it must be unique, it has no others. invalid_oid where there is none.
Oid find_index(RelationData* table, std::span<const int> columns, bool unique);

// The next two see what is committed at this moment or was written by this transaction, and take no predicate
// locks: otherwise a look at the end of an index page would make unrelated serializable transactions fail.

/// The newest time in `time_column` of the rows with that uuid in `key_column`, infinite ones left out.
/// `order_index` is one on both columns, `key_index` one on the former; without the one, all of the key's
/// rows are read, without both the whole table.
std::optional<Timestamp> newest_time(RelationData* table, Oid order_index, Oid key_index, int key_column,
                                     const Uuid& key, int time_column);

/// The time in `time_column` of a row by its unique `id` (`index` is the index on it), if it has `key` in
/// `key_column`.
std::optional<Timestamp> time_of_row(RelationData* table, Oid index, int id_column, const Uuid& id,
                                     int key_column, const Uuid& key, int time_column);

/// Finds the uuid in one column of a table by the unique one in another, on the snapshot of the calling
/// query.
class UuidLookup {
public:
    static UuidLookup prepare(Oid table, const char* key_column, const char* value_column);
    std::optional<Uuid> find(const Uuid& key) const;

private:
    Oid table_;
    Oid index_;
    int key_column_;
    int value_column_;
};

} // namespace agentchat::pg
