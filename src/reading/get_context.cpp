// get_context() returns what to send to a model: the system prompt, and as many of the newest messages as fit
// into its window.
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "common/conversation_id.hpp"
#include "common/find_message.hpp"
#include "common/format_name.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"
#include "pg/value_writer.hpp"
#include "reading/conversation_statements.hpp"
#include "reading/message_row.hpp"
#include "reading/message_tokens.hpp"
#include "reading/page.hpp"
#include "tokens/tokenizer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int {
    arg_conversation_id,
    arg_token_budget,
    arg_format,
    arg_reserve,
    arg_tokenizer,
};

/// How the messages are written and counted, and whether the provider wants the user's message first.
struct ContextFormat {
    MakeShape make;
    MakeShape make_to_count;
    bool wants_user_first;
};

// What the AI SDK adds for an application, such as ids and states, does not reach the model.
constexpr NamedFormat<ContextFormat> formats[] = {
    {"ai-sdk", {make_ui_messages, make_openai_compatible_messages, false}},
    {"openai", {make_openai_messages, make_openai_messages, false}},
    {"openai-compatible", {make_openai_compatible_messages, make_openai_compatible_messages, true}},
    {"anthropic", {make_anthropic_messages, make_anthropic_messages, true}},
};

constexpr char too_large_hint[] = "Pass a smaller token_budget.";

/// The place after the newest message.
constexpr MessagePlace end_of_conversation{
    std::numeric_limits<pg::Timestamp>::max(),
    {{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}}};

/// What the caller wants.
struct Request {
    pg::Oid schema;
    pg::Uuid conversation;
    ContextFormat format;
    Tokenizer tokenizer;
    /// What the system prompt and the messages may take together.
    std::int64_t room;
};

/// Makes a query on the messages with the columns and in the order that the shapes expect.
const char* messages_query(pg::Oid schema, const char* condition, const char* order) {
    const std::span<pg::Column> columns =
        pg::read_columns(pg::current_context(), pg::require_relation(schema, "messages"));
    pg::sort_columns(columns);
    return pg::format("SELECT %s FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.%s) ROW($2, $3) ORDER BY %s",
                      pg::select_list(columns), pg::qualified_name(schema, "messages"), condition, order);
}

/// Returns the next $4 messages from the place ($2, $3) backwards, newest first.
const char* newest_statement(pg::Oid schema) {
    return messages_query(schema, "<=", "t.created_at DESC, t.id DESC LIMIT $4");
}
/// Returns the messages from the place ($2, $3) on, oldest first.
const char* from_statement(pg::Oid schema) {
    return messages_query(schema, ">=", "t.created_at, t.id");
}
const char* any_before_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($2, $3) LIMIT 1",
                      pg::qualified_name(schema, "messages"));
}
using enum pg::ParameterType;
constexpr std::array page_parameters{uuid, timestamp, uuid, bigint};
constexpr std::array place_parameters{uuid, timestamp, uuid};
constinit pg::KeptStatement newest =
    pg::KeptStatement("messages", "messages", pg::Rights::caller, newest_statement, page_parameters)
        .by_index();
constinit pg::KeptStatement messages_from =
    pg::KeptStatement("messages", "messages", pg::Rights::caller, from_statement, place_parameters)
        .by_index();
constinit pg::KeptStatement any_before =
    pg::KeptStatement("messages", "messages", pg::Rights::caller, any_before_statement, place_parameters)
        .by_index();

/// Tells whether the application has written the message to stand for all messages before it.
bool is_summary(const StoredMessage& message) {
    if (!message.parts || !message.parts->is_array())
        return false;
    for (pg::JsonbCursor part(*message.parts); part.next();)
        if (part.value().find_text("type") == "data-summary")
            return true;
    return false;
}

/// Runs `work` in a memory context, and then frees what it allocated there.
template <typename Work>
void in_scratch(pg::MemoryContext scratch, Work work) {
    pg::MemoryContext caller = pg::switch_to(scratch);
    work();
    pg::switch_to(caller);
    pg::reset_context(scratch);
}

/// Goes through the messages from the newest one backwards, and finds the first one that goes into the
/// context.
class Walk {
public:
    Walk(const Request& request, const ConversationStatements& statements, pg::MemoryContext scratch,
         std::int64_t taken)
        : request_(request), statements_(statements), scratch_(scratch),
          counter_(request.format.make_to_count, request.tokenizer), taken_(taken), tokens_(taken) {}

