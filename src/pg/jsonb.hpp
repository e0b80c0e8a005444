// Writes jsonb directly in its stored form, without an intermediate tree of JsonbValue.
//
// The stored form (src/include/utils/jsonb.h, src/backend/utils/adt/jsonb_util.c): a container consists of a
// header (count and kind), one JEntry of four bytes for each child, and the bytes of the children. The
// children of an object are all its keys, sorted by length and then by bytes, followed by the values in the
// same order. A JEntry holds the type of the child and its length. For every 32nd child, it holds the offset
// of the end instead of the length. Numerics and containers start at multiples of four, counted from the
// start of the container. The zeros in front of them count as part of them. All offsets are relative;
// therefore a stored jsonb value can be copied into another value unchanged.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat::pg {

class JsonbArray;

/// Describes a value in stored form that will go into a container.
struct JsonbPiece {
    /// The type bits of the JEntry.
    std::uint32_t type;
    std::size_t size;
    const char* data;
    /// Set if the value is an array that a JsonbArray has built. `size` and `data` are then unused.
    const JsonbArray* array;
};

/// jsonb_boolean() makes a piece from a boolean, and jsonb_array() from an array that is complete.
JsonbPiece jsonb_boolean(bool value);
JsonbPiece jsonb_array(const JsonbArray& array);

/// Raises 54000 if so many bytes do not fit into a jsonb. The error has the hint.
void check_jsonb_size(std::size_t size, const char* hint);

struct JsonbField {
    std::string_view name;
    JsonbPiece value;
};

/// Returns the fields of one row. The fields live as long as `context`.
std::span<JsonbField> jsonb_fields(MemoryContext context, const RowShape& shape, const Row& row,
                                   const char* too_large_hint);

/// Counts the bytes of the names and values.
std::size_t jsonb_size(std::span<const JsonbField> fields);

/// Builds an array of objects, one by one, at the end of a document.
///
/// The bytes of the objects gather in one buffer, which becomes the document itself. The size of the bytes
/// before them depends on the number of objects. Therefore the objects are moved once, in place, at the end.
/// A copy to a second buffer would cost as much again in page faults alone, which took half of the time.
/// Large buffers grow without a copy if the C library can remap their pages, like glibc.
class JsonbArray {
public:
    /// Makes an array. The document goes to `document_context`, and everything else to `context`. The buffer
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
    /// Completes an object, which has so many bytes.
    void add_object_size(std::size_t size);

    MemoryContext document_context_ = nullptr;
    std::size_t expected_size_ = 0;
    std::size_t other_size_ = 0;
    const char* too_large_hint_ = nullptr;

    char* buffer_ = nullptr;
    std::size_t used_ = 0;
    std::size_t room_ = 0;

    /// The length of each object, which its JEntry will hold. It includes the zeros in front of the object.
    ArenaList<std::uint32_t> sizes_;
};

/// Writes rows into an array, directly from their columns.
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
    /// The values of the current row, and room for the text of each value that is a uuid or a timestamp.
    JsonbPiece* pieces_;
    char* texts_;
};

/// Returns the array as the result of a SQL function. The result takes over the buffer.
Result jsonb_array_result(JsonbArray& array);

/// Returns an object as the result of a SQL function. One of the fields must be `array`. The result takes
/// over its buffer. The names must be unique. The function sorts the fields in place.
Result jsonb_object(std::span<JsonbField> fields, JsonbArray& array);

/// Returns a copy of an array with another element at its end, as a datum in the current memory context.
/// Without an array, the element is the first. Returns nothing if the result would be too large for a jsonb.
/// It copies the bytes as they are stored; the operator || would read and write every value in the array.
std::optional<std::uintptr_t> jsonb_append(const std::optional<JsonbView>& array, const JsonbView& element);

/// Parses a small JSON text, and returns the jsonb as the result of a SQL function. A zero byte must follow
/// the text.
Result jsonb_from_text(std::string_view text);

/// Returns the value of a key if the jsonb is an object and the value is a string. The returned text lives as
/// long as the jsonb or the current memory context.
std::optional<std::string_view> jsonb_text_field(std::uintptr_t jsonb, std::string_view key);

/// Returns the text as a JSON string, quoted and escaped.
const char* json_string(std::string_view text);

} // namespace agentchat::pg
