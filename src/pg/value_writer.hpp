// Writes JSON values as text or as jsonb through one interface. A shape that supports both encodings is
// written only once.
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

/// Writes a value piece by piece. A value is a scalar, or begin_…, the contents and end_…. In an object, each
/// value follows its key. The keys of an object must be unique. The writer copies all arguments.
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
    /// Writes a string that contains the value in the form of JSON.stringify() (JsonStyle::javascript).
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
    /// Returns the value as a Datum in the current memory context. Another value may follow.
    virtual std::uintptr_t finish() = 0;

protected:
    ~JsonbWriter() = default;
};

/// Makes a writer that lives as long as the context. If a value becomes too large for a jsonb, the error has
/// the hint.
JsonbWriter& jsonb_writer(MemoryContext context, const char* too_large_hint);

/// Writes a document: an array that grows element by element. The array is the whole document, or a field of
/// an object that may have other fields. The writer is plain data in a memory context.
class DocumentWriter {
public:
    /// Begins the next element, which is an object. end_element() ends it.
    virtual ValueWriter& begin_element() = 0;
    virtual void end_element() = 0;

    /// Begins another field of the object, after all elements. end_field() ends it.
    virtual ValueWriter& begin_field(std::string_view name) = 0;
    virtual void end_field() = 0;

    /// Returns the number of bytes written so far.
    virtual std::size_t size() const = 0;
    /// Completes the document, and returns it as the result of a SQL function.
    virtual Result finish() = 0;

protected:
    ~DocumentWriter() = default;
};

/// Says where a document is written.
struct DocumentMemory {
    /// The context for everything except the document. It must live as long as the writer.
    MemoryContext context;
    /// The context for the document.
    MemoryContext document;
    /// The estimated size of the document.
    std::size_t expected_size;
    /// The hint of the error that is raised if the document is too large for its type.
    const char* too_large_hint;
};

/// json_document() makes a document as JSON text, and jsonb_document() as jsonb. `array_name` is the key of
/// the array. If it is empty, the array is the whole document. It must be a literal.
DocumentWriter& json_document(const DocumentMemory& memory, std::string_view array_name);
DocumentWriter& jsonb_document(const DocumentMemory& memory, std::string_view array_name);

} // namespace agentchat::pg
