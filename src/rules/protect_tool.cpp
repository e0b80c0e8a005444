// agentchat.protect_tool() keeps tools that agent definitions use: they can be neither deleted nor renamed.
//
// It is the other half of check_agent_definition_tools(), and works like the check that a foreign key makes
// when a row that it refers to changes.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr pg::Firing after_update_or_delete{.before = false,
                                            .for_each_row = true,
                                            .on_insert = false,
                                            .on_update = true,
                                            .on_delete = true,
                                            .when = "AFTER UPDATE OR DELETE",
                                            .how = "FOR EACH ROW"};

struct Columns {
    pg::UuidColumn id;
    int name;
};

/// The condition that a definition d uses the tool with the name $1 and the id $2, which has no hyphens. A
/// uuid can be written in several ways: in capitals, in braces, with other hyphens (string_to_uuid in
/// src/backend/utils/adt/uuid.c).
constexpr char uses_tool[] =
    "(pg_catalog.jsonb_exists(d.tools, $1) OR EXISTS (SELECT FROM pg_catalog.jsonb_array_elements_text("
    "CASE pg_catalog.jsonb_typeof(d.tools) WHEN 'array' THEN d.tools END) e (name) "
    "WHERE pg_catalog.length(e.name) OPERATOR(pg_catalog.>=) 32 "
    "AND pg_catalog.lower(pg_catalog.translate(e.name, '{-}', '')) OPERATOR(pg_catalog.=) $2))";

/// Finds a definition that uses the tool. It waits for a session that is deleting the definition, as the
/// check of a foreign key does (ri_restrict in src/backend/utils/adt/ri_triggers.c).
const char* use_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s d WHERE %s LIMIT 1 FOR KEY SHARE OF d",
                      pg::qualified_name(schema, "agent_definitions"), uses_tool);
}

const char* count_statement(pg::Oid schema) {
    return pg::format("SELECT pg_catalog.count(*) FROM %s d WHERE %s",
                      pg::qualified_name(schema, "agent_definitions"), uses_tool);
}

constexpr std::array tool_parameters{pg::ParameterType::text, pg::ParameterType::text};
constinit pg::KeptStatement use("agent_definitions", "agent_tools", pg::Rights::owner, use_statement,
                                tool_parameters);
constinit pg::KeptStatement count("agent_definitions", "agent_tools", pg::Rights::owner, count_statement,
                                  tool_parameters);

/// Returns the digits of the uuid without hyphens.
std::string_view hex_digits(const pg::Uuid& id) {
    char* digits = pg::allocate_array<char>(pg::current_context(), pg::uuid_text_size);
    pg::write_uuid(id, digits);
    return {digits, static_cast<std::size_t>(std::remove(digits, digits + pg::uuid_text_size, '-') - digits)};
}

/// Raises 23503 if any definition uses the tool. Definitions that policies hide from the caller count, too,
/// but the error tells only their number.
void require_unused(pg::Oid schema, const pg::Uuid& id, std::string_view name) {
    const std::array parameters{pg::Parameter::text(name), pg::Parameter::text(hex_digits(id))};
    if (use.execute_latest(schema, parameters) == 0)
        return;
    std::int64_t definitions = 0;
    constexpr std::array kinds{pg::ColumnKind::other};
    count.query_latest(schema, parameters, {[&](const pg::Row& row) { definitions = row.bigint(0); }, kinds});
    pg::raise(
        {pg::sqlstate::foreign_key_violation, "a tool that agent definitions use must stay as it is",
         pg::format("The tool %s is in the tools of %lld agent %s.", pg::quoted_excerpt(name),
                    static_cast<long long>(definitions), definitions == 1 ? "definition" : "definitions"),
         "Take it out of these definitions before you delete it, rename it or change its id."});
}

} // namespace

pg::Result protect_tool(pg::Call& call) {
    const pg::RowTrigger trigger(call, after_update_or_delete);
    trigger.require_table("agent_tools");
    const auto& columns = call.once<Columns>([&](Columns& found) {
        found = {trigger.uuid_column("id"), trigger.text_column("name")};
    });
    const std::optional<pg::Uuid> id = trigger.old_uuid(columns.id);
    const pg::Row row = trigger.old_row();
    const bool keeps_keys =
        !trigger.is_delete() && trigger.new_uuid(columns.id) == id && !trigger.changes_column(columns.name);
    // A row of a table without the constraints of agentchat may lack a key. No definition can refer to it.
    if (!id || row.is_null(columns.name - 1) || keeps_keys || pg::is_restore(trigger.table()))
        return trigger.done();
    require_unused(trigger.table_schema(), *id, row.text(columns.name - 1));
    return trigger.done();
}

} // namespace agentchat
