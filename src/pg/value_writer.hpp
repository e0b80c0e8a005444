// Writers of JSON values, as text and as jsonb behind one interface: a shape that is wanted in both
// is written once.
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

/// Takes a value piece by piece: a scalar, or begin_…, the contents, end_…; in an object each value after its
/// key. The keys of an object must be unique. What is passed in is copied.
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
    /// A string: the value as JSON.stringify writes it (JsonStyle::javascript).
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

/// Makes jsonb values one after the other, for columns.
class JsonbWriter : public ValueWriter {
public:
    /// The value that was written, as a Datum in the current memory context. Then another one may follow.
    virtual std::uintptr_t finish() = 0;

protected:
    ~JsonbWriter() = default;
};

/// It lives as long as the context. If a value becomes too large for a jsonb, the error has the hint.
JsonbWriter& jsonb_writer(MemoryContext context, const char* too_large_hint);

/// Takes a document: an array that grows element by element, alone or as a field of an object, which then may
/// have other fields. It is plain data in a memory context.
class DocumentWriter {
public:
    /// For the next element, an object, which is complete with end_element().
    virtual ValueWriter& begin_element() = 0;
    virtual void end_element() = 0;

    /// For another field of the object, after all elements. It is complete with end_field().
    virtual ValueWriter& begin_field(std::string_view name) = 0;
    virtual void end_field() = 0;

    /// Bytes so far.
    virtual std::size_t size() const = 0;
    /// The document as the result of a SQL function.
    virtual Result finish() = 0;

protected:
    ~DocumentWriter() = default;
};

/// The memory that a document is written in.
struct DocumentMemory {
    /// For all but the document; it has to live as long as the writer is used.
    MemoryContext context;
    MemoryContext document;
    /// Room that the document is likely to need.
    std::size_t expected_size;
    /// What users are told to do if the document is too large for its type.
    const char* too_large_hint;
};

/// `array_name` is the field of the array, and empty where the document is the array alone. It must be a
/// literal.
DocumentWriter& json_document(const DocumentMemory& memory, std::string_view array_name);
DocumentWriter& jsonb_document(const DocumentMemory& memory, std::string_view array_name);

} // namespace agentchat::pg
