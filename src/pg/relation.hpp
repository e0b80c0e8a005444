// Tables: their columns, and word of when they change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

/// How a column becomes JSON.
enum class ColumnKind : std::uint8_t {
    text,
    uuid,
    timestamp,
    boolean,
    jsonb,
    /// Any other type: the query hands it to to_jsonb.
    other,
};

struct Column {
    std::string_view name;
    ColumnKind kind;
    /// Whether PostgreSQL makes its values (GENERATED … AS), so that none are written.
    bool is_generated = false;
};

/// The kind of the type with that OID.
ColumnKind column_kind(Oid type);

/// The OID of a table (or view) by its name, invalid_oid where there is none.
Oid find_relation(Oid schema, const char* name);
/// The same; raises 42P01 where there is none.
Oid require_relation(Oid schema, const char* name);
Oid relation_owner(Oid relation);
/// The number of the column. Raises 42703 where there is none.
int require_column(Oid relation, const char* column);
/// The number of the column. Raises 42703 where there is none, 42804 where it is no uuid.
int uuid_column(Oid relation, const char* column);
/// Whether the column is a timestamptz.
bool has_time_zone(Oid relation, const char* column);
/// The SQL expression, which has the type of that column, as a timestamp that holds UTC; and one that is such
/// a timestamp as what the column holds. Users can change the column's type to timestamptz. Raises 42703
/// where there is none, 42804 where it is neither.
const char* time_in_utc(Oid relation, const char* column, const char* expression);
/// Raises 42P10 where no two rows are kept from having the same uuid in the column.
void require_unique(Oid relation, const char* column);

/// Its columns in their order. It stays locked against change until the transaction ends.
std::span<Column> read_columns(MemoryContext context, Oid relation);

/// Keeps others from changing the relation until the transaction ends, and takes note of what they have
/// changed.
void lock_against_change(Oid relation);

/// "schema"."table", quoted where it must be.
const char* qualified_name(Oid schema, std::string_view name);
const char* quoted_identifier(std::string_view name);
const char* schema_name(Oid schema);

/// Tells when a relation, or the name of any schema, may have changed since.
class Watch {
public:
    /// From here on; the watch must stay where it is until stop().
    void start(Oid first, Oid second);
    void stop();
    bool changed() const { return changed_; }

private:
    friend void note_relation_change(std::uintptr_t, Oid);
    friend void note_schema_change(std::uintptr_t, int, std::uint32_t);

    Oid first_;
    Oid second_;
    bool changed_;
    Watch* next_;
};

} // namespace agentchat::pg
