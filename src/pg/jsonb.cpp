// Implements jsonb.hpp: converts columns, arrays and objects to stored form.
#include "pg/jsonb.hpp"

#include "pg/error.hpp"
#include "pg/jsonb_stored.hpp"
#include "pg/prelude.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

using namespace stored;

namespace {

/// The largest length or offset that a JEntry can hold.
constexpr std::size_t size_limit = JENTRY_OFFLENMASK;

/// The largest number of elements of an array (JSONB_MAX_ELEMS in src/backend/utils/adt/jsonb_util.c).
constexpr std::size_t most_elements = MaxAllocSize / sizeof(JsonbValue);

constexpr std::size_t smallest_room = 8192;

constexpr char zeros[4] = {};

// ---- from columns to pieces

/// Says where detoasted values go.
struct DetoastTarget {
    MemoryContext context;
    /// The size of the document so far.
    std::size_t document_size;
    const char* too_large_hint;
    /// Whether the last value was detoasted. If so, the value lives as long as the context.
    bool detoasted = false;
};

/// Returns the bytes of a varlena value. It detoasts the value if needed.
JsonbPiece varlena_piece(std::uintptr_t datum, DetoastTarget& target) {
    auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
    if (VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)) {
        // Check this before allocating memory: a value can be four times as large as the largest jsonb.
        check_jsonb_size(target.document_size + toast_raw_datum_size(datum) - VARHDRSZ,
                         target.too_large_hint);
        MemoryContext caller = MemoryContextSwitchTo(target.context);
        value = pg_detoast_datum_packed(value);
        MemoryContextSwitchTo(caller);
        target.detoasted = true;
    }
    return {JENTRY_ISSTRING, VARSIZE_ANY_EXHDR(value), VARDATA_ANY(value), nullptr};
}

/// Returns the part of a stored jsonb value that goes into another value: the container, or the only child of
/// a scalar.
JsonbPiece unwrapped(JsonbPiece stored) {
    constexpr std::size_t child_start = sizeof(std::uint32_t) + sizeof(JEntry);
    if ((load_uint32(stored.data) & JB_FSCALAR) == 0) {
        stored.type = JENTRY_ISCONTAINER;
        return stored;
    }
    const std::uint32_t entry = load_uint32(stored.data + sizeof(std::uint32_t));
    return {entry & JENTRY_TYPEMASK, entry & JENTRY_OFFLENMASK, stored.data + child_start, nullptr};
}

/// Returns the value of a column. `text` provides room for a uuid or a timestamp.
JsonbPiece column_piece(const Row& row, const RowShape::Field& field, TimestampStyle timestamps, char* text,
                        DetoastTarget& target) {
    constexpr JsonbPiece null{JENTRY_ISNULL, 0, nullptr, nullptr};
    if (row.is_null(field.column))
        return null;
    const std::uintptr_t datum = row.datum(field.column);
    switch (field.kind) {
    case ColumnKind::text:
        return varlena_piece(datum, target);
    case ColumnKind::jsonb:
        return unwrapped(varlena_piece(datum, target));
    case ColumnKind::uuid:
        write_uuid(from_pg(DatumGetUUIDP(datum)), text);
        return {JENTRY_ISSTRING, uuid_text_size, text, nullptr};
    case ColumnKind::timestamp: {
        const std::size_t size = write_timestamp(DatumGetTimestamp(datum), timestamps, text);
        return size == 0 ? null : JsonbPiece{JENTRY_ISSTRING, size, text, nullptr};
    }
    case ColumnKind::boolean:
        return jsonb_boolean(DatumGetBool(datum));
    case ColumnKind::other:
        break;
    }
    elog(ERROR, "column %d was not converted by to_jsonb", field.column + 1);
}

std::size_t piece_size(const JsonbPiece& piece) {
    return piece.array != nullptr ? piece.array->size() : piece.size;
}

} // namespace

void check_jsonb_size(std::size_t size, const char* hint) {
    if (size > size_limit)
        raise({sqlstate::program_limit_exceeded, "result is too large for a jsonb value",
               format("The result would have more than %zu bytes.", size_limit), hint});
}

JsonbPiece jsonb_boolean(bool value) {
    const std::uint32_t type = value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
    return {type, 0, nullptr, nullptr};
}

JsonbPiece jsonb_array(const JsonbArray& array) {
    return {JENTRY_ISCONTAINER, 0, nullptr, &array};
}

// ---- rows

std::span<JsonbField> jsonb_fields(MemoryContext context, const RowShape& shape, const Row& row,
                                   const char* too_large_hint) {
    const std::span<const RowShape::Field> columns = shape.fields();
    auto* fields = allocate_array<JsonbField>(context, columns.size());
    DetoastTarget target{context, 0, too_large_hint};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        char text[timestamp_text_room];
        target.detoasted = false;
        JsonbPiece piece = column_piece(row, columns[i], shape.timestamps(), text, target);
        if (piece.size > 0 && !target.detoasted) {
            char* copy = allocate_array<char>(context, piece.size);
            std::memcpy(copy, piece.data, piece.size);
            piece.data = copy;
        }
        target.document_size += piece.size;
        fields[i] = {columns[i].key, piece};
    }
    return {fields, columns.size()};
}

