// Writes the format anthropic: `system` and `messages` of a request to Anthropic's Messages API. They are
// what the AI SDK's provider for Anthropic sends (convertToModelMessages of ai,
// convertToAnthropicPrompt of @ai-sdk/anthropic), changed where Anthropic would refuse that.
//
// User and assistant take turns: everything that one of them says before the other does is one message. The
// results of tools belong to the user's turn. A turn of the assistant's is written when it is over: only then
// is it known which of its blocks is the last.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <new>
#include <span>

#include "common/part_format.hpp"
#include "common/ui_part.hpp"
#include "pg/memory.hpp"
#include "shapes/anthropic_blocks.hpp"
#include "shapes/anthropic_server_tools.hpp"
#include "shapes/blank_text.hpp"
#include "shapes/call_names.hpp"
#include "shapes/message_shape.hpp"
#include "shapes/model_message.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using anthropic::AssistantBlock;
using pg::JsonbView;
using Kind = UiPart::Kind;

/// Hands out the marks of what Anthropic caches: it takes four in a request.
class CacheControls {
public:
    /// Returns the mark in the metadata; nothing if it has none, or if four were handed out.
    std::optional<JsonbView> of(const std::optional<JsonbView>& metadata) {
        std::optional<JsonbView> mark = anthropic::option(metadata, "cacheControl");
        if (!mark)
            mark = anthropic::option(metadata, "cache_control");
        if (!mark || !is_mark(*mark) || ++count_ > most)
            return std::nullopt;
        return mark;
    }

private:
    /// Whether Anthropic takes the mark: {"type": "ephemeral"}, and perhaps how long to keep the text.
    static bool is_mark(const JsonbView& mark) {
        const std::optional<JsonbView> lifetime = mark.find("ttl");
        return mark.find_text("type") == "ephemeral" &&
               (!lifetime || lifetime->text() == "5m" || lifetime->text() == "1h");
    }

    static constexpr int most = 4;
    int count_ = 0;
};

/// Keeps the order of marks that Anthropic demands: those for an hour before those for five minutes. A mark
/// that breaks it is left out.
class Lifetimes {
public:
    /// Returns the mark of the next block that is written in the messages.
    std::optional<JsonbView> in_messages(const std::optional<JsonbView>& mark) {
        if (!mark)
            return std::nullopt;
        const bool is_long = is_for_an_hour(*mark);
        if (is_long && (is_short_in_system_ || is_short_in_messages_))
            return std::nullopt;
        is_long_in_messages_ |= is_long;
        is_short_in_messages_ |= !is_long;
        return mark;
    }
    /// Returns the mark of the next text of the field `system`. It stands before all messages, although some
    /// may have been written.
    std::optional<JsonbView> in_system(const std::optional<JsonbView>& mark) {
        if (!mark || (is_for_an_hour(*mark) ? is_short_in_system_ : is_long_in_messages_))
            return std::nullopt;
        is_short_in_system_ |= !is_for_an_hour(*mark);
        return mark;
    }

private:
    static bool is_for_an_hour(const JsonbView& mark) { return mark.find_text("ttl") == "1h"; }

    bool is_short_in_system_ = false;
    bool is_short_in_messages_ = false;
    bool is_long_in_messages_ = false;
};

/// What the assistant says before the user's turn: the steps of one or more messages.
class AssistantTurn {
public:
    explicit AssistantTurn(pg::MemoryContext parent)
        : context_(pg::make_context(parent, "agentchat assistant turn")), steps_(context_),
          blocks_(context_) {}

    /// Returns the parts of the message, copied: its row will be gone. They stay until parts are kept for
    /// another turn.
    std::span<UiPart> keep(const StoredMessage& message) {
        if (is_over())
            forget();
        pg::MemoryContext caller = pg::switch_to(context_);
        StoredMessage kept = message;
        kept.content = copied(message.content);
        kept.reasoning = copied(message.reasoning);
        kept.parts = copied(message.parts);
        kept.attachments = copied(message.attachments);
        const std::span<UiPart> parts = read_parts(kept).parts;
        pg::switch_to(caller);
        return parts;
    }

    /// Adds a step, which must consist of parts that keep() returned.
    void add(std::span<UiPart> step) { steps_.add(step); }

    /// Returns the blocks in the order that Anthropic demands, and gives their calls the ids and names that
    /// it accepts.
    std::span<const AssistantBlock> blocks(CacheControls& cache_controls, bool is_last_turn) {
        for (const std::span<UiPart> step : steps_)
            for (UiPart& part : step)
                add_blocks(part, is_last_turn, cache_controls);
        move_tool_uses_to_the_end();
        mend_end(is_last_turn);
        conform_calls(calls(), anthropic_call_rules);
        return blocks_.span();
    }

