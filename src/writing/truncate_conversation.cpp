// truncate_conversation() deletes a message and all later ones, for example before the user edits the message
// or asks for another answer.
#include <array>
#include <cstdint>

#include "common/conversation_id.hpp"
#include "common/find_message.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "writing/conversation_lock.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

const char* truncate_statement(pg::Oid schema) {
    return pg::format("DELETE FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND ROW(%s, id) OPERATOR(pg_catalog.>=) ROW($2, $3)",
                      pg::qualified_name(schema, "messages"), created_at_in_utc(schema));
}
constexpr std::array truncate_parameters{pg::ParameterType::uuid, pg::ParameterType::timestamp,
                                         pg::ParameterType::uuid};
constinit pg::KeptStatement truncate("messages", "messages", pg::Rights::caller, truncate_statement,
                                     truncate_parameters);

/// Truncates the conversation that `find` finds.
pg::Result truncate_found(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id, arg_from_message };
    call.require_not_null(arg_conversation_id, "conversation_id");
    call.require_not_null(arg_from_message, "from_message");
    const pg::Uuid conversation = find(call, arg_conversation_id);
    const pg::Oid schema = call.function_schema();

    // Calls that append wait. Otherwise their messages could follow messages that are deleted here.
    lock_conversation(schema, conversation);
    pg::Moment moment = pg::Moment::now();
    const MessagePlace from = find_place_to_write(schema, moment, conversation, call.text(arg_from_message));
    const std::uint64_t deleted = truncate.execute_at(schema, moment,
                                                      std::array{pg::Parameter::uuid(conversation),
                                                                 pg::Parameter::timestamp(from.created_at),
                                                                 pg::Parameter::uuid(from.id)});
    moment.end();
    return pg::Result::integer(static_cast<std::int32_t>(deleted));
}

} // namespace

pg::Result truncate_conversation(pg::Call& call) {
    return truncate_found(call, conversation_by_uuid);
}

pg::Result truncate_conversation_by_name(pg::Call& call) {
    return truncate_found(call, conversation_by_name);
}

} // namespace agentchat
