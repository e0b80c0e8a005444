// Reads jsonb in place, in its stored form.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace agentchat::pg {

/// Gives access to a value inside a jsonb. The view lives as long as the jsonb, and its texts are bytes of
/// the jsonb.
class JsonbView {
public:
    enum class Kind : std::uint8_t { null, string, number, boolean, array, object };

    /// Makes a JSON null.
    JsonbView() = default;

    /// Returns the value of a datum. If needed, it detoasts the datum into the current memory context.
    static JsonbView of(std::uintptr_t datum);
    /// Makes a string, which need not be part of a jsonb.
    static JsonbView of_text(std::string_view text);
    /// Makes a view of a child whose JEntry has that type.
    static JsonbView of_child(std::uint32_t type, const char* data, std::size_t size);

    Kind kind() const { return kind_; }
    bool is_null() const { return kind_ == Kind::null; }
    bool is_string() const { return kind_ == Kind::string; }
    bool is_number() const { return kind_ == Kind::number; }
    bool is_boolean() const { return kind_ == Kind::boolean; }
    bool is_array() const { return kind_ == Kind::array; }
    bool is_object() const { return kind_ == Kind::object; }

    /// Returns the text of a string, or an empty text for any other value.
    std::string_view text() const;
    /// Returns the value of a boolean, or false for any other value.
    bool truth() const { return truth_; }
    /// Returns the text of a number, with all its digits and without an exponent. The text lives in the
    /// current memory context.
    std::string_view number_text() const;
    /// Counts the elements or pairs. Returns 0 if the value is not a container.
    std::size_t count() const;

    /// Finds the value of a key. Returns nothing if the key is missing, or if this value is not an object.
    std::optional<JsonbView> find(std::string_view key) const;
    /// Finds the text of a key. Returns nothing if the key is missing, or if its value is not a string.
    std::optional<std::string_view> find_text(std::string_view key) const;
    /// Returns the element with that number, counted from 0. Returns nothing if the element is missing, or if
    /// this value is not an array.
    std::optional<JsonbView> element(std::size_t index) const;

    /// Copies the value to a separate jsonb in the current memory context, and returns its datum.
    std::uintptr_t copy() const;

    /// Returns the stored form. Two arrays or objects with the same bytes are the same.
    std::string_view bytes() const { return {data_, size_}; }
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
/// For any other value, next() returns false at once. Pairs come in the order of jsonb: short keys first.
class JsonbCursor {
public:
    /// Starts before the first element or pair.
    explicit JsonbCursor(const JsonbView& container);

    /// Moves to the next element or pair. Returns false at the end. Ends the call if the query is cancelled:
    /// every loop over what users have written goes through here, however long it is.
    bool next();

    /// Returns the key of the pair, or an empty text in an array.
    std::string_view key() const { return key_; }
    JsonbView value() const { return value_; }
    /// Returns the number of the element or pair, counted from 0.
    std::size_t index() const { return index_ - 1; }

private:
    const char* container_;
    std::size_t count_;
    bool is_object_;
    std::size_t index_ = 0;
    /// The offsets of the next key and of the next value or element, counted from the first child.
    std::size_t key_offset_ = 0;
    std::size_t value_offset_ = 0;

    std::string_view key_;
    JsonbView value_;
};

} // namespace agentchat::pg
