// Messages as those of a chat-completions request of OpenAI's.
//
// The result of a tool call is a message of its own there, with the role `tool`. Here it becomes part of the
// call, which is a part of the assistant's message.
#include "writing/message_input.hpp"

#include <array>
#include <cstdint>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "pg/error.hpp"
#include "writing/tool_results.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// What a data: URL says it is, or the kind of file that it is used for.
std::string_view media_type(std::string_view url, std::string_view otherwise) {
    if (!url.starts_with(data_scheme))
        return otherwise;
    url.remove_prefix(data_scheme.size());
    const std::string_view type = url.substr(0, url.find_first_of(";,"));
    return type.empty() ? otherwise : type;
}

/// A required object in a part of the content.
pg::JsonbView part_object(const InputPlace& place, std::size_t index, const pg::JsonbView& part,
                          const char* key) {
    const std::optional<pg::JsonbView> value = part.find(key);
    if (!value || !value->is_object())
        refuse(place, pg::format(".content[%zu].%s", index, key), "must be an object");
    return *value;
}

std::string_view part_text(const InputPlace& place, std::size_t index, const pg::JsonbView& part,
                           const char* key, const char* path) {
    const std::optional<std::string_view> value = part.find_text(key);
    if (!value)
        refuse(place, pg::format(".content[%zu].%s", index, path), "must be a string");
    return *value;
}

std::string_view required_text(const InputPlace& place, const pg::JsonbView& object, const char* key) {
    const std::optional<std::string_view> value = object.find_text(key);
    if (!value)
        refuse(place, pg::format(".%s", key), "must be a string");
    return *value;
}

/// Which kinds of parts the content of a message may have.
enum class Content : std::uint8_t { text, assistant, user };

class OpenAiInput {
public:
    OpenAiInput(pg::MemoryContext context, const pg::JsonbView& input)
        : context_(context), input_(input), writer_(pg::jsonb_writer(context, append_less_hint)) {}

    InputMessages read() {
        collect_results();
        InputObjects objects(input_);
        messages_ = pg::allocate_array<InputMessage>(context_, objects.count());
        while (objects.next()) {
            place_ = objects.place();
            if (objects.object().find_text("role") != "tool")
                messages_[count_++] = read_message(objects.object());
            else
                note_messages_before();
        }
        return {{messages_, count_}, unclaimed_results(), {}};
    }

private:
    /// Results are needed before their place comes: with their calls.
    void collect_results() {
        InputObjects objects(input_);
        results_ = pg::allocate_array<ToolResult>(context_, objects.count());
        is_claimed_ = pg::allocate_array<bool>(context_, objects.count());
        while (objects.next()) {
            const pg::JsonbView object = objects.object();
            if (object.find_text("role") != "tool")
                continue;
            place_ = objects.place();
            const std::string_view call_id = required_text(place_, object, "tool_call_id");
            is_claimed_[result_count_] = false;
            results_[result_count_++] = {place_, call_id, result_text(object), 0};
        }
    }

    std::string_view result_text(const pg::JsonbView& object) {
        const std::optional<pg::JsonbView> content = object.find("content");
        if (!content || (!content->is_string() && !content->is_array()))
            refuse(place_, ".content", "must be a string or an array");
        if (content->is_string())
            return content->text();
        Joined text;
        for (pg::JsonbCursor cursor(*content); cursor.next();)
            text.add(text_of_part(cursor.index(), cursor.value(), Content::text));
        return text.text().value_or("");
    }

    void note_messages_before() { results_[results_seen_++].messages_before = count_; }

    /// The first result of the call that comes after it in the input.
    std::optional<std::string_view> claim_result(std::string_view call_id) {
        for (std::size_t i = results_seen_; i < result_count_; ++i) {
            if (results_[i].call_id != call_id || is_claimed_[i])
                continue;
            is_claimed_[i] = true;
            return results_[i].output;
        }
        return std::nullopt;
    }

    std::span<const ToolResult> unclaimed_results() {
        std::size_t count = 0;
        for (std::size_t i = 0; i < result_count_; ++i)
            if (!is_claimed_[i])
                results_[count++] = results_[i];
        return {results_, count};
    }

