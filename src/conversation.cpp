// get_conversation(): one conversation with its messages, as one jsonb value.
#include <array>
#include <cstdint>
#include <new>
#include <optional>
#include <span>
#include <string_view>

#include "conversation_reader.hpp"
#include "entry_points.hpp"
#include "message_id.hpp"
#include "pg/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/memory.hpp"
#include "pg/statement.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The arguments, in their order.
enum Argument : int { arg_conversation_id, arg_format, arg_message_limit, arg_before_message };

void check_format(std::string_view format) {
    if (format != "rows")
        pg::raise({pg::sqlstate::invalid_parameter_value, "unknown conversation format",
                   pg::format("The format is %s.", pg::quoted_excerpt(format)), "Valid formats: rows."});
}

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
void check_place_columns(const ConversationReader& reader) {
    const std::span<const pg::ColumnKind> kinds = reader.message_shape.kinds();
    if (kinds[reader.created_at_column] != pg::ColumnKind::timestamp ||
        kinds[reader.id_column] != pg::ColumnKind::uuid)
        pg::raise({pg::sqlstate::datatype_mismatch, "the table messages has columns of other types",
                   "Pages need created_at to be a timestamp without time zone, and id a uuid.",
                   "Change the types back."});
}

Place place_of_message(const ConversationReader& reader, const pg::Uuid& conversation,
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
    reader.message_time.run(std::array{pg::Parameter::uuid(conversation), pg::Parameter::uuid(id)},
                            {receive, &found, kinds});
    if (!found.found)
        pg::raise({pg::sqlstate::invalid_parameter_value, "before_message is no message of this conversation",
                   pg::format("It is %s.", pg::quoted_excerpt(name)),
                   "Pass the id of a message that get_conversation returned for this conversation."});
    return {found.created_at, id};
}

/// The conversation's own fields; empty where there is no such conversation.
struct ConversationRow {
    pg::MemoryContext context;
    const pg::JsonbRowShape* shape;
    std::span<pg::JsonbField> fields;

    static void receive(void* state, const pg::Row& row) {
        auto* self = static_cast<ConversationRow*>(state);
        self->fields = pg::jsonb_fields(self->context, *self->shape, row);
    }
};

/// The messages, and the place of the first.
struct MessageRows {
    const ConversationReader* reader;
    pg::JsonbRows* rows;
    Place first;

    static void receive(void* state, const pg::Row& row) {
        auto* self = static_cast<MessageRows*>(state);
        self->rows->append(row);
    }

    static void receive_page(void* state, const pg::Row& row) {
        auto* self = static_cast<MessageRows*>(state);
        if (self->rows->count() == 0)
            self->first = {row.timestamp(self->reader->created_at_column), row.uuid(self->reader->id_column)};
        self->rows->append(row);
    }
};

/// In order: all, or those before a place.
void read_messages(const pg::Uuid& conversation, const std::optional<Place>& before, MessageRows& messages) {
    const ConversationReader& reader = *messages.reader;
    const pg::RowReceiver receiver{MessageRows::receive, &messages, reader.message_shape.kinds()};
    const auto id = pg::Parameter::uuid(conversation);
    if (before)
        reader.messages_before.run(
            std::array{id, pg::Parameter::timestamp(before->created_at), pg::Parameter::uuid(before->id)},
            receiver);
    else
        reader.messages.run(std::array{id}, receiver);
}

/// The newest `limit` of them; whether there are more.
bool read_page(const pg::Uuid& conversation, std::int32_t limit, const std::optional<Place>& before,
               MessageRows& messages) {
    const ConversationReader& reader = *messages.reader;
    const pg::RowReceiver receiver{MessageRows::receive_page, &messages, reader.message_shape.kinds()};
    const auto id = pg::Parameter::uuid(conversation);
    const auto rows = pg::Parameter::bigint(limit);
    if (before)
        reader.newest_messages_before.run(std::array{id, rows, pg::Parameter::timestamp(before->created_at),
                                                     pg::Parameter::uuid(before->id)},
                                          receiver);
    else
        reader.newest_messages.run(std::array{id, rows}, receiver);
    if (messages.rows->count() < static_cast<std::size_t>(limit))
        return false;

    // Not by reading one message more: it may be too large for the document that it is not for.
    bool found = false;
    constexpr std::array kinds{pg::ColumnKind::boolean};
    const auto receive = [](void* state, const pg::Row&) { *static_cast<bool*>(state) = true; };
    reader.any_message_before.run(std::array{id, pg::Parameter::timestamp(messages.first.created_at),
                                             pg::Parameter::uuid(messages.first.id)},
                                  {receive, &found, kinds});
    return found;
}

/// Adds fields to the conversation's own. What has the same name goes, as with the operator ||: users may
/// have added a column `messages`.
std::span<pg::JsonbField> with_fields(pg::MemoryContext context, std::span<const pg::JsonbField> own,
                                      std::span<const pg::JsonbField> added) {
    auto* fields = pg::allocate_array<pg::JsonbField>(context, own.size() + added.size());
    std::size_t count = 0;
    for (const pg::JsonbField& field : own) {
        bool replaced = false;
        for (const pg::JsonbField& other : added)
            replaced = replaced || other.name == field.name;
        if (!replaced)
            fields[count++] = field;
    }
    for (const pg::JsonbField& field : added)
        fields[count++] = field;
    return {fields, count};
}

} // namespace

pg::Result get_conversation(pg::Call& call) {
    if (!call.is_null(arg_format))
        check_format(call.text(arg_format));
    const std::optional<std::int32_t> limit = checked_message_limit(call);
    if (call.is_null(arg_conversation_id))
        return pg::Result::null();
    const pg::Uuid id = call.uuid(arg_conversation_id);

    pg::MemoryContext caller = pg::current_context();
    pg::MemoryContext memory = pg::make_context(caller, "agentchat get_conversation");
    ConversationReader& reader = ConversationReader::acquire(call.function_schema(), memory);
    pg::connect();

    ConversationRow conversation{memory, &reader.conversation_shape, {}};
    reader.conversation.run(std::array{pg::Parameter::uuid(id)},
                            {ConversationRow::receive, &conversation, reader.conversation_shape.kinds()});
    if (conversation.fields.empty()) {
        pg::disconnect();
        pg::delete_context(memory);
        return pg::Result::null();
    }

    if (limit || !call.is_null(arg_before_message))
        check_place_columns(reader);
    std::optional<Place> before;
    if (!call.is_null(arg_before_message))
        before = place_of_message(reader, id, call.text(arg_before_message));
    MessageRows messages{&reader,
                         pg::JsonbRows::make(memory, caller, reader.message_shape, reader.expected_size,
                                             pg::jsonb_size(conversation.fields)),
                         {}};
    std::array<pg::JsonbField, 2> added;
    std::size_t added_count = 0;
    if (limit)
        added[added_count++] = {"has_more", pg::jsonb_boolean(read_page(id, *limit, before, messages))};
    else
        read_messages(id, before, messages);
    added[added_count++] = {"messages", pg::jsonb_array(*messages.rows)};
    pg::disconnect();

    const pg::Result result = pg::jsonb_object(
        with_fields(memory, conversation.fields, std::span(added).first(added_count)), *messages.rows);
    reader.expect_size(messages.rows->size());
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
