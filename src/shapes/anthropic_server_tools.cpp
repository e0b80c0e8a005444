// Writes the calls and results of Anthropic's server tools, as the table of these tools describes them.
#include "shapes/anthropic_server_tools.hpp"

#include <string_view>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "shapes/anthropic_blocks.hpp"
#include "shapes/anthropic_server_tool_table.hpp"
#include "shapes/blank_text.hpp"
#include "shapes/call_names.hpp"
#include "shapes/model_message.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;
using server_tool::Absent;
using server_tool::InputType;
using server_tool::Key;
using server_tool::Kinds;
using server_tool::ServerTool;
using server_tool::Shape;
using server_tool::Shapes;

/// Returns a pointer to the first element that passes the test; a null pointer if none does.
template <typename List, typename Test>
auto find_in(const List& list, Test test) -> decltype(&*list.begin()) {
    for (const auto& element : list)
        if (test(element))
            return &element;
    return nullptr;
}

// ---- which tool a part calls

/// Returns the row of the tool that the part calls; a null pointer if the table lacks it.
const ServerTool* tool_of(const UiPart& part) {
    return find_in(server_tool::table, [&](const ServerTool& tool) { return tool.name == part.tool_name; });
}

/// Whether the part calls a tool of an MCP server. Such a tool may have any name and any result.
bool is_mcp(const UiPart& part) {
    const std::optional<JsonbView> type =
        provider_option(part.provider_metadata, provider::anthropic, "type");
    return type && type->text() == "mcp-tool-use";
}

std::optional<JsonbView> mcp_server(const UiPart& part) {
    return provider_option(part.provider_metadata, provider::anthropic, "serverName");
}

// ---- whether a result has a shape that the table lists

bool is_one_of(Kinds kinds, const JsonbView& value) {
    return (kinds & server_tool::bit(value.kind())) != 0;
}

bool is_of_shape(const Shape& shape, const JsonbView& value);

/// Returns the shape that the value has; a null pointer if it has none of these.
const Shape* shape_of(const Shapes& shapes, const JsonbView& value) {
    return find_in(shapes, [&](const Shape& shape) { return is_of_shape(shape, value); });
}

/// Whether the array holds nothing but elements of one of these shapes.
bool all_have_shapes(const Shapes& shapes, const JsonbView& array) {
    for (pg::JsonbCursor cursor(array); cursor.next();)
        if (shape_of(shapes, cursor.value()) == nullptr)
            return false;
    return true;
}

bool all_are_one_of(Kinds kinds, const JsonbView& array) {
    for (pg::JsonbCursor cursor(array); cursor.next();)
        if (!is_one_of(kinds, cursor.value()))
            return false;
    return true;
}

/// Whether the object has a valid value for the key, or may lack the key.
bool has_valid(const Key& key, const JsonbView& object) {
    const std::optional<JsonbView> value = object.find(key.name);
    if (!value)
        return key.absent != Absent::invalid;
    if (!is_one_of(key.kinds, *value) || (!key.only.empty() && value->text() != key.only))
        return false;
    if (key.shapes.empty())
        return all_are_one_of(key.elements, *value);
    return value->is_array() ? all_have_shapes(key.shapes, *value) : shape_of(key.shapes, *value) != nullptr;
}

bool is_required(const Key& key, const Shape& shape) {
    return shape.required.empty() ||
           find_in(shape.required, [&](std::string_view name) { return name == key.name; }) != nullptr;
}

bool is_of_shape(const Shape& shape, const JsonbView& value) {
    if (!value.is_object() || (!shape.type.empty() && value.find_text("type") != shape.type))
        return false;
    for (const Key& key : shape.keys)
        if (is_required(key, shape) && !has_valid(key, value))
            return false;
    return shape.own_key.empty() || has_valid(shape.own_key.front(), value);
}

// ---- errors

/// Returns the object that describes the error: the JSON in the text of a call that failed, or the output of
/// one that succeeded. Returns JSON's null if there is no such object.
JsonbView error_object(const UiPart& part) {
    if (part.state == ToolState::error)
        return json_object_in(part.error_text.value_or("")).value_or(JsonbView());
    return *part.output;
}