    /// Whether nothing was added since the end of the turn before.
    bool is_over() const { return steps_.is_empty(); }
    /// Ends the turn. Its blocks stay until parts are kept for another one.
    void end() {
        steps_.shorten(0);
        blocks_.shorten(0);
    }

private:
    void forget() {
        pg::reset_context(context_);
        steps_ = pg::ArenaList<std::span<UiPart>>(context_);
        blocks_ = pg::ArenaList<AssistantBlock>(context_);
    }

    std::optional<std::string_view> copied(const std::optional<std::string_view>& text) const {
        return text ? std::optional(pg::copy_text(context_, *text)) : std::nullopt;
    }
    static std::optional<JsonbView> copied(const std::optional<JsonbView>& value) {
        return value ? std::optional(JsonbView::of(value->copy())) : std::nullopt;
    }

    /// Adds the blocks that the part becomes: none, one, or two for a server tool.
    void add_blocks(UiPart& part, bool is_last_turn, CacheControls& cache_controls) {
        if (is_last_turn && is_server_tool_at_work(part))
            blocks_.add({&part, cache_controls.of(part.provider_metadata), {}, false});
        else
            add_complete_blocks(part, cache_controls);
    }

    void add_complete_blocks(UiPart& part, CacheControls& cache_controls) {
        if (!is_model_content(part) || (part.kind == Kind::text && is_blank(*part.text)))
            return;
        if (part.kind == Kind::tool && part.is_provider_executed) {
            if (!is_server_tool(part))
                return;
            blocks_.add({&part, cache_controls.of(part.provider_metadata), {}, false});
            blocks_.add({&part, cache_controls.of(part.result_metadata), {}, true});
            return;
        }
        const std::optional<JsonbView> cache_control = cache_controls.of(part.provider_metadata);
        if (part.kind == Kind::text || anthropic::is_thinking(part) || anthropic::is_fallback(part) ||
            is_answered_call(part))
            blocks_.add({&part, cache_control, part.text.value_or(""), false});
    }

    /// Leaves out the thinking at the end: Anthropic refuses a message that ends with it, and what followed
    /// it may not be sent. Trims the text at the end of the last turn: Anthropic refuses blanks at the end of
    /// a text that it is to continue.
    void mend_end(bool is_last_turn) {
        while (!blocks_.is_empty() && anthropic::is_thinking(*blocks_.last().part))
            blocks_.remove_last();
        if (!is_last_turn || blocks_.is_empty())
            return;
        drop_interrupted_calls();
        blocks_.last().text = without_blanks_at_ends(blocks_.last().text);
    }

    /// Leaves out the calls that a server tool is at work on, except at the very end.
    void drop_interrupted_calls() {
        const auto is_at_work = [](const AssistantBlock& block) {
            return is_server_tool_at_work(*block.part);
        };
        AssistantBlock* end = blocks_.end();
        while (end != blocks_.begin() && is_at_work(end[-1]))
            --end;
        AssistantBlock* const kept = std::remove_if(blocks_.begin(), end, is_at_work);
        blocks_.shorten(static_cast<std::size_t>(std::copy(end, blocks_.end(), kept) - blocks_.begin()));
    }

    /// Returns the calls among the blocks, each once.
    std::span<UiPart* const> calls() {
        pg::ArenaList<UiPart*> calls(context_);
        for (const AssistantBlock& block : blocks_)
            if (block.part->kind == Kind::tool && !block.is_result)
                calls.add(block.part);
        return calls.span();
    }

    /// Whether calls stay before the block, or behind it.
    static bool parts_calls(const AssistantBlock& block) {
        return anthropic::is_thinking(*block.part) || anthropic::is_fallback(*block.part);
    }

    /// Moves calls behind everything else that is said before the next thinking, as moveToolUseBlocksToEnd of
    /// @ai-sdk/anthropic does.
    void move_tool_uses_to_the_end() {
        // std::stable_partition allocates by other means than PostgreSQL's. Without memory it takes more than
        // linear time, which is too long for a message with very many parts.
        AssistantBlock* tool_uses = pg::allocate_array<AssistantBlock>(context_, blocks_.size());
        AssistantBlock* begin = blocks_.begin();
        AssistantBlock* const end = blocks_.end();
        while (begin != end) {
            AssistantBlock* const thinking = std::find_if(begin, end, parts_calls);
            AssistantBlock* others = begin;
            AssistantBlock* tool_uses_end = tool_uses;
            for (const AssistantBlock* block = begin; block != thinking; ++block)
                *(is_answered_call(*block->part) ? tool_uses_end++ : others++) = *block;
            std::copy(tool_uses, tool_uses_end, others);
            begin = thinking == end ? end : thinking + 1;
        }
    }

