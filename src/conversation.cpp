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

Place place_of_message(const ConversationReader& reader, const pg::Uuid& conversation,
                       std::string_view name) {
    struct Found {
        bool found;
        pg::Timestamp created_at;
    } found{};
    const pg::Uuid id = message_uuid(conversation, name);
    constexpr std::array kinds{pg::ColumnKind::timestamp};
    const auto receive = [](void* state, const pg::Row& row) {
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

void append_message(void* state, const pg::Row& row) {
    static_cast<pg::JsonbRows*>(state)->append(row);
}

/// Which messages, and in which of the reader's statements.
void read_messages(const ConversationReader& reader, const pg::Uuid& conversation,
                   const std::optional<std::int32_t>& limit, const std::optional<Place>& before,
                   pg::JsonbRows* messages) {
    const pg::RowReceiver receiver{append_message, messages, reader.message_shape.kinds()};
    const auto id = pg::Parameter::uuid(conversation);
    // One more than wanted tells whether there are more.
    const auto rows = pg::Parameter::bigint(limit ? std::int64_t{*limit} + 1 : 0);
    if (before) {
        const auto time = pg::Parameter::timestamp(before->created_at);
        const auto last = pg::Parameter::uuid(before->id);
        if (limit)
            reader.newest_messages_before.run(std::array{id, rows, time, last}, receiver);
        else
            reader.messages_before.run(std::array{id, time, last}, receiver);
    } else if (limit) {
        reader.newest_messages.run(std::array{id, rows}, receiver);
    } else {
        reader.messages.run(std::array{id}, receiver);
    }
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

    std::optional<Place> before;
    if (!call.is_null(arg_before_message))
        before = place_of_message(reader, id, call.text(arg_before_message));
    pg::JsonbRows* messages = pg::JsonbRows::make(memory, caller, reader.message_shape, reader.expected_size);
    read_messages(reader, id, limit, before, messages);
    pg::disconnect();

    std::array<pg::JsonbField, 2> added;
    std::size_t added_count = 0;
    if (limit) {
        const bool has_more = messages->count() > static_cast<std::size_t>(*limit);
        if (has_more)
            messages->drop_first();
        added[added_count++] = {"has_more", pg::jsonb_boolean(has_more)};
    }
    added[added_count++] = {"messages", pg::jsonb_array(*messages)};

    const pg::Result result = pg::jsonb_object(
        with_fields(memory, conversation.fields, std::span(added).first(added_count)), *messages);
    reader.expect_size(messages->size());
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
