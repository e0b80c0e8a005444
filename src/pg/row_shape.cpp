#include "pg/row_shape.hpp"

#include "pg/error.hpp"
#include "pg/json_text.hpp"
#include "pg/jsonb_stored.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// `created_at` as `createdAt`. What is no letter after an underscore, and an underscore at either end,
/// stays.
std::string_view camel_case(MemoryContext context, std::string_view name) {
    char* camel = allocate_array<char>(context, name.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool joins = name[i] == '_' && size > 0 && i + 1 < name.size();
        const char next = joins ? name[i + 1] : '\0';
        if (next >= 'a' && next <= 'z') {
            camel[size++] = static_cast<char>(next - 'a' + 'A');
            ++i;
        } else if (next >= '0' && next <= '9') {
            camel[size++] = next;
            ++i;
        } else {
            camel[size++] = name[i];
        }
    }
    return {camel, size};
}

/// A column that would get the name of another one keeps its own: no value may be lost, and users may have
/// both created_at and "createdAt".
void set_camel_case_keys(std::span<RowShape::Field> fields, MemoryContext context) {
    auto* camels = allocate_array<std::string_view>(context, fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i)
        camels[i] = camel_case(context, fields[i].key);
    const auto is_taken = [&](std::size_t i) {
        for (std::size_t other = 0; other < fields.size(); ++other)
            if (other != i && (camels[i] == fields[other].key || camels[i] == camels[other]))
                return true;
        return false;
    };
    auto* taken = allocate_array<bool>(context, fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i)
        taken[i] = is_taken(i);
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (!taken[i])
            fields[i].key = camels[i];
}

std::string_view json_key(MemoryContext context, std::string_view key) {
    JsonText json(context);
    json.raw(',');
    json.string(key);
    json.raw(':');
    const std::string_view copy = copy_text(context, json.view());
    json.discard();
    return copy;
}

TimestampStyle timestamp_style(RowStyle style) {
    switch (style) {
    case RowStyle::rows:
        break;
    case RowStyle::drizzle:
        return TimestampStyle::drizzle;
    case RowStyle::drizzle_own:
        return TimestampStyle::drizzle_own;
    }
    return TimestampStyle::sql;
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

RowShape RowShape::make(MemoryContext context, std::span<const Column> columns, RowStyle style) {
    const std::size_t count = columns.size();
    auto* fields = allocate_array<Field>(context, count);
    const std::span<const ColumnKind> kinds = column_kinds(context, columns);
    for (std::size_t i = 0; i < count; ++i)
        fields[i] = {columns[i].name, {}, static_cast<int>(i), kinds[i]};
    if (style != RowStyle::rows)
        set_camel_case_keys({fields, count}, context);
    std::sort(fields, fields + count,
              [](const Field& a, const Field& b) { return stored::key_before(a.key, b.key); });

    RowShape shape;
    shape.fields_ = {fields, count};
    shape.timestamps_ = timestamp_style(style);
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
