// agentchat.check_tool_schema() refuses tools whose schema is not a valid JSON Schema. It is a trigger.
// agentchat.json_schema_error() says what is wrong with a schema.
#include <cstdint>

#include "common/invalid_tool_schema.hpp"
#include "entry_points.hpp"
#include "json_schema/schema.hpp"
#include "pg/entry.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns what is wrong with the schema, as a DETAIL. Returns nullptr if it is valid.
const char* find_fault(std::uintptr_t schema) {
    const pg::MemoryContext context =
        pg::make_context(pg::current_context(), "agentchat check of a JSON Schema");
    const CompiledSchema compiled = compile_json_schema(context, pg::JsonbView::of(schema));
    const char* fault = compiled.schema == nullptr ? fault_detail(compiled.fault) : nullptr;
    pg::delete_context(context);
    return fault;
}

/// Tells whether the statement has stored another schema. A row whose schema stays may be older than the
/// rule.
bool is_new_schema(const pg::RowTrigger& trigger, int column) {
    if (trigger.is_insert() || trigger.old_row().is_null(column))
        return true;
    const pg::JsonbView before = pg::JsonbView::of(trigger.old_row().datum(column));
    const pg::JsonbView after = pg::JsonbView::of(trigger.new_row().datum(column));
    return before.kind() != after.kind() || before.bytes() != after.bytes();
}

} // namespace

pg::Result check_tool_schema(pg::Call& call) {
    const pg::RowTrigger trigger(call, pg::after_row_insert_or_update);
    if (pg::is_restore(trigger.table()))
        return trigger.done();
    const int name = trigger.text_column("name") - 1;
    const int schema = trigger.jsonb_column("schema") - 1;
    const pg::Row row = trigger.new_row();
    if (row.is_null(schema) || !is_new_schema(trigger, schema))
        return trigger.done();
    if (const char* fault = find_fault(row.datum(schema)))
        raise_invalid_tool_schema(row.is_null(name) ? "" : row.text(name), fault);
    return trigger.done();
}

pg::Result json_schema_error(pg::Call& call) {
    const char* fault = find_fault(call.datum(0));
    return fault == nullptr ? pg::Result::null() : pg::text_result(fault);
}

} // namespace agentchat
