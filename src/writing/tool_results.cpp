#include "writing/tool_results.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>
#include <tuple>

#include "common/part_format.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the query for the assistant's last message, which has the calls that results can belong to.
const char* last_assistant_statement(pg::Oid schema) {
    return pg::format("SELECT m.id, m.parts::pg_catalog.jsonb FROM %s m "
                      "WHERE m.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND m.role::pg_catalog.text OPERATOR(pg_catalog.=) 'assistant' "
                      "ORDER BY m.created_at DESC, m.id DESC LIMIT 1",
                      pg::qualified_name(schema, "messages"));
}
constexpr std::array last_assistant_parameters{pg::ParameterType::uuid};
constinit pg::KeptStatement last_assistant("messages", "messages", pg::Rights::caller,
                                           last_assistant_statement, last_assistant_parameters);

/// Writes the pairs of an object without those of one key.
void write_pairs_except(std::string_view key, const std::optional<pg::JsonbView>& object,
                        pg::ValueWriter& writer) {
    for (pg::JsonbCursor cursor(object.value_or(pg::JsonbView())); cursor.next();)
        if (cursor.key() != key)
            writer.field(cursor.key(), cursor.value());
}

/// Writes the assistant's last message anew, with results in the parts of its calls.
class AnsweredMessage {
public:
    AnsweredMessage(pg::MemoryContext context, std::span<const ToolResult> results)
        : context_(context), results_(results), by_call_(context, results),
          is_placed_(pg::allocate_array<bool>(context, results.size())) {
        std::fill_n(is_placed_, results.size(), false);
    }

    /// Returns the message. Raises 22023 if a result belongs to none of its calls.
    InputMessage read(pg::Oid schema, const pg::Uuid& conversation) {
        message_.place = results_.front().place;
        message_.role = "assistant";
        message_.columns = {MessageColumn::parts};
        message_.is_stored = true;
        constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::jsonb};
        last_assistant.execute_latest(schema, std::array{pg::Parameter::uuid(conversation)},
                                      {[this](const pg::Row& row) { take(row); }, kinds});
        for (const ToolResult& result : results_) {
            pg::check_for_interrupts();
            if (!is_placed_[by_call_.of(result.call_id).front()])
                refuse_tool_result(result.place);
        }
        return message_;
    }

private:
    void take(const pg::Row& row) {
        message_.id = row.uuid(0);
        if (row.is_null(1))
            return;
        const pg::MemoryContext caller = pg::switch_to(context_);
        pg::JsonbWriter& writer = pg::jsonb_writer(context_, append_less_hint);
        writer.begin_array();
        for (pg::JsonbCursor cursor(pg::JsonbView::of(row.datum(1))); cursor.next();)
            write_part(cursor.value(), writer);
        writer.end_array();
        message_.parts = writer.finish();
        pg::switch_to(caller);
    }

    /// Writes a part: with its result if it is a call that has one now, otherwise unchanged.
    void write_part(const pg::JsonbView& part, pg::ValueWriter& writer) {
        const ToolResult* result = result_of(part);
        if (result == nullptr) {
            writer.value(part);
            return;
        }
        std::optional<pg::JsonbView> metadata;
        writer.begin_object();
        for (pg::JsonbCursor cursor(part); cursor.next();) {
            const std::string_view key = cursor.key();
            if (key == part_key::state || key == part_key::output || key == part_key::error_text)
                continue;
            if (key == part_key::call_provider_metadata)
                metadata = cursor.value();
            else
                writer.field(key, cursor.value());
        }
        write_call_state(result, writer);
        write_call_metadata({result, false}, metadata, writer);
        writer.end_object();
    }

    /// Returns the result of the call in the part, or nullptr. The last of several counts, as it does when a
    /// later call of append_messages sends another result.
    const ToolResult* result_of(const pg::JsonbView& part) {
        const std::optional<std::string_view> type = part.find_text(part_key::type);
        const std::optional<std::string_view> call_id = part.find_text(part_key::tool_call_id);
        if (!type || !call_id || !is_tool_call(*type))
            return nullptr;
        const std::span<const std::uint32_t> of_call = by_call_.of(*call_id);
        if (of_call.empty())
            return nullptr;
        is_placed_[of_call.front()] = true;
        return &results_[of_call.back()];
    }

    pg::MemoryContext context_;
    std::span<const ToolResult> results_;
    ToolResultsByCall by_call_;
    /// Whether a call has taken the results with its id. The entry of the first of them counts.
    bool* is_placed_;
    InputMessage message_{};
};

} // namespace

