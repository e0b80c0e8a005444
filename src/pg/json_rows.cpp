// Implements json_rows.hpp: writes each column according to its type.
#include "pg/json_rows.hpp"

#include "pg/jsonb_view.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Raises 54000 if the value does not fit into the text. The caller checks this before it detoasts the value,
/// because a value can be almost as large as the largest text.
void check_room(const JsonText& text, std::uintptr_t datum) {
    const auto* value = reinterpret_cast<const struct varlena*>(DatumGetPointer(datum));
    if (VARATT_IS_COMPRESSED(value) || VARATT_IS_EXTERNAL(value))
        text.check_room(toast_raw_datum_size(datum));
}

} // namespace

JsonRows::JsonRows(MemoryContext context, const RowShape& shape, JsonText& text)
    : shape_(&shape), text_(&text), scratch_(make_context(context, "agentchat detoasted values")) {}

void JsonRows::begin(const Row& row, std::span<const std::string_view> except) {
    MemoryContext caller = switch_to(scratch_);
    bool is_first = true;
    for (const RowShape::Field& field : shape_->fields()) {
        if (std::find(except.begin(), except.end(), field.key) != except.end())
            continue;
        if (is_first)
            text_->raw('{');
        text_->raw(is_first ? field.json_key.substr(1) : field.json_key);
        is_first = false;
        column(row, field);
    }
    switch_to(caller);
    if (!is_empty(scratch_))
        reset_context(scratch_);
}

void JsonRows::column(const Row& row, const RowShape::Field& field) {
    if (row.is_null(field.column))
        return text_->null();
    switch (field.kind) {
    case ColumnKind::text:
        check_room(*text_, row.datum(field.column));
        return text_->string(row.text(field.column));
    case ColumnKind::jsonb:
        check_room(*text_, row.datum(field.column));
        return text_->value(JsonbView::of(row.datum(field.column)));
    case ColumnKind::uuid:
        return text_->uuid(row.uuid(field.column));
    case ColumnKind::timestamp:
        return text_->timestamp(row.timestamp(field.column), shape_->timestamps());
    case ColumnKind::boolean:
        return text_->boolean(DatumGetBool(row.datum(field.column)));
    case ColumnKind::other:
        break;
    }
    elog(ERROR, "column %d was not converted by to_jsonb", field.column + 1);
}

} // namespace agentchat::pg
