// Writes the formats openai and openai-compatible: the messages of a request to OpenAI's Chat Completions
// API, or to another provider's copy of it. They are what the AI SDK's providers send (convertToModelMessages
// of ai, convertToOpenAIChatMessages of @ai-sdk/openai, convertToOpenAICompatibleChatMessages of
// @ai-sdk/openai-compatible), changed where OpenAI would refuse that.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <new>
#include <span>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "common/ui_part.hpp"
#include "pg/error.hpp"
#include "pg/json_text.hpp"
#include "pg/memory.hpp"
#include "shapes/call_names.hpp"
#include "shapes/file_content.hpp"
#include "shapes/message_shape.hpp"
#include "shapes/model_message.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using Kind = UiPart::Kind;

/// Whose API it is: OpenAI's, or that of a provider which copies it.
enum class Api : std::uint8_t { openai, compatible };

std::string_view provider_of(Api api) {
    return api == Api::openai ? provider::openai : provider::openai_compatible;
}

// ---- files

/// How a file is sent.
enum class FileForm : std::uint8_t { none, id, image, video, wav, mp3, pdf, text };

FileForm form_of_audio(const FileContent& file) {
    if (file.media_type == "audio/wav")
        return FileForm::wav;
    return file.media_type == "audio/mp3" || file.media_type == "audio/mpeg" ? FileForm::mp3 : FileForm::none;
}

/// Images and videos are sent by URL or as bytes, any other file as bytes: the database fetches none.
FileForm form_of(const FileContent& file, Api api) {
    if (file.id)
        return FileForm::id;
    if (!file.url && !file.data)
        return FileForm::none;
    if (is_of_type(file, "image"))
        return is_usual_image(file) ? FileForm::image : FileForm::none;
    if (api == Api::compatible && is_of_type(file, "video"))
        return file.url || file.media_type.find('/') != std::string_view::npos ? FileForm::video
                                                                               : FileForm::none;
    if (!file.data)
        return FileForm::none;
    if (api == Api::compatible && is_of_type(file, "text"))
        return text_of_base64(*file.data) ? FileForm::text : FileForm::none;
    return file.media_type == "application/pdf" ? FileForm::pdf : form_of_audio(file);
}

/// A part of the user's that is sent: a text, or a file.
struct UserPart {
    const UiPart* part;
    /// The form of a file; `none` if the part is a text.
    FileForm form;
    FileContent file;
};

// ---- what the parts' metadata adds

constexpr std::array<std::string_view, 3> image_details{"auto", "low", "high"};

bool is_among(std::string_view name, std::span<const std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Returns the mark of what OpenAI caches: {"mode": "explicit"}. It takes no other.
std::optional<pg::JsonbView> cache_breakpoint(const std::optional<pg::JsonbView>& metadata) {
    const std::optional<pg::JsonbView> breakpoint =
        provider_option(metadata, provider::openai, "promptCacheBreakpoint");
    return breakpoint && breakpoint->find_text("mode") == "explicit" ? breakpoint : std::nullopt;
}

/// Returns how closely OpenAI is to look at an image; nothing if the metadata says nothing that it knows.
std::optional<pg::JsonbView> image_detail(const std::optional<pg::JsonbView>& metadata) {
    const std::optional<pg::JsonbView> detail =
        provider_option(metadata, provider::openai, provider_key::image_detail);
    return detail && detail->is_string() && is_among(detail->text(), image_details) ? detail : std::nullopt;
}

/// Writes what the metadata adds to an object that has these fields already: OpenAI's mark for the cache, or
/// all that there is for a copy of OpenAI's API.
void write_options(const std::optional<pg::JsonbView>& metadata, Api api,
                   std::initializer_list<std::string_view> fields, pg::ValueWriter& writer) {
    if (api == Api::openai)
        return writer.optional_field("prompt_cache_breakpoint", cache_breakpoint(metadata));
    const std::optional<pg::JsonbView> options = metadata ? metadata->find(provider_of(api)) : std::nullopt;
    if (!options || !options->is_object())
        return;
    for (pg::JsonbCursor cursor(*options); cursor.next();)
        if (!is_among(cursor.key(), fields))
            writer.field(cursor.key(), cursor.value());
}

// ---- parts

void write_text_part(std::string_view text, const std::optional<pg::JsonbView>& metadata, Api api,
                     pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "text");
    writer.field("text", text);
    write_options(metadata, api, {"type", "text"}, writer);
    writer.end_object();
}

