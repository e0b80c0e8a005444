// get_conversation() and get_conversation_json(): one conversation with its messages, as one value.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/message_id.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/memory.hpp"
#include "pg/statement.hpp"
#include "reading/conversation_document.hpp"
#include "reading/conversation_statements.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The arguments, in their order.
enum Argument : int { arg_conversation_id, arg_format, arg_message_limit, arg_before_message };

std::optional<std::int32_t> checked_message_limit(const pg::Call& call) {
    if (call.is_null(arg_message_limit))
        return std::nullopt;
    const std::int32_t limit = call.integer(arg_message_limit);
    if (limit < 1)
        pg::raise({pg::sqlstate::invalid_parameter_value, "message_limit must be at least 1",
                   pg::format("It is %d.", limit), "Leave it out to get all messages."});
    return limit;
}

/// Where a page ends: the place of a message in the conversation's order.
struct Place {
    pg::Timestamp created_at;
    pg::Uuid id;
};

/// Users can change the types of columns, and these two are read here.
void check_place_columns(const ConversationStatements& statements) {
    const std::span<const pg::ColumnKind> kinds = statements.message_kinds;
    if (kinds[statements.message_fields.created_at] != pg::ColumnKind::timestamp ||
        kinds[statements.message_fields.id] != pg::ColumnKind::uuid)
        pg::raise({pg::sqlstate::datatype_mismatch, "the table messages has columns of other types",
                   "Pages need created_at to be a timestamp without time zone, and id a uuid.",
                   "Change the types back."});
}

Place place_of_message(const ConversationStatements& statements, const pg::Uuid& conversation,
                       std::string_view name) {
    struct Found {
        bool found;
        pg::Timestamp created_at;
    } found{};
    const pg::Uuid id = message_uuid(conversation, name);
    constexpr std::array kinds{pg::ColumnKind::timestamp};
    const auto receive = [](void* state, const pg::Row& row) {
        if (!row.is_null(0))
            *static_cast<Found*>(state) = {true, row.timestamp(0)};
    };
    statements.message_time.run(std::array{pg::Parameter::uuid(conversation), pg::Parameter::uuid(id)},
                                {receive, &found, kinds});
    if (!found.found)
        pg::raise({pg::sqlstate::invalid_parameter_value, "before_message is no message of this conversation",
                   pg::format("It is %s.", pg::quoted_excerpt(name)),
                   "Pass the id of a message that get_conversation returned for this conversation."});
    return {found.created_at, id};
}

/// Hands the rows on to the document.
struct ConversationRow {
    ConversationDocument* document;
    bool found;

    static void receive(void* state, const pg::Row& row) {
        auto* self = static_cast<ConversationRow*>(state);
        // Users can take the primary key off.
        if (!self->found)
            self->document->take_conversation(row);
        self->found = true;
    }
};

struct MessageRows {
    const ConversationStatements* statements;
    ConversationDocument* document;
    std::int64_t count;
    /// The place of the first message of a page.
    Place first;

    static void receive(void* state, const pg::Row& row) {
        static_cast<MessageRows*>(state)->document->take_message(row);
    }

    static void receive_page(void* state, const pg::Row& row) {
        auto* self = static_cast<MessageRows*>(state);
        if (self->count++ == 0)
            self->first = {row.timestamp(self->statements->message_fields.created_at),
                           row.uuid(self->statements->message_fields.id)};
        self->document->take_message(row);
    }
};

/// In order: all, or those before a place.
void read_messages(const pg::Uuid& conversation, const std::optional<Place>& before, MessageRows& messages) {
    const ConversationStatements& statements = *messages.statements;
    const pg::RowReceiver receiver{MessageRows::receive, &messages, statements.message_kinds};
    const auto id = pg::Parameter::uuid(conversation);
    if (before)
        statements.messages_before.run(
            std::array{id, pg::Parameter::timestamp(before->created_at), pg::Parameter::uuid(before->id)},
            receiver);
    else
        statements.messages.run(std::array{id}, receiver);
}

/// The newest `limit` of them; whether there are more.
bool read_page(const pg::Uuid& conversation, std::int32_t limit, const std::optional<Place>& before,
               MessageRows& messages) {
    const ConversationStatements& statements = *messages.statements;
    const pg::RowReceiver receiver{MessageRows::receive_page, &messages, statements.message_kinds};
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

    // Not by reading one message more: it may be too large for the document that it is not for.
    bool found = false;
    constexpr std::array kinds{pg::ColumnKind::boolean};
    const auto receive = [](void* state, const pg::Row&) { *static_cast<bool*>(state) = true; };
    statements.any_message_before.run(std::array{id, pg::Parameter::timestamp(messages.first.created_at),
                                                 pg::Parameter::uuid(messages.first.id)},
                                      {receive, &found, kinds});
    return found;
}

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
    ConversationRow conversation{&document, false};
    statements.conversation.run(std::array{pg::Parameter::uuid(id)},
                                {ConversationRow::receive, &conversation, statements.conversation_kinds});
    if (!conversation.found) {
        pg::disconnect();
        pg::delete_context(memory);
        return pg::Result::null();
    }

    if (limit || !call.is_null(arg_before_message))
        check_place_columns(statements);
    std::optional<Place> before;
    if (!call.is_null(arg_before_message))
        before = place_of_message(statements, id, call.text(arg_before_message));
    MessageRows messages{&statements, &document, 0, {}};
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
