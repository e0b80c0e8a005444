// Writes the format openai: the messages of a request to OpenAI's Chat Completions API. They are what the AI
// SDK's provider for OpenAI sends (convertToModelMessages of ai, convertToOpenAIChatMessages of
// @ai-sdk/openai), changed where OpenAI would refuse that.
#include <algorithm>
#include <cstddef>
#include <new>
#include <span>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "pg/error.hpp"
#include "shapes/file_content.hpp"
#include "shapes/message_shape.hpp"
#include "shapes/model_message.hpp"
#include "shapes/ui_part.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using Kind = UiPart::Kind;

/// How a file is sent.
enum class FileForm : std::uint8_t { none, image, wav, mp3, pdf };

/// OpenAI takes images by URL, and any other file as bytes: the database fetches none.
FileForm form_of(const FileContent& file) {
    if (file.media_type.starts_with("image/"))
        return file.url || file.data ? FileForm::image : FileForm::none;
    if (!file.data)
        return FileForm::none;
    if (file.media_type == "audio/wav")
        return FileForm::wav;
    if (file.media_type == "audio/mp3" || file.media_type == "audio/mpeg")
        return FileForm::mp3;
    return file.media_type == "application/pdf" ? FileForm::pdf : FileForm::none;
}

/// Returns the mark of what OpenAI caches.
std::optional<pg::JsonbView> cache_breakpoint(const std::optional<pg::JsonbView>& metadata) {
    return provider_option(metadata, provider::openai, "promptCacheBreakpoint");
}

void write_cache_breakpoint(const std::optional<pg::JsonbView>& breakpoint, pg::ValueWriter& writer) {
    writer.optional_field("prompt_cache_breakpoint", breakpoint);
}

void write_text_part(std::string_view text, const std::optional<pg::JsonbView>& breakpoint,
                     pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "text");
    writer.field("text", text);
    write_cache_breakpoint(breakpoint, writer);
    writer.end_object();
}

void write_image(const UiPart& part, const FileContent& file, pg::ValueWriter& writer) {
    writer.field("type", "image_url");
    writer.key("image_url");
    writer.begin_object();
    writer.field("url", file.url ? *file.url : data_url(type_of_bytes(file), *file.data));
    writer.optional_field(
        "detail", provider_option(part.provider_metadata, provider::openai, provider_key::image_detail));
    writer.end_object();
}

void write_audio(const FileContent& file, std::string_view format, pg::ValueWriter& writer) {
    writer.field("type", "input_audio");
    writer.key("input_audio");
    writer.begin_object();
    writer.field("data", *file.data);
    writer.field("format", format);
    writer.end_object();
}

/// Writes a PDF. `index` is the position of the part in its message, which names a file that has no name.
void write_pdf(const UiPart& part, const FileContent& file, std::size_t index, pg::ValueWriter& writer) {
    writer.field("type", "file");
    writer.key("file");
    writer.begin_object();
    if (file.data->starts_with("file-")) {
        writer.field("file_id", *file.data);
    } else {
        writer.field("filename", part.filename.value_or(pg::format("part-%zu.pdf", index)));
        writer.field("file_data", data_url("application/pdf", *file.data));
    }
    writer.end_object();
}

void write_file(const UiPart& part, std::size_t index, pg::ValueWriter& writer) {
    const FileContent file = file_content(part);
    writer.begin_object();
    switch (form_of(file)) {
    case FileForm::image:
        write_image(part, file, writer);
        break;
    case FileForm::wav:
        write_audio(file, "wav", writer);
        break;
    case FileForm::mp3:
        write_audio(file, "mp3", writer);
        break;
    case FileForm::pdf:
        write_pdf(part, file, index, writer);
        break;
    case FileForm::none:
        break;
    }
    write_cache_breakpoint(cache_breakpoint(part.provider_metadata), writer);
    writer.end_object();
}

/// Whether a part of the user's is sent: a text with something in it, or a file that OpenAI takes.
bool is_sent_by_user(const UiPart& part) {
    if (part.kind == Kind::text)
        return part.text && !part.text->empty();
    return part.kind == Kind::file && form_of(file_content(part)) != FileForm::none;
}

/// Whether a part of the assistant's is sent. This API knows no tools that a provider ran itself.
bool is_sent_by_assistant(const UiPart& part) {
    return is_model_content(part) && !(part.kind == Kind::tool && part.is_provider_executed);
}

class OpenAiMessages final : public MessageShape {
public:
    explicit OpenAiMessages(pg::DocumentWriter& writer) : document_(writer) {}

    void begin(std::optional<std::string_view> system_prompt) override {
        if (system_prompt && !system_prompt->empty())
            write_text_message("system", *system_prompt);
    }

    void take(const StoredMessage& message) override {
        const std::span<const UiPart> parts = read_parts(message).parts;
        if (message.role == "system")
            write_system(parts);
        else if (message.role == "user")
            write_user(parts);
        else if (message.role == "assistant")
            each_step(parts, [&](std::span<const UiPart> step) { write_step(step); });
    }

    void end() override {}

private:
    pg::ValueWriter& begin_message(std::string_view role) {
        pg::ValueWriter& writer = document_.begin_element();
        writer.begin_object();
        writer.field("role", role);
        return writer;
    }
    void end_message(pg::ValueWriter& writer) {
        writer.end_object();
        document_.end_element();
    }

