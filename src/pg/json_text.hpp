// Writes JSON text.
//
// It writes directly from stored values. Text and jsonb make up most of a result. Each value is copied only
// once, from the row into the result, and is escaped on the way. Few bytes need an escape; therefore escaping
// examines sixteen bytes at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

namespace stored {
struct Child;
}

/// Selects how numbers and the keys of objects are written.
enum class JsonStyle : std::uint8_t {
    /// In the form that jsonb stores.
    exact,
    /// In the form of JSON.stringify() of JavaScript, if that loses no digit. It writes 1e+21 instead of
    /// 1000000000000000000000, and 1.5 instead of 1.50. Keys that are whole numbers come first.
    javascript,
};

/// Builds a JSON text, which grows at its end. It is plain data, and its buffer is in a memory context.
class JsonText {
public:
    /// Makes a text whose buffer begins with room for `expected_size` bytes. If the text becomes too large
    /// for a value of PostgreSQL, the error has the hint.
    explicit JsonText(MemoryContext context, std::size_t expected_size = 0, const char* too_large_hint = "");

    /// Adds JSON unchanged: punctuation, or keys that are already escaped.
    void raw(std::string_view json) {
        reserve(json.size());
        json.copy(buffer_ + used_, json.size());
        used_ += json.size();
    }
    void raw(char c) {
        reserve(1);
        buffer_[used_++] = c;
    }

    /// Adds a string, quoted and escaped. The text must be valid in the encoding of the database, like every
    /// stored text.
    void string(std::string_view text);
    void uuid(const Uuid& uuid);
    void timestamp(Timestamp timestamp, TimestampStyle style);
    void integer(std::int64_t number);
    void boolean(bool value) { raw(value ? std::string_view("true") : std::string_view("false")); }
    void null() { raw("null"); }
    void value(const JsonbView& value, JsonStyle style = JsonStyle::exact);

    /// Raises 54000 if so many more bytes do not fit into a value of PostgreSQL. Call it before allocating
    /// the memory for them.
    void check_room(std::size_t more) const;

    const char* too_large_hint() const { return too_large_hint_; }
    std::size_t size() const { return used_ - header_size; }
    std::string_view view() const { return {buffer_ + header_size, size()}; }
    /// Frees the memory early, before the context ends.
    void discard();

    /// Returns the text as the result of a SQL function. The buffer becomes the result. Nothing can be added
    /// afterwards.
    Result finish();

private:
    /// The buffer starts with the header of a value of variable length.
    static constexpr std::size_t header_size = 4;

    /// Makes room for so many more bytes.
    void reserve(std::size_t more) {
        if (room_ - used_ < more)
            grow(more);
    }
    void grow(std::size_t more);
    void number(const JsonbView& number, JsonStyle style);
    /// Adds a value of any type.
    void child(const stored::Child& child, JsonStyle style);
    void array(const char* container, std::size_t count, JsonStyle style);
    void object(const char* container, std::size_t count, JsonStyle style);
    /// Adds those pairs of an object whose keys are `wanted`.
    template <typename Wanted>
    void pairs(const char* container, std::size_t count, JsonStyle style, bool& is_first, Wanted wanted);

    char* buffer_;
    std::size_t used_ = header_size;
    std::size_t room_;
    const char* too_large_hint_;
};

} // namespace agentchat::pg