/// Whether the output of a call that succeeded is an error.
bool is_error_output(const ServerTool& tool, const JsonbView& output) {
    return tool.returns_errors && output.find_text("type") == tool.errors.front();
}

// ---- writing results

void write_object(const Shape& shape, const JsonbView& value, pg::ValueWriter& writer);

/// Writes the array, whose elements must be of these shapes.
void write_array(const Shapes& shapes, const JsonbView& array, pg::ValueWriter& writer) {
    writer.begin_array();
    for (pg::JsonbCursor cursor(array); cursor.next();)
        write_object(*shape_of(shapes, cursor.value()), cursor.value(), writer);
    writer.end_array();
}

void write_key(const Key& key, const JsonbView& object, pg::ValueWriter& writer) {
    const std::optional<JsonbView> value = object.find(key.name);
    if (!value && key.absent != Absent::empty_array)
        return;
    writer.key(key.sent_as.empty() ? key.name : key.sent_as);
    if (key.is_title && value && value->is_string() && !anthropic::is_title(value->text()))
        writer.null();
    else if (!value || (value->is_array() && !key.shapes.empty()))
        write_array(key.shapes, value.value_or(JsonbView()), writer);
    else if (key.shapes.empty())
        writer.value(*value);
    else
        write_object(*shape_of(key.shapes, *value), *value, writer);
}

/// Writes the object, which must be of that shape.
void write_object(const Shape& shape, const JsonbView& value, pg::ValueWriter& writer) {
    writer.begin_object();
    for (const Key& key : shape.keys)
        write_key(key, value, writer);
    for (const Key& key : shape.own_key)
        write_key(key, value, writer);
    writer.end_object();
}

void begin_result(std::string_view block, const UiPart& part, pg::ValueWriter& writer) {
    writer.field("type", block);
    writer.field("tool_use_id", part.tool_call_id);
}

void write_array_result(const ServerTool& tool, const UiPart& part, pg::ValueWriter& writer) {
    begin_result(tool.results.begin()->block, part, writer);
    writer.key("content");
    if (tool.array_key.empty())
        return write_array(tool.results, *part.output, writer);
    writer.begin_object();
    writer.field("type", tool.array_type);
    writer.key(tool.array_key);
    write_array(tool.results, *part.output, writer);
    writer.end_object();
}

void write_object_result(const ServerTool& tool, const UiPart& part, pg::ValueWriter& writer) {
    const Shape& shape = *shape_of(tool.results, *part.output);
    begin_result(shape.block, part, writer);
    writer.key("content");
    write_object(shape, *part.output, writer);
}

/// Writes an error. Its block has the type of the error, without `_error`.
void write_error_result(const ServerTool& tool, const UiPart& part, pg::ValueWriter& writer) {
    constexpr std::string_view suffix = "_error";
    const JsonbView error = error_object(part);
    const std::string_view* const own =
        find_in(tool.errors, [&](std::string_view type) { return error.find_text("type") == type; });
    const std::string_view type = own != nullptr ? *own : tool.errors.front();
    begin_result(type.substr(0, type.size() - suffix.size()), part, writer);
    writer.key("content");
    writer.begin_object();
    writer.field("type", type);
    writer.field("error_code", error.find_text("errorCode").value_or(tool.unknown_code));
    writer.end_object();
}

void write_mcp_result(const UiPart& part, pg::ValueWriter& writer) {
    const bool is_error = part.state == ToolState::error;
    begin_result("mcp_tool_result", part, writer);
    writer.key("is_error");
    writer.boolean(is_error);
    if (is_error)
        return writer.field("content", anthropic::error_text_of(part));
    writer.key("content");
    writer.begin_array();
    for (pg::JsonbCursor cursor(*part.output); cursor.next();)
        if (!is_blank(cursor.value().find_text("text").value_or("")))
            writer.value(cursor.value());
    writer.end_array();
}

// ---- writing calls

void write_input_without_type(const JsonbView& input, pg::ValueWriter& writer) {
    writer.begin_object();
    for (pg::JsonbCursor cursor(input); cursor.next();)
        if (cursor.key() != "type")
            writer.field(cursor.key(), cursor.value());
    writer.end_object();
}

