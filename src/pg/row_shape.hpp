// Describes how the rows of a table are converted to JSON objects.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

struct RowStyle;

/// Holds the parts that the objects of all rows of a table share: everything except the values.
class RowShape {
public:
    /// Describes a field of the object.
    struct Field {
        std::string_view key;
        /// The key as JSON text, `,"key":`.
        std::string_view json_key;
        /// The number of its column in the rows, from 0.
        int column;
        /// The kind of the column after the query has converted some columns with to_jsonb.
        ColumnKind kind;
    };

    /// Makes the shape of the rows that have those columns.
    static RowShape make(MemoryContext context, std::span<const Column> columns, const RowStyle& style);

    /// Lists the fields, in the order of the keys of a jsonb object.
    std::span<const Field> fields() const { return fields_; }
    TimestampStyle timestamps() const { return timestamps_; }
    /// Returns the beginning of the object in jsonb: the header, room for all JEntries, and the keys. The
    /// JEntries of the keys are filled in.
    std::span<const char> head() const { return head_; }
    std::size_t keys_size() const { return keys_size_; }

private:
    std::span<const Field> fields_;
    TimestampStyle timestamps_;
    std::span<const char> head_;
    std::size_t keys_size_;
};

/// Selects how a row is written: the keys of its fields, and the form of its timestamps.
struct RowStyle {
    /// Gives the fields other keys than the names of their columns. nullptr keeps the names.
    void (*rename)(std::span<RowShape::Field> fields, MemoryContext context);
    TimestampStyle timestamps;
};

/// The style of to_jsonb().
inline constexpr RowStyle sql_rows{nullptr, TimestampStyle::sql};
/// The same with times that have Z.
inline constexpr RowStyle utc_rows{nullptr, TimestampStyle::utc};

/// Sorts the columns in the order of the keys of a jsonb object. Rows are read fastest in this order.
void sort_columns(std::span<Column> columns);

/// Lists the kinds of the columns after the query has converted those of ColumnKind::other with to_jsonb.
std::span<const ColumnKind> column_kinds(MemoryContext context, std::span<const Column> columns);

/// Makes the list of the columns of a table or subquery t: "t.a, t.b, pg_catalog.to_jsonb(t.c)". It converts
/// those of ColumnKind::other with to_jsonb.
const char* select_list(std::span<const Column> columns);

} // namespace agentchat::pg
