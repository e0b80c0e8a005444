// Reads messages in the format openai: those of a chat-completions request.
//
// In a request, the result of a tool call is a message of its own, with the role `tool`. We store it in the
// part of the call, in the assistant's message.
#include "writing/message_input.hpp"

#include <algorithm>
#include <cstdint>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "pg/error.hpp"
#include "writing/tool_results.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the media type that a data: URL has, or `otherwise`.
std::string_view media_type(std::string_view url, std::string_view otherwise) {
    if (!url.starts_with(data_scheme))
        return otherwise;
    url.remove_prefix(data_scheme.size());
    const std::string_view type = url.substr(0, url.find_first_of(";,"));
    return type.empty() ? otherwise : type;
}

/// Returns the object under a key of a part of the content. Raises 22023 if it is missing.
pg::JsonbView part_object(const InputPlace& place, std::size_t index, const pg::JsonbView& part,
                          const char* key) {
    const std::optional<pg::JsonbView> value = part.find(key);
    if (!value || !value->is_object())
        refuse(place, pg::format(".content[%zu].%s", index, key), "must be an object");
    return *value;
}

/// Returns the string under a key of a part of the content. Raises 22023 if it is missing; `path` is the
/// key's path in the part.
std::string_view part_text(const InputPlace& place, std::size_t index, const pg::JsonbView& part,
                           const char* key, const char* path) {
    const std::optional<std::string_view> value = part.find_text(key);
    if (!value)
        refuse(place, pg::format(".content[%zu].%s", index, path), "must be a string");
    return *value;
}

/// Returns the string under a key of a message. Raises 22023 if it is missing.
std::string_view required_text(const InputPlace& place, const pg::JsonbView& object, const char* key) {
    const std::optional<std::string_view> value = object.find_text(key);
    if (!value)
        refuse(place, pg::format(".%s", key), "must be a string");
    return *value;
}

/// Returns the mark of what OpenAI caches. Only an object is one.
std::optional<pg::JsonbView> cache_breakpoint_of(const pg::JsonbView& part) {
    const std::optional<pg::JsonbView> mark = part.find("prompt_cache_breakpoint");
    return mark && mark->is_object() ? mark : std::nullopt;
}

/// Returns the content of a message. Raises 22023 if it is neither a string nor an array.
pg::JsonbView required_content(const InputPlace& place, const pg::JsonbView& object) {
    const std::optional<pg::JsonbView> content = object.find("content");
    if (!content || (!content->is_string() && !content->is_array()))
        refuse(place, ".content", "must be a string or an array");
    return *content;
}

/// The results of tool calls in the input. They are collected before the messages are read, because a result
/// comes after its call and is written with it.
class Results {
public:
    Results(pg::MemoryContext context, std::size_t most)
        : context_(context), results_(pg::allocate_array<ToolResult>(context, most)) {}

    void add(const ToolResult& result) { results_[count_++] = result; }

    /// Sorts the results by the ids of their calls. Call it after the last add().
    void sort() {
        by_call_ = ToolResultsByCall(context_, {results_, count_});
        claims_ = pg::allocate_array<Claims>(context_, count_);
        is_claimed_ = pg::allocate_array<bool>(context_, count_);
        std::fill_n(claims_, count_, Claims{0});
        std::fill_n(is_claimed_, count_, false);
    }

    /// Passes the next result. The results after it can belong to the messages that are read next.
    void pass(std::size_t messages_before) { results_[passed_++].messages_before = messages_before; }

    /// Returns the result of a call: the first one after the call in the input.
    const ToolResult* claim(std::string_view call_id) {
        const std::span<const std::uint32_t> of_call = by_call_.of(call_id);
        if (of_call.empty())
            return nullptr;
        // A result before the next one was claimed or passed; it belongs to no later call.
        std::size_t& next = claims_[of_call.front()].next;
        while (next < of_call.size() && of_call[next] < passed_)
            ++next;
        if (next == of_call.size())
            return nullptr;
        const std::uint32_t result = of_call[next++];
        is_claimed_[result] = true;
        return &results_[result];
    }

