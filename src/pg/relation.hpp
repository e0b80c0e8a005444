// Looks up tables and their columns, and detects when they change.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

/// Selects how a column is converted to JSON.
enum class ColumnKind : std::uint8_t {
    text,
    uuid,
    timestamp,
    boolean,
    jsonb,
    /// Any other type. The query converts it with to_jsonb.
    other,
};

/// Describes a column of a table.
struct Column {
    std::string_view name;
    ColumnKind kind;
    /// Whether PostgreSQL computes the values (GENERATED … AS). If it does, no statement can write them.
    bool is_generated = false;
};

/// Returns the kind of the type with that OID.
ColumnKind column_kind(Oid type);

/// Finds a table or view by its name. Returns invalid_oid if it does not exist.
Oid find_relation(Oid schema, const char* name);
/// Finds a table or view by its name. Raises 42P01 if it does not exist.
Oid require_relation(Oid schema, const char* name);
/// Tells whether the relation has a trigger with that name.
bool has_trigger(Oid relation, const char* trigger);
/// Returns the owner of the relation.
Oid relation_owner(Oid relation);
/// Returns the number of the column. Raises 42703 if it does not exist.
int require_column(Oid relation, const char* column);
/// Returns the number of a uuid column. Raises 42703 if it does not exist, and 42804 if it has another type.
int uuid_column(Oid relation, const char* column);
/// Tells whether the column is a timestamptz.
bool has_time_zone(Oid relation, const char* column);
/// Makes the SQL that converts an expression between the type of a time column and a timestamp in UTC, in
/// either direction. Users can change the column to timestamptz. Raises 42703 if the column does not exist,
/// and 42804 if it has neither type.
const char* time_in_utc(Oid relation, const char* column, const char* expression);
/// Raises 42P10 unless a unique index covers exactly this uuid column.
void require_unique(Oid relation, const char* column);

/// Lists the columns in their order. The relation stays locked against changes until the transaction ends.
std::span<Column> read_columns(MemoryContext context, Oid relation);

/// Prevents other sessions from changing the relation until the transaction ends, and processes the notices
/// of earlier changes.
void lock_against_change(Oid relation);

/// Returns the name in the form `schema.table`, quoted if needed.
const char* qualified_name(Oid schema, std::string_view name);
/// Returns the name, quoted if needed.
const char* quoted_identifier(std::string_view name);
/// Returns the name of the schema, or an empty text if the schema does not exist.
const char* schema_name(Oid schema);

/// Detects that one of two relations, or the name of any schema, may have changed.
class Watch {
public:
    /// Starts to watch both relations. The object must not move until stop().
    void start(Oid first, Oid second);
    /// Stops watching. It does nothing if the watch has stopped already.
    void stop();
    bool changed() const { return changed_; }

private:
    friend void note_relation_change(std::uintptr_t, Oid);

    Oid first_;
    Oid second_;
    bool changed_;
    Watch* next_;
};

} // namespace agentchat::pg
