#include "pg/jsonb.hpp"

#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

namespace {

/// The largest length or offset that a JEntry can hold.
constexpr std::size_t size_limit = JENTRY_OFFLENMASK;

constexpr std::size_t smallest_room = 8192;

constexpr char zeros[4] = {};

void check_size(std::size_t size) {
    if (size > size_limit)
        raise({sqlstate::program_limit_exceeded, "the conversation is too large for a jsonb value",
               format("It comes to more than %zu bytes.", size_limit),
               "Read it in pages: pass message_limit, and before_message for the pages before."});
}

/// The zeros in front of a numeric or container that would start at `offset`.
std::size_t padding(std::size_t offset) {
    return -offset & 3;
}

std::size_t padding_before(std::uint32_t type, std::size_t offset) {
    return type == JENTRY_ISCONTAINER || type == JENTRY_ISNUMERIC ? padding(offset) : 0;
}

std::uint32_t load_uint32(const char* from) {
    std::uint32_t value;
    std::memcpy(&value, from, sizeof(value));
    return value;
}

void store_uint32(char* to, std::uint32_t value) {
    std::memcpy(to, &value, sizeof(value));
}

/// The order of keys: lengthCompareJsonbString in jsonb_util.c.
bool key_before(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : std::memcmp(a.data(), b.data(), a.size()) < 0;
}

/// Writes the JEntries of a container's children, one after the other.
class EntryWriter {
public:
    /// `to` is the place of the entry with that index; the child's bytes begin at `offset`.
    explicit EntryWriter(char* to, std::size_t index = 0, std::size_t offset = 0)
        : to_(to), index_(index), offset_(offset) {}

    /// `size` is that of the child with the zeros in front of it.
    void add(std::uint32_t type, std::size_t size) {
        offset_ += size;
        const std::uint32_t number = index_ % JB_OFFSET_STRIDE == 0
                                         ? static_cast<std::uint32_t>(offset_) | JENTRY_HAS_OFF
                                         : static_cast<std::uint32_t>(size);
        store_uint32(to_, type | number);
        to_ += sizeof(JEntry);
        ++index_;
    }

    /// Where the next child's bytes begin, counted from the first child's.
    std::size_t offset() const { return offset_; }

private:
    char* to_;
    std::size_t index_;
    std::size_t offset_;
};

// ---- from columns to pieces

/// Where detoasted values go.
struct DetoastTarget {
    MemoryContext context;
    /// The size of the document so far.
    std::size_t document_size;
    /// Whether the last value was, and so lives as long as the context.
    bool detoasted = false;
};

/// The bytes of a varlena value, detoasted where they must be.
JsonbPiece varlena_piece(std::uintptr_t datum, DetoastTarget& target) {
    auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
    if (VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)) {
        // Checked before it takes memory: a value can be four times as large as the largest jsonb.
        check_size(target.document_size + toast_raw_datum_size(datum) - VARHDRSZ);
        MemoryContext caller = MemoryContextSwitchTo(target.context);
        value = pg_detoast_datum_packed(value);
        MemoryContextSwitchTo(caller);
        target.detoasted = true;
    }
    return {JENTRY_ISSTRING, VARSIZE_ANY_EXHDR(value), VARDATA_ANY(value), nullptr};
}

/// What a stored jsonb value is inside another one: the container, or its only child where it is a scalar.
JsonbPiece unwrapped(JsonbPiece stored) {
    constexpr std::size_t child_start = sizeof(std::uint32_t) + sizeof(JEntry);
    if ((load_uint32(stored.data) & JB_FSCALAR) == 0) {
        stored.type = JENTRY_ISCONTAINER;
        return stored;
    }
    const std::uint32_t entry = load_uint32(stored.data + sizeof(std::uint32_t));
    return {entry & JENTRY_TYPEMASK, entry & JENTRY_OFFLENMASK, stored.data + child_start, nullptr};
}

