// Reads and writes the bytes of stored jsonb, for the files of src/pg/ that need them. jsonb.hpp describes
// the form. A value of up to 126 bytes has a header of one byte, and can start at any address. Therefore
// numbers are copied out and never read in place.
#pragma once

#include "pg/jsonb_view.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg::stored {

inline std::uint32_t load_uint32(const char* from) {
    std::uint32_t value;
    std::memcpy(&value, from, sizeof(value));
    return value;
}

inline void store_uint32(char* to, std::uint32_t value) {
    std::memcpy(to, &value, sizeof(value));
}

/// Returns the number of zeros in front of a numeric or container that would start at `offset`.
inline std::size_t padding(std::size_t offset) {
    return -offset & 3;
}

/// Returns the number of zeros in front of a child of that type that would start at `offset`.
inline std::size_t padding_before(std::uint32_t type, std::size_t offset) {
    return type == JENTRY_ISCONTAINER || type == JENTRY_ISNUMERIC ? padding(offset) : 0;
}

/// Compares keys in the order of lengthCompareJsonbString in src/backend/utils/adt/jsonb_util.c.
inline bool key_before(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : std::memcmp(a.data(), b.data(), a.size()) < 0;
}

/// Writes the JEntries of the children of a container, one after the other.
class EntryWriter {
public:
    /// Starts at `to`, the place of the entry with that index. The bytes of that child begin at `offset`.
    explicit EntryWriter(char* to, std::size_t index = 0, std::size_t offset = 0)
        : to_(to), index_(index), offset_(offset) {}

    /// Writes the entry of the next child. `size` includes the zeros in front of it.
    void add(std::uint32_t type, std::size_t size) {
        offset_ += size;
        const std::uint32_t number = index_ % JB_OFFSET_STRIDE == 0
                                         ? static_cast<std::uint32_t>(offset_) | JENTRY_HAS_OFF
                                         : static_cast<std::uint32_t>(size);
        store_uint32(to_, type | number);
        to_ += sizeof(JEntry);
        ++index_;
    }

    /// Returns the offset of the bytes of the next child, counted from the first child.
    std::size_t offset() const { return offset_; }

private:
    char* to_;
    std::size_t index_;
    std::size_t offset_;
};

/// Returns the type bits of the JEntry for the value.
inline std::uint32_t entry_type(const JsonbView& view) {
    switch (view.kind()) {
    case JsonbView::Kind::string:
        return JENTRY_ISSTRING;
    case JsonbView::Kind::number:
        return JENTRY_ISNUMERIC;
    case JsonbView::Kind::boolean:
        return view.truth() ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
    case JsonbView::Kind::null:
        return JENTRY_ISNULL;
    case JsonbView::Kind::array:
    case JsonbView::Kind::object:
        break;
    }
    return JENTRY_ISCONTAINER;
}

/// Describes a child of a container, without the zeros in front of it.
struct Child {
    /// The type bits of its JEntry.
    std::uint32_t type;
    const char* data;
    std::size_t size;
};

/// Finds the children of a container by their index. An object has two children for each pair: all keys come
/// first, then all values.
class Children {
public:
    Children(const char* container, std::size_t count)
        : entries_(container + sizeof(std::uint32_t)), data_(entries_ + count * sizeof(JEntry)) {}

    /// Returns the end of the child, counted from the start of the first child. It follows getJsonbOffset in
    /// src/backend/utils/adt/jsonb_util.c.
    std::size_t end_of(std::size_t index) const {
        std::size_t end = 0;
        for (;; --index) {
            const std::uint32_t entry = entry_at(index);
            end += entry & JENTRY_OFFLENMASK;
            if ((entry & JENTRY_HAS_OFF) != 0 || index == 0)
                return end;
        }
    }

    /// Returns the child that begins at `offset`, and moves `offset` to its end. Containers and numerics are
    /// never empty; therefore the zeros in front of a child end before the child ends.
    Child at(std::size_t index, std::size_t& offset) const {
        const std::uint32_t entry = entry_at(index);
        const std::uint32_t type = entry & JENTRY_TYPEMASK;
        const std::size_t start = offset + padding_before(type, offset);
        const std::size_t number = entry & JENTRY_OFFLENMASK;
        offset = (entry & JENTRY_HAS_OFF) != 0 ? number : offset + number;
        return {type, data_ + start, offset - start};
    }

private:
    std::uint32_t entry_at(std::size_t index) const { return load_uint32(entries_ + index * sizeof(JEntry)); }

    const char* entries_;
    const char* data_;
};

} // namespace agentchat::pg::stored
