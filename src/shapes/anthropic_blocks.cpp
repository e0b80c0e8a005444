// Writes the blocks of Anthropic's messages, as convertToAnthropicMessagesPrompt of @ai-sdk/anthropic does.
#include "shapes/anthropic_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/clean_json_text.hpp"
#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "pg/values.hpp"
#include "shapes/anthropic_server_tools.hpp"
#include "shapes/blank_text.hpp"
#include "shapes/model_message.hpp"

#include "pg/pure.hpp"

namespace agentchat::anthropic {

namespace {

using pg::JsonbView;
using Kind = UiPart::Kind;

std::optional<std::string_view> text_option(const std::optional<JsonbView>& metadata, std::string_view name) {
    const std::optional<JsonbView> value = option(metadata, name);
    return value && value->is_string() ? std::optional(value->text()) : std::nullopt;
}

// ---- the user's files

/// Anthropic fetches files by https only.
FileForm form_of(const FileContent& file) {
    if (file.id)
        return is_of_type(file, "image") ? FileForm::image : FileForm::document;
    if (!file.data && !(file.url && file.url->starts_with("https:")))
        return FileForm::none;
    if (is_usual_image(file))
        return FileForm::image;
    if (file.media_type == "application/pdf")
        return FileForm::document;
    // A text with a URL is not sent: the database fetches nothing.
    const std::optional<std::string_view> text =
        file.media_type == "text/plain" && file.data ? text_of_base64(*file.data) : std::nullopt;
    return text && !is_blank(*text) ? FileForm::text : FileForm::none;
}

/// Writes the field `source`: the file's id with Anthropic, where it is, or its bytes or text.
void write_source(const FileContent& file, FileForm form, pg::ValueWriter& writer) {
    writer.key("source");
    writer.begin_object();
    if (file.id) {
        writer.field("type", "file");
        writer.field("file_id", *file.id);
    } else if (file.url) {
        writer.field("type", "url");
        writer.field("url", *file.url);
    } else if (form == FileForm::text) {
        writer.field("type", "text");
        writer.field("media_type", "text/plain");
        writer.field("data", text_of_base64(*file.data).value_or(""));
    } else {
        writer.field("type", "base64");
        writer.field("media_type", file.media_type);
        writer.field("data", *file.data);
    }
    writer.end_object();
}

/// Returns the text; nothing if it is empty.
std::optional<std::string_view> not_empty(const std::optional<std::string_view>& text) {
    return text && !text->empty() ? text : std::nullopt;
}

/// Writes what a document may have besides its source: title, context and citations.
void write_document_options(const UiPart& part, pg::ValueWriter& writer) {
    const std::optional<std::string_view> title = text_option(part.provider_metadata, "title");
    const std::optional<std::string_view> name = not_empty(title ? title : part.filename);
    if (name && is_title(*name))
        writer.field("title", *name);
    writer.optional_field("context", not_empty(text_option(part.provider_metadata, "context")));
    const std::optional<JsonbView> citations = option(part.provider_metadata, "citations");
    const std::optional<JsonbView> enabled = citations ? citations->find("enabled") : std::nullopt;
    if (enabled && enabled->truth()) {
        writer.key("citations");
        writer.begin_object();
        writer.key("enabled");
        writer.boolean(true);
        writer.end_object();
    }
}

/// Whether the file was uploaded for the tools of Anthropic's container, not for the model.
bool is_for_container(const UiPart& part, const FileContent& file) {
    const std::optional<JsonbView> upload =
        file.id ? option(part.provider_metadata, "containerUpload") : std::nullopt;
    return upload && upload->is_boolean() && upload->truth();
}

void write_container_upload(const FileContent& file, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "container_upload");
    writer.field("file_id", *file.id);
    writer.end_object();
}

void write_file(const UiPart& part, const FileContent& file, FileForm form,
                const std::optional<JsonbView>& cache_control, pg::ValueWriter& writer) {
    if (is_for_container(part, file))
        return write_container_upload(file, writer);
    writer.begin_object();
    writer.field("type", form == FileForm::image ? "image" : "document");
    write_source(file, form, writer);
    if (form != FileForm::image && !file.id)
        write_document_options(part, writer);
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

// ---- the assistant's blocks

std::optional<std::string_view> signature_of(const UiPart& part) {
    return not_empty(part.signature ? part.signature
                                    : text_option(part.provider_metadata, provider_key::signature));
}

std::optional<std::string_view> redacted_data_of(const UiPart& part) {
    return not_empty(part.redacted_data ? part.redacted_data
                                        : text_option(part.provider_metadata, provider_key::redacted_data));
}

/// Writes reasoning that is_thinking().
void write_thinking(const UiPart& part, pg::ValueWriter& writer) {
    const std::optional<std::string_view> signature = signature_of(part);
    writer.begin_object();
    if (signature) {
        writer.field("type", "thinking");
        writer.field("thinking", part.text.value_or(""));
        writer.field("signature", *signature);
    } else {
        writer.field("type", "redacted_thinking");
        writer.field("data", redacted_data_of(part).value_or(""));
    }
    writer.end_object();
}

/// Returns the model that a server-side fallback left or went to: {"model": ...}.
std::optional<JsonbView> fallback_model(const UiPart& part, std::string_view side) {
    const std::optional<JsonbView> model = option(part.provider_metadata, side);
    return model && model->find_text("model") ? model : std::nullopt;
}

/// Writes a note of Anthropic's that another model went on. The part must be is_fallback().
void write_fallback(const UiPart& part, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "fallback");
    for (const std::string_view side : {"from", "to"}) {
        writer.key(side);
        writer.begin_object();
        writer.optional_field("model", fallback_model(part, side)->find("model"));
        writer.end_object();
    }
    writer.end_object();
}

/// Writes the arguments of a call as an object, since Anthropic refuses anything else. A model may have
/// written them as a text that holds JSON, which may be kept as such because jsonb cannot hold it. The AI SDK
/// wraps other values.
void write_input(const UiPart& part, pg::ValueWriter& writer) {
    if (part.input && part.input->is_object())
        return writer.value(*part.input);
    if (part.input && part.input->is_string())
        if (const std::optional<JsonbView> object = json_object_in(clean_json_text(part.input->text())))
            return writer.value(*object);
    writer.begin_object();
    if (part.input || part.state != ToolState::error)
        writer.field("rawInvalidInput", part.input.value_or(JsonbView()));
    writer.end_object();
}

void write_tool_use(const UiPart& part, const std::optional<JsonbView>& cache_control,
                    pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "tool_use");
    writer.field("id", part.tool_call_id);
    writer.field("name", part.tool_name);
    writer.key("input");
    write_input(part, writer);
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

/// Whether the value is a list of citations, of types that Anthropic knows.
bool is_list_of_citations(const JsonbView& value) {
    constexpr std::array<std::string_view, 5> types{"char_location", "page_location",
                                                    "content_block_location", "search_result_location",
                                                    "web_search_result_location"};
    if (!value.is_array())
        return false;
    for (pg::JsonbCursor cursor(value); cursor.next();) {
        const std::optional<std::string_view> type = cursor.value().find_text("type");
        if (!type || std::find(types.begin(), types.end(), *type) == types.end())
            return false;
    }
    return true;
}

std::optional<JsonbView> citations_of(const UiPart& part) {
    const std::optional<JsonbView> citations = option(part.provider_metadata, "citations");
    return citations && is_list_of_citations(*citations) ? citations : std::nullopt;
}

/// Writes a text of the assistant's, or a summary with which Anthropic replaced earlier messages
/// (compaction).
void write_assistant_text(const UiPart& part, std::string_view text,
                          const std::optional<JsonbView>& cache_control, pg::ValueWriter& writer) {
    const bool is_compaction = text_option(part.provider_metadata, "type") == "compaction";
    writer.begin_object();
    writer.field("type", is_compaction ? "compaction" : "text");
    writer.field(is_compaction ? "content" : "text", text);
    if (is_compaction)
        writer.optional_field("signature", text_option(part.provider_metadata, provider_key::signature));
    else
        writer.optional_field("citations", citations_of(part));
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

} // namespace

std::optional<JsonbView> option(const std::optional<JsonbView>& metadata, std::string_view name) {
    return provider_option(metadata, provider::anthropic, name);
}

std::string_view error_text_of(const UiPart& part) {
    const std::string_view error = error_of(part);
    return is_blank(error) ? default_error_of(part) : error;
}

bool is_title(std::string_view text) {
    constexpr std::size_t most_characters = 500;
    return !text.empty() && pg::count_characters(text) <= most_characters;
}

void write_text(std::string_view text, const std::optional<JsonbView>& cache_control,
                pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "text");
    writer.field("text", text);
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

std::optional<UserBlock> user_block(const UiPart& part) {
    if (part.kind == Kind::text && part.text && !is_blank(*part.text))
        return UserBlock{&part, FileForm::none, {}};
    if (part.kind != Kind::file)
        return std::nullopt;
    const FileContent file = file_content(part, provider::anthropic);
    const FileForm form = form_of(file);
    return form != FileForm::none ? std::optional(UserBlock{&part, form, file}) : std::nullopt;
}

void write_user_block(const UserBlock& block, const std::optional<JsonbView>& cache_control,
                      pg::ValueWriter& writer) {
    if (block.form != FileForm::none)
        write_file(*block.part, block.file, block.form, cache_control, writer);
    else
        write_text(*block.part->text, cache_control, writer);
}

void write_tool_result(const UiPart& part, const std::optional<JsonbView>& cache_control,
                       pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "tool_result");
    writer.field("tool_use_id", part.tool_call_id);
    if (part.state != ToolState::available) {
        writer.field("content", error_text_of(part));
    } else {
        writer.key("content");
        write_result_text(part, writer);
    }
    if (part.state == ToolState::error || part.state == ToolState::denied) {
        writer.key("is_error");
        writer.boolean(true);
    }
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

bool is_thinking(const UiPart& part) {
    return part.kind == Kind::reasoning && (signature_of(part) || redacted_data_of(part));
}

bool is_fallback(const UiPart& part) {
    return part.kind == Kind::custom && part.stored &&
           part.stored->find_text("kind") == "anthropic.fallback" &&
           text_option(part.provider_metadata, "type") == "fallback" && fallback_model(part, "from") &&
           fallback_model(part, "to");
}

void write_assistant_block(const AssistantBlock& block, const std::optional<JsonbView>& cache_control,
                           pg::ValueWriter& writer) {
    const UiPart& part = *block.part;
    if (part.kind == Kind::text)
        write_assistant_text(part, block.text, cache_control, writer);
    else if (part.kind == Kind::reasoning)
        write_thinking(part, writer);
    else if (part.kind == Kind::custom)
        write_fallback(part, writer);
    else if (block.is_result)
        write_server_tool_result(part, cache_control, writer);
    else if (part.is_provider_executed)
        write_server_tool_call(part, cache_control, writer);
    else
        write_tool_use(part, cache_control, writer);
}

} // namespace agentchat::anthropic