ToolResultsByCall::ToolResultsByCall(pg::MemoryContext context, std::span<const ToolResult> results)
    : results_(results), sorted_(pg::allocate_array<std::uint32_t>(context, results.size()), results.size()) {
    std::iota(sorted_.begin(), sorted_.end(), 0U);
    std::sort(sorted_.begin(), sorted_.end(), [&](std::uint32_t a, std::uint32_t b) {
        return std::tie(results[a].call_id, a) < std::tie(results[b].call_id, b);
    });
}

std::span<const std::uint32_t> ToolResultsByCall::of(std::string_view call_id) const {
    const auto first = std::lower_bound(
        sorted_.begin(), sorted_.end(), call_id,
        [this](std::uint32_t position, std::string_view id) { return results_[position].call_id < id; });
    const auto last =
        std::upper_bound(first, sorted_.end(), call_id, [this](std::string_view id, std::uint32_t position) {
            return id < results_[position].call_id;
        });
    return {first, last};
}

void write_call_state(const ToolResult* result, pg::ValueWriter& writer) {
    writer.key(part_key::state);
    writer.string(result != nullptr ? call_state::output_available : call_state::input_available);
    if (result != nullptr) {
        writer.key(part_key::output);
        writer.string(result->output);
    }
}

void write_call_metadata(const OpenAiCall& call, const std::optional<pg::JsonbView>& stored,
                         pg::ValueWriter& writer) {
    const std::optional<pg::JsonbView> breakpoint =
        call.result != nullptr ? call.result->cache_breakpoint : std::nullopt;
    if (!breakpoint && !call.is_custom) {
        writer.optional_field(part_key::call_provider_metadata, stored);
        return;
    }
    writer.key(part_key::call_provider_metadata);
    writer.begin_object();
    const std::optional<pg::JsonbView> of_others = stored && stored->is_object() ? stored : std::nullopt;
    write_pairs_except(provider::openai, of_others, writer);
    writer.key(provider::openai);
    writer.begin_object();
    const std::optional<pg::JsonbView> of_openai =
        of_others ? of_others->find(provider::openai) : std::nullopt;
    if (of_openai && of_openai->is_object())
        write_pairs_except(provider_key::cache_breakpoint, of_openai, writer);
    writer.optional_field(provider_key::cache_breakpoint, breakpoint);
    if (call.is_custom)
        writer.field(provider_key::call_type, "custom");
    writer.end_object();
    writer.end_object();
}

std::span<InputMessage> apply_tool_results(pg::MemoryContext context, pg::Oid schema,
                                           const pg::Uuid& conversation, const InputMessages& input) {
    if (input.results.empty())
        return input.messages;
    auto* messages = pg::allocate_array<InputMessage>(context, input.messages.size() + 1);
    const auto before = static_cast<std::ptrdiff_t>(input.results.front().messages_before);
    InputMessage* answered = std::copy_n(input.messages.data(), before, messages);
    *answered = AnsweredMessage(context, input.results).read(schema, conversation);
    std::copy(input.messages.data() + before, input.messages.data() + input.messages.size(), answered + 1);
    return {messages, input.messages.size() + 1};
}

void refuse_tool_result(const InputPlace& place) {
    refuse(place, ".tool_call_id",
           "matches no earlier call in the input, and no call in the last assistant message");
}

} // namespace agentchat