    InputMessage read_message(const pg::JsonbView& object) {
        InputMessage message{};
        message.place = place_;
        message.columns = {MessageColumn::role, MessageColumn::content, MessageColumn::parts,
                           MessageColumn::reasoning};
        if (const std::optional<pg::JsonbView> id = object.find("id"))
            message.given_id = input_text_or_null(place_, ".id", *id);
        const std::string_view role = required_text(place_, object, "role");
        content_ = {};
        writer_.begin_array();
        if (role == "system" || role == "developer") {
            message.role = "system";
            read_content(object, Content::text);
        } else if (role == "user") {
            message.role = role;
            read_content(object, Content::user);
        } else if (role == "assistant") {
            message.role = role;
            message.reasoning = read_assistant(object);
        } else {
            refuse(place_, ".role", "must be system, developer, user, assistant or tool");
        }
        writer_.end_array();
        message.parts = writer_.finish();
        message.content = content_.text().value_or("");
        return message;
    }

    /// What the model has thought is no part of the API, but what several other providers of it return.
    std::optional<std::string_view> read_assistant(const pg::JsonbView& object) {
        std::optional<std::string_view> reasoning;
        if (const std::optional<pg::JsonbView> value = object.find("reasoning_content"))
            reasoning = input_text_or_null(place_, ".reasoning_content", *value);
        if (reasoning)
            write_text(part_type::reasoning, *reasoning);

        const std::optional<pg::JsonbView> content = object.find("content");
        const std::optional<pg::JsonbView> calls = object.find("tool_calls");
        const bool has_calls = calls && !calls->is_null();
        // An empty text beside calls stands for none.
        const bool is_none =
            !content || content->is_null() || (has_calls && content->is_string() && content->text().empty());
        if (!is_none)
            read_content(object, Content::assistant);
        if (const std::optional<pg::JsonbView> refusal = object.find("refusal"))
            if (const auto text = input_text_or_null(place_, ".refusal", *refusal))
                add_text(*text);
        if (has_calls)
            read_calls(*calls);
        return reasoning;
    }

    void read_content(const pg::JsonbView& object, Content kind) {
        const std::optional<pg::JsonbView> content = object.find("content");
        if (!content || (!content->is_string() && !content->is_array()))
            refuse(place_, ".content", "must be a string or an array");
        if (content->is_string())
            add_text(content->text());
        else
            for (pg::JsonbCursor cursor(*content); cursor.next();)
                read_content_part(cursor.index(), cursor.value(), kind);
    }

    void read_content_part(std::size_t index, const pg::JsonbView& part, Content kind) {
        const std::optional<std::string_view> type = part.find_text("type");
        if (kind != Content::user || type == "text")
            add_text(text_of_part(index, part, kind));
        else if (type == "image_url")
            write_image(index, part);
        else if (type == "input_audio")
            write_audio(index, part);
        else if (type == "file")
            write_file(index, part);
        else
            refuse(place_, pg::format(".content[%zu].type", index),
                   "must be text, image_url, input_audio or file");
    }

    /// A refusal is what the assistant has said.
    std::string_view text_of_part(std::size_t index, const pg::JsonbView& part, Content kind) const {
        const std::optional<std::string_view> type = part.find_text("type");
        if (type == "text")
            return part_text(place_, index, part, "text", "text");
        if (kind == Content::assistant && type == "refusal")
            return part_text(place_, index, part, "refusal", "refusal");
        refuse(place_, pg::format(".content[%zu].type", index),
               kind == Content::assistant ? "must be text or refusal" : "must be text");
    }

    void write_image(std::size_t index, const pg::JsonbView& part) {
        const pg::JsonbView image = part_object(place_, index, part, "image_url");
        const std::string_view url = part_text(place_, index, image, "url", "image_url.url");
        begin_file(media_type(url, "image/*"), url);
        if (const std::optional<std::string_view> detail = image.find_text("detail")) {
            // Where the AI SDK's provider for OpenAI takes it from.
            writer_.key(part_key::provider_metadata);
            writer_.begin_object();
            writer_.key(provider::openai);
            writer_.begin_object();
            writer_.key(provider_key::image_detail);
            writer_.string(*detail);
            writer_.end_object();
            writer_.end_object();
        }
        writer_.end_object();
    }

