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
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat::pg {

class JsonbArray;

/// A value in stored form, on its way into a container.
struct JsonbPiece {
    /// The type bits of its JEntry.
    std::uint32_t type;
    std::size_t size;
    const char* data;
    /// Set where the value is an array that has grown; size and data are unused then.
    const JsonbArray* array;
};

JsonbPiece jsonb_boolean(bool value);
JsonbPiece jsonb_array(const JsonbArray& array);
/// `container` is an object or array in stored form.
JsonbPiece jsonb_container(std::span<const char> container);

/// Raises 54000 if a value of so many bytes would be larger than a jsonb can be. The hint says what the user
/// can do about it.
void check_jsonb_size(std::size_t size, const char* hint);

struct JsonbField {
    std::string_view name;
    JsonbPiece value;
};

/// The fields of one row. They live as long as `context`.
std::span<JsonbField> jsonb_fields(MemoryContext context, const RowShape& shape, const Row& row,
                                   const char* too_large_hint);

/// The bytes of names and values.
std::size_t jsonb_size(std::span<const JsonbField> fields);

/// An array of objects that grows one by one, at the end of a document.
///
/// Their bytes gather in one buffer, which becomes the document itself: what belongs in front of them depends
/// on their number, so they are moved up once, in place. A second buffer to copy them to would cost as much
/// again in page faults alone, which were half of the time; and large buffers grow without being copied where
/// the C library remaps their pages, as glibc does.
class JsonbArray {
public:
    /// The document goes to `document_context`, all else to `context`. The buffer begins with room for
    /// `expected_size` bytes. `other_size` is what the document will hold besides the array. If it becomes
    /// too large for a jsonb, the error has the hint.
    static JsonbArray* make(MemoryContext context, MemoryContext document_context, std::size_t expected_size,
                            std::size_t other_size, const char* too_large_hint);

    /// An object in stored form.
    void append(std::span<const char> object);

    const char* too_large_hint() const { return too_large_hint_; }
    std::size_t count() const { return sizes_.size(); }
    /// Bytes in stored form.
    std::size_t size() const;

    /// Turns the buffer into a document of `size` bytes, of which size() bytes from `offset` on are the
    /// array. All others are the caller's to write; nothing can be appended any more.
    char* into_document(std::size_t size, std::size_t offset);

private:
    friend class JsonbRows;

    explicit JsonbArray(MemoryContext context) : sizes_(context) {}
    void reserve(std::size_t size);
    void write_bytes(const void* data, std::size_t size);
    void add_object_size(std::size_t size);

    MemoryContext document_context_ = nullptr;
    std::size_t expected_size_ = 0;
    std::size_t other_size_ = 0;
    const char* too_large_hint_ = nullptr;

    char* buffer_ = nullptr;
    std::size_t used_ = 0;
    std::size_t room_ = 0;

    /// Each object's length as its JEntry will have it, with the zeros in front.
    ArenaList<std::uint32_t> sizes_;
};

/// Writes rows into an array, straight from their columns.
class JsonbRows {
public:
    /// `shape` and `array` must outlive it.
    JsonbRows(MemoryContext context, const RowShape& shape, JsonbArray& array);

    void append(const Row& row);

private:
    const RowShape* shape_;
    JsonbArray* array_;
    /// For detoasted values; reset after each row that has one.
    MemoryContext scratch_;
    /// The values of the row at hand, and room for each one's text if it is a uuid or timestamp.
    JsonbPiece* pieces_;
    char* texts_;
};

/// A jsonb array as the result of a SQL function. It takes over the buffer.
Result jsonb_array_result(JsonbArray& array);

/// A jsonb object as the result of a SQL function. One of the fields must be `array`, whose buffer it takes
/// over. Names must be unique; the fields are sorted in place.
Result jsonb_object(std::span<JsonbField> fields, JsonbArray& array);

/// A small document by its JSON text, which must end with a zero, as the result of a SQL function.
Result jsonb_from_text(std::string_view text);

/// The value of a key of a jsonb, where that is an object and the value a string. It lives as long as the
/// jsonb, or the current memory context.
std::optional<std::string_view> jsonb_text_field(std::uintptr_t jsonb, std::string_view key);

/// The text as a JSON string, in quotes.
const char* json_string(std::string_view text);

} // namespace agentchat::pg
