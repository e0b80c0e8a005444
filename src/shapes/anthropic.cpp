// The format anthropic: system and messages of a Messages request, as the AI SDK's provider for Anthropic
// sends them (convertToModelMessages of ai, convertToAnthropicMessagesPrompt of @ai-sdk/anthropic), and
// always such that Anthropic takes them.
//
// User and assistant take turns: what the same side says in a row is one message, and the results of tools
// are the user's. The assistant's turn is written once it is over, for only then is known which of its texts
// is the last.
#include <algorithm>
#include <array>
#include <cstddef>
#include <new>
#include <span>

#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "pg/jsonb.hpp"
#include "pg/memory.hpp"
#include "shapes/anthropic_server_tools.hpp"
#include "shapes/file_content.hpp"
#include "shapes/message_shape.hpp"
#include "shapes/model_message.hpp"
#include "shapes/ui_part.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;
using Kind = UiPart::Kind;

std::optional<JsonbView> option(const std::optional<JsonbView>& metadata, std::string_view name) {
    return provider_option(metadata, provider::anthropic, name);
}

std::optional<std::string_view> text_option(const std::optional<JsonbView>& metadata, std::string_view name) {
    const std::optional<JsonbView> value = option(metadata, name);
    return value && value->is_string() ? std::optional(value->text()) : std::nullopt;
}

/// Hands out marks of what Anthropic is to cache: it takes four in a request.
class CacheControls {
public:
    std::optional<JsonbView> of(const std::optional<JsonbView>& metadata) {
        std::optional<JsonbView> mark = option(metadata, "cacheControl");
        if (!mark)
            mark = option(metadata, "cache_control");
        if (!mark || !mark->is_object() || ++count_ > most)
            return std::nullopt;
        return mark;
    }

private:
    static constexpr int most = 4;
    int count_ = 0;
};

// ---- the user's files

enum class FileForm : std::uint8_t { none, image, pdf, text };

FileForm form_of(const FileContent& file) {
    if (!file.url && !file.data)
        return FileForm::none;
    if (file.media_type.starts_with("image/"))
        return FileForm::image;
    if (file.media_type == "application/pdf")
        return FileForm::pdf;
    // A text by URL is not fetched here.
    const bool is_text = file.media_type == "text/plain" && file.data && text_of_base64(*file.data);
    return is_text ? FileForm::text : FileForm::none;
}

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

bool is_sent_by_user(const UiPart& part) {
    if (part.kind == Kind::text)
        return part.text && !part.text->empty();
    return part.kind == Kind::file && form_of(file_content(part)) != FileForm::none;
}

// ---- the assistant's blocks

std::optional<std::string_view> signature_of(const UiPart& part) {
    return part.signature ? part.signature : text_option(part.provider_metadata, provider_key::signature);
}

std::optional<std::string_view> redacted_data_of(const UiPart& part) {
    return part.redacted_data ? part.redacted_data
                              : text_option(part.provider_metadata, provider_key::redacted_data);
}

bool is_thinking(const UiPart& part) {
    return part.kind == Kind::reasoning && (signature_of(part) || redacted_data_of(part));
}

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

