// validate_tool_input() checks what a model wrote as input for a tool.
#include <optional>
#include <span>
#include <string_view>

#include "agents/tool_schemas.hpp"
#include "entry_points.hpp"
#include "json_schema/validate.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/value_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

ToolSchema require_tool(pg::Oid schema, std::string_view id_or_name) {
    if (const std::optional<ToolSchema> tool = find_tool_schema(schema, id_or_name))
        return *tool;
    pg::raise({pg::sqlstate::not_found, "tool not found",
               pg::format("No tool that the caller may see has the id or the name %s.",
                          pg::quoted_excerpt(id_or_name)),
               "Pass the id or the name of a row of agent_tools."});
}

/// Writes the document that validate_tool_input() returns.
pg::Result validation_document(std::span<const SchemaError> errors) {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "Validate a part of the input.");
    writer.begin_object();
    writer.key("valid");
    writer.boolean(errors.empty());
    writer.key("errors");
    writer.begin_array();
    for (const SchemaError& error : errors) {
        writer.begin_object();
        writer.field("path", error.path);
        writer.field("message", error.message);
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
    return {writer.finish(), false};
}

} // namespace

pg::Result validate_tool_input(pg::Call& call) {
    call.require_not_null(0, "tool");
    call.require_not_null(1, "input");
    const ToolSchema tool = require_tool(call.function_schema(), call.text(0));
    const pg::JsonbView input = pg::JsonbView::of(call.datum(1));
    return validation_document(find_schema_errors(pg::current_context(), *tool.schema, input));
}

} // namespace agentchat
