// Implements row_shape.hpp: prepares the keys of the objects once for all rows.
#include "pg/row_shape.hpp"

#include "pg/error.hpp"
#include "pg/json_text.hpp"
#include "pg/jsonb_stored.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Makes the text of a key in an object, `,"key":`.
std::string_view json_key(MemoryContext context, std::string_view key) {
    JsonText json(context);
    json.raw(',');
    json.string(key);
    json.raw(':');
    const std::string_view copy = copy_text(context, json.view());
    json.discard();
    return copy;
}

} // namespace

void sort_columns(std::span<Column> columns) {
    std::sort(columns.begin(), columns.end(),
              [](const Column& a, const Column& b) { return stored::key_before(a.name, b.name); });
}

std::span<const ColumnKind> column_kinds(MemoryContext context, std::span<const Column> columns) {
    auto* kinds = allocate_array<ColumnKind>(context, columns.size());
    std::transform(columns.begin(), columns.end(), kinds, [](const Column& column) {
        return column.kind == ColumnKind::other ? ColumnKind::jsonb : column.kind;
    });
    return {kinds, columns.size()};
}

const char* select_list(std::span<const Column> columns) {
    const char* list = "";
    for (const Column& column : columns) {
        const char* pattern = column.kind == ColumnKind::other ? "%s%spg_catalog.to_jsonb(t.%s)" : "%s%st.%s";
        list = format(pattern, list, list[0] == '\0' ? "" : ", ", quoted_identifier(column.name));
    }
    return list;
}

RowShape RowShape::make(MemoryContext context, std::span<const Column> columns, const RowStyle& style) {
    const std::size_t count = columns.size();
    auto* fields = allocate_array<Field>(context, count);
    const std::span<const ColumnKind> kinds = column_kinds(context, columns);
    for (std::size_t i = 0; i < count; ++i)
        fields[i] = {columns[i].name, {}, static_cast<int>(i), kinds[i]};
    if (style.rename != nullptr)
        style.rename({fields, count}, context);
    std::sort(fields, fields + count,
              [](const Field& a, const Field& b) { return stored::key_before(a.key, b.key); });

    RowShape shape;
    shape.fields_ = {fields, count};
    shape.timestamps_ = style.timestamps;
    shape.keys_size_ = 0;
    for (std::size_t i = 0; i < count; ++i) {
        shape.keys_size_ += fields[i].key.size();
        fields[i].json_key = json_key(context, fields[i].key);
    }

    const std::size_t keys_start = sizeof(std::uint32_t) + 2 * count * sizeof(JEntry);
    const std::size_t head_size = keys_start + shape.keys_size_;
    char* head = allocate_array<char>(context, head_size);
    shape.head_ = {head, head_size};
    std::memset(head, 0, keys_start);
    stored::store_uint32(head, static_cast<std::uint32_t>(count) | JB_FOBJECT);
    stored::EntryWriter entries(head + sizeof(std::uint32_t));
    for (const Field& field : shape.fields_) {
        std::memcpy(head + keys_start + entries.offset(), field.key.data(), field.key.size());
        entries.add(JENTRY_ISSTRING, field.key.size());
    }
    return shape;
}

} // namespace agentchat::pg
