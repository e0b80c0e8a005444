// fork_conversation() copies a conversation, up to a message, so that users can continue from there.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/conversation_id.hpp"
#include "common/find_message.hpp"
#include "common/part_format.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "writing/conversation_lock.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the name of a column as SQL.
const char* column_itself(const pg::Column& column) {
    return pg::quoted_identifier(column.name);
}

/// Returns the columns to copy as ", a, b", including those that users have added. `expression` makes the SQL
/// of each.
const char* copied_columns(pg::Oid schema, const char* table, std::span<const std::string_view> except,
                           const char* (*expression)(const pg::Column&) = column_itself) {
    const char* list = "";
    for (const pg::Column& column :
         pg::read_columns(pg::current_context(), pg::require_relation(schema, table)))
        if (!column.is_generated && std::find(except.begin(), except.end(), column.name) == except.end())
            list = pg::format("%s, %s", list, expression(column));
    return list;
}

/// Returns the value of a column of a copied message. The copy has another id than the one that the client
/// chose, and its parts do not hold that id. It is in the last part, or in the one before the metadata.
const char* copied_value(const pg::Column& column) {
    if (column.name != "parts" || column.kind != pg::ColumnKind::jsonb)
        return column_itself(column);
    const auto without = [](int index) { return pg::format("parts OPERATOR(pg_catalog.-) (%d)", index); };
    const auto is = [](int index, std::string_view type) {
        return pg::format("pg_catalog.jsonb_extract_path_text(parts, '%d', 'type') "
                          "OPERATOR(pg_catalog.=) '%s'",
                          index, type.data());
    };
    return pg::format("CASE WHEN %s THEN %s WHEN %s AND %s THEN %s ELSE parts END",
                      is(-1, part_type::message_id), without(-1), is(-1, part_type::metadata),
                      is(-2, part_type::message_id), without(-2));
}

const char* conversation_statement(pg::Oid schema) {
    const char* table = pg::qualified_name(schema, "conversations");
    // The copy gets times of its own.
    constexpr std::array<std::string_view, 4> except{"id", "title", "created_at", "updated_at"};
    const char* columns = copied_columns(schema, "conversations", except);
    return pg::format("INSERT INTO %s (id, title%s) SELECT $2, COALESCE($3, title)%s FROM %s "
                      "WHERE id OPERATOR(pg_catalog.=) $1",
                      table, columns, columns, table);
}
constexpr std::array conversation_parameters{pg::ParameterType::uuid, pg::ParameterType::uuid,
                                             pg::ParameterType::text};
constinit pg::KeptStatement copy_conversation("conversations", "conversations", pg::Rights::caller,
                                              conversation_statement, conversation_parameters);

/// The id of a copied message: its first eight digits count the messages, and the rest is random. The ids are
/// therefore in the order of the messages, also when times are equal. The order trigger makes equal times
/// different, but it leaves infinity alone, and users can disable it.
constexpr char new_id[] =
    "(pg_catalog.lpad(pg_catalog.to_hex(pg_catalog.row_number() OVER (ORDER BY created_at, id)), 8, '0') "
    "OPERATOR(pg_catalog.||) pg_catalog.substr(pg_catalog.gen_random_uuid()::pg_catalog.text, "
    "9))::pg_catalog.uuid";

/// Returns the INSERT that copies the messages that meet the condition. It inserts them in their order, so
/// that messages with equal times keep it.
const char* copy_statement(pg::Oid schema, const char* condition) {
    const char* table = pg::qualified_name(schema, "messages");
    constexpr std::array<std::string_view, 2> except{"id", "conversation_id"};
    return pg::format("INSERT INTO %s (id, conversation_id%s) SELECT %s, $2%s FROM %s "
                      "WHERE conversation_id OPERATOR(pg_catalog.=) $1%s ORDER BY created_at, id",
                      table, copied_columns(schema, "messages", except), new_id,
                      copied_columns(schema, "messages", except, copied_value), table, condition);
}
const char* all_statement(pg::Oid schema) {
    return copy_statement(schema, "");
}
const char* up_to_statement(pg::Oid schema) {
    return copy_statement(schema, pg::format(" AND ROW(%s, id) OPERATOR(pg_catalog.<=) ROW($3, $4)",
                                             created_at_in_utc(schema)));
}
constexpr std::array up_to_parameters{pg::ParameterType::uuid, pg::ParameterType::uuid,
                                      pg::ParameterType::timestamp, pg::ParameterType::uuid};
constinit pg::KeptStatement copy_all("messages", "messages", pg::Rights::caller, all_statement,
                                     std::span(up_to_parameters).first(2));
constinit pg::KeptStatement copy_up_to("messages", "messages", pg::Rights::caller, up_to_statement,
                                       up_to_parameters);

/// Copies the conversation that `find` finds.
pg::Result fork_found(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id, arg_up_to_message, arg_title };
    call.require_not_null(arg_conversation_id, "conversation_id");
    const pg::Uuid from = find(call, arg_conversation_id);
    const pg::Oid schema = call.function_schema();
    std::optional<std::string_view> title;
    if (!call.is_null(arg_title))
        title = call.text(arg_title);

    // Both statements see the same moment. Otherwise the conversation could be copied, and its messages be
    // gone by then.
    pg::Moment moment = pg::Moment::now();
    pg::Uuid copy;
    pg::make_random_uuids({&copy, 1});
    const auto from_id = pg::Parameter::uuid(from);
    const auto copy_id = pg::Parameter::uuid(copy);
    if (copy_conversation.execute_at(schema, moment,
                                     std::array{from_id, copy_id, pg::Parameter::text(title)}) == 0)
        raise_conversation_not_found(from);
    if (call.is_null(arg_up_to_message)) {
        copy_all.execute_at(schema, moment, std::array{from_id, copy_id});
    } else {
        const MessagePlace last = find_place_to_write(schema, moment, from, call.text(arg_up_to_message));
        copy_up_to.execute_at(schema, moment,
                              std::array{from_id, copy_id, pg::Parameter::timestamp(last.created_at),
                                         pg::Parameter::uuid(last.id)});
    }
    moment.end();
    return pg::uuid_result(copy);
}

} // namespace

pg::Result fork_conversation(pg::Call& call) {
    return fork_found(call, conversation_by_uuid);
}

pg::Result fork_conversation_by_name(pg::Call& call) {
    return fork_found(call, conversation_by_name);
}

} // namespace agentchat