/// `text` is room for a uuid or timestamp.
JsonbPiece column_piece(const Row& row, int index, ColumnKind kind, char* text, DetoastTarget& target) {
    if (row.is_null(index))
        return {JENTRY_ISNULL, 0, nullptr, nullptr};
    const std::uintptr_t datum = row.datum(index);
    switch (kind) {
    case ColumnKind::text:
        return varlena_piece(datum, target);
    case ColumnKind::jsonb:
        return unwrapped(varlena_piece(datum, target));
    case ColumnKind::uuid:
        write_uuid(from_pg(DatumGetUUIDP(datum)), text);
        return {JENTRY_ISSTRING, uuid_text_size, text, nullptr};
    case ColumnKind::timestamp:
        return {JENTRY_ISSTRING, write_timestamp(DatumGetTimestamp(datum), text), text, nullptr};
    case ColumnKind::boolean:
        return jsonb_boolean(DatumGetBool(datum));
    case ColumnKind::other:
        break;
    }
    elog(ERROR, "column %d was not handed to to_jsonb", index + 1);
}

std::size_t piece_size(const JsonbPiece& piece) {
    return piece.rows != nullptr ? piece.rows->size() : piece.size;
}

} // namespace

JsonbPiece jsonb_boolean(bool value) {
    const std::uint32_t type = value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
    return {type, 0, nullptr, nullptr};
}

JsonbPiece jsonb_array(const JsonbRows& rows) {
    return {JENTRY_ISCONTAINER, 0, nullptr, &rows};
}

// ---- rows

void JsonbRowShape::sort_columns(std::span<Column> columns) {
    std::sort(columns.begin(), columns.end(),
              [](const Column& a, const Column& b) { return key_before(a.name, b.name); });
}

JsonbRowShape JsonbRowShape::make(MemoryContext context, std::span<const Column> columns) {
    const std::size_t count = columns.size();
    JsonbRowShape shape;
    shape.columns_ = columns;
    shape.keys_size_ = 0;
    auto* kinds = allocate_array<ColumnKind>(context, count);
    shape.kinds_ = {kinds, count};
    for (const Column& column : columns) {
        shape.keys_size_ += column.name.size();
        *kinds++ = column.kind == ColumnKind::other ? ColumnKind::jsonb : column.kind;
    }

    const std::size_t keys_start = sizeof(std::uint32_t) + 2 * count * sizeof(JEntry);
    const std::size_t head_size = keys_start + shape.keys_size_;
    char* head = allocate_array<char>(context, head_size);
    shape.head_ = {head, head_size};

    std::memset(head, 0, keys_start);
    store_uint32(head, static_cast<std::uint32_t>(count) | JB_FOBJECT);
    EntryWriter entries(head + sizeof(std::uint32_t));
    for (const Column& column : columns) {
        std::memcpy(head + keys_start + entries.offset(), column.name.data(), column.name.size());
        entries.add(JENTRY_ISSTRING, column.name.size());
    }
    return shape;
}

std::span<JsonbField> jsonb_fields(MemoryContext context, const JsonbRowShape& shape, const Row& row) {
    const std::span<const Column> columns = shape.columns();
    const std::span<const ColumnKind> kinds = shape.kinds();
    auto* fields = allocate_array<JsonbField>(context, columns.size());
    DetoastTarget target{context, 0};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        char text[timestamp_text_room];
        target.detoasted = false;
        JsonbPiece piece = column_piece(row, static_cast<int>(i), kinds[i], text, target);
        if (piece.size > 0 && !target.detoasted) {
            char* copy = allocate_array<char>(context, piece.size);
            std::memcpy(copy, piece.data, piece.size);
            piece.data = copy;
        }
        target.document_size += piece.size;
        fields[i] = {columns[i].name, piece};
    }
    return {fields, columns.size()};
}

std::size_t jsonb_size(std::span<const JsonbField> fields) {
    std::size_t size = 0;
    for (const JsonbField& field : fields)
        size += field.name.size() + field.value.size;
    return size;
}

JsonbRows* JsonbRows::make(MemoryContext context, MemoryContext document_context, const JsonbRowShape& shape,
                           std::size_t expected_size, std::size_t other_size) {
    auto* rows = new (allocate(context, sizeof(JsonbRows))) JsonbRows();
    rows->context_ = context;
    rows->document_context_ = document_context;
    rows->expected_size_ = expected_size;
    rows->other_size_ = other_size;
    rows->scratch_ = make_context(context, "agentchat detoasted values");
    rows->shape_ = &shape;
    rows->pieces_ = allocate_array<JsonbPiece>(context, shape.columns().size());
    rows->texts_ = allocate_array<char>(context, shape.columns().size() * timestamp_text_room);
    return rows;
}

