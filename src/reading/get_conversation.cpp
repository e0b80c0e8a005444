// get_conversation() and get_conversation_json() return a conversation with its messages as one value.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/message_place.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/memory.hpp"
#include "pg/statement.hpp"
#include "reading/conversation_document.hpp"
#include "reading/conversation_statements.hpp"

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

/// Raises 42804 unless created_at and id have the types that a page reads. Users can change the types.
void check_place_columns(const ConversationStatements& statements) {
    const std::span<const pg::ColumnKind> kinds = statements.message_kinds;
    if (kinds[statements.message_fields.created_at] != pg::ColumnKind::timestamp ||
        kinds[statements.message_fields.id] != pg::ColumnKind::uuid)
        pg::raise({pg::sqlstate::datatype_mismatch, "columns of the table messages have the wrong types",
                   "A page needs created_at as timestamp without time zone, and id as uuid.",
                   "Change the types back."});
}

/// Passes the messages on to the document, and counts those of a page.
struct MessageRows {
    const ConversationStatements& statements;
    ConversationDocument& document;
    std::int64_t count;
    /// The place of the first message of a page.
    MessagePlace first;

    void take_page(const pg::Row& row) {
        if (count++ == 0)
            first = {row.timestamp(statements.message_fields.created_at),
                     row.uuid(statements.message_fields.id)};
        document.take_message(row);
    }
};

/// Reads all messages in order, or those before a place.
void read_messages(const pg::Uuid& conversation, const std::optional<MessagePlace>& before,
                   MessageRows& messages) {
    const ConversationStatements& statements = messages.statements;
    const auto take = [&](const pg::Row& row) { messages.document.take_message(row); };
    const pg::RowReceiver receiver{take, statements.message_kinds};
    const auto id = pg::Parameter::uuid(conversation);
    if (before)
        statements.messages_before.run(
            std::array{id, pg::Parameter::timestamp(before->created_at), pg::Parameter::uuid(before->id)},
            receiver);
    else
        statements.messages.run(std::array{id}, receiver);
}

/// Reads the newest `limit` messages. Returns whether earlier ones exist.
bool read_page(const pg::Uuid& conversation, std::int32_t limit, const std::optional<MessagePlace>& before,
               MessageRows& messages) {
    const ConversationStatements& statements = messages.statements;
    const auto take = [&](const pg::Row& row) { messages.take_page(row); };
    const pg::RowReceiver receiver{take, statements.message_kinds};
    const auto id = pg::Parameter::uuid(conversation);
    const auto rows = pg::Parameter::bigint(limit);
    if (before)
        statements.newest_messages_before.run(std::array{id, rows,
                                                         pg::Parameter::timestamp(before->created_at),
                                                         pg::Parameter::uuid(before->id)},
                                              receiver);
    else
        statements.newest_messages.run(std::array{id, rows}, receiver);
    if (messages.count < limit)
        return false;

    // Do not read one more message to find out. That message is not part of the document, and it may be too
    // large for it.
    return statements.any_message_before.exists(std::array{
        id, pg::Parameter::timestamp(messages.first.created_at), pg::Parameter::uuid(messages.first.id)});
}

/// Reads the conversation that the arguments select, and returns it in that encoding. Returns NULL if the
/// conversation does not exist or the caller may not see it.
pg::Result read_conversation(pg::Call& call, Encoding encoding) {
    const ConversationFormat format =
        call.is_null(arg_format) ? ConversationFormat::rows : conversation_format(call.text(arg_format));
    const std::optional<std::int32_t> limit = checked_message_limit(call);
    if (call.is_null(arg_conversation_id))
        return pg::Result::null();
    const pg::Uuid id = call.uuid(arg_conversation_id);

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
        check_place_columns(statements);
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
    return read_conversation(call, Encoding::jsonb);
}

pg::Result get_conversation_json(pg::Call& call) {
    return read_conversation(call, Encoding::json);
}

} // namespace agentchat