    /// Writes a message that is one text. With a mark for the cache the text is a part; a string has no place
    /// for the mark.
    void write_text_message(std::string_view role, std::string_view text,
                            const std::optional<pg::JsonbView>& breakpoint = std::nullopt) {
        pg::ValueWriter& writer = begin_message(role);
        writer.key("content");
        if (breakpoint) {
            writer.begin_array();
            write_text_part(text, breakpoint, writer);
            writer.end_array();
        } else {
            writer.string(text);
        }
        end_message(writer);
    }

    void write_system(std::span<const UiPart> parts) {
        write_text_message("system", text_of(parts),
                           cache_breakpoint(metadata_of_texts(parts, provider::openai)));
    }

    void write_user(std::span<const UiPart> parts) {
        const auto count = std::count_if(parts.begin(), parts.end(), is_sent_by_user);
        if (count == 0)
            return;
        const auto first = std::find_if(parts.begin(), parts.end(), is_sent_by_user);
        if (count == 1 && first->kind == Kind::text)
            return write_text_message("user", *first->text, cache_breakpoint(first->provider_metadata));

        pg::ValueWriter& writer = begin_message("user");
        writer.key("content");
        writer.begin_array();
        std::size_t index = 0;
        for (const UiPart& part : parts) {
            if (!is_sent_by_user(part))
                continue;
            if (part.kind == Kind::file)
                write_file(part, index, writer);
            else
                write_text_part(*part.text, cache_breakpoint(part.provider_metadata), writer);
            ++index;
        }
        writer.end_array();
        end_message(writer);
    }

    /// Writes what the assistant said in a step, as parts if there is a mark for the cache.
    static void write_assistant_content(std::span<const UiPart> step, bool has_calls,
                                        pg::ValueWriter& writer) {
        const bool has_breakpoint = std::any_of(step.begin(), step.end(), [](const UiPart& part) {
            return part.kind == Kind::text && part.text && cache_breakpoint(part.provider_metadata);
        });
        if (has_breakpoint) {
            writer.begin_array();
            // An empty text with metadata is kept: its purpose may be the mark.
            for (const UiPart& part : step)
                if (part.kind == Kind::text && part.text && (!part.text->empty() || part.provider_metadata))
                    write_text_part(*part.text, cache_breakpoint(part.provider_metadata), writer);
            writer.end_array();
            return;
        }
        const std::string_view text = text_of(step);
        if (has_calls && text.empty())
            writer.null();
        else
            writer.string(text);
    }

    /// Writes a message of the assistant, and a message for each result of a tool.
    void write_step(std::span<const UiPart> step) {
        if (std::none_of(step.begin(), step.end(), is_sent_by_assistant))
            return;
        const bool has_calls = std::any_of(step.begin(), step.end(), is_answered_call);
        pg::ValueWriter& writer = begin_message("assistant");
        writer.key("content");
        write_assistant_content(step, has_calls, writer);
        if (has_calls) {
            writer.key("tool_calls");
            writer.begin_array();
            for (const UiPart& part : step)
                if (is_answered_call(part))
                    write_call(part, writer);
            writer.end_array();
        }
        end_message(writer);

        for (const UiPart& part : step)
            if (is_answered_call(part))
                write_result(part);
    }

    /// Whether the part is a call of a tool that takes a text. The AI SDK's provider knows functions only;
    /// append_messages() marks the calls that OpenAI's API had.
    static bool is_custom_call(const UiPart& part) {
        const std::optional<pg::JsonbView> type =
            provider_option(part.provider_metadata, provider::openai, provider_key::call_type);
        return type && type->text() == "custom" && part.input && part.input->is_string();
    }

    static void write_custom_call(const UiPart& part, pg::ValueWriter& writer) {
        writer.field("type", "custom");
        writer.key("custom");
        writer.begin_object();
        writer.field("name", part.tool_name);
        writer.field("input", part.input->text());
        writer.end_object();
    }

    static void write_call(const UiPart& part, pg::ValueWriter& writer) {
        writer.begin_object();
        writer.field("id", part.tool_call_id);
        if (is_custom_call(part)) {
            write_custom_call(part, writer);
            writer.end_object();
            return;
        }
        writer.field("type", "function");
        writer.key("function");
        writer.begin_object();
        writer.field("name", part.tool_name);
        writer.key("arguments");
        if (part.input && part.input->is_object())
            writer.stringified(*part.input);
        else if (part.input && part.input->is_string() && IsJsonObject(part.input->text()))
            writer.string(part.input->text());
        else
            writer.string("{}");
        writer.end_object();
        writer.end_object();
    }

    void write_result(const UiPart& part) {
        pg::ValueWriter& writer = begin_message("tool");
        writer.field("tool_call_id", part.tool_call_id);
        writer.key("content");
        const std::optional<pg::JsonbView> breakpoint = cache_breakpoint(part.result_metadata);
        if (breakpoint) {
            writer.begin_array();
            writer.begin_object();
            writer.field("type", "text");
            writer.key("text");
            write_result_text(part, writer);
            write_cache_breakpoint(breakpoint, writer);
            writer.end_object();
            writer.end_array();
        } else {
            write_result_text(part, writer);
        }
        end_message(writer);
    }

    pg::DocumentWriter& document_;
};

} // namespace

MessageShape& make_openai_messages(pg::MemoryContext context, pg::DocumentWriter& writer) {
    return *new (pg::allocate(context, sizeof(OpenAiMessages))) OpenAiMessages(writer);
}

} // namespace agentchat
