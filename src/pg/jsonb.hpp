// Writes jsonb straight into its stored form, without a JsonbValue tree in between.
//
// The form (src/include/utils/jsonb.h, src/backend/utils/adt/jsonb_util.c): a container consists of a header
// (count and kind), one JEntry of four bytes per child, and the bytes of the children. The children of an
// object are all its keys, sorted by length and then by bytes, followed by the values in the same order. A
// JEntry holds the type of the child and its length; for every 32nd child, it holds the offset of the end
// instead of the length. Numerics and containers start at multiples of four, counted from the start of the
// container, and the zeros in front of them count as part of them. All offsets are relative; therefore a
// stored jsonb value can be copied into another one as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/memory.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat::pg {

class JsonbArray;

/// A value in stored form that will go into a container.
struct JsonbPiece {
    /// The type bits of its JEntry.
    std::uint32_t type;
    std::size_t size;
    const char* data;
    /// Set if the value is an array that has grown. Then size and data are unused.
    const JsonbArray* array;
};

/// Make a piece of a boolean, and of an array that has grown.
JsonbPiece jsonb_boolean(bool value);
JsonbPiece jsonb_array(const JsonbArray& array);
/// Makes a piece of an object or array in stored form.
JsonbPiece jsonb_container(std::span<const char> container);

/// Raises 54000 if so many bytes are too large for a jsonb. The hint tells the user what to do.
void check_jsonb_size(std::size_t size, const char* hint);

struct JsonbField {
    std::string_view name;
    JsonbPiece value;
};

/// Returns the fields of one row. They live as long as `context`.
std::span<JsonbField> jsonb_fields(MemoryContext context, const RowShape& shape, const Row& row,
                                   const char* too_large_hint);

/// Counts the bytes of names and values.
std::size_t jsonb_size(std::span<const JsonbField> fields);

/// An array of objects that grows one by one, at the end of a document.
///
/// The bytes of the objects gather in one buffer, which becomes the document itself. The size of what
/// precedes them depends on their number; therefore they are moved once, in place, at the end. Copying them
/// to a second buffer would cost as much again in page faults alone, which were half of the time. Large
/// buffers grow without a copy if the C library can remap their pages, as glibc does.
class JsonbArray {
public:
    /// Makes an array. The document goes to `document_context`, everything else to `context`. The buffer
    /// begins with room for `expected_size` bytes. `other_size` is the size of the rest of the document. If
    /// the document becomes too large for a jsonb, the error has the hint.
    static JsonbArray* make(MemoryContext context, MemoryContext document_context, std::size_t expected_size,
                            std::size_t other_size, const char* too_large_hint);

    /// Appends an object in stored form.
    void append(std::span<const char> object);

    const char* too_large_hint() const { return too_large_hint_; }
    std::size_t count() const { return sizes_.size(); }
    /// Returns the size of the array in stored form, in bytes.
    std::size_t size() const;

    /// Turns the buffer into a document of `size` bytes. The array takes size() bytes from `offset` on. The
    /// caller writes all other bytes. Nothing can be appended afterwards.
    char* into_document(std::size_t size, std::size_t offset);

private:
    friend class JsonbRows;

    explicit JsonbArray(MemoryContext context) : sizes_(context) {}
    /// Makes room for so many more bytes.
    void reserve(std::size_t size);
    /// Adds bytes to the buffer, which must have room.
    void write_bytes(const void* data, std::size_t size);
    /// Completes an object.
    void add_object_size(std::size_t size);

    MemoryContext document_context_ = nullptr;
    std::size_t expected_size_ = 0;
    std::size_t other_size_ = 0;
    const char* too_large_hint_ = nullptr;

    char* buffer_ = nullptr;
    std::size_t used_ = 0;
    std::size_t room_ = 0;

    /// The length of each object as in its JEntry, including the zeros in front.
    ArenaList<std::uint32_t> sizes_;
};

/// Writes rows into an array, straight from their columns.
class JsonbRows {
public:
    /// `shape` and `array` must outlive this object.
    JsonbRows(MemoryContext context, const RowShape& shape, JsonbArray& array);

    /// Appends the object of a row.
    void append(const Row& row);

private:
    const RowShape* shape_;
    JsonbArray* array_;
    /// Holds detoasted values. It is reset after each row that has one.
    MemoryContext scratch_;
    /// The values of the current row, and room for the text of each value if it is a uuid or a timestamp.
    JsonbPiece* pieces_;
    char* texts_;
};

/// Returns the array as the result of a SQL function. The result takes over the buffer.
Result jsonb_array_result(JsonbArray& array);

/// Returns an object as the result of a SQL function. One of the fields must be `array`; the result takes
/// over its buffer. Names must be unique. The fields are sorted in place.
Result jsonb_object(std::span<JsonbField> fields, JsonbArray& array);

/// Returns a small document as the result of a SQL function. The text is its JSON, which must end with a zero
/// byte.
Result jsonb_from_text(std::string_view text);

/// Returns the value of a key if the jsonb is an object and the value is a string. The text lives as long as
/// the jsonb or the current memory context.
std::optional<std::string_view> jsonb_text_field(std::uintptr_t jsonb, std::string_view key);

/// Returns the text as a JSON string, in quotes.
const char* json_string(std::string_view text);

} // namespace agentchat::pg
