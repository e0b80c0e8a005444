// How the rows of a table become JSON objects.
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

/// What the objects made of a table's rows have in common: everything but the values.
class RowShape {
public:
    /// A field of the object.
    struct Field {
        std::string_view key;
        /// `,"key":`, as JSON text.
        std::string_view json_key;
        /// Its column in the rows, counted from 0, and what that is once the query has handed some of them to
        /// to_jsonb.
        int column;
        ColumnKind kind;
    };

    /// Of rows that have those columns.
    static RowShape make(MemoryContext context, std::span<const Column> columns, const RowStyle& style);

    /// In the order of an object's keys in jsonb.
    std::span<const Field> fields() const { return fields_; }
    TimestampStyle timestamps() const { return timestamps_; }
    /// The object as jsonb, up to its values: header, JEntries (those of the values to be filled in) and
    /// keys.
    std::span<const char> head() const { return head_; }
    std::size_t keys_size() const { return keys_size_; }

private:
    std::span<const Field> fields_;
    TimestampStyle timestamps_;
    std::span<const char> head_;
    std::size_t keys_size_;
};

/// How a row is written: the names of its fields, and the form of its timestamps.
struct RowStyle {
    /// Gives the fields other keys than the names of their columns; nullptr leaves them.
    void (*rename)(std::span<RowShape::Field> fields, MemoryContext context);
    TimestampStyle timestamps;
};

/// As to_jsonb() writes rows.
inline constexpr RowStyle sql_rows{nullptr, TimestampStyle::sql};

/// Puts the columns in the order of an object's keys in jsonb, in which rows are best read.
void sort_columns(std::span<Column> columns);

/// What the columns are once the query has handed those of ColumnKind::other to to_jsonb.
std::span<const ColumnKind> column_kinds(MemoryContext context, std::span<const Column> columns);

/// "t.a, t.b, pg_catalog.to_jsonb(t.c)": the columns of the table or subquery t, those of ColumnKind::other
/// handed to to_jsonb.
const char* select_list(std::span<const Column> columns);

} // namespace agentchat::pg
