// Describes how the rows of a table become JSON objects.
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

/// What all objects made of rows of a table share: everything but the values.
class RowShape {
public:
    /// A field of the object.
    struct Field {
        std::string_view key;
        /// `,"key":`, as JSON text.
        std::string_view json_key;
        /// The number of its column in the rows, from 0, and the kind of the column after the query has
        /// converted some of them by to_jsonb.
        int column;
        ColumnKind kind;
    };

    /// Makes the shape of rows that have those columns.
    static RowShape make(MemoryContext context, std::span<const Column> columns, const RowStyle& style);

    /// Lists the fields, in the order of the keys of an object in jsonb.
    std::span<const Field> fields() const { return fields_; }
    TimestampStyle timestamps() const { return timestamps_; }
    /// Returns the object as jsonb, up to its values: header, JEntries (without those of the values) and
    /// keys.
    std::span<const char> head() const { return head_; }
    std::size_t keys_size() const { return keys_size_; }

private:
    std::span<const Field> fields_;
    TimestampStyle timestamps_;
    std::span<const char> head_;
    std::size_t keys_size_;
};

/// How a row is written: the keys of its fields, and the form of its timestamps.
struct RowStyle {
    /// Gives the fields keys other than the names of their columns. nullptr keeps the names.
    void (*rename)(std::span<RowShape::Field> fields, MemoryContext context);
    TimestampStyle timestamps;
};

/// The style of to_jsonb().
inline constexpr RowStyle sql_rows{nullptr, TimestampStyle::sql};

/// Sorts the columns in the order of the keys of an object in jsonb. Rows are read fastest in this order.
void sort_columns(std::span<Column> columns);

/// Lists the kinds of the columns after the query has converted those of ColumnKind::other by to_jsonb.
std::span<const ColumnKind> column_kinds(MemoryContext context, std::span<const Column> columns);

/// Makes "t.a, t.b, pg_catalog.to_jsonb(t.c)": the columns of the table or subquery t. Those of
/// ColumnKind::other are converted by to_jsonb.
const char* select_list(std::span<const Column> columns);

} // namespace agentchat::pg
