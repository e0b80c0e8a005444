#include "shapes/anthropic_server_tools.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "pg/jsonb.hpp"
#include "pg/memory.hpp"
#include "shapes/model_message.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;

enum class ServerTool : std::uint8_t {
    none,
    mcp,
    web_search,
    web_fetch,
    code_execution,
    tool_search,
    advisor
};

ServerTool tool_of(const UiPart& part) {
    const std::optional<JsonbView> type =
        provider_option(part.provider_metadata, provider::anthropic, "type");
    if (type && type->text() == "mcp-tool-use")
        return ServerTool::mcp;
    if (part.tool_name == "web_search")
        return ServerTool::web_search;
    if (part.tool_name == "web_fetch")
        return ServerTool::web_fetch;
    if (part.tool_name == "code_execution")
        return ServerTool::code_execution;
    if (part.tool_name == "tool_search_tool_regex" || part.tool_name == "tool_search_tool_bm25")
        return ServerTool::tool_search;
    return part.tool_name == "advisor" ? ServerTool::advisor : ServerTool::none;
}

// ---- what results must be: the outputSchema of each tool in @ai-sdk/anthropic

bool has_text(const JsonbView& object, std::string_view key) {
    return object.find_text(key).has_value();
}

bool has_text_or_null(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && (value->is_string() || value->is_null());
}

bool has_number(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && value->is_number();
}

bool has_number_or_null(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && (value->is_number() || value->is_null());
}

bool is_of_type(const JsonbView& object, std::string_view type) {
    return object.find_text("type") == type;
}

template <typename Check>
bool all_of(const JsonbView& array, Check check) {
    if (!array.is_array())
        return false;
    for (pg::JsonbCursor cursor(array); cursor.next();)
        if (!check(cursor.value()))
            return false;
    return true;
}

bool is_search_result(const JsonbView& value) {
    return is_of_type(value, "web_search_result") && has_text(value, "url") &&
           has_text_or_null(value, "title") && has_text_or_null(value, "pageAge") &&
           has_text(value, "encryptedContent");
}

bool is_tool_reference(const JsonbView& value) {
    return is_of_type(value, "tool_reference") && has_text(value, "toolName");
}

bool is_fetched_source(const JsonbView& source) {
    const std::optional<std::string_view> media_type = source.find_text("mediaType");
    return has_text(source, "data") && ((is_of_type(source, "base64") && media_type == "application/pdf") ||
                                        (is_of_type(source, "text") && media_type == "text/plain"));
}

bool is_fetched_document(const JsonbView& content) {
    const std::optional<JsonbView> citations = content.find("citations");
    if (citations) {
        const std::optional<JsonbView> enabled = citations->find("enabled");
        if (!enabled || !enabled->is_boolean())
            return false;
    }
    const std::optional<JsonbView> source = content.find("source");
    return is_of_type(content, "document") && has_text_or_null(content, "title") && source &&
           is_fetched_source(*source);
}

bool is_fetch_result(const JsonbView& value) {
    const std::optional<JsonbView> content = value.find("content");
    return is_of_type(value, "web_fetch_result") && has_text(value, "url") &&
           has_text_or_null(value, "retrievedAt") && content && is_fetched_document(*content);
}

/// The files that code has made; `optional` where there need be no array of them.
bool has_files(const JsonbView& value, std::string_view type, bool optional) {
    const std::optional<JsonbView> files = value.find("content");
    if (!files)
        return optional;
    return all_of(*files,
                  [&](const JsonbView& file) { return is_of_type(file, type) && has_text(file, "file_id"); });
}

constexpr std::string_view code_result = "code_execution_result";
constexpr std::string_view encrypted_code_result = "encrypted_code_execution_result";
constexpr std::string_view bash_result = "bash_code_execution_result";
constexpr std::string_view bash_error = "bash_code_execution_tool_result_error";
constexpr std::string_view editor_error = "text_editor_code_execution_tool_result_error";
constexpr std::string_view view_result = "text_editor_code_execution_view_result";
constexpr std::string_view create_result = "text_editor_code_execution_create_result";
constexpr std::string_view replace_result = "text_editor_code_execution_str_replace_result";

