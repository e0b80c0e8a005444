// Reads jsonb in place, as it is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace agentchat::pg {

/// A value inside a jsonb. It lives as long as the jsonb. Its texts are bytes of the jsonb.
class JsonbView {
public:
    enum class Kind : std::uint8_t { null, string, number, boolean, array, object };

    /// Makes the null of JSON.
    JsonbView() = default;

    /// Returns the value of a datum. It detoasts into the current memory context if needed.
    static JsonbView of(std::uintptr_t datum);
    /// Makes the child of a container whose JEntry has that type.
    static JsonbView of_child(std::uint32_t type, const char* data, std::size_t size);

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    bool is_string() const { return kind_ == Kind::string; }
    bool is_number() const { return kind_ == Kind::number; }
    bool is_boolean() const { return kind_ == Kind::boolean; }
    bool is_array() const { return kind_ == Kind::array; }
    bool is_object() const { return kind_ == Kind::object; }

    /// Returns the text of a string; empty for other values.
    std::string_view text() const;
    /// Returns the value of a boolean; false for other values.
    bool truth() const { return truth_; }
    /// Returns the text of a number, with all its digits and without an exponent. It lives in the current
    /// memory context.
    std::string_view number_text() const;
    /// Counts the elements or pairs; 0 if the value is not a container.
    std::size_t count() const;

    /// Finds the value of a key. Returns nothing if the key is missing, or if this is not an object.
    std::optional<JsonbView> find(std::string_view key) const;
    /// Finds the text of a key. Returns nothing if its value is not a string.
    std::optional<std::string_view> find_text(std::string_view key) const;

    /// Copies the value into a jsonb of its own, in the current memory context.
    std::uintptr_t copy() const;

    const char* data() const { return data_; }
    std::size_t size() const { return size_; }

private:
    Kind kind_ = Kind::null;
    bool truth_ = false;
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Visits the elements of an array or the pairs of an object:
///
///     for (JsonbCursor cursor(view); cursor.next();)
///         use(cursor.key(), cursor.value());
///
/// Any other value has nothing to visit. Pairs come in the order of jsonb: short keys first.
class JsonbCursor {
public:
    /// Starts before the first element or pair.
    explicit JsonbCursor(const JsonbView& container);

    /// Moves to the next element or pair. Returns false if there is none.
    bool next();

    /// Returns the key of the pair; empty in an array.
    std::string_view key() const { return key_; }
    JsonbView value() const { return value_; }
    /// Returns the number of the element or pair, from 0.
    std::size_t index() const { return index_ - 1; }

private:
    const char* container_;
    std::size_t count_;
    bool is_object_;
    std::size_t index_ = 0;
    /// Where the next key and the next value or element begin, counted from the first child.
    std::size_t key_offset_ = 0;
    std::size_t value_offset_ = 0;

    std::string_view key_;
    JsonbView value_;
};

} // namespace agentchat::pg
