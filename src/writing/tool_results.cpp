#include "writing/tool_results.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/part_format.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"

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

/// Writes the assistant's last message anew, with results in the parts of its calls.
class AnsweredMessage {
public:
    AnsweredMessage(pg::MemoryContext context, std::span<const ToolResult> results)
        : context_(context), results_(results),
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
        for (std::size_t i = 0; i < results_.size(); ++i)
            if (!is_placed_[i])
                refuse_tool_result(results_[i].place);
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
        writer.begin_object();
        for (pg::JsonbCursor cursor(part); cursor.next();) {
            const std::string_view key = cursor.key();
            if (key == part_key::state || key == part_key::output || key == part_key::error_text)
                continue;
            writer.key(key);
            writer.value(cursor.value());
        }
        write_call_state(result->output, writer);
        writer.end_object();
    }

    /// Returns the result of the call in the part, or nullptr. The last of several counts, as it does when a
    /// later call of append_messages sends another result.
    const ToolResult* result_of(const pg::JsonbView& part) {
        const std::optional<std::string_view> type = part.find_text(part_key::type);
        const std::optional<std::string_view> call_id = part.find_text(part_key::tool_call_id);
        if (!type || !call_id || !is_tool_call(*type))
            return nullptr;
        const ToolResult* found = nullptr;
        for (std::size_t i = 0; i < results_.size(); ++i) {
            if (results_[i].call_id != *call_id)
                continue;
            is_placed_[i] = true;
            found = &results_[i];
        }
        return found;
    }

    pg::MemoryContext context_;
    std::span<const ToolResult> results_;
    bool* is_placed_;
    InputMessage message_{};
};

} // namespace

void write_call_state(const std::optional<std::string_view>& output, pg::ValueWriter& writer) {
    writer.key(part_key::state);
    writer.string(output ? call_state::output_available : call_state::input_available);
    if (output) {
        writer.key(part_key::output);
        writer.string(*output);
    }
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
