// Reading jsonb where it is stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace agentchat::pg {

/// A value inside a jsonb. It lives as long as the jsonb does; its texts are the jsonb's own bytes.
class JsonbView {
public:
    enum class Kind : std::uint8_t { null, string, number, boolean, array, object };

    /// JSON's null.
    JsonbView() = default;

    /// The value of that datum, which is detoasted into the current memory context where it must be.
    static JsonbView of(std::uintptr_t datum);
    /// The child of a container with that type in its JEntry.
    static JsonbView of_child(std::uint32_t type, const char* data, std::size_t size);

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    bool is_string() const { return kind_ == Kind::string; }
    bool is_number() const { return kind_ == Kind::number; }
    bool is_boolean() const { return kind_ == Kind::boolean; }
    bool is_array() const { return kind_ == Kind::array; }
    bool is_object() const { return kind_ == Kind::object; }

    /// Of a string; empty for all else.
    std::string_view text() const;
    /// Of a boolean; false for all else.
    bool truth() const { return truth_; }
    /// Of a number, in the current memory context: all its digits, without an exponent.
    std::string_view number_text() const;
    /// How many elements or pairs; 0 where it has none or is no container.
    std::size_t count() const;

    /// The value of a key; nothing where there is no such key, or this is no object.
    std::optional<JsonbView> find(std::string_view key) const;
    /// The text of a key's value; nothing where that is no string.
    std::optional<std::string_view> find_text(std::string_view key) const;

    /// The value as a jsonb of its own, in the current memory context.
    std::uintptr_t copy() const;

    const char* data() const { return data_; }
    std::size_t size() const { return size_; }

private:
    Kind kind_ = Kind::null;
    bool truth_ = false;
    const char* data_ = nullptr;
    std::size_t size_ = 0;
};

/// Goes through the elements of an array or the pairs of an object, as
///
///     for (JsonbCursor cursor(view); cursor.next();)
///         use(cursor.key(), cursor.value());
///
/// and through nothing where the value is neither. Pairs come in jsonb's order: short keys first.
class JsonbCursor {
public:
    explicit JsonbCursor(const JsonbView& container);

    bool next();

    /// Of the pair; empty in an array.
    std::string_view key() const { return key_; }
    JsonbView value() const { return value_; }
    /// Of the element or pair, from 0.
    std::size_t index() const { return index_ - 1; }

private:
    const char* container_;
    std::size_t count_;
    bool is_object_;
    std::size_t index_ = 0;
    /// Where the next key, and the next value or element, begin, counted from the first child.
    std::size_t key_offset_ = 0;
    std::size_t value_offset_ = 0;

    std::string_view key_;
    JsonbView value_;
};

} // namespace agentchat::pg