    pg::MemoryContext context_;
    pg::ArenaList<std::span<UiPart>> steps_;
    pg::ArenaList<AssistantBlock> blocks_;
};

/// A text of the system's, with its mark for the cache.
struct SystemText {
    std::string_view text;
    std::optional<JsonbView> cache_control;
};

class AnthropicMessages final : public MessageShape {
public:
    AnthropicMessages(pg::MemoryContext context, pg::DocumentWriter& writer)
        : context_(context), document_(writer), turn_(context), system_(context) {}

    void begin(std::optional<std::string_view> system_prompt) override {
        if (!system_prompt || is_blank(*system_prompt))
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
            anthropic::write_text(system.text, system.cache_control, writer);
        writer.end_array();
        document_.end_field();
    }

private:
    enum class Role : std::uint8_t { none, system, user, assistant };

    /// Takes a system message. Those at the beginning become the request's field `system`. If there are none,
    /// the first ones that come later do. All others stay where they are.
    void take_system(std::span<const UiPart> parts) {
        const std::string_view text = text_of(parts);
        if (is_blank(text))
            return;
        if (last_role_ != Role::system)
            is_top_level_ = last_role_ == Role::none || system_.is_empty();
        last_role_ = Role::system;
        const std::optional<JsonbView> mark =
            cache_controls_.of(metadata_of_texts(parts, provider::anthropic));
        // It moves to the field and leaves no gap: the turns before and after it are one.
        if (is_top_level_)
            return add_system_text({text, mark});

        end_assistant(false);
        end_user();
        pg::ValueWriter& writer = begin_message("system");
        anthropic::write_text(text, lifetimes_.in_messages(mark), writer);
        end_message();
    }

    void add_system_text(const SystemText& system) {
        pg::MemoryContext caller = pg::switch_to(context_);
        const std::optional<JsonbView> mark = lifetimes_.in_system(system.cache_control);
        system_.add({pg::copy_text(context_, system.text),
                     mark ? std::optional(JsonbView::of(mark->copy())) : std::nullopt});
        pg::switch_to(caller);
    }

    void take_user(std::span<const UiPart> parts) {
        for (const UiPart& part : parts) {
            const std::optional<anthropic::UserBlock> block = anthropic::user_block(part);
            if (!block)
                continue;
            pg::ValueWriter& writer = user_content();
            anthropic::write_user_block(*block, next_mark(part.provider_metadata), writer);
        }
    }

    /// Takes a message of the assistant. The results of its calls begin the user's turn.
    void take_assistant(const StoredMessage& message) {
        each_step(
            turn_.keep(message), [&](std::span<UiPart> step) { take_step(step); },
            [&](std::span<const UiPart> said) { take_user(said); });
    }

    void take_step(std::span<UiPart> step) {
        if (std::none_of(step.begin(), step.end(), is_told))
            return;
        last_role_ = Role::assistant;
        turn_.add(step);
        for (const UiPart& part : step)
            if (is_answered_call(part))
                take_result(part);
    }

    static bool is_told(const UiPart& part) { return is_model_content(part) || is_server_tool_at_work(part); }

    void take_result(const UiPart& part) {
        pg::ValueWriter& writer = user_content();
        anthropic::write_tool_result(part, next_mark(part.result_metadata), writer);
    }

    /// Writes the assistant's turn, if one is open.
    void end_assistant(bool is_last_turn) {
        if (turn_.is_over())
            return;
        const std::span<const AssistantBlock> blocks = turn_.blocks(cache_controls_, is_last_turn);
        turn_.end();
        if (blocks.empty())
            return;
        end_user();
        pg::ValueWriter& writer = begin_message("assistant");
        for (const AssistantBlock& block : blocks)
            anthropic::write_assistant_block(block, lifetimes_.in_messages(block.cache_control), writer);
        end_message();
    }

    /// Returns the mark in the metadata of a block that is written next.
    std::optional<JsonbView> next_mark(const std::optional<JsonbView>& metadata) {
        return lifetimes_.in_messages(cache_controls_.of(metadata));
    }

    /// Begins a message; returns the writer for its blocks.
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

    /// Returns the writer for the blocks of the user's turn, which goes on or begins.
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
    Lifetimes lifetimes_;
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