    /// Returns the results whose calls are not in the input. Call it last: it moves them.
    std::span<const ToolResult> unclaimed() {
        std::size_t count = 0;
        for (std::size_t i = 0; i < count_; ++i)
            if (!is_claimed_[i])
                results_[count++] = results_[i];
        return {results_, count};
    }

private:
    /// How many results of a call were claimed or passed. The entry of the call's first result counts.
    struct Claims {
        std::size_t next;
    };

    pg::MemoryContext context_;
    ToolResult* results_;
    std::size_t count_ = 0;
    ToolResultsByCall by_call_;
    Claims* claims_ = nullptr;
    bool* is_claimed_ = nullptr;
    /// The number of results before the message at hand.
    std::size_t passed_ = 0;
};

/// The kinds of parts that the content of a message may have.
enum class Content : std::uint8_t { text, assistant, user };

class OpenAiInput {
public:
    OpenAiInput(pg::MemoryContext context, const pg::JsonbView& input)
        : context_(context), input_(input), writer_(pg::jsonb_writer(context, append_less_hint)),
          results_(context, InputObjects(input).count()) {}

    InputMessages read() {
        collect_results();
        InputObjects objects(input_);
        auto* messages = pg::allocate_array<InputMessage>(context_, objects.count());
        std::size_t count = 0;
        while (objects.next()) {
            place_ = objects.place();
            if (is_result(objects.object()))
                results_.pass(count);
            else
                messages[count++] = read_message(objects.object());
        }
        return {{messages, count}, results_.unclaimed(), {}};
    }

private:
    static bool is_result(const pg::JsonbView& object) { return object.find_text("role") == "tool"; }

    void collect_results() {
        for (InputObjects objects(input_); objects.next();) {
            const pg::JsonbView object = objects.object();
            if (!is_result(object))
                continue;
            place_ = objects.place();
            const std::string_view call_id = required_text(place_, object, "tool_call_id");
            results_.add(read_result(object, call_id));
        }
        results_.sort();
    }

    ToolResult read_result(const pg::JsonbView& object, std::string_view call_id) const {
        ToolResult result{place_, call_id, {}, std::nullopt, 0};
        const pg::JsonbView content = required_content(place_, object);
        if (content.is_string()) {
            result.output = content.text();
            return result;
        }
        JoinedText text;
        for (pg::JsonbCursor cursor(content); cursor.next();) {
            text.add(text_of_part(cursor.index(), cursor.value(), Content::text));
            // The message has one text, and the first mark.
            if (!result.cache_breakpoint)
                result.cache_breakpoint = cache_breakpoint_of(cursor.value());
        }
        result.output = text.text().value_or("");
        return result;
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
        if (const std::optional<std::string_view> id = message.client_id())
            write_client_id(*id, writer_);
        writer_.end_array();
        message.parts = writer_.finish();
        message.content = content_.text().value_or("");
        return message;
    }

    /// Reads an assistant's message and returns its reasoning. OpenAI's API has no reasoning_content, but
    /// several other providers of the same API return it.
    std::optional<std::string_view> read_assistant(const pg::JsonbView& object) {
        std::optional<std::string_view> reasoning;
        if (const std::optional<pg::JsonbView> value = object.find("reasoning_content"))
            reasoning = input_text_or_null(place_, ".reasoning_content", *value);
        if (reasoning)
            write_text(part_type::reasoning, *reasoning, std::nullopt);

        const std::optional<pg::JsonbView> content = object.find("content");
        const std::optional<pg::JsonbView> calls = object.find("tool_calls");
        const bool has_calls = calls && !calls->is_null();
        // Beside calls, an empty text means that there is no text.
        const bool has_no_content =
            !content || content->is_null() || (has_calls && content->is_string() && content->text().empty());
        if (!has_no_content)
            read_content(object, Content::assistant);
        if (const std::optional<pg::JsonbView> refusal = object.find("refusal"))
            if (const auto text = input_text_or_null(place_, ".refusal", *refusal))
                add_text(*text, std::nullopt);
        if (has_calls)
            read_calls(*calls);
        return reasoning;
    }

    void read_content(const pg::JsonbView& object, Content kind) {
        const pg::JsonbView content = required_content(place_, object);
        if (content.is_string())
            add_text(content.text(), std::nullopt);
        else
            for (pg::JsonbCursor cursor(content); cursor.next();)
                read_content_part(cursor.index(), cursor.value(), kind);
    }

