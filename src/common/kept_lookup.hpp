// Keeps lookups of UUIDs in tables of the extension. A session prepares each lookup once.
#pragma once

#include <optional>

#include "pg/relation.hpp"
#include "pg/scan.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Finds the uuid in one column of a table of the extension by the unique uuid in another column. The object
/// must have static storage duration, and belongs to one SQL function. Like UuidLookup, it ignores
/// privileges and policies.
class KeptLookup {
public:
    constexpr KeptLookup(const char* table, const char* key_column, const char* value_column) noexcept
        : table_name_(table), key_column_(key_column), value_column_(value_column) {}

    /// Returns the value for the key, on the snapshot of the calling query. `function` is the SQL function
    /// that is being called.
    std::optional<pg::Uuid> find(pg::Oid function, const pg::Uuid& key);

private:
    /// Prepares the lookup if the table may have changed.
    void prepare(pg::Oid function);

    const char* table_name_;
    const char* key_column_;
    const char* value_column_;
    pg::Oid function_ = pg::invalid_oid;
    pg::Oid table_ = pg::invalid_oid;
    pg::UuidLookup lookup_{};
    pg::Watch watch_{};
};

} // namespace agentchat
