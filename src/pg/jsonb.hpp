// The writer of jsonb: straight into the form that PostgreSQL stores, with no JsonbValue tree in between.
//
// The form (src/include/utils/jsonb.h, src/backend/utils/adt/jsonb_util.c): a container is a header (count
// and kind), one JEntry of four bytes per child, and the children's bytes. An object's children are all its
// keys, sorted by length and then by bytes, followed by the values in that order. A JEntry holds the child's
// type and its length or, for every 32nd child, the offset of its end. Numerics and containers start at
// multiples of four, counted from the container, and the zeros in front of them count as theirs. Offsets are
// relative, so a stored jsonb value goes into another one as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/statement.hpp"

namespace agentchat::pg {

class JsonbRows;

/// A value in stored form, on its way into a container.
struct JsonbPiece {
    /// The type bits of its JEntry.
    std::uint32_t type;
    std::size_t size;
    const char* data;
    /// Set where the value is an array of rows; size and data are unused then.
    const JsonbRows* rows;
};

JsonbPiece jsonb_boolean(bool value);
JsonbPiece jsonb_array(const JsonbRows& rows);

struct JsonbField {
    std::string_view name;
    JsonbPiece value;
};

/// What the objects made of a table's rows have in common: everything but the values.
class JsonbRowShape {
public:
    /// Puts the columns in the order of an object's keys. Rows must come with their columns in that order.
    static void sort_columns(std::span<Column> columns);

    /// `columns` must be sorted, and live as long as the shape.
    static JsonbRowShape make(MemoryContext context, std::span<const Column> columns);

    std::span<const Column> columns() const { return columns_; }
    /// What the columns are once the query has handed some of them to to_jsonb.
    std::span<const ColumnKind> kinds() const { return kinds_; }
    /// Header, JEntries (those of the values to be filled in) and keys.
    std::span<const char> head() const { return head_; }
    std::size_t keys_size() const { return keys_size_; }

private:
    std::span<const Column> columns_;
    std::span<const ColumnKind> kinds_;
    std::span<const char> head_;
    std::size_t keys_size_;
};

/// The fields of one row. They live as long as `context`.
std::span<JsonbField> jsonb_fields(MemoryContext context, const JsonbRowShape& shape, const Row& row);

/// The bytes of names and values.
std::size_t jsonb_size(std::span<const JsonbField> fields);

/// An array of objects that grows row by row, at the end of a document.
///
/// The rows' bytes gather in one buffer, which becomes the document itself: what belongs in front of them
/// depends on their number, so they are moved up once, in place. A second buffer to copy them to would cost
/// as much again in page faults alone, which were half of the time; and large buffers grow without being
/// copied where the C library remaps their pages, as glibc does.
class JsonbRows {
public:
    /// `shape` must outlive the array. The document goes to `document_context`, all else to `context`. The
    /// buffer begins with room for `expected_size` bytes.
    static JsonbRows* make(MemoryContext context, MemoryContext document_context, const JsonbRowShape& shape,
                           std::size_t expected_size, std::size_t other_size);

    void append(const Row& row);

    std::size_t count() const { return count_; }
    /// Bytes in stored form.
    std::size_t size() const;

    /// Turns the buffer into a document of `size` bytes, of which size() bytes from `offset` on are the
    /// array. All others are the caller's to write; nothing can be appended any more.
    char* into_document(std::size_t size, std::size_t offset);

private:
    JsonbRows() = default;
    void reserve(std::size_t size);
    void write_bytes(const void* data, std::size_t size);
    void add_row_size(std::size_t size);

    MemoryContext context_ = nullptr;
    MemoryContext document_context_ = nullptr;
    std::size_t expected_size_ = 0;
    std::size_t other_size_ = 0;
    /// For detoasted values; reset after each row that has one.
    MemoryContext scratch_ = nullptr;
    const JsonbRowShape* shape_ = nullptr;
    /// The values of the row at hand, and room for each one's text if it is a uuid or timestamp.
    JsonbPiece* pieces_ = nullptr;
    char* texts_ = nullptr;

    char* buffer_ = nullptr;
    std::size_t used_ = 0;
    std::size_t room_ = 0;

    /// Each row's length as its JEntry will have it, with the zeros in front.
    std::uint32_t* row_sizes_ = nullptr;
    std::size_t row_size_room_ = 0;
    std::size_t count_ = 0;
};

/// A jsonb object as the result of a SQL function. One of the fields must be `rows`, whose buffer it takes
/// over. Names must be unique; the fields are sorted in place.
Result jsonb_object(std::span<JsonbField> fields, JsonbRows& rows);

/// A small document by its JSON text, which must end with a zero, as the result of a SQL function.
Result jsonb_from_text(std::string_view text);

/// The value of a key of a jsonb, where that is an object and the value a string. It lives as long as the
/// jsonb, or the current memory context.
std::optional<std::string_view> jsonb_text_field(std::uintptr_t jsonb, std::string_view key);

/// The text as a JSON string, in quotes.
const char* json_string(std::string_view text);

} // namespace agentchat::pg
