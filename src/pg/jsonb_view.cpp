// Implements jsonb_view.hpp: finds values inside stored jsonb.
#include "pg/jsonb_view.hpp"

#include "pg/jsonb_stored.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

JsonbView::Kind kind_of(std::uint32_t type, const char* data) {
    using enum JsonbView::Kind;
    switch (type) {
    case JENTRY_ISSTRING:
        return string;
    case JENTRY_ISNUMERIC:
        return number;
    case JENTRY_ISBOOL_FALSE:
    case JENTRY_ISBOOL_TRUE:
        return boolean;
    case JENTRY_ISCONTAINER:
        return (stored::load_uint32(data) & JB_FOBJECT) != 0 ? object : array;
    default:
        return null;
    }
}

/// Copies a numeric to aligned memory. A stored numeric is aligned to four bytes only in a value whose header
/// has four bytes.
Numeric copy_numeric(const JsonbView& number) {
    auto* copy = static_cast<char*>(palloc(number.size()));
    std::memcpy(copy, number.data(), number.size());
    return reinterpret_cast<Numeric>(copy);
}

/// Returns the child of a container with that index, where `count` is the number of its children.
stored::Child child_at(const JsonbView& container, std::size_t count, std::size_t index) {
    const stored::Children children(container.data(), count);
    std::size_t offset = index == 0 ? 0 : children.end_of(index - 1);
    return children.at(index, offset);
}

/// Finds a key of a large object by a binary search, like getKeyJsonValueFromContainer in
/// src/backend/utils/adt/jsonb_util.c.
std::optional<JsonbView> find_in_large_object(const JsonbView& object, std::string_view key) {
    const std::size_t count = object.count();
    std::size_t first = 0;
    for (std::size_t end = count; first < end;) {
        const std::size_t middle = first + (end - first) / 2;
        const stored::Child child = child_at(object, 2 * count, middle);
        if (stored::key_before({child.data, child.size}, key))
            first = middle + 1;
        else
            end = middle;
    }
    if (first == count)
        return std::nullopt;
    const stored::Child found = child_at(object, 2 * count, first);
    if (std::string_view(found.data, found.size) != key)
        return std::nullopt;
    const stored::Child value = child_at(object, 2 * count, count + first);
    return JsonbView::of_child(value.type, value.data, value.size);
}

} // namespace

JsonbView JsonbView::of(std::uintptr_t datum) {
    auto* value = reinterpret_cast<struct varlena*>(PG_DETOAST_DATUM_PACKED(datum));
    const char* root = VARDATA_ANY(value);
    const std::size_t size = VARSIZE_ANY_EXHDR(value);
    if ((stored::load_uint32(root) & JB_FSCALAR) == 0)
        return of_child(JENTRY_ISCONTAINER, root, size);
    std::size_t offset = 0;
    const stored::Child child = stored::Children(root, 1).at(0, offset);
    return of_child(child.type, child.data, child.size);
}

JsonbView JsonbView::of_child(std::uint32_t type, const char* data, std::size_t size) {
    JsonbView view;
    view.kind_ = kind_of(type, data);
    view.truth_ = type == JENTRY_ISBOOL_TRUE;
    view.data_ = data;
    view.size_ = size;
    return view;
}

JsonbView JsonbView::of_text(std::string_view text) {
    return of_child(JENTRY_ISSTRING, text.data(), text.size());
}

std::string_view JsonbView::text() const {
    return is_string() ? std::string_view(data_, size_) : std::string_view();
}

std::string_view JsonbView::number_text() const {
    Numeric number = copy_numeric(*this);
    const char* text = DatumGetCString(DirectFunctionCall1(numeric_out, NumericGetDatum(number)));
    pfree(number);
    return text;
}

std::size_t JsonbView::count() const {
    return is_array() || is_object() ? stored::load_uint32(data_) & JB_CMASK : 0;
}

std::optional<JsonbView> JsonbView::find(std::string_view key) const {
    // A binary search finds the offset of each key that it looks at. In a small object, it is no faster.
    constexpr std::size_t small = 64;
    if (!is_object())
        return std::nullopt;
    if (count() > small)
        return find_in_large_object(*this, key);
    for (JsonbCursor cursor(*this); cursor.next();)
        if (cursor.key() == key)
            return cursor.value();
    return std::nullopt;
}

std::optional<std::string_view> JsonbView::find_text(std::string_view key) const {
    const std::optional<JsonbView> value = find(key);
    if (!value || !value->is_string())
        return std::nullopt;
    return value->text();
}

std::optional<JsonbView> JsonbView::element(std::size_t index) const {
    if (!is_array() || index >= count())
        return std::nullopt;
    const stored::Child child = child_at(*this, count(), index);
    return of_child(child.type, child.data, child.size);
}

std::uintptr_t JsonbView::copy() const {
    const std::uint32_t type = stored::entry_type(*this);
    const std::size_t head = type == JENTRY_ISCONTAINER ? 0 : sizeof(std::uint32_t) + sizeof(JEntry);
    auto* copy = static_cast<char*>(palloc(VARHDRSZ + head + size_));
    SET_VARSIZE(copy, VARHDRSZ + head + size_);
    // A value that is not a container is stored as the only element of an array.
    if (head != 0) {
        stored::store_uint32(copy + VARHDRSZ, 1 | JB_FARRAY | JB_FSCALAR);
        // The entry of the first child holds the end of the child, which equals its length.
        stored::store_uint32(copy + VARHDRSZ + sizeof(std::uint32_t),
                             type | JENTRY_HAS_OFF | static_cast<std::uint32_t>(size_));
    }
    if (size_ > 0)
        std::memcpy(copy + VARHDRSZ + head, data_, size_);
    return PointerGetDatum(copy);
}

JsonbCursor::JsonbCursor(const JsonbView& container)
    : container_(container.data()), count_(container.count()), is_object_(container.is_object()) {
    if (is_object_ && count_ > 0)
        value_offset_ = stored::Children(container_, 2 * count_).end_of(count_ - 1);
}

bool JsonbCursor::next() {
    CHECK_FOR_INTERRUPTS();
    if (index_ == count_)
        return false;
    const stored::Children children(container_, is_object_ ? 2 * count_ : count_);
    if (is_object_) {
        const stored::Child key = children.at(index_, key_offset_);
        key_ = {key.data, key.size};
    }
    const stored::Child value = children.at(is_object_ ? count_ + index_ : index_, value_offset_);
    value_ = JsonbView::of_child(value.type, value.data, value.size);
    ++index_;
    return true;
}

} // namespace agentchat::pg
