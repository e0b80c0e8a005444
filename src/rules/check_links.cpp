// agentchat.check_artifact_links(), check_agent_instance_links() and check_workflow_links() refuse links from
// a user's rows to rows of other users.
//
// They are triggers that look at a link when it is made or changed. The WITH CHECK of a policy would look at
// every UPDATE: users could then not rename or archive an agent whose definition was made private later.
#include <array>
#include <optional>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A column that refers to another table, and the statement that finds the row with the id $1 if the user $2
/// may refer to it.
struct Link {
    const char* table;
    const char* column;
    pg::KeptStatement* target;
};

struct Columns {
    pg::UuidColumn user_id;
    pg::UuidColumn link;
};

/// Whether the user may refer to the row with that id.
bool may_refer(pg::Oid schema, const Link& link, const pg::Uuid& id, const pg::Uuid& user) {
    return link.target->exists_latest(schema, std::array{pg::Parameter::uuid(id), pg::Parameter::uuid(user)});
}

/// Raises 42501 if the row has a new link that its user may not make.
pg::Result check_links(pg::Call& call, const Link& link) {
    const pg::RowTrigger trigger(call, pg::after_row_insert_or_update);
    if (!pg::is_subject_to_rls(trigger.table()))
        return trigger.done();
    const auto& columns = call.once<Columns>([&](Columns& found) {
        trigger.require_table(link.table);
        found = {trigger.uuid_column("user_id"), trigger.uuid_column(link.column)};
    });

    const std::optional<pg::Uuid> user = trigger.new_uuid(columns.user_id);
    const std::optional<pg::Uuid> id = trigger.new_uuid(columns.link);
    const bool is_new = trigger.is_insert() || trigger.old_uuid(columns.user_id) != user ||
                        trigger.old_uuid(columns.link) != id;
    if (!id || !is_new || (user && may_refer(trigger.table_schema(), link, *id, *user)))
        return trigger.done();

    char text[pg::uuid_text_size];
    pg::write_uuid(*id, text);
    pg::raise({pg::sqlstate::insufficient_privilege, "cannot refer to a row of another user",
               pg::format("The column %s is %.*s.", link.column, static_cast<int>(sizeof(text)), text),
               "Refer to a row of the same user, or to a public agent definition."});
}

constexpr std::array link_parameters{pg::ParameterType::uuid, pg::ParameterType::uuid};

const char* message_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s m JOIN %s c ON c.id OPERATOR(pg_catalog.=) m.conversation_id "
                      "WHERE m.id OPERATOR(pg_catalog.=) $1 AND c.user_id OPERATOR(pg_catalog.=) $2",
                      pg::qualified_name(schema, "messages"), pg::qualified_name(schema, "conversations"));
}
constinit pg::KeptStatement message("messages", "conversations", pg::Rights::owner, message_statement,
                                    link_parameters);

const char* definition_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s d WHERE d.id OPERATOR(pg_catalog.=) $1 "
                      "AND (d.user_id OPERATOR(pg_catalog.=) $2 OR d.is_public)",
                      pg::qualified_name(schema, "agent_definitions"));
}
constinit pg::KeptStatement definition("agent_definitions", "agent_definitions", pg::Rights::owner,
                                       definition_statement, link_parameters);

const char* instance_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s i WHERE i.id OPERATOR(pg_catalog.=) $1 "
                      "AND i.user_id OPERATOR(pg_catalog.=) $2",
                      pg::qualified_name(schema, "agent_instances"));
}
constinit pg::KeptStatement instance("agent_instances", "agent_instances", pg::Rights::owner,
                                     instance_statement, link_parameters);

} // namespace

pg::Result check_artifact_links(pg::Call& call) {
    return check_links(call, {"artifacts", "message_id", &message});
}

pg::Result check_agent_instance_links(pg::Call& call) {
    return check_links(call, {"agent_instances", "definition_id", &definition});
}

pg::Result check_workflow_links(pg::Call& call) {
    return check_links(call, {"workflows", "agent_instance_id", &instance});
}

} // namespace agentchat
