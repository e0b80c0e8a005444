// Writes JSON values as text and as jsonb through one interface. A shape that both encodings need is written
// once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/json_text.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

/// Takes a value piece by piece: a scalar; or begin_…, the contents, end_…. In an object, each value follows
/// its key. The keys of an object must be unique. All arguments are copied.
class ValueWriter {
public:
    virtual void begin_object() = 0;
    virtual void end_object() = 0;
    virtual void begin_array() = 0;
    virtual void end_array() = 0;
    virtual void key(std::string_view name) = 0;

    virtual void string(std::string_view text) = 0;
    virtual void null() = 0;
    virtual void boolean(bool value) = 0;
    virtual void integer(std::int64_t number) = 0;
    virtual void uuid(const Uuid& uuid) = 0;
    virtual void timestamp(Timestamp timestamp, TimestampStyle style) = 0;
    virtual void value(const JsonbView& value) = 0;
    /// Writes a string that contains the value as JSON.stringify() writes it (JsonStyle::javascript).
    virtual void stringified(const JsonbView& value) = 0;

    /// Writes a field of an object: its key and its value.
    void field(std::string_view name, std::string_view text) {
        key(name);
        string(text);
    }
    void field(std::string_view name, const JsonbView& view) {
        key(name);
        value(view);
    }

    /// Writes the field if the value is present.
    void optional_field(std::string_view name, const std::optional<std::string_view>& text) {
        if (text)
            field(name, *text);
    }
    void optional_field(std::string_view name, const std::optional<JsonbView>& view) {
        if (view)
            field(name, *view);
    }

protected:
    ~ValueWriter() = default;
};

/// Makes jsonb values for columns, one after the other.
class JsonbWriter : public ValueWriter {
public:
    /// Returns the value as a Datum in the current memory context. Then another value may follow.
    virtual std::uintptr_t finish() = 0;

protected:
    ~JsonbWriter() = default;
};

/// Makes a writer that lives as long as the context. If a value becomes too large for a jsonb, the error has
/// the hint.
JsonbWriter& jsonb_writer(MemoryContext context, const char* too_large_hint);

/// Takes a document: an array that grows element by element, alone or as a field of an object that may have
/// other fields. It is plain data in a memory context.
class DocumentWriter {
public:
    /// Begins the next element, an object. end_element() ends it.
    virtual ValueWriter& begin_element() = 0;
    virtual void end_element() = 0;

    /// Begins another field of the object, after all elements. end_field() ends it.
    virtual ValueWriter& begin_field(std::string_view name) = 0;
    virtual void end_field() = 0;

    /// Returns the number of bytes up to now.
    virtual std::size_t size() const = 0;
    /// Returns the document as the result of a SQL function.
    virtual Result finish() = 0;

protected:
    ~DocumentWriter() = default;
};

/// The memory that a document is written in.
struct DocumentMemory {
    /// For everything but the document. It must live as long as the writer.
    MemoryContext context;
    MemoryContext document;
    /// The size that the document will probably have.
    std::size_t expected_size;
    /// What users should do if the document is too large for its type.
    const char* too_large_hint;
};

/// Make a document as JSON text, and as jsonb. `array_name` is the field of the array; if it is empty, the
/// document is the array alone. It must be a literal.
DocumentWriter& json_document(const DocumentMemory& memory, std::string_view array_name);
DocumentWriter& jsonb_document(const DocumentMemory& memory, std::string_view array_name);

} // namespace agentchat::pg