    /// Reads pages, each twice as long as the one before it: about as many messages as go into the context.
    void run() {
        constexpr std::int64_t first_page = 8;
        constexpr std::int64_t longest_page = 256;
        for (std::int64_t size = first_page; !is_done_; size = std::min(2 * size, longest_page)) {
            rows_ = 0;
            newest.query(request_.schema,
                         std::array{pg::Parameter::uuid(request_.conversation),
                                    pg::Parameter::timestamp(last_.created_at), pg::Parameter::uuid(last_.id),
                                    pg::Parameter::bigint(size)},
                         {[&](const pg::Row& row) { take(row); }, statements_.message_kinds});
            is_done_ = is_done_ || rows_ < size;
        }
    }

    /// The first message of the context, or nothing if none fits.
    const std::optional<MessagePlace>& first() const { return first_; }
    /// The tokens of the context.
    std::int64_t tokens() const { return tokens_; }
    /// Tells whether the conversation has any message.
    bool has_messages() const { return has_messages_; }

private:
    void take(const pg::Row& row) {
        ++rows_;
        if (is_done_)
            return;
        const MessagePlace place{row.timestamp(statements_.message_fields.created_at),
                                 row.uuid(statements_.message_fields.id)};
        // A page begins where the one before it has ended.
        if (has_messages_ && place.id == last_.id && place.created_at == last_.created_at)
            return;
        has_messages_ = true;
        last_ = place;
        in_scratch(scratch_, [&] { take_message(read_message(statements_, row), place); });
    }

    void take_message(const StoredMessage& message, const MessagePlace& place) {
        const MessageTokens counted = counter_.of_message(message);
        if (counted.tokens > request_.room - taken_) {
            is_done_ = true;
            return;
        }
        taken_ += counted.tokens;
        is_done_ = is_summary(message);
        if (request_.format.wants_user_first && !(message.role == "user" && counted.is_sent))
            return;
        first_ = place;
        tokens_ = taken_;
    }

    const Request& request_;
    const ConversationStatements& statements_;
    pg::MemoryContext scratch_;
    MessageTokenCounter counter_;
    /// The tokens of all messages that fit, and of those that can be sent.
    std::int64_t taken_;
    std::int64_t tokens_;
    std::optional<MessagePlace> first_;
    MessagePlace last_ = end_of_conversation;
    bool has_messages_ = false;
    bool is_done_ = false;
    std::int64_t rows_ = 0;
};

/// Returns the argument, which must be a number of tokens that is at least `least`.
std::int32_t checked_tokens(const pg::Call& call, int argument, const char* name, std::int32_t least) {
    const std::int32_t tokens = call.integer(argument);
    if (tokens < least)
        pg::raise(
            {pg::sqlstate::invalid_parameter_value, pg::format("%s must be at least %d", name, least),
             pg::format("The value is %d.", tokens),
             "token_budget is the model's window in tokens, reserve the part that is kept for the answer "
             "and the tools."});
    return tokens;
}

/// Returns the room for the system prompt and the messages.
std::int64_t checked_room(const pg::Call& call) {
    call.require_not_null(arg_token_budget, "token_budget");
    const std::int32_t budget = checked_tokens(call, arg_token_budget, "token_budget", 1);
    const std::int32_t reserve =
        call.is_null(arg_reserve) ? 0 : checked_tokens(call, arg_reserve, "reserve", 0);
    if (reserve >= budget)
        pg::raise({pg::sqlstate::invalid_parameter_value, "reserve must be less than token_budget",
                   pg::format("token_budget is %d, reserve is %d.", budget, reserve),
                   "token_budget is the model's whole window, of which reserve is kept free."});
    return budget - reserve;
}

Tokenizer checked_tokenizer(const pg::Call& call) {
    return call.is_null(arg_tokenizer) ? Tokenizer::estimate : tokenizer_argument(call.text(arg_tokenizer));
}