    void read_content_part(std::size_t index, const pg::JsonbView& part, Content kind) {
        const std::optional<std::string_view> type = part.find_text("type");
        if (kind != Content::user || type == "text")
            add_text(text_of_part(index, part, kind), cache_breakpoint_of(part));
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

    /// Returns the text of a part. A refusal is a text of the assistant.
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
        write_metadata({cache_breakpoint_of(part), image.find_text("detail")});
        writer_.end_object();
    }

    void write_audio(std::size_t index, const pg::JsonbView& part) {
        const pg::JsonbView audio = part_object(place_, index, part, "input_audio");
        const std::string_view data = part_text(place_, index, audio, "data", "input_audio.data");
        const std::string_view format = part_text(place_, index, audio, "format", "input_audio.format");
        const char* type = pg::format(
            "audio/%s", pg::copy_text(context_, format == "mp3" ? std::string_view("mpeg") : format).data());
        begin_file(type, data_url(type, data));
        write_metadata({cache_breakpoint_of(part), std::nullopt});
        writer_.end_object();
    }

    void write_file(std::size_t index, const pg::JsonbView& part) {
        const pg::JsonbView file = part_object(place_, index, part, "file");
        const std::optional<std::string_view> id = file.find_text("file_id");
        // A file part must have a url. AI SDK 7 takes the id of an uploaded file from providerReference;
        // AI SDK 6 knows no such key, and takes the id from the url.
        const std::string_view url = id ? *id : part_text(place_, index, file, "file_data", "file.file_data");
        begin_file(media_type(url, "application/pdf"), url);
        writer_.optional_field(part_key::filename, file.find_text("filename"));
        if (id) {
            writer_.key(part_key::provider_reference);
            writer_.begin_object();
            writer_.field(provider::openai, *id);
            writer_.end_object();
        }
        write_metadata({cache_breakpoint_of(part), std::nullopt});
        writer_.end_object();
    }

    void begin_file(std::string_view type, std::string_view url) {
        writer_.begin_object();
        writer_.field(part_key::type, part_type::file);
        writer_.field(part_key::media_type, type);
        writer_.field(part_key::url, url);
    }

    void add_text(std::string_view text, const std::optional<pg::JsonbView>& cache_breakpoint) {
        content_.add(text);
        write_text(part_type::text, text, cache_breakpoint);
    }

    void write_text(std::string_view type, std::string_view text,
                    const std::optional<pg::JsonbView>& cache_breakpoint) {
        writer_.begin_object();
        writer_.field(part_key::type, type);
        writer_.field(part_key::text, text);
        write_metadata({cache_breakpoint, std::nullopt});
        writer_.end_object();
    }

    /// What the AI SDK's provider for OpenAI looks for in the metadata of a part.
    struct Metadata {
        std::optional<pg::JsonbView> cache_breakpoint;
        std::optional<std::string_view> image_detail;
    };

    void write_metadata(const Metadata& metadata) {
        if (!metadata.cache_breakpoint && !metadata.image_detail)
            return;
        writer_.key(part_key::provider_metadata);
        writer_.begin_object();
        writer_.key(provider::openai);
        writer_.begin_object();
        writer_.optional_field(provider_key::cache_breakpoint, metadata.cache_breakpoint);
        writer_.optional_field(provider_key::image_detail, metadata.image_detail);
        writer_.end_object();
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

        const ToolResult* result = results_.claim(id);
        writer_.begin_object();
        writer_.field(part_key::type, tool_call_type(name));
        writer_.field(part_key::tool_call_id, id);
        writer_.key(part_key::input);
        write_arguments(input, is_custom);
        write_call_state(result, writer_);
        write_call_metadata({result, is_custom}, std::nullopt, writer_);
        writer_.end_object();
    }

    /// Writes the arguments of a call: as an object if they are a JSON object, otherwise as text, because
    /// models make mistakes.
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

    Results results_;
    /// The place and the text of the message at hand.
    InputPlace place_{};
    JoinedText content_;
};

} // namespace

InputMessages read_openai_input(pg::MemoryContext context, const pg::JsonbView& input) {
    return OpenAiInput(context, input).read();
}

} // namespace agentchat