/// Writes the field for an image or a video.
void write_media(std::string_view type, const UserPart& sent, Api api, pg::ValueWriter& writer) {
    const FileContent& file = sent.file;
    writer.key(type);
    writer.begin_object();
    writer.field("url", file.url ? *file.url : data_url(file.media_type, *file.data));
    if (api == Api::openai)
        writer.optional_field("detail", image_detail(sent.part->provider_metadata));
    writer.end_object();
}

void write_audio(const FileContent& file, std::string_view format, pg::ValueWriter& writer) {
    writer.key("input_audio");
    writer.begin_object();
    writer.field("data", *file.data);
    writer.field("format", format);
    writer.end_object();
}

void write_file_id(const FileContent& file, pg::ValueWriter& writer) {
    writer.key("file");
    writer.begin_object();
    writer.field("file_id", *file.id);
    writer.end_object();
}

/// Writes a PDF. `index` is the position of the part in its message, which names a file that has no name.
void write_pdf(const UserPart& sent, std::size_t index, Api api, pg::ValueWriter& writer) {
    writer.key("file");
    writer.begin_object();
    const std::string_view name = sent.part->filename.value_or("");
    if (!name.empty())
        writer.field("filename", name);
    else
        writer.field("filename", api == Api::openai ? pg::format("part-%zu.pdf", index) : "document.pdf");
    writer.field("file_data", data_url("application/pdf", *sent.file.data));
    writer.end_object();
}

/// Returns the type of the part for a file that is sent in that form. It is also the name of its field.
std::string_view type_of(FileForm form) {
    switch (form) {
    case FileForm::image:
        return "image_url";
    case FileForm::video:
        return "video_url";
    case FileForm::wav:
    case FileForm::mp3:
        return "input_audio";
    case FileForm::id:
    case FileForm::pdf:
        return "file";
    case FileForm::text:
    case FileForm::none:
        break;
    }
    return "text";
}

void write_file(const UserPart& sent, std::size_t index, Api api, pg::ValueWriter& writer) {
    const std::string_view type = type_of(sent.form);
    writer.begin_object();
    writer.field("type", type);
    switch (sent.form) {
    case FileForm::id:
        write_file_id(sent.file, writer);
        break;
    case FileForm::image:
    case FileForm::video:
        write_media(type, sent, api, writer);
        break;
    case FileForm::wav:
        write_audio(sent.file, "wav", writer);
        break;
    case FileForm::mp3:
        write_audio(sent.file, "mp3", writer);
        break;
    case FileForm::pdf:
        write_pdf(sent, index, api, writer);
        break;
    case FileForm::text:
        writer.field("text", text_of_base64(*sent.file.data).value_or(""));
        break;
    case FileForm::none:
        break;
    }
    write_options(sent.part->provider_metadata, api, {"type", type}, writer);
    writer.end_object();
}

/// Whether a part of the assistant's is sent. This API knows no tools that a provider ran itself.
bool is_sent_by_assistant(const UiPart& part) {
    return is_model_content(part) && !(part.kind == Kind::tool && part.is_provider_executed);
}

// ---- calls

/// Writes the arguments of a call, as a text that holds JSON. OpenAI takes only objects. A call that failed
/// may have none.
void write_arguments(const UiPart& part, Api api, pg::ValueWriter& writer) {
    const std::optional<pg::JsonbView>& input = part.input;
    const bool takes_any = api == Api::compatible && (input || part.state != ToolState::error);
    const bool is_text = input && input->is_string();
    if (is_text && (takes_any ? is_json_text(input->text()) : is_json_object(input->text())))
        writer.string(input->text());
    else if (takes_any || (input && input->is_object()))
        writer.stringified(input.value_or(pg::JsonbView()));
    else
        writer.string("{}");
}

/// Writes the signature by which Google recognises the thoughts that led to a call.
void write_thought_signature(const UiPart& part, pg::ValueWriter& writer) {
    std::optional<pg::JsonbView> signature =
        provider_option(part.provider_metadata, provider::openai_compatible, "thoughtSignature");
    if (!signature)
        signature = provider_option(part.provider_metadata, provider::google, "thoughtSignature");
    if (!signature || !signature->is_string() || signature->text().empty())
        return;
    writer.key("extra_content");
    writer.begin_object();
    writer.key("google");
    writer.begin_object();
    writer.field("thought_signature", *signature);
    writer.end_object();
    writer.end_object();
}

