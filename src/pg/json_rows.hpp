// Rows as JSON text, straight from their columns.
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
    /// `shape` and `text` must outlive it.
    JsonRows(MemoryContext context, const RowShape& shape, JsonText& text);

    /// The object's pairs without its closing brace, leaving out those keys; it must keep some.
    void begin(const Row& row, std::span<const std::string_view> except);
    /// The object.
    void append(const Row& row) {
        begin(row, {});
        text_->raw('}');
    }

private:
    void column(const Row& row, const RowShape::Field& field);

    const RowShape* shape_;
    JsonText* text_;
    /// For detoasted values; reset after each row that has one.
    MemoryContext scratch_;
};

} // namespace agentchat::pg