/// Counts the system prompt. Raises 22023 if nothing else would have room.
std::int64_t system_prompt_tokens(const Request& request, const std::optional<std::string_view>& prompt) {
    const std::int64_t tokens =
        MessageTokenCounter(request.format.make_to_count, request.tokenizer).of_system_prompt(prompt);
    if (tokens > request.room)
        pg::raise({pg::sqlstate::invalid_parameter_value, "the system prompt does not fit",
                   pg::format("It takes %lld tokens, of %lld that token_budget and reserve leave.",
                              static_cast<long long>(tokens), static_cast<long long>(request.room)),
                   "Pass a larger token_budget, or shorten the system prompt."});
    return tokens;
}

/// Writes the context: the messages, and what was counted.
pg::Result write_context(const Request& request, const ConversationStatements& statements, const Walk& walk,
                         const std::optional<std::string_view>& prompt, pg::MemoryContext memory,
                         pg::MemoryContext result_context) {
    pg::DocumentWriter& writer = pg::jsonb_document({memory, result_context, 0, too_large_hint}, "messages");
    MessageShape& shape = request.format.make(memory, writer);
    pg::MemoryContext scratch = pg::make_context(memory, "agentchat context message");
    in_scratch(scratch, [&] { shape.begin(prompt); });
    const std::optional<MessagePlace>& first = walk.first();
    bool is_left_out = walk.has_messages() && !first;
    if (first) {
        const std::array from{pg::Parameter::uuid(request.conversation),
                              pg::Parameter::timestamp(first->created_at), pg::Parameter::uuid(first->id)};
        const auto take = [&](const pg::Row& row) {
            in_scratch(scratch, [&] { shape.take(read_message(statements, row)); });
        };
        messages_from.query(request.schema, from, {take, statements.message_kinds});
        is_left_out = any_before.exists(request.schema, from);
    }
    in_scratch(scratch, [&] { shape.end(); });

    writer.begin_field("tokens").integer(walk.tokens());
    writer.end_field();
    pg::ValueWriter& from_message = writer.begin_field("from_message");
    if (first)
        from_message.uuid(first->id);
    else
        from_message.null();
    writer.end_field();
    writer.begin_field("left_out").boolean(is_left_out);
    writer.end_field();
    return writer.finish();
}

/// Reads the context of the conversation. Returns NULL if the conversation does not exist or the caller may
/// not see it.
pg::Result read_context(const Request& request) {
    pg::MemoryContext caller = pg::current_context();
    pg::MemoryContext memory = pg::make_context(caller, "agentchat context");
    const ConversationStatements& statements = ConversationStatements::acquire(request.schema, memory);
    check_page_columns(statements);

    bool is_found = false;
    std::optional<std::string_view> prompt;
    // Take only the first row: users can drop the primary key.
    const auto take_first = [&](const pg::Row& row) {
        if (!is_found)
            prompt = read_system_prompt(statements, row);
        if (prompt && !is_found)
            prompt = pg::copy_text(memory, *prompt);
        is_found = true;
    };
    pg::connect();
    statements.conversation.run(std::array{pg::Parameter::uuid(request.conversation)},
                                {take_first, statements.conversation_kinds});
    pg::disconnect();
    pg::Result result = pg::Result::null();
    if (is_found) {
        pg::MemoryContext scratch = pg::make_context(memory, "agentchat context walk");
        std::int64_t taken = 0;
        in_scratch(scratch, [&] { taken = system_prompt_tokens(request, prompt); });
        Walk walk(request, statements, scratch, taken);
        walk.run();
        result = write_context(request, statements, walk, prompt, memory, caller);
    }
    pg::delete_context(memory);
    return result;
}

pg::Result read_selected(pg::Call& call, FindConversation find) {
    constexpr std::string_view default_format = "openai";
    Request request{};
    request.room = checked_room(call);
    request.format = find_format(formats, call.is_null(arg_format) ? default_format : call.text(arg_format));
    request.tokenizer = checked_tokenizer(call);
    if (call.is_null(arg_conversation_id))
        return pg::Result::null();
    request.conversation = find(call, arg_conversation_id);
    request.schema = call.function_schema();
    return read_context(request);
}

} // namespace

pg::Result get_context(pg::Call& call) {
    return read_selected(call, conversation_by_uuid);
}

pg::Result get_context_by_name(pg::Call& call) {
    return read_selected(call, conversation_by_name);
}

} // namespace agentchat