/// Writes what the model is told of the result of a call. The AI SDK wraps errors for OpenAI.
void write_result_content(const UiPart& part, Api api, pg::ValueWriter& writer) {
    if (api == Api::compatible || (part.state != ToolState::error && part.state != ToolState::denied))
        return write_result_text(part, writer);
    pg::JsonText wrapped(pg::current_context());
    wrapped.raw(R"({"error":)");
    wrapped.string(error_of(part));
    wrapped.raw('}');
    writer.string(wrapped.view());
}

class OpenAiMessages final : public MessageShape {
public:
    OpenAiMessages(pg::DocumentWriter& writer, Api api) : document_(writer), api_(api) {}

    void begin(std::optional<std::string_view> system_prompt) override {
        if (!system_prompt || system_prompt->empty())
            return;
        pg::ValueWriter& writer = begin_message("system");
        writer.field("content", *system_prompt);
        end_message(writer);
    }

    void take(const StoredMessage& message) override {
        const std::span<UiPart> parts = read_parts(message).parts;
        if (message.role == "system")
            write_system(parts);
        else if (message.role == "user")
            write_user(parts);
        else if (message.role == "assistant")
            each_step(
                parts, [&](std::span<UiPart> step) { write_step(step); },
                [&](std::span<const UiPart> said) { write_user(said); });
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

    /// Writes the content of a message that is one text, and what its metadata adds. With a mark for OpenAI's
    /// cache the text is a part; a string has no place for the mark.
    void write_text_content(std::string_view text, const std::optional<pg::JsonbView>& metadata,
                            pg::ValueWriter& writer) const {
        writer.key("content");
        if (api_ == Api::openai && cache_breakpoint(metadata)) {
            writer.begin_array();
            write_text_part(text, metadata, api_, writer);
            writer.end_array();
            return;
        }
        writer.string(text);
        if (api_ == Api::compatible)
            write_options(metadata, api_, {"role", "content"}, writer);
    }

    void write_system(std::span<const UiPart> parts) {
        const std::optional<pg::JsonbView> metadata = metadata_of_texts(parts, provider_of(api_));
        pg::ValueWriter& writer = begin_message("system");
        if (api_ == Api::openai)
            writer.optional_field("name", provider_option(metadata, provider::openai, "name"));
        write_text_content(text_of(parts), metadata, writer);
        end_message(writer);
    }

    /// Returns the parts of the user's that are sent: texts with something in them, and files that the API
    /// takes.
    std::span<const UserPart> user_parts(std::span<const UiPart> parts) const {
        pg::ArenaList<UserPart> sent(pg::current_context());
        for (const UiPart& part : parts) {
            UserPart user_part{&part, FileForm::none, {}};
            if (part.kind == Kind::file) {
                user_part.file = file_content(part, provider_of(api_));
                user_part.form = form_of(user_part.file, api_);
            }
            if (user_part.form != FileForm::none ||
                (part.kind == Kind::text && part.text && !part.text->empty()))
                sent.add(user_part);
        }
        return sent.span();
    }

    void write_user(std::span<const UiPart> parts) {
        const std::span<const UserPart> sent = user_parts(parts);
        if (sent.empty())
            return;
        pg::ValueWriter& writer = begin_message("user");
        if (sent.size() == 1 && sent[0].form == FileForm::none) {
            write_text_content(*sent[0].part->text, sent[0].part->provider_metadata, writer);
            return end_message(writer);
        }
        writer.key("content");
        writer.begin_array();
        for (std::size_t i = 0; i < sent.size(); ++i) {
            if (sent[i].form != FileForm::none)
                write_file(sent[i], i, api_, writer);
            else
                write_text_part(*sent[i].part->text, sent[i].part->provider_metadata, api_, writer);
        }
        writer.end_array();
        end_message(writer);
    }

    /// Writes what the assistant said in a step, as parts if there is a mark for OpenAI's cache.
    void write_assistant_content(std::span<const UiPart> step, bool has_calls,
                                 pg::ValueWriter& writer) const {
        const bool has_breakpoint =
            api_ == Api::openai && std::any_of(step.begin(), step.end(), [](const UiPart& part) {
                return part.kind == Kind::text && part.text && cache_breakpoint(part.provider_metadata);
            });
        writer.key("content");
        if (has_breakpoint) {
            writer.begin_array();
            // An empty text with metadata is kept: its purpose may be the mark.
            for (const UiPart& part : step)
                if (part.kind == Kind::text && part.text && (!part.text->empty() || part.provider_metadata))
                    write_text_part(*part.text, part.provider_metadata, api_, writer);
            writer.end_array();
            return;
        }
        const std::string_view text = text_of(step);
        if (has_calls && text.empty())
            writer.null();
        else
            writer.string(text);
    }

    /// Writes the thoughts of the step: some providers want them back in a loop of calls. OpenAI takes none.
    void write_reasoning(std::span<const UiPart> step, pg::ValueWriter& writer) const {
        const std::string_view reasoning =
            api_ == Api::compatible ? text_of(step, Kind::reasoning) : std::string_view();
        if (!reasoning.empty())
            writer.field("reasoning_content", reasoning);
    }

    /// Returns the calls of the step that were answered, with ids and names that OpenAI takes.
    static std::span<UiPart* const> answered_calls(std::span<UiPart> step) {
        pg::ArenaList<UiPart*> calls(pg::current_context());
        for (UiPart& part : step)
            if (is_answered_call(part))
                calls.add(&part);
        conform_calls(calls.span(), openai_call_rules);
        return calls.span();
    }

    /// Writes a message of the assistant, and a message for each result of a tool.
    void write_step(std::span<UiPart> step) {
        if (std::none_of(step.begin(), step.end(), is_sent_by_assistant))
            return;
        const std::span<UiPart* const> calls = answered_calls(step);
        pg::ValueWriter& writer = begin_message("assistant");
        write_assistant_content(step, !calls.empty(), writer);
        write_reasoning(step, writer);
        if (!calls.empty()) {
            writer.key("tool_calls");
            writer.begin_array();
            for (const UiPart* call : calls)
                write_call(*call, writer);
            writer.end_array();
        }
        end_message(writer);

        for (const UiPart* call : calls)
            write_result(*call);
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

    void write_call(const UiPart& part, pg::ValueWriter& writer) const {
        writer.begin_object();
        writer.field("id", part.tool_call_id);
        if (api_ == Api::openai && is_custom_call(part)) {
            write_custom_call(part, writer);
            writer.end_object();
            return;
        }
        writer.field("type", "function");
        writer.key("function");
        writer.begin_object();
        writer.field("name", part.tool_name);
        writer.key("arguments");
        write_arguments(part, api_, writer);
        writer.end_object();
        if (api_ == Api::compatible) {
            write_options(part.provider_metadata, api_, {"id", "type", "function", "extra_content"}, writer);
            write_thought_signature(part, writer);
        }
        writer.end_object();
    }

    void write_result(const UiPart& part) {
        pg::ValueWriter& writer = begin_message("tool");
        writer.field("tool_call_id", part.tool_call_id);
        writer.key("content");
        if (api_ == Api::openai && cache_breakpoint(part.result_metadata)) {
            writer.begin_array();
            writer.begin_object();
            writer.field("type", "text");
            writer.key("text");
            write_result_content(part, api_, writer);
            write_options(part.result_metadata, api_, {}, writer);
            writer.end_object();
            writer.end_array();
        } else {
            write_result_content(part, api_, writer);
            if (api_ == Api::compatible)
                write_options(part.result_metadata, api_, {"role", "tool_call_id", "content"}, writer);
        }
        end_message(writer);
    }

    pg::DocumentWriter& document_;
    Api api_;
};

} // namespace

MessageShape& make_openai_messages(pg::MemoryContext context, pg::DocumentWriter& writer) {
    return *new (pg::allocate(context, sizeof(OpenAiMessages))) OpenAiMessages(writer, Api::openai);
}

MessageShape& make_openai_compatible_messages(pg::MemoryContext context, pg::DocumentWriter& writer) {
    return *new (pg::allocate(context, sizeof(OpenAiMessages))) OpenAiMessages(writer, Api::compatible);
}

} // namespace agentchat
