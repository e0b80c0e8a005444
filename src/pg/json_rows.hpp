// Writes rows as JSON text, directly from their columns.
#pragma once

#include <span>
#include <string_view>

#include "pg/json_text.hpp"
#include "pg/memory.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat::pg {

/// Writes rows as JSON objects.
class JsonRows {
public:
    /// `shape` and `text` must outlive this object.
    JsonRows(MemoryContext context, const RowShape& shape, JsonText& text);

    /// Writes the object without its closing brace, and without the keys in `except`. At least one key must
    /// remain.
    void begin(const Row& row, std::span<const std::string_view> except);
    /// Writes the object.
    void append(const Row& row) {
        begin(row, {});
        text_->raw('}');
    }

private:
    /// Writes the value of one column.
    void column(const Row& row, const RowShape::Field& field);

    const RowShape* shape_;
    JsonText* text_;
    /// Holds detoasted values. It is reset after each row that has one.
    MemoryContext scratch_;
};

} // namespace agentchat::pg
