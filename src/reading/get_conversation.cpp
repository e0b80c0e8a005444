// get_conversation() and get_conversation_json() return a conversation with its messages as one value.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/conversation_id.hpp"
#include "common/find_message.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/extension.hpp"
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

/// What to read of a conversation.
struct Request {
    pg::Oid schema;
    pg::Uuid id;
    ConversationFormat format;
    std::optional<std::int32_t> limit;
    /// The name of the message before which to stop.
    std::optional<std::string_view> before;
};

/// Reads a conversation, and returns it in that encoding. Returns NULL if the conversation does not exist or
/// the caller may not see it.
pg::Result read_conversation(const Request& request, Encoding encoding) {
    const auto& [schema, id, format, limit, before_name] = request;
    pg::MemoryContext caller = pg::current_context();
    pg::MemoryContext memory = pg::make_context(caller, "agentchat conversation");
    ConversationStatements& statements = ConversationStatements::acquire(schema, memory);
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

    if (limit || before_name)
        check_page_columns(statements);
    std::optional<MessagePlace> before;
    if (before_name)
        before = find_place_to_read(schema, id, *before_name, "before_message");
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

/// Reads the conversation that the arguments select.
pg::Result read_selected(pg::Call& call, FindConversation find, Encoding encoding) {
    Request request{};
    request.format =
        call.is_null(arg_format) ? ConversationFormat::rows : conversation_format(call.text(arg_format));
    request.limit = checked_message_limit(call);
    if (call.is_null(arg_conversation_id))
        return pg::Result::null();
    request.id = find(call, arg_conversation_id);
    request.schema = call.function_schema();
    if (!call.is_null(arg_before_message))
        request.before = call.text(arg_before_message);
    return read_conversation(request, encoding);
}

} // namespace

pg::Result get_conversation(pg::Call& call) {
    return read_selected(call, conversation_by_uuid, Encoding::jsonb);
}

pg::Result get_conversation_by_name(pg::Call& call) {
    return read_selected(call, conversation_by_name, Encoding::jsonb);
}

pg::Result export_conversation(pg::Call& call) {
    Request request{};
    request.schema = pg::extension_schema();
    request.id = call.uuid(0);
    request.format = ConversationFormat::utc_rows;
    return read_conversation(request, Encoding::jsonb);
}

pg::Result get_conversation_json(pg::Call& call) {
    return read_selected(call, conversation_by_uuid, Encoding::json);
}

pg::Result get_conversation_json_by_name(pg::Call& call) {
    return read_selected(call, conversation_by_name, Encoding::json);
}

} // namespace agentchat
