// Implements find_message.hpp with one statement, for functions that read and for functions that write.
#include "common/find_message.hpp"

#include <array>
#include <optional>
#include <span>

#include "common/message_id.hpp"
#include "pg/error.hpp"
#include "pg/relation.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Makes the text of the statement. It returns the time of message $2 in conversation $1.
const char* time_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "messages");
    pg::uuid_column(table, "id");
    pg::uuid_column(table, "conversation_id");
    return pg::format("SELECT %s FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND id OPERATOR(pg_catalog.=) $2",
                      created_at_in_utc(schema), pg::qualified_name(schema, "messages"));
}
constexpr std::array time_parameters{pg::ParameterType::uuid, pg::ParameterType::uuid};
constinit pg::KeptStatement time_of_message("messages", "messages", pg::Rights::caller, time_statement,
                                            time_parameters);

} // namespace

const char* created_at_in_utc(pg::Oid schema) {
    return pg::time_in_utc(pg::require_relation(schema, "messages"), "created_at", "created_at");
}

namespace {

/// Finds the place with `query(parameters, receiver)`, which runs the statement. Raises the given error if
/// the statement returns no row.
template <typename Query>
MessagePlace find_place(const pg::Uuid& conversation, std::string_view name, const char* missing_sqlstate,
                        const char* missing_message, Query query) {
    const pg::Uuid id = message_uuid(conversation, name);
    std::optional<pg::Timestamp> time;
    constexpr std::array kinds{pg::ColumnKind::timestamp};
    query(std::array{pg::Parameter::uuid(conversation), pg::Parameter::uuid(id)},
          pg::RowReceiver{[&](const pg::Row& row) {
                              if (!row.is_null(0))
                                  time = row.timestamp(0);
                          },
                          kinds});
    if (!time)
        pg::raise({missing_sqlstate, missing_message,
                   pg::format("The conversation has no message %s that the caller may see.",
                              pg::quoted_excerpt(name)),
                   "Pass the id of one of its messages."});
    return {*time, id};
}

} // namespace

MessagePlace find_place_to_read(pg::Oid schema, const pg::Uuid& conversation, std::string_view name,
                                const char* argument) {
    return find_place(conversation, name, pg::sqlstate::invalid_parameter_value,
                      pg::format("%s is not in this conversation", argument),
                      [&](std::span<const pg::Parameter> parameters, const pg::RowReceiver& receiver) {
                          time_of_message.query(schema, parameters, receiver);
                      });
}

MessagePlace find_place_to_write(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& conversation,
                                 std::string_view name) {
    // The message must stay constant, because PostgREST copies it into the status line of HTTP.
    return find_place(conversation, name, pg::sqlstate::not_found, "message not found",
                      [&](std::span<const pg::Parameter> parameters, const pg::RowReceiver& receiver) {
                          time_of_message.query_at(schema, moment, parameters, receiver);
                      });
}

} // namespace agentchat