std::size_t jsonb_size(std::span<const JsonbField> fields) {
    std::size_t size = 0;
    for (const JsonbField& field : fields)
        size += field.name.size() + field.value.size;
    return size;
}

JsonbArray* JsonbArray::make(MemoryContext context, MemoryContext document_context, std::size_t expected_size,
                             std::size_t other_size, const char* too_large_hint) {
    auto* array = new (allocate(context, sizeof(JsonbArray))) JsonbArray(context);
    array->document_context_ = document_context;
    array->expected_size_ = expected_size;
    array->other_size_ = other_size;
    array->too_large_hint_ = too_large_hint;
    return array;
}

void JsonbArray::append(std::span<const char> object) {
    const std::size_t front = padding(used_);
    check_jsonb_size(other_size_ + used_ + front + object.size(), too_large_hint_);
    reserve(front + object.size());
    write_bytes(zeros, front);
    write_bytes(object.data(), object.size());
    add_object_size(front + object.size());
}

std::size_t JsonbArray::size() const {
    return sizeof(std::uint32_t) + count() * sizeof(JEntry) + used_;
}

char* JsonbArray::into_document(std::size_t size, std::size_t offset) {
    if (size > room_)
        reserve(size - used_);
    char* array = buffer_ + offset;
    char* objects = array + sizeof(std::uint32_t) + count() * sizeof(JEntry);
    std::memmove(objects, buffer_, used_);

    store_uint32(array, static_cast<std::uint32_t>(count()) | JB_FARRAY);
    EntryWriter entries(array + sizeof(std::uint32_t));
    for (const std::uint32_t object_size : sizes_)
        entries.add(JENTRY_ISCONTAINER, object_size);

    // Growing such a large buffer copies nothing: the C library remaps its pages.
    const std::size_t room = room_to_keep(size);
    return room > room_ || room <= room_ / 2 ? static_cast<char*>(reallocate(buffer_, room)) : buffer_;
}

/// Grows the buffer by half, to stay close to the size of its content.
void JsonbArray::reserve(std::size_t size) {
    if (room_ - used_ >= size)
        return;
    room_ = std::max({smallest_room, room_to_keep(expected_size_), used_ + size, room_ + room_ / 2});
    buffer_ = static_cast<char*>(buffer_ == nullptr ? allocate(document_context_, room_)
                                                    : reallocate(buffer_, room_));
}

void JsonbArray::write_bytes(const void* data, std::size_t size) {
    if (size > 0)
        std::memcpy(buffer_ + used_, data, size);
    used_ += size;
}

void JsonbArray::add_object_size(std::size_t size) {
    sizes_.add(static_cast<std::uint32_t>(size));
}

JsonbRows::JsonbRows(MemoryContext context, const RowShape& shape, JsonbArray& array)
    : shape_(&shape), array_(&array), scratch_(make_context(context, "agentchat detoasted values")),
      pieces_(allocate_array<JsonbPiece>(context, shape.fields().size())),
      texts_(allocate_array<char>(context, shape.fields().size() * timestamp_text_room)) {}

void JsonbRows::append(const Row& row) {
    const std::span<const RowShape::Field> fields = shape_->fields();
    const std::span<const char> head = shape_->head();
    const std::size_t front = padding(array_->used_);

    DetoastTarget target{scratch_, array_->other_size_ + array_->used_, array_->too_large_hint_};
    std::size_t most_bytes = front + head.size();
    for (std::size_t i = 0; i < fields.size(); ++i) {
        char* text = texts_ + i * timestamp_text_room;
        pieces_[i] = column_piece(row, fields[i], shape_->timestamps(), text, target);
        target.document_size += pieces_[i].size;
        most_bytes += sizeof(zeros) + pieces_[i].size;
    }
    check_jsonb_size(target.document_size, target.too_large_hint);
    array_->reserve(most_bytes);

    array_->write_bytes(zeros, front);
    char* value_entries =
        array_->buffer_ + array_->used_ + sizeof(std::uint32_t) + fields.size() * sizeof(JEntry);
    array_->write_bytes(head.data(), head.size());
    EntryWriter entries(value_entries, fields.size(), shape_->keys_size());
    for (const JsonbPiece& piece : std::span(pieces_, fields.size())) {
        const std::size_t piece_front = padding_before(piece.type, entries.offset());
        array_->write_bytes(zeros, piece_front);
        array_->write_bytes(piece.data, piece.size);
        entries.add(piece.type, piece_front + piece.size);
    }
    check_jsonb_size(array_->other_size_ + array_->used_, array_->too_large_hint_);
    array_->add_object_size(front + head.size() - shape_->keys_size() + entries.offset());

    if (!is_empty(scratch_))
        reset_context(scratch_);
}

