// get_conversation() and get_conversation_json() return a conversation with its messages as one value.
#include <array>
#include <cstdint>
#include <optional>

#include "common/conversation_id.hpp"
#include "common/find_message.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/memory.hpp"
#include "pg/statement.hpp"
#include "reading/conversation_document.hpp"
#include "reading/conversation_statements.hpp"
#include "reading/page.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_conversation_id, arg_format, arg_message_limit, arg_before_message };

/// Returns message_limit, or nothing if it is NULL. Raises 22023 if it is less than 1.
std::optional<std::int32_t> checked_message_limit(const pg::Call& call) {
    if (call.is_null(arg_message_limit))
        return std::nullopt;
    const std::int32_t limit = call.integer(arg_message_limit);
    if (limit < 1)
        pg::raise({pg::sqlstate::invalid_parameter_value, "message_limit must be at least 1",
                   pg::format("The value is %d.", limit), "Leave it out to get all messages."});
    return limit;
}

/// Reads the conversation that the arguments select, and returns it in that encoding. Returns NULL if the
/// conversation does not exist or the caller may not see it.
pg::Result read_conversation(pg::Call& call, FindConversation find, Encoding encoding) {
    const ConversationFormat format =
        call.is_null(arg_format) ? ConversationFormat::rows : conversation_format(call.text(arg_format));
    const std::optional<std::int32_t> limit = checked_message_limit(call);
    if (call.is_null(arg_conversation_id))
        return pg::Result::null();
    const pg::Uuid id = find(call, arg_conversation_id);

    pg::MemoryContext caller = pg::current_context();
    pg::MemoryContext memory = pg::make_context(caller, "agentchat conversation");
    ConversationStatements& statements = ConversationStatements::acquire(call.function_schema(), memory);
    pg::connect();

    ConversationDocument& document =
        make_document(format, encoding, statements, limit.has_value(), memory, caller);
    bool found = false;
    // Take only the first row: users can drop the primary key.
    const auto take_first = [&](const pg::Row& row) {
        if (!found)
            document.take_conversation(row);
        found = true;
    };
    statements.conversation.run(std::array{pg::Parameter::uuid(id)},
                                {take_first, statements.conversation_kinds});
    if (!found) {
        pg::disconnect();
        pg::delete_context(memory);
        return pg::Result::null();
    }

    if (limit || !call.is_null(arg_before_message))
        check_page_columns(statements);
    std::optional<MessagePlace> before;
    if (!call.is_null(arg_before_message))
        before =
            find_place_to_read(call.function_schema(), id, call.text(arg_before_message), "before_message");
    MessageRows messages{statements, document, 0, {}};
    std::optional<bool> has_more;
    if (limit)
        has_more = read_page(id, *limit, before, messages);
    else
        read_messages(id, before, messages);
    pg::disconnect();

    (encoding == Encoding::json ? statements.json_size : statements.jsonb_size).learn(document.size());
    const pg::Result result = document.finish(has_more);
    pg::delete_context(memory);
    return result;
}

} // namespace

pg::Result get_conversation(pg::Call& call) {
    return read_conversation(call, conversation_by_uuid, Encoding::jsonb);
}

pg::Result get_conversation_by_name(pg::Call& call) {
    return read_conversation(call, conversation_by_name, Encoding::jsonb);
}

pg::Result get_conversation_json(pg::Call& call) {
    return read_conversation(call, conversation_by_uuid, Encoding::json);
}

pg::Result get_conversation_json_by_name(pg::Call& call) {
    return read_conversation(call, conversation_by_name, Encoding::json);
}

} // namespace agentchat
