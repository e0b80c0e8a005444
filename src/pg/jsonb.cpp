#include "pg/jsonb.hpp"

#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

namespace {

/// The largest length or offset that a JEntry can hold.
constexpr std::size_t size_limit = JENTRY_OFFLENMASK;

/// AllocSet rounds sizes up to a power of two as far as this, and gives larger ones a block of their own
/// (ALLOC_CHUNK_LIMIT in src/backend/utils/mmgr/aset.c). Detoasted values up to it are copied and their memory
/// is used again; keeping them would waste up to as much as they take.
constexpr std::size_t rounded_size = 8192;

constexpr std::size_t smallest_chunk = 8192;
constexpr std::size_t largest_chunk = 1024 * 1024;

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
    /// For values that are kept.
    MemoryContext context;
    /// For small ones that will be copied; nullptr where all are kept.
    MemoryContext scratch;
    /// The size of the document so far.
    std::size_t document_size;
};

/// The bytes of a varlena value, detoasted where they must be.
JsonbPiece varlena_piece(std::uintptr_t datum, const DetoastTarget& target) {
    auto* value = reinterpret_cast<struct varlena*>(DatumGetPointer(datum));
    bool lasting = false;
    if (VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value)) {
        // Checked before it takes memory: a value can be four times as large as the largest jsonb.
        const std::size_t raw_size = toast_raw_datum_size(datum);
        check_size(target.document_size + raw_size - VARHDRSZ);
        lasting = target.scratch == nullptr || raw_size > rounded_size;
        MemoryContext caller = MemoryContextSwitchTo(lasting ? target.context : target.scratch);
        value = pg_detoast_datum_packed(value);
        MemoryContextSwitchTo(caller);
    }
    return {JENTRY_ISSTRING, lasting, VARSIZE_ANY_EXHDR(value), VARDATA_ANY(value), nullptr};
}

/// What a stored jsonb value is inside another one: the container, or its only child where it is a scalar.
JsonbPiece unwrapped(JsonbPiece stored) {
    constexpr std::size_t child_start = sizeof(std::uint32_t) + sizeof(JEntry);
    if ((load_uint32(stored.data) & JB_FSCALAR) == 0) {
        stored.type = JENTRY_ISCONTAINER;
        return stored;
    }
    const std::uint32_t entry = load_uint32(stored.data + sizeof(std::uint32_t));
    return {entry & JENTRY_TYPEMASK, stored.lasting, entry & JENTRY_OFFLENMASK, stored.data + child_start,
            nullptr};
}

/// `text` is room for a uuid or timestamp.
JsonbPiece column_piece(const Row& row, int index, ColumnKind kind, char* text, const DetoastTarget& target) {
    if (row.is_null(index))
        return {JENTRY_ISNULL, false, 0, nullptr, nullptr};
    const std::uintptr_t datum = row.datum(index);
    switch (kind) {
    case ColumnKind::text:
        return varlena_piece(datum, target);
    case ColumnKind::jsonb:
    case ColumnKind::other:
        return unwrapped(varlena_piece(datum, target));
    case ColumnKind::uuid:
        write_uuid(from_pg(DatumGetUUIDP(datum)), text);
        return {JENTRY_ISSTRING, false, uuid_text_size, text, nullptr};
    case ColumnKind::timestamp:
        return {JENTRY_ISSTRING, false, write_timestamp(DatumGetTimestamp(datum), text), text, nullptr};
    case ColumnKind::boolean:
        return jsonb_boolean(DatumGetBool(datum));
    }
    pg_unreachable();
}

std::size_t piece_size(const JsonbPiece& piece) {
    return piece.rows != nullptr ? piece.rows->size() : piece.size;
}

} // namespace

JsonbPiece jsonb_boolean(bool value) {
    const std::uint32_t type = value ? JENTRY_ISBOOL_TRUE : JENTRY_ISBOOL_FALSE;
    return {type, false, 0, nullptr, nullptr};
}

JsonbPiece jsonb_array(const JsonbRows& rows) {
    return {JENTRY_ISCONTAINER, true, 0, nullptr, &rows};
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
    for (const Column& column : columns)
        shape.keys_size_ += column.name.size();

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
    auto* fields = allocate_array<JsonbField>(context, columns.size());
    DetoastTarget target{context, nullptr, 0};
    for (std::size_t i = 0; i < columns.size(); ++i) {
        char text[timestamp_text_room];
        JsonbPiece piece = column_piece(row, static_cast<int>(i), columns[i].kind, text, target);
        if (!piece.lasting && piece.size > 0) {
            char* copy = allocate_array<char>(context, piece.size);
            std::memcpy(copy, piece.data, piece.size);
            piece.data = copy;
            piece.lasting = true;
        }
        target.document_size += piece.size;
        fields[i] = {columns[i].name, piece};
    }
    return {fields, columns.size()};
}

JsonbRows* JsonbRows::make(MemoryContext context, const JsonbRowShape& shape) {
    auto* rows = new (allocate(context, sizeof(JsonbRows))) JsonbRows();
    rows->context_ = context;
    rows->scratch_ = make_context(context, "agentchat detoasted values");
    rows->shape_ = &shape;
    rows->pieces_ = allocate_array<JsonbPiece>(context, shape.columns().size());
    rows->texts_ = allocate_array<char>(context, shape.columns().size() * timestamp_text_room);
    return rows;
}