// ---- documents

Result jsonb_object(std::span<JsonbField> fields, JsonbArray& array) {
    std::sort(fields.begin(), fields.end(),
              [](const JsonbField& a, const JsonbField& b) { return key_before(a.name, b.name); });

    const std::size_t data_start = VARHDRSZ + sizeof(std::uint32_t) + 2 * fields.size() * sizeof(JEntry);
    std::size_t data_size = 0;
    for (const JsonbField& field : fields)
        data_size += field.name.size();
    std::size_t array_start = 0;
    for (const JsonbField& field : fields) {
        data_size += padding_before(field.value.type, data_size);
        if (field.value.array != nullptr)
            array_start = data_size;
        data_size += piece_size(field.value);
    }
    // Count the header and the JEntries too, like convertJsonbObject (src/backend/utils/adt/jsonb_util.c).
    check_jsonb_size(data_start - VARHDRSZ + data_size, array.too_large_hint());

    char* document = array.into_document(data_start + data_size, data_start + array_start);
    SET_VARSIZE(document, data_start + data_size);
    store_uint32(document + VARHDRSZ, static_cast<std::uint32_t>(fields.size()) | JB_FOBJECT);

    char* data = document + data_start;
    EntryWriter entries(document + VARHDRSZ + sizeof(std::uint32_t));
    for (const JsonbField& field : fields) {
        std::memcpy(data + entries.offset(), field.name.data(), field.name.size());
        entries.add(JENTRY_ISSTRING, field.name.size());
    }
    for (const JsonbField& field : fields) {
        const JsonbPiece& piece = field.value;
        const std::size_t front = padding_before(piece.type, entries.offset());
        std::memset(data + entries.offset(), 0, front);
        if (piece.size > 0)
            std::memcpy(data + entries.offset() + front, piece.data, piece.size);
        entries.add(piece.type, front + piece_size(piece));
    }
    return Result::pointer(document);
}

Result jsonb_array_result(JsonbArray& array) {
    const std::size_t size = VARHDRSZ + array.size();
    check_jsonb_size(size - VARHDRSZ, array.too_large_hint());
    char* document = array.into_document(size, VARHDRSZ);
    SET_VARSIZE(document, size);
    return Result::pointer(document);
}

std::optional<std::uintptr_t> jsonb_append(const std::optional<JsonbView>& array, const JsonbView& element) {
    const std::size_t count = array ? array->count() : 0;
    const std::size_t head = sizeof(std::uint32_t) + count * sizeof(JEntry);
    const std::size_t children = array ? array->size() - head : 0;
    const std::uint32_t type = stored::entry_type(element);
    // The entry of the element moves all children by four bytes, which keeps the alignment of their bytes.
    const std::size_t padding = stored::padding_before(type, children);
    const std::size_t size = head + sizeof(JEntry) + children + padding + element.size();
    if (size > size_limit || count >= most_elements)
        return std::nullopt;

    auto* result = static_cast<char*>(palloc(VARHDRSZ + size));
    SET_VARSIZE(result, VARHDRSZ + size);
    char* to = result + VARHDRSZ;
    stored::store_uint32(to, static_cast<std::uint32_t>(count + 1) | JB_FARRAY);
    char* entry = to + head;
    stored::EntryWriter(entry, count, children).add(type, padding + element.size());
    char* end = entry + sizeof(JEntry);
    if (array) {
        std::memcpy(to + sizeof(std::uint32_t), array->data() + sizeof(std::uint32_t),
                    head - sizeof(std::uint32_t));
        std::memcpy(end, array->data() + head, children);
    }
    std::memset(end + children, 0, padding);
    std::memcpy(end + children + padding, element.data(), element.size());
    return PointerGetDatum(result);
}

Result jsonb_from_text(std::string_view text) {
    return {DirectFunctionCall1(jsonb_in, CStringGetDatum(text.data())), false};
}

std::optional<std::string_view> jsonb_text_field(std::uintptr_t jsonb, std::string_view key) {
    Jsonb* document = DatumGetJsonbP(jsonb);
    if (!JB_ROOT_IS_OBJECT(document))
        return std::nullopt;
    JsonbValue value;
    if (getKeyJsonValueFromContainer(&document->root, key.data(), static_cast<int>(key.size()), &value) ==
            nullptr ||
        value.type != jbvString)
        return std::nullopt;
    return std::string_view(value.val.string.val, static_cast<std::size_t>(value.val.string.len));
}

const char* json_string(std::string_view text) {
    StringInfoData json;
    initStringInfo(&json);
    escape_json(&json, pnstrdup(text.data(), text.size()));
    return json.data;
}

} // namespace agentchat::pg
