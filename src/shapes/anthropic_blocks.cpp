// Writes the blocks of Anthropic's messages, as convertToAnthropicMessagesPrompt of @ai-sdk/anthropic does.
#include "shapes/anthropic_blocks.hpp"

#include <cstdint>

#include "common/clean_json_text.hpp"
#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "shapes/anthropic_server_tools.hpp"
#include "shapes/file_content.hpp"
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

/// How a file is sent.
enum class FileForm : std::uint8_t { none, image, pdf, text };

FileForm form_of(const FileContent& file) {
    if (!file.url && !file.data)
        return FileForm::none;
    if (file.media_type.starts_with("image/"))
        return FileForm::image;
    if (file.media_type == "application/pdf")
        return FileForm::pdf;
    // A text with a URL is not sent: the database fetches nothing.
    const bool is_text = file.media_type == "text/plain" && file.data && text_of_base64(*file.data);
    return is_text ? FileForm::text : FileForm::none;
}

/// Writes the field `source`: where the file is, or its bytes or text.
void write_source(const FileContent& file, FileForm form, pg::ValueWriter& writer) {
    writer.key("source");
    writer.begin_object();
    if (file.url) {
        writer.field("type", "url");
        writer.field("url", *file.url);
    } else if (form == FileForm::text) {
        writer.field("type", "text");
        writer.field("media_type", "text/plain");
        writer.field("data", text_of_base64(*file.data).value_or(""));
    } else {
        writer.field("type", "base64");
        writer.field("media_type", type_of_bytes(file));
        writer.field("data", *file.data);
    }
    writer.end_object();
}

/// Writes what a document may have besides its source: title, context and citations.
void write_document_options(const UiPart& part, pg::ValueWriter& writer) {
    const std::optional<std::string_view> title = text_option(part.provider_metadata, "title");
    if (title || part.filename)
        writer.field("title", title ? *title : *part.filename);
    const std::optional<std::string_view> context = text_option(part.provider_metadata, "context");
    if (context && !context->empty())
        writer.field("context", *context);
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

void write_file(const UiPart& part, const std::optional<JsonbView>& cache_control, pg::ValueWriter& writer) {
    const FileContent file = file_content(part);
    const FileForm form = form_of(file);
    writer.begin_object();
    writer.field("type", form == FileForm::image ? "image" : "document");
    write_source(file, form, writer);
    if (form != FileForm::image)
        write_document_options(part, writer);
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

// ---- the assistant's blocks

std::optional<std::string_view> signature_of(const UiPart& part) {
    return part.signature ? part.signature : text_option(part.provider_metadata, provider_key::signature);
}

std::optional<std::string_view> redacted_data_of(const UiPart& part) {
    return part.redacted_data ? part.redacted_data
                              : text_option(part.provider_metadata, provider_key::redacted_data);
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

/// Writes the arguments of a call as an object, since Anthropic refuses anything else. A model may have
/// written them as a text that holds JSON, which may be kept as such because jsonb cannot hold it.
void write_input(const UiPart& part, pg::ValueWriter& writer) {
    std::optional<JsonbView> input = part.input;
    if (input && input->is_string())
        input = json_object_in(clean_json_text(input->text()));
    if (input && input->is_object())
        return writer.value(*input);
    writer.begin_object();
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

/// Writes a text of the assistant's, or a summary with which Anthropic replaced earlier messages
/// (compaction).
void write_assistant_text(const UiPart& part, std::string_view text,
                          const std::optional<JsonbView>& cache_control, pg::ValueWriter& writer) {
    const bool is_compaction = text_option(part.provider_metadata, "type") == "compaction";
    writer.begin_object();
    writer.field("type", is_compaction ? "compaction" : "text");
    writer.field(is_compaction ? "content" : "text", text);
    if (!is_compaction)
        writer.optional_field("citations", option(part.provider_metadata, "citations"));
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

} // namespace

std::optional<JsonbView> option(const std::optional<JsonbView>& metadata, std::string_view name) {
    return provider_option(metadata, provider::anthropic, name);
}

void write_text(std::string_view text, const std::optional<JsonbView>& cache_control,
                pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "text");
    writer.field("text", text);
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

bool is_sent_by_user(const UiPart& part) {
    if (part.kind == Kind::text)
        return part.text && !part.text->empty();
    return part.kind == Kind::file && form_of(file_content(part)) != FileForm::none;
}

void write_user_block(const UiPart& part, const std::optional<JsonbView>& cache_control,
                      pg::ValueWriter& writer) {
    if (part.kind == Kind::file)
        write_file(part, cache_control, writer);
    else
        write_text(*part.text, cache_control, writer);
}

void write_tool_result(const UiPart& part, const std::optional<JsonbView>& cache_control,
                       pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "tool_result");
    writer.field("tool_use_id", part.tool_call_id);
    writer.key("content");
    write_result_text(part, writer);
    if (part.state != ToolState::available) {
        writer.key("is_error");
        writer.boolean(true);
    }
    writer.optional_field("cache_control", cache_control);
    writer.end_object();
}

bool is_thinking(const UiPart& part) {
    return part.kind == Kind::reasoning && (signature_of(part) || redacted_data_of(part));
}

void write_assistant_block(const AssistantBlock& block, pg::ValueWriter& writer) {
    const UiPart& part = *block.part;
    if (part.kind == Kind::text)
        write_assistant_text(part, block.text, block.cache_control, writer);
    else if (part.kind == Kind::reasoning)
        write_thinking(part, writer);
    else if (block.is_result)
        write_server_tool_result(part, block.cache_control, writer);
    else if (part.is_provider_executed)
        write_server_tool_call(part, block.cache_control, writer);
    else
        write_tool_use(part, block.cache_control, writer);
}

} // namespace agentchat::anthropic