bool is_code_execution_result(const JsonbView& value) {
    const std::string_view type = value.find_text("type").value_or("");
    const bool has_end = has_text(value, "stderr") && has_number(value, "return_code");
    if (type == code_result)
        return has_end && has_text(value, "stdout") && has_files(value, "code_execution_output", true);
    if (type == encrypted_code_result)
        return has_end && has_text(value, "encrypted_stdout") &&
               has_files(value, "code_execution_output", true);
    if (type == bash_result)
        return has_end && has_text(value, "stdout") && has_files(value, "bash_code_execution_output", false);
    if (type == bash_error || type == editor_error)
        return has_text(value, "error_code");
    if (type == view_result)
        return has_text(value, "content") && has_text(value, "file_type") &&
               has_number_or_null(value, "num_lines") && has_number_or_null(value, "start_line") &&
               has_number_or_null(value, "total_lines");
    if (type == create_result) {
        const std::optional<JsonbView> is_update = value.find("is_file_update");
        return is_update && is_update->is_boolean();
    }
    if (type != replace_result)
        return false;
    const std::optional<JsonbView> lines = value.find("lines");
    return lines &&
           (lines->is_null() || all_of(*lines, [](const JsonbView& line) { return line.is_string(); })) &&
           has_number_or_null(value, "new_lines") && has_number_or_null(value, "new_start") &&
           has_number_or_null(value, "old_lines") && has_number_or_null(value, "old_start");
}

bool is_advisor_result(const JsonbView& value) {
    return (is_of_type(value, "advisor_result") && has_text(value, "text")) ||
           (is_of_type(value, "advisor_redacted_result") && has_text(value, "encryptedContent")) ||
           (is_of_type(value, "advisor_tool_result_error") && has_text(value, "errorCode"));
}

bool is_tool_search_error(const JsonbView& value) {
    return is_of_type(value, "tool_search_tool_result_error");
}

// ---- writing

void write_text(pg::ValueWriter& writer, std::string_view key, std::string_view text) {
    writer.key(key);
    writer.string(text);
}

/// The value of that key under another one, where it has any.
void write_value(pg::ValueWriter& writer, std::string_view key, const JsonbView& object,
                 std::string_view from) {
    if (const std::optional<JsonbView> value = object.find(from)) {
        writer.key(key);
        writer.value(*value);
    }
}

void write_values(pg::ValueWriter& writer, const JsonbView& object, std::span<const std::string_view> keys) {
    for (const std::string_view key : keys)
        write_value(writer, key, object, key);
}

/// The text as JSON, where it is an object.
std::optional<JsonbView> parsed(std::string_view text) {
    if (!IsJsonObject(text))
        return std::nullopt;
    const std::string_view copy = pg::copy_text(pg::current_context(), text);
    return JsonbView::of(pg::jsonb_from_text(copy).datum);
}

/// The object that tells of an error: the value, or what its text holds as JSON.
std::optional<JsonbView> error_object(const UiPart& part) {
    if (part.error_text)
        return parsed(*part.error_text);
    if (part.output && part.output->is_string())
        return parsed(part.output->text());
    return part.output;
}

std::string_view error_code(const UiPart& part, std::string_view otherwise) {
    const std::optional<JsonbView> error = error_object(part);
    return error ? error->find_text("errorCode").value_or(otherwise) : otherwise;
}

void write_error(pg::ValueWriter& writer, std::string_view type, std::string_view code) {
    writer.key("content");
    writer.begin_object();
    write_text(writer, "type", type);
    write_text(writer, "error_code", code);
    writer.end_object();
}

void begin_result(pg::ValueWriter& writer, std::string_view type, const UiPart& part) {
    write_text(writer, "type", type);
    write_text(writer, "tool_use_id", part.tool_call_id);
}

void write_search_results(const JsonbView& results, pg::ValueWriter& writer) {
    writer.key("content");
    writer.begin_array();
    for (pg::JsonbCursor cursor(results); cursor.next();) {
        writer.begin_object();
        write_values(writer, cursor.value(), std::array<std::string_view, 3>{"url", "title", "type"});
        write_value(writer, "page_age", cursor.value(), "pageAge");
        write_value(writer, "encrypted_content", cursor.value(), "encryptedContent");
        writer.end_object();
    }
    writer.end_array();
}

void write_fetch_result(const JsonbView& result, pg::ValueWriter& writer) {
    const JsonbView content = result.find("content").value_or(JsonbView());
    const JsonbView source = content.find("source").value_or(JsonbView());
    writer.key("content");
    writer.begin_object();
    write_values(writer, result, std::array<std::string_view, 2>{"type", "url"});
    write_value(writer, "retrieved_at", result, "retrievedAt");
    writer.key("content");
    writer.begin_object();
    write_values(writer, content, std::array<std::string_view, 2>{"type", "title"});
    if (const std::optional<JsonbView> citations = content.find("citations")) {
        writer.key("citations");
        writer.begin_object();
        write_value(writer, "enabled", *citations, "enabled");
        writer.end_object();
    }
    writer.key("source");
    writer.begin_object();
    write_values(writer, source, std::array<std::string_view, 2>{"type", "data"});
    write_value(writer, "media_type", source, "mediaType");
    writer.end_object();
    writer.end_object();
    writer.end_object();
}