    void write_audio(std::size_t index, const pg::JsonbView& part) {
        const pg::JsonbView audio = part_object(place_, index, part, "input_audio");
        const std::string_view data = part_text(place_, index, audio, "data", "input_audio.data");
        const std::string_view format = part_text(place_, index, audio, "format", "input_audio.format");
        const char* type = pg::format(
            "audio/%s", pg::copy_text(context_, format == "mp3" ? std::string_view("mpeg") : format).data());
        begin_file(type, data_url(type, data));
        writer_.end_object();
    }

    void write_file(std::size_t index, const pg::JsonbView& part) {
        const pg::JsonbView file = part_object(place_, index, part, "file");
        const std::optional<std::string_view> id = file.find_text("file_id");
        // An id of a file at OpenAI's stands where the AI SDK's provider takes it from.
        const std::string_view url = id ? *id : part_text(place_, index, file, "file_data", "file.file_data");
        begin_file(media_type(url, "application/pdf"), url);
        if (const std::optional<std::string_view> name = file.find_text("filename")) {
            writer_.key(part_key::filename);
            writer_.string(*name);
        }
        writer_.end_object();
    }

    void begin_file(std::string_view type, std::string_view url) {
        writer_.begin_object();
        writer_.key(part_key::type);
        writer_.string(part_type::file);
        writer_.key(part_key::media_type);
        writer_.string(type);
        writer_.key(part_key::url);
        writer_.string(url);
    }

    void add_text(std::string_view text) {
        content_.add(text);
        write_text(part_type::text, text);
    }

    void write_text(std::string_view type, std::string_view text) {
        writer_.begin_object();
        writer_.key(part_key::type);
        writer_.string(type);
        writer_.key(part_key::text);
        writer_.string(text);
        writer_.end_object();
    }

    void read_calls(const pg::JsonbView& calls) {
        if (!calls.is_array())
            refuse(place_, ".tool_calls", "must be an array");
        for (pg::JsonbCursor cursor(calls); cursor.next();)
            read_call(cursor.index(), cursor.value());
    }

    void read_call(std::size_t index, const pg::JsonbView& call) {
        const auto text_of = [&](const pg::JsonbView& object, const char* key, const char* path) {
            const std::optional<std::string_view> text = object.find_text(key);
            if (!text)
                refuse(place_, pg::format(".tool_calls[%zu].%s%s", index, path, key), "must be a string");
            return *text;
        };
        const bool is_custom = call.find_text("type") == "custom";
        const char* kind = is_custom ? "custom" : "function";
        const std::string_view id = text_of(call, "id", "");
        const std::optional<pg::JsonbView> function = call.find(kind);
        if (!function || !function->is_object())
            refuse(place_, pg::format(".tool_calls[%zu].%s", index, kind), "must be an object");
        const std::string_view name = text_of(*function, "name", pg::format("%s.", kind));
        const std::string_view input =
            text_of(*function, is_custom ? "input" : "arguments", pg::format("%s.", kind));

        const std::optional<std::string_view> output = claim_result(id);
        writer_.begin_object();
        writer_.key(part_key::type);
        writer_.string(tool_call_type(name));
        writer_.key(part_key::tool_call_id);
        writer_.string(id);
        writer_.key(part_key::input);
        write_arguments(input, is_custom);
        write_call_state(output, writer_);
        writer_.end_object();
    }

    /// A model may write what is no JSON object; then it stays a text.
    void write_arguments(std::string_view arguments, bool is_text) {
        const std::optional<pg::JsonbView> object = is_text ? std::nullopt : json_object_in(arguments);
        if (arguments.empty() && !is_text) {
            writer_.begin_object();
            writer_.end_object();
        } else if (object) {
            writer_.value(*object);
        } else {
            writer_.string(arguments);
        }
    }

    pg::MemoryContext context_;
    pg::JsonbView input_;
    pg::JsonbWriter& writer_;

    InputPlace place_{};
    /// Of the message at hand.
    Joined content_;

    InputMessage* messages_ = nullptr;
    std::size_t count_ = 0;

    ToolResult* results_ = nullptr;
    bool* is_claimed_ = nullptr;
    std::size_t result_count_ = 0;
    /// Those that come before the message at hand.
    std::size_t results_seen_ = 0;
};

} // namespace

InputMessages read_openai_input(pg::MemoryContext context, const pg::JsonbView& input) {
    return OpenAiInput(context, input).read();
}

} // namespace agentchat