void write_call(const ServerTool& tool, const UiPart& part, pg::ValueWriter& writer) {
    const JsonbView input = part.input.value_or(JsonbView());
    const InputType* const type = find_in(
        tool.input_types, [&](const InputType& each) { return input.find_text("type") == each.type; });
    writer.field("type", "server_tool_use");
    writer.field("id", part.tool_call_id);
    writer.field("name", type != nullptr && type->is_name ? type->type : tool.name);
    writer.key("input");
    if (!tool.has_input) {
        writer.begin_object();
        writer.end_object();
    } else if (type != nullptr) {
        write_input_without_type(input, writer);
    } else {
        writer.value(input);
    }
}

void write_mcp_call(const UiPart& part, pg::ValueWriter& writer) {
    writer.field("type", "mcp_tool_use");
    writer.field("id", part.tool_call_id);
    writer.field("name", part.tool_name);
    writer.field("input", part.input.value_or(JsonbView()));
    writer.field("server_name", mcp_server(part).value_or(JsonbView()));
}

// ---- which calls are sent

/// Whether the part is the call of a tool of a known MCP server. Its name can't be replaced by one that
/// Anthropic accepts: the server knows the tool by it.
bool is_sent_of_mcp(const UiPart& part) {
    const std::optional<JsonbView> server = mcp_server(part);
    return server && server->is_string() && is_accepted_name(part.tool_name, anthropic_call_rules);
}

/// Whether the value is a list of texts: all that Anthropic takes back of an MCP server's result.
bool is_list_of_texts(const JsonbView& value) {
    if (!value.is_array())
        return false;
    for (pg::JsonbCursor cursor(value); cursor.next();)
        if (cursor.value().find_text("type") != "text" || !cursor.value().find_text("text"))
            return false;
    return true;
}

/// Whether the part is the call of a known tool, or of a tool of a known MCP server. Anthropic refuses a call
/// without the input that its tool has.
bool is_complete_call(const UiPart& part) {
    const ServerTool* const tool = is_mcp(part) ? nullptr : tool_of(part);
    if (tool == nullptr && !(is_mcp(part) && is_sent_of_mcp(part)))
        return false;
    return (tool != nullptr && !tool->has_input) || (part.input && part.input->is_object());
}

bool is_sent_of_tool(const ServerTool& tool, const UiPart& part) {
    if (part.state == ToolState::error)
        return !tool.errors.empty();
    if (tool.returns_array && part.output->is_array())
        return all_have_shapes(tool.results, *part.output);
    return is_error_output(tool, *part.output) ||
           (!tool.returns_array && shape_of(tool.results, *part.output) != nullptr);
}

} // namespace

bool is_server_tool_at_work(const UiPart& part) {
    return part.kind == UiPart::Kind::tool && part.is_provider_executed &&
           part.state_name == call_state::input_available && is_complete_call(part);
}

bool is_server_tool(const UiPart& part) {
    const bool is_error = part.state == ToolState::error;
    const ServerTool* const tool = is_mcp(part) ? nullptr : tool_of(part);
    if (!is_complete_call(part) || (!is_error && part.state != ToolState::available))
        return false;
    // A text is not the result of any of these tools.
    if (!is_error && (part.is_unavailable || !part.output || part.output->is_string()))
        return false;
    return tool != nullptr ? is_sent_of_tool(*tool, part) : is_error || is_list_of_texts(*part.output);
}

void write_server_tool_call(const UiPart& part, const std::optional<JsonbView>& cache_control,
                            pg::ValueWriter& writer) {
    writer.begin_object();
    if (is_mcp(part))
        write_mcp_call(part, writer);
    else
        write_call(*tool_of(part), part, writer);
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

void write_server_tool_result(const UiPart& part, const std::optional<JsonbView>& cache_control,
                              pg::ValueWriter& writer) {
    writer.begin_object();
    if (is_mcp(part)) {
        write_mcp_result(part, writer);
    } else {
        const ServerTool& tool = *tool_of(part);
        if (part.state == ToolState::error || is_error_output(tool, *part.output))
            write_error_result(tool, part, writer);
        else if (tool.returns_array)
            write_array_result(tool, part, writer);
        else
            write_object_result(tool, part, writer);
    }
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

} // namespace agentchat