void write_code_files(const JsonbView& result, pg::ValueWriter& writer) {
    writer.key("content");
    writer.begin_array();
    if (const std::optional<JsonbView> files = result.find("content"))
        for (pg::JsonbCursor cursor(*files); cursor.next();) {
            writer.begin_object();
            write_values(writer, cursor.value(), std::array<std::string_view, 2>{"type", "file_id"});
            writer.end_object();
        }
    writer.end_array();
}

void write_code_result(const JsonbView& result, pg::ValueWriter& writer) {
    constexpr std::array<std::string_view, 16> keys{
        "type",      "stdout",    "encrypted_stdout", "stderr",   "return_code", "error_code",
        "file_type", "num_lines", "start_line",       "lines",    "total_lines", "is_file_update",
        "new_lines", "new_start", "old_lines",        "old_start"};
    writer.key("content");
    writer.begin_object();
    write_values(writer, result, keys);
    const std::string_view type = result.find_text("type").value_or("");
    if (type == code_result || type == encrypted_code_result || type == bash_result)
        write_code_files(result, writer);
    else if (type == view_result)
        write_value(writer, "content", result, "content");
    writer.end_object();
}

/// Whose result it is: those of a shell and of an editor come from tools within the tool.
std::string_view code_result_block(const JsonbView& result) {
    const std::string_view type = result.find_text("type").value_or("");
    if (type == code_result || type == encrypted_code_result)
        return "code_execution_tool_result";
    return type == bash_result || type == bash_error ? "bash_code_execution_tool_result"
                                                     : "text_editor_code_execution_tool_result";
}

void write_code_error(const UiPart& part, pg::ValueWriter& writer) {
    constexpr std::string_view type = "code_execution_tool_result_error";
    const std::optional<JsonbView> error = error_object(part);
    const bool is_code = error && is_of_type(*error, type);
    begin_result(writer, is_code ? "code_execution_tool_result" : "bash_code_execution_tool_result", part);
    write_error(writer, is_code ? type : bash_error, error_code(part, "unknown"));
}

void write_tool_references(const JsonbView& references, pg::ValueWriter& writer) {
    writer.key("content");
    writer.begin_object();
    write_text(writer, "type", "tool_search_tool_search_result");
    writer.key("tool_references");
    writer.begin_array();
    for (pg::JsonbCursor cursor(references); cursor.next();) {
        writer.begin_object();
        write_value(writer, "type", cursor.value(), "type");
        write_value(writer, "tool_name", cursor.value(), "toolName");
        writer.end_object();
    }
    writer.end_array();
    writer.end_object();
}

void write_advice(const JsonbView& advice, pg::ValueWriter& writer) {
    writer.key("content");
    writer.begin_object();
    write_values(writer, advice, std::array<std::string_view, 2>{"type", "text"});
    write_value(writer, "encrypted_content", advice, "encryptedContent");
    write_value(writer, "error_code", advice, "errorCode");
    writer.end_object();
}

/// Of a call: a tool within the tool, named by the input's type.
bool is_inner_tool(std::string_view type) {
    return type == "bash_code_execution" || type == "text_editor_code_execution";
}

void write_input_without_type(const JsonbView& input, pg::ValueWriter& writer) {
    writer.begin_object();
    for (pg::JsonbCursor cursor(input); cursor.next();) {
        if (cursor.key() == "type")
            continue;
        writer.key(cursor.key());
        writer.value(cursor.value());
    }
    writer.end_object();
}

void write_server_call(const UiPart& part, pg::ValueWriter& writer) {
    const JsonbView input = part.input.value_or(JsonbView());
    const std::string_view type = input.find_text("type").value_or("");
    const bool is_code = part.tool_name == "code_execution";
    write_text(writer, "type", "server_tool_use");
    write_text(writer, "id", part.tool_call_id);
    write_text(writer, "name", is_code && is_inner_tool(type) ? type : part.tool_name);
    writer.key("input");
    if (part.tool_name == "advisor") {
        writer.begin_object();
        writer.end_object();
    } else if (is_code && (is_inner_tool(type) || type == "programmatic-tool-call")) {
        write_input_without_type(input, writer);
    } else {
        writer.value(input);
    }
}