void JsonbRows::append(const Row& row) {
    const std::span<const Column> columns = shape_->columns();
    const std::span<const char> head = shape_->head();

    DetoastTarget target{context_, scratch_, total_};
    std::size_t most_bytes = padding(total_) + head.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        char* text = texts_ + i * timestamp_text_room;
        const JsonbPiece piece = column_piece(row, static_cast<int>(i), columns[i].kind, text, target);
        target.document_size += piece.size;
        most_bytes += sizeof(zeros) + (piece.lasting ? 0 : piece.size);
        pieces_[i] = piece;
    }
    check_size(target.document_size);
    reserve(most_bytes);

    const std::size_t front = padding(total_);
    write_bytes(zeros, front);
    char* value_entries = cursor_ + sizeof(std::uint32_t) + columns.size() * sizeof(JEntry);
    write_bytes(head.data(), head.size());
    EntryWriter entries(value_entries, columns.size(), shape_->keys_size());
    for (const JsonbPiece& piece : std::span(pieces_, columns.size())) {
        const std::size_t piece_front = padding_before(piece.type, entries.offset());
        write_bytes(zeros, piece_front);
        if (piece.lasting) {
            close_run();
            add_segment(piece.data, piece.size);
        } else {
            write_bytes(piece.data, piece.size);
        }
        entries.add(piece.type, piece_front + piece.size);
    }
    add_row_size(front + head.size() - shape_->keys_size() + entries.offset());

    if (!is_empty(scratch_))
        reset_context(scratch_);
}

void JsonbRows::drop_first() {
    const std::size_t size = row_sizes_[0];
    const std::size_t next_front = padding(size);
    first_ = 1;
    skipped_ = std::min(size + next_front, total_);
    if (count_ > 1)
        row_sizes_[1] -= static_cast<std::uint32_t>(next_front);
}

std::size_t JsonbRows::size() const {
    return sizeof(std::uint32_t) + count() * sizeof(JEntry) + total_ - skipped_;
}

void JsonbRows::write(char* to) const {
    store_uint32(to, static_cast<std::uint32_t>(count()) | JB_FARRAY);
    EntryWriter entries(to + sizeof(std::uint32_t));
    for (std::size_t i = first_; i < count_; ++i)
        entries.add(JENTRY_ISCONTAINER, row_sizes_[i]);

    char* data = to + sizeof(std::uint32_t) + count() * sizeof(JEntry);
    std::size_t skip = skipped_;
    const auto copy = [&](const char* from, std::size_t size) {
        const std::size_t skip_here = std::min(skip, size);
        skip -= skip_here;
        if (size > skip_here)
            std::memcpy(data, from + skip_here, size - skip_here);
        data += size - skip_here;
    };
    for (const Segment& segment : std::span(segments_, segment_count_))
        copy(segment.data, segment.size);
    copy(run_, static_cast<std::size_t>(cursor_ - run_));
}

/// Room in one piece. Chunks grow with the whole, so that what their ends waste stays a small part of it.
void JsonbRows::reserve(std::size_t size) {
    if (static_cast<std::size_t>(chunk_end_ - cursor_) >= size)
        return;
    close_run();
    const std::size_t chunk_size = std::max(size, std::clamp(total_ / 8, smallest_chunk, largest_chunk));
    run_ = cursor_ = allocate_array<char>(context_, chunk_size);
    chunk_end_ = cursor_ + chunk_size;
}

void JsonbRows::close_run() {
    if (cursor_ > run_)
        add_segment(run_, static_cast<std::size_t>(cursor_ - run_));
    run_ = cursor_;
}

void JsonbRows::add_segment(const char* data, std::size_t size) {
    segments_ = with_room(context_, segments_, segment_count_, segment_room_);
    segments_[segment_count_++] = {data, size};
}

void JsonbRows::write_bytes(const void* data, std::size_t size) {
    if (size > 0)
        std::memcpy(cursor_, data, size);
    cursor_ += size;
}

void JsonbRows::add_row_size(std::size_t size) {
    row_sizes_ = with_room(context_, row_sizes_, count_, row_size_room_);
    row_sizes_[count_++] = static_cast<std::uint32_t>(size);
    total_ += size;
    check_size(total_);
}

// ---- documents

Result jsonb_object(std::span<JsonbField> fields) {
    std::sort(fields.begin(), fields.end(),
              [](const JsonbField& a, const JsonbField& b) { return key_before(a.name, b.name); });

    std::size_t data_size = 0;
    for (const JsonbField& field : fields)
        data_size += field.name.size();
    for (const JsonbField& field : fields)
        data_size += padding_before(field.value.type, data_size) + piece_size(field.value);
    check_size(data_size);

    const std::size_t data_start = VARHDRSZ + sizeof(std::uint32_t) + 2 * fields.size() * sizeof(JEntry);
    char* document = allocate_array<char>(CurrentMemoryContext, data_start + data_size);
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
        char* to = data + entries.offset();
        std::memset(to, 0, front);
        if (piece.rows != nullptr)
            piece.rows->write(to + front);
        else if (piece.size > 0)
            std::memcpy(to + front, piece.data, piece.size);
        entries.add(piece.type, front + piece_size(piece));
    }
    return Result::pointer(document);
}

} // namespace agentchat::pg