/// A model can leave arguments that are text; what is no object is refused.
void write_input(const UiPart& part, pg::ValueWriter& writer) {
    if (part.input && part.input->is_object()) {
        writer.value(*part.input);
    } else if (part.input && part.input->is_string() && IsJsonObject(part.input->text())) {
        const std::string_view json = pg::copy_text(pg::current_context(), part.input->text());
        writer.value(JsonbView::of(pg::jsonb_from_text(json).datum));
    } else {
        writer.begin_object();
        writer.end_object();
    }
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

/// What JavaScript's trim() takes off at the ends of a text in UTF-8.
std::string_view trimmed(std::string_view text) {
    constexpr std::array<std::string_view, 25> blanks{" ",
                                                      "\t",
                                                      "\n",
                                                      "\v",
                                                      "\f",
                                                      "\r",
                                                      "\xC2\xA0",
                                                      "\xE1\x9A\x80",
                                                      "\xE2\x80\x80",
                                                      "\xE2\x80\x81",
                                                      "\xE2\x80\x82",
                                                      "\xE2\x80\x83",
                                                      "\xE2\x80\x84",
                                                      "\xE2\x80\x85",
                                                      "\xE2\x80\x86",
                                                      "\xE2\x80\x87",
                                                      "\xE2\x80\x88",
                                                      "\xE2\x80\x89",
                                                      "\xE2\x80\x8A",
                                                      "\xE2\x80\xA8",
                                                      "\xE2\x80\xA9",
                                                      "\xE2\x80\xAF",
                                                      "\xE2\x81\x9F",
                                                      "\xE3\x80\x80",
                                                      "\xEF\xBB\xBF"};
    for (bool found = true; found;) {
        found = false;
        for (const std::string_view blank : blanks) {
            if (text.starts_with(blank)) {
                text.remove_prefix(blank.size());
                found = true;
            }
            if (text.ends_with(blank)) {
                text.remove_suffix(blank.size());
                found = true;
            }
        }
    }
    return text;
}

/// A block of the assistant's turn that is to be written.
struct Block {
    const UiPart* part;
    std::optional<JsonbView> cache_control;
    /// Of a text, which may have been trimmed.
    std::string_view text;
    /// Of a server tool: the result, rather than the call.
    bool is_result;
};

/// What the assistant says until it is the user's turn: steps of one or more messages.
class AssistantTurn {
public:
    explicit AssistantTurn(pg::MemoryContext parent)
        : context_(pg::make_context(parent, "agentchat assistant turn")), steps_(context_),
          blocks_(context_) {}

    /// Keeps the message's parts until the turn is over, and another one's are kept: its row will be gone.
    std::span<const UiPart> keep(const StoredMessage& message) {
        if (is_over())
            forget();
        pg::MemoryContext caller = pg::switch_to(context_);
        StoredMessage kept = message;
        kept.content = copied(message.content);
        kept.reasoning = copied(message.reasoning);
        kept.parts = copied(message.parts);
        kept.attachments = copied(message.attachments);
        const std::span<const UiPart> parts = read_parts(kept).parts;
        pg::switch_to(caller);
        return parts;
    }

    /// The step must be of parts that were kept.
    void add(std::span<const UiPart> step) { steps_.add(step); }

    /// The blocks in the order in which Anthropic wants them. The text at the very end may have no blanks at
    /// its ends if it is the last of all: Anthropic would go on from there.
    std::span<const Block> blocks(CacheControls& cache_controls, bool is_last_turn) {
        const UiPart* last = nullptr;
        for (const std::span<const UiPart> step : steps_)
            for (const UiPart& part : step)
                if (is_model_content(part) && !is_dropped_text(part))
                    last = &part;
        for (const std::span<const UiPart> step : steps_)
            for (const UiPart& part : step)
                add_blocks(part, is_last_turn && &part == last, cache_controls);
        move_tool_uses_to_the_end();
        return blocks_.span();
    }

    bool is_over() const { return steps_.is_empty(); }
    void end() {
        steps_.shorten(0);
        blocks_.shorten(0);
    }

private:
    void forget() {
        pg::reset_context(context_);
        steps_ = pg::ArenaList<std::span<const UiPart>>(context_);
        blocks_ = pg::ArenaList<Block>(context_);
    }

    static bool is_dropped_text(const UiPart& part) {
        return part.kind == Kind::text && part.text && part.text->empty() && !part.provider_metadata;
    }

    std::optional<std::string_view> copied(const std::optional<std::string_view>& text) const {
        return text ? std::optional(pg::copy_text(context_, *text)) : std::nullopt;
    }
    static std::optional<JsonbView> copied(const std::optional<JsonbView>& value) {
        return value ? std::optional(JsonbView::of(value->copy())) : std::nullopt;
    }

    void add_block(const Block& block) { blocks_.add(block); }

    void add_blocks(const UiPart& part, bool is_last, CacheControls& cache_controls) {
        if (!is_model_content(part))
            return;
        if (part.kind == Kind::tool && part.is_provider_executed) {
            if (!is_server_tool(part))
                return;
            add_block({&part, cache_controls.of(part.provider_metadata), {}, false});
            add_block({&part, cache_controls.of(part.result_metadata), {}, true});
            return;
        }
        const std::optional<JsonbView> cache_control = cache_controls.of(part.provider_metadata);
        const std::string_view text = is_last ? trimmed(part.text.value_or("")) : part.text.value_or("");
        const bool is_said = part.kind == Kind::text && !text.empty();
        if (is_said || is_thinking(part) || is_answered_call(part))
            add_block({&part, cache_control, text, false});
    }

    /// moveToolUseBlocksToEnd of @ai-sdk/anthropic: behind whatever else is said until the next thinking.
    void move_tool_uses_to_the_end() {
        // Not std::stable_partition, which allocates by other means, and without memory takes longer than
        // linear time: a message can have so many parts that nobody would see the end of it.
        Block* tool_uses = pg::allocate_array<Block>(context_, blocks_.size());
        Block* begin = blocks_.begin();
        Block* const end = blocks_.end();
        while (begin != end) {
            Block* const thinking =
                std::find_if(begin, end, [](const Block& block) { return is_thinking(*block.part); });
            Block* others = begin;
            Block* tool_uses_end = tool_uses;
            for (const Block* block = begin; block != thinking; ++block)
                *(is_answered_call(*block->part) ? tool_uses_end++ : others++) = *block;
            std::copy(tool_uses, tool_uses_end, others);
            begin = thinking == end ? end : thinking + 1;
        }
    }

    pg::MemoryContext context_;
    pg::ArenaList<std::span<const UiPart>> steps_;
    pg::ArenaList<Block> blocks_;
};

void write_block(const Block& block, pg::ValueWriter& writer) {
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

// ---- the conversation

/// A text of the system's, with its mark for the cache.
struct SystemText {
    std::string_view text;
    std::optional<JsonbView> cache_control;
};

void write_system_text(const SystemText& system, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field("type", "text");
    writer.field("text", system.text);
    writer.optional_field("cache_control", system.cache_control);
    writer.end_object();
}

class AnthropicMessages final : public MessageShape {
public:
    AnthropicMessages(pg::MemoryContext context, pg::DocumentWriter& writer)
        : context_(context), document_(writer), turn_(context), system_(context) {}

    void begin(std::optional<std::string_view> system_prompt) override {
        if (!system_prompt || system_prompt->empty())
            return;
        add_system_text({*system_prompt, std::nullopt});
        last_role_ = Role::system;
    }

    void take(const StoredMessage& message) override {
        if (message.role == "system")
            take_system(read_parts(message).parts);
        else if (message.role == "user")
            take_user(read_parts(message).parts);
        else if (message.role == "assistant")
            take_assistant(message);
    }

    void end() override {
        end_assistant(true);
        end_user();
        if (system_.is_empty())
            return;
        pg::ValueWriter& writer = document_.begin_field("system");
        writer.begin_array();
        for (const SystemText& system : system_)
            write_system_text(system, writer);
        writer.end_array();
        document_.end_field();
    }

private:
    enum class Role : std::uint8_t { none, system, user, assistant };

    /// What comes first is the request's `system`; so is what comes later, where nothing did. All else stays
    /// where it is.
    void take_system(std::span<const UiPart> parts) {
        const std::string_view text = text_of(parts);
        if (text.empty())
            return;
        if (last_role_ != Role::system)
            is_top_level_ = last_role_ == Role::none || system_.is_empty();
        last_role_ = Role::system;
        const SystemText system{text, cache_controls_.of(metadata_of_texts(parts, provider::anthropic))};
        // Nobody's turn ends by what is not there any more.
        if (is_top_level_)
            return add_system_text(system);

        end_assistant(false);
        end_user();
        pg::ValueWriter& writer = begin_message("system");
        write_system_text(system, writer);
        end_message();
    }

    void add_system_text(const SystemText& system) {
        pg::MemoryContext caller = pg::switch_to(context_);
        system_.add({pg::copy_text(context_, system.text),
                     system.cache_control ? std::optional(JsonbView::of(system.cache_control->copy()))
                                          : std::nullopt});
        pg::switch_to(caller);
    }

    void take_user(std::span<const UiPart> parts) {
        for (const UiPart& part : parts) {
            if (!is_sent_by_user(part))
                continue;
            pg::ValueWriter& writer = user_content();
            const std::optional<JsonbView> cache_control = cache_controls_.of(part.provider_metadata);
            if (part.kind == Kind::file) {
                write_file(part, cache_control, writer);
                continue;
            }
            writer.begin_object();
            writer.field("type", "text");
            writer.field("text", *part.text);
            writer.optional_field("cache_control", cache_control);
            writer.end_object();
        }
    }

    /// The results of tools are the user's turn.
    void take_assistant(const StoredMessage& message) {
        each_step(turn_.keep(message), [&](std::span<const UiPart> step) {
            if (std::none_of(step.begin(), step.end(), is_model_content))
                return;
            last_role_ = Role::assistant;
            turn_.add(step);
            for (const UiPart& part : step)
                if (is_answered_call(part))
                    write_tool_result(part);
        });
    }

    void end_assistant(bool is_last_turn) {
        if (turn_.is_over())
            return;
        const std::span<const Block> blocks = turn_.blocks(cache_controls_, is_last_turn);
        turn_.end();
        if (blocks.empty())
            return;
        end_user();
        pg::ValueWriter& writer = begin_message("assistant");
        for (const Block& block : blocks)
            write_block(block, writer);
        end_message();
    }

    void write_tool_result(const UiPart& part) {
        pg::ValueWriter& writer = user_content();
        writer.begin_object();
        writer.field("type", "tool_result");
        writer.field("tool_use_id", part.tool_call_id);
        writer.key("content");
        write_result_text(part, writer);
        if (part.state != ToolState::available) {
            writer.key("is_error");
            writer.boolean(true);
        }
        writer.optional_field("cache_control", cache_controls_.of(part.result_metadata));
        writer.end_object();
    }

    pg::ValueWriter& begin_message(std::string_view role) {
        writer_ = &document_.begin_element();
        writer_->begin_object();
        writer_->field("role", role);
        writer_->key("content");
        writer_->begin_array();
        return *writer_;
    }
    void end_message() {
        writer_->end_array();
        writer_->end_object();
        document_.end_element();
    }

    /// Where the user's turn goes on, or begins.
    pg::ValueWriter& user_content() {
        end_assistant(false);
        last_role_ = Role::user;
        if (!is_user_open_)
            begin_message("user");
        is_user_open_ = true;
        return *writer_;
    }
    void end_user() {
        if (is_user_open_)
            end_message();
        is_user_open_ = false;
    }

    pg::MemoryContext context_;
    pg::DocumentWriter& document_;
    AssistantTurn turn_;
    CacheControls cache_controls_;
    pg::ValueWriter* writer_ = nullptr;
    bool is_user_open_ = false;
    Role last_role_ = Role::none;
    bool is_top_level_ = true;
    pg::ArenaList<SystemText> system_;
};

} // namespace

MessageShape& make_anthropic_messages(pg::MemoryContext context, pg::DocumentWriter& writer) {
    return *new (pg::allocate(context, sizeof(AnthropicMessages))) AnthropicMessages(context, writer);
}

} // namespace agentchat