void JsonbRows::append(const Row& row) {
    const std::span<const ColumnKind> kinds = shape_->kinds();
    const std::span<const char> head = shape_->head();
    const std::size_t front = padding(used_);

    DetoastTarget target{scratch_, other_size_ + used_};
    std::size_t most_bytes = front + head.size();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        char* text = texts_ + i * timestamp_text_room;
        pieces_[i] = column_piece(row, static_cast<int>(i), kinds[i], text, target);
        target.document_size += pieces_[i].size;
        most_bytes += sizeof(zeros) + pieces_[i].size;
    }
    check_size(target.document_size);
    reserve(most_bytes);

    write_bytes(zeros, front);
    char* value_entries = buffer_ + used_ + sizeof(std::uint32_t) + kinds.size() * sizeof(JEntry);
    write_bytes(head.data(), head.size());
    EntryWriter entries(value_entries, kinds.size(), shape_->keys_size());
    for (const JsonbPiece& piece : std::span(pieces_, kinds.size())) {
        const std::size_t piece_front = padding_before(piece.type, entries.offset());
        write_bytes(zeros, piece_front);
        write_bytes(piece.data, piece.size);
        entries.add(piece.type, piece_front + piece.size);
    }
    check_size(other_size_ + used_);
    add_row_size(front + head.size() - shape_->keys_size() + entries.offset());

    if (!is_empty(scratch_))
        reset_context(scratch_);
}

std::size_t JsonbRows::size() const {
    return sizeof(std::uint32_t) + count_ * sizeof(JEntry) + used_;
}

char* JsonbRows::into_document(std::size_t size, std::size_t offset) {
    if (size > room_)
        reserve(size - used_);
    char* array = buffer_ + offset;
    char* rows = array + sizeof(std::uint32_t) + count_ * sizeof(JEntry);
    std::memmove(rows, buffer_, used_);

    store_uint32(array, static_cast<std::uint32_t>(count_) | JB_FARRAY);
    EntryWriter entries(array + sizeof(std::uint32_t));
    for (const std::uint32_t row_size : std::span(row_sizes_, count_))
        entries.add(JENTRY_ISCONTAINER, row_size);

    // A buffer that is little too large stays as it is: glibc keeps memory for the next call or returns it to
    // the system by the size of what was freed last.
    return size > room_ / 2 ? buffer_ : static_cast<char*>(reallocate(buffer_, size));
}

/// Room for so many more bytes. It grows by half, so that it is never much larger than what it holds.
void JsonbRows::reserve(std::size_t size) {
    if (room_ - used_ >= size)
        return;
    room_ = std::max({smallest_room, expected_size_, used_ + size, room_ + room_ / 2});
    buffer_ = static_cast<char*>(buffer_ == nullptr ? allocate(document_context_, room_)
                                                    : reallocate(buffer_, room_));
}

void JsonbRows::write_bytes(const void* data, std::size_t size) {
    if (size > 0)
        std::memcpy(buffer_ + used_, data, size);
    used_ += size;
}

void JsonbRows::add_row_size(std::size_t size) {
    row_sizes_ = with_room(context_, row_sizes_, count_, row_size_room_);
    row_sizes_[count_++] = static_cast<std::uint32_t>(size);
}

// ---- documents

Result jsonb_object(std::span<JsonbField> fields, JsonbRows& rows) {
    std::sort(fields.begin(), fields.end(),
              [](const JsonbField& a, const JsonbField& b) { return key_before(a.name, b.name); });

    const std::size_t data_start = VARHDRSZ + sizeof(std::uint32_t) + 2 * fields.size() * sizeof(JEntry);
    std::size_t data_size = 0;
    for (const JsonbField& field : fields)
        data_size += field.name.size();
    std::size_t rows_start = 0;
    for (const JsonbField& field : fields) {
        data_size += padding_before(field.value.type, data_size);
        if (field.value.rows != nullptr)
            rows_start = data_size;
        data_size += piece_size(field.value);
    }
    // As in core, header and JEntries count, too (convertJsonbObject in jsonb_util.c).
    check_size(data_start - VARHDRSZ + data_size);

    char* document = rows.into_document(data_start + data_size, data_start + rows_start);
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