void write_cache_control(const std::optional<JsonbView>& cache_control, pg::ValueWriter& writer) {
    if (!cache_control)
        return;
    writer.key("cache_control");
    writer.value(*cache_control);
}

void write_mcp_call(const UiPart& part, pg::ValueWriter& writer) {
    write_text(writer, "type", "mcp_tool_use");
    write_text(writer, "id", part.tool_call_id);
    write_text(writer, "name", part.tool_name);
    writer.key("input");
    writer.value(part.input.value_or(JsonbView()));
    writer.key("server_name");
    writer.value(
        provider_option(part.provider_metadata, provider::anthropic, "serverName").value_or(JsonbView()));
}

void write_mcp_result(const UiPart& part, pg::ValueWriter& writer) {
    begin_result(writer, "mcp_tool_result", part);
    writer.key("is_error");
    writer.boolean(part.state == ToolState::error);
    writer.key("content");
    if (part.state == ToolState::error)
        writer.string(part.error_text.value_or(""));
    else
        writer.value(part.output.value_or(JsonbView()));
}

} // namespace

bool is_server_tool(const UiPart& part) {
    const bool is_error = part.state == ToolState::error;
    const ServerTool tool = tool_of(part);
    if (tool == ServerTool::none || (!is_error && part.state != ToolState::available))
        return false;
    // What the call goes without, it is refused for.
    if (tool != ServerTool::advisor && (!part.input || !part.input->is_object()))
        return false;
    // Text is no result of any of them.
    if (!is_error && (part.is_unavailable || !part.output || part.output->is_string()))
        return false;
    switch (tool) {
    case ServerTool::mcp: {
        const auto server = provider_option(part.provider_metadata, provider::anthropic, "serverName");
        return server && server->is_string();
    }
    case ServerTool::web_search:
        return is_error || all_of(*part.output, is_search_result);
    case ServerTool::web_fetch:
        return is_error || is_fetch_result(*part.output);
    case ServerTool::code_execution:
        return is_error || is_code_execution_result(*part.output);
    case ServerTool::tool_search:
        return is_error || is_tool_search_error(*part.output) || all_of(*part.output, is_tool_reference);
    case ServerTool::advisor:
        return !is_error && is_advisor_result(*part.output);
    case ServerTool::none:
        break;
    }
    return false;
}

void write_server_tool_call(const UiPart& part, const std::optional<JsonbView>& cache_control,
                            pg::ValueWriter& writer) {
    writer.begin_object();
    if (tool_of(part) == ServerTool::mcp)
        write_mcp_call(part, writer);
    else
        write_server_call(part, writer);
    write_cache_control(cache_control, writer);
    writer.end_object();
}

void write_server_tool_result(const UiPart& part, const std::optional<JsonbView>& cache_control,
                              pg::ValueWriter& writer) {
    const bool is_error = part.state == ToolState::error;
    const JsonbView output = part.output.value_or(JsonbView());
    writer.begin_object();
    switch (tool_of(part)) {
    case ServerTool::mcp:
        write_mcp_result(part, writer);
        break;
    case ServerTool::web_search:
        begin_result(writer, "web_search_tool_result", part);
        if (is_error)
            write_error(writer, "web_search_tool_result_error", error_code(part, "unavailable"));
        else
            write_search_results(output, writer);
        break;
    case ServerTool::web_fetch:
        begin_result(writer, "web_fetch_tool_result", part);
        if (is_error)
            write_error(writer, "web_fetch_tool_result_error", error_code(part, "unavailable"));
        else
            write_fetch_result(output, writer);
        break;
    case ServerTool::code_execution:
        if (is_error) {
            write_code_error(part, writer);
        } else {
            begin_result(writer, code_result_block(output), part);
            write_code_result(output, writer);
        }
        break;
    case ServerTool::tool_search:
        begin_result(writer, "tool_search_tool_result", part);
        if (is_error || is_tool_search_error(output))
            write_error(writer, "tool_search_tool_result_error", error_code(part, "unavailable"));
        else
            write_tool_references(output, writer);
        break;
    case ServerTool::advisor:
        begin_result(writer, "advisor_tool_result", part);
        write_advice(output, writer);
        break;
    case ServerTool::none:
        break;
    }
    write_cache_control(cache_control, writer);
    writer.end_object();
}

} // namespace agentchat
