// get_agent() returns a user's agent with all that a request to a model needs: its definition, its
// configuration and its tools.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "agents/provider_schema.hpp"
#include "common/format_name.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/statement.hpp"
#include "pg/value_writer.hpp"
#include "pg/values.hpp"
#include "shapes/anthropic_blocks.hpp"
#include "shapes/blank_text.hpp"
#include "shapes/call_names.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_agent_instance_id, arg_format };

enum class AgentFormat : std::uint8_t { rows, ai_sdk, openai, anthropic };

AgentFormat agent_format(std::string_view name) {
    constexpr NamedFormat<AgentFormat> formats[] = {
        {"rows", AgentFormat::rows},
        {"ai-sdk", AgentFormat::ai_sdk},
        {"openai", AgentFormat::openai},
        {"anthropic", AgentFormat::anthropic},
    };
    return find_format(formats, name);
}

/// Makes the text of the statement. It returns the instance $1 and its definition. A definition that is
/// private serves only its author, also for a caller who could read it.
const char* agent_statement(pg::Oid schema) {
    const pg::Oid instances = pg::require_relation(schema, "agent_instances");
    const pg::Oid definitions = pg::require_relation(schema, "agent_definitions");
    for (const char* column : {"id", "user_id", "definition_id"})
        pg::uuid_column(instances, column);
    for (const char* column : {"id", "user_id"})
        pg::uuid_column(definitions, column);
    return pg::format("SELECT pg_catalog.to_jsonb(i.*), pg_catalog.to_jsonb(d.*) FROM %s i LEFT JOIN %s d "
                      "ON d.id OPERATOR(pg_catalog.=) i.definition_id "
                      "AND (d.is_public OR d.user_id OPERATOR(pg_catalog.=) i.user_id) "
                      "WHERE i.id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "agent_instances"),
                      pg::qualified_name(schema, "agent_definitions"));
}
constexpr std::array agent_parameters{pg::ParameterType::uuid};
constexpr std::array agent_kinds{pg::ColumnKind::jsonb, pg::ColumnKind::jsonb};
constinit pg::KeptStatement agents("agent_instances", "agent_definitions", pg::Rights::caller,
                                   agent_statement, agent_parameters);

/// Makes the text of the statement. It returns the tools with the ids $1, and those with the names $2.
const char* tools_statement(pg::Oid schema) {
    pg::uuid_column(pg::require_relation(schema, "agent_tools"), "id");
    return pg::format("SELECT t.id, t.name::pg_catalog.text, pg_catalog.to_jsonb(t.*) FROM %s t "
                      "WHERE t.id OPERATOR(pg_catalog.=) ANY ($1) "
                      "OR t.name::pg_catalog.text OPERATOR(pg_catalog.=) ANY ($2)",
                      pg::qualified_name(schema, "agent_tools"));
}
constexpr std::array tools_parameters{pg::ParameterType::uuids, pg::ParameterType::texts};
constexpr std::array tools_kinds{pg::ColumnKind::uuid, pg::ColumnKind::text, pg::ColumnKind::jsonb};
constinit pg::KeptStatement tools("agent_tools", "agent_tools", pg::Rights::caller, tools_statement,
                                  tools_parameters);

/// Copies the jsonb in that column. Returns nothing if it is NULL.
std::optional<pg::JsonbView> copy_jsonb(const pg::Row& row, int column) {
    if (row.is_null(column))
        return std::nullopt;
    return pg::JsonbView::of(pg::JsonbView::of(row.datum(column)).copy());
}

struct Tool {
    pg::Uuid id;
    std::string_view name;
    pg::JsonbView row;
};

/// An agent as the tables describe it.
struct Agent {
    pg::JsonbView instance;
    /// Missing if the definition is gone.
    std::optional<pg::JsonbView> definition;
    /// The tools of the definition in its order, each once.
    std::span<const Tool> tools;
    /// What the definition names and the caller does not find in agent_tools.
    std::span<const pg::JsonbView> missing_tools;
};

/// Reads the instance and its definition. Returns nothing if the caller cannot see such an instance.
std::optional<Agent> read_agent(pg::Oid schema, const pg::Uuid& id) {
    pg::MemoryContext context = pg::current_context();
    std::optional<Agent> agent;
    const auto take_first = [&](const pg::Row& row) {
        if (agent)
            return;
        pg::MemoryContext caller = pg::switch_to(context);
        agent = Agent{*copy_jsonb(row, 0), copy_jsonb(row, 1), {}, {}};
        pg::switch_to(caller);
    };
    agents.query(schema, std::array{pg::Parameter::uuid(id)}, {take_first, agent_kinds});
    return agent;
}

/// Reads the tools that the definition may mean by its names.
std::span<const Tool> read_candidates(pg::Oid schema, const pg::JsonbView& names) {
    pg::MemoryContext context = pg::current_context();
    pg::ArenaList<pg::Uuid> ids(context);
    pg::ArenaList<std::optional<std::string_view>> texts(context);
    for (pg::JsonbCursor cursor(names); cursor.next();) {
        if (!cursor.value().is_string())
            continue;
        texts.add(cursor.value().text());
        if (const std::optional<pg::Uuid> id = pg::parse_uuid(cursor.value().text()))
            ids.add(*id);
    }
    pg::ArenaList<Tool> candidates(context);
    const auto take = [&](const pg::Row& row) {
        pg::MemoryContext caller = pg::switch_to(context);
        const std::string_view name = row.is_null(1) ? std::string_view() : row.text(1);
        candidates.add({row.uuid(0), pg::copy_text(context, name), *copy_jsonb(row, 2)});
        pg::switch_to(caller);
    };
    if (!texts.is_empty())
        tools.query(schema, std::array{pg::Parameter::uuids(ids.span()), pg::Parameter::texts(texts.span())},
                    {take, tools_kinds});
    return candidates.span();
}

/// Finds the tool that a definition names. An id comes before a name that looks the same.
const Tool* find_tool(std::span<const Tool> candidates, std::string_view id_or_name) {
    const auto find = [&](auto is_wanted) {
        const auto found = std::find_if(candidates.begin(), candidates.end(), is_wanted);
        return found == candidates.end() ? nullptr : std::to_address(found);
    };
    const std::optional<pg::Uuid> id = pg::parse_uuid(id_or_name);
    const Tool* by_id = id ? find([&](const Tool& tool) { return tool.id == *id; }) : nullptr;
    return by_id != nullptr ? by_id : find([&](const Tool& tool) { return tool.name == id_or_name; });
}

/// Finds the tools that the definition names.
void resolve_tools(pg::Oid schema, Agent& agent) {
    const std::optional<pg::JsonbView> names =
        agent.definition ? agent.definition->find("tools") : std::nullopt;
    if (!names || !names->is_array())
        return;
    const std::span<const Tool> candidates = read_candidates(schema, *names);
    pg::ArenaList<Tool> resolved(pg::current_context());
    pg::ArenaList<pg::JsonbView> missing(pg::current_context());
    for (pg::JsonbCursor cursor(*names); cursor.next();) {
        const Tool* tool =
            cursor.value().is_string() ? find_tool(candidates, cursor.value().text()) : nullptr;
        if (tool == nullptr)
            missing.add(cursor.value());
        // A definition may name a tool by its id and again by its name. Names are keys in a result; users
        // can drop the constraint that makes them unique.
        else if (std::none_of(resolved.begin(), resolved.end(), [&](const Tool& other) {
                     return other.id == tool->id || other.name == tool->name;
                 }))
            resolved.add(*tool);
    }
    agent.tools = resolved.span();
    agent.missing_tools = missing.span();
}

/// Returns the field if it is an object.
std::optional<pg::JsonbView> find_object(const std::optional<pg::JsonbView>& row, std::string_view name) {
    const std::optional<pg::JsonbView> field = row ? row->find(name) : std::nullopt;
    return field && field->is_object() ? field : std::nullopt;
}

/// Writes the capabilities of the definition, and over them the configuration of the instance. Like `||` of
/// jsonb, it looks at the outer keys alone, and a null of the instance stays.
void write_configuration(const Agent& agent, pg::ValueWriter& writer) {
    const std::optional<pg::JsonbView> base = find_object(agent.definition, "capabilities");
    const std::optional<pg::JsonbView> own = find_object(agent.instance, "configuration");
    writer.begin_object();
    if (base)
        for (pg::JsonbCursor cursor(*base); cursor.next();)
            if (!own || !own->find(cursor.key()))
                writer.field(cursor.key(), cursor.value());
    if (own)
        for (pg::JsonbCursor cursor(*own); cursor.next();)
            writer.field(cursor.key(), cursor.value());
    writer.end_object();
}

/// Writes the fields that all formats have.
void write_common_fields(const Agent& agent, pg::ValueWriter& writer) {
    writer.field("status", agent.instance.find("status").value_or(pg::JsonbView()));
    writer.field("definition_status", agent.definition ? "available" : "gone");
    writer.key("configuration");
    write_configuration(agent, writer);
}

void write_rows(const Agent& agent, pg::ValueWriter& writer) {
    writer.field("instance", agent.instance);
    writer.field("definition", agent.definition.value_or(pg::JsonbView()));
    writer.key("tools");
    writer.begin_array();
    for (const Tool& tool : agent.tools)
        writer.value(tool.row);
    writer.end_array();
    writer.key("missing_tools");
    writer.begin_array();
    for (const pg::JsonbView& name : agent.missing_tools)
        writer.value(name);
    writer.end_array();
}

/// Returns the names by which the tools are offered. Tools whose names become equal get numbers: `a b` and
/// `a.b` become `a_b` and `a_b_2`. A name that stays as it is is never given to another tool.
std::span<const std::string_view> offered_names(std::span<const Tool> tools, const CallRules& rules) {
    pg::MemoryContext context = pg::current_context();
    auto* names = pg::allocate_array<std::string_view>(context, tools.size());
    std::uninitialized_fill_n(names, tools.size(), std::string_view());
    const auto is_taken = [&](std::string_view name) {
        pg::check_for_interrupts();
        return std::find(names, names + tools.size(), name) != names + tools.size();
    };
    for (std::size_t i = 0; i < tools.size(); ++i)
        if (is_accepted_name(tools[i].name, rules))
            names[i] = tools[i].name;
    for (std::size_t i = 0; i < tools.size(); ++i) {
        if (!names[i].empty())
            continue;
        const std::string_view base = accepted_name(tools[i].name, rules);
        std::string_view name = base;
        for (int number = 2; is_taken(name); ++number) {
            const std::string_view suffix = pg::format("_%d", number);
            const std::string_view start = base.substr(0, rules.most_characters_of_name - suffix.size());
            name = pg::format("%.*s%s", static_cast<int>(start.size()), start.data(), suffix.data());
        }
        names[i] = name;
    }
    return {names, tools.size()};
}

/// Writes the prompt of the definition. It is null if the definition is gone, or its prompt is blank.
void write_system(const Agent& agent, AgentFormat format, pg::ValueWriter& writer) {
    const std::optional<std::string_view> prompt =
        agent.definition ? agent.definition->find_text("system_prompt") : std::nullopt;
    if (!prompt || is_blank(*prompt))
        return writer.null();
    if (format != AgentFormat::anthropic)
        return writer.string(*prompt);
    writer.begin_array();
    anthropic::write_text(*prompt, std::nullopt, writer);
    writer.end_array();
}

pg::JsonbView schema_of(const Tool& tool) {
    return tool.row.find("schema").value_or(pg::JsonbView());
}

void write_ai_sdk_tools(const Agent& agent, pg::ValueWriter& writer) {
    writer.begin_object();
    for (const Tool& tool : agent.tools) {
        writer.key(tool.name);
        writer.begin_object();
        writer.optional_field("description", tool.row.find_text("description"));
        writer.field("inputSchema", schema_of(tool));
        writer.end_object();
    }
    writer.end_object();
}

void write_openai_tools(const Agent& agent, pg::ValueWriter& writer) {
    const std::span<const std::string_view> names = offered_names(agent.tools, openai_call_rules);
    writer.begin_array();
    for (std::size_t i = 0; i < names.size(); ++i) {
        writer.begin_object();
        writer.field("type", "function");
        writer.key("function");
        writer.begin_object();
        writer.field("name", names[i]);
        writer.optional_field("description", agent.tools[i].row.find_text("description"));
        writer.key("parameters");
        write_openai_schema(schema_of(agent.tools[i]), writer);
        writer.end_object();
        writer.end_object();
    }
    writer.end_array();
}

void write_anthropic_tools(const Agent& agent, pg::ValueWriter& writer) {
    const std::span<const std::string_view> names = offered_names(agent.tools, anthropic_call_rules);
    writer.begin_array();
    for (std::size_t i = 0; i < names.size(); ++i) {
        writer.begin_object();
        writer.field("name", names[i]);
        writer.optional_field("description", agent.tools[i].row.find_text("description"));
        writer.key("input_schema");
        write_anthropic_schema(schema_of(agent.tools[i]), writer);
        writer.end_object();
    }
    writer.end_array();
}

/// Writes what a request to a model needs, in the terms of that API.
void write_request(const Agent& agent, AgentFormat format, pg::ValueWriter& writer) {
    for (const std::string_view field : {"id", "name"})
        writer.field(field, agent.instance.find(field).value_or(pg::JsonbView()));
    writer.key("system");
    write_system(agent, format, writer);
    writer.key("tools");
    if (format == AgentFormat::openai)
        write_openai_tools(agent, writer);
    else if (format == AgentFormat::anthropic)
        write_anthropic_tools(agent, writer);
    else
        write_ai_sdk_tools(agent, writer);
}

/// Writes the agent as a jsonb in the current memory context.
std::uintptr_t write_agent(const Agent& agent, AgentFormat format) {
    pg::JsonbWriter& writer =
        pg::jsonb_writer(pg::current_context(), "Split the tools among several definitions.");
    writer.begin_object();
    if (format == AgentFormat::rows)
        write_rows(agent, writer);
    else
        write_request(agent, format, writer);
    write_common_fields(agent, writer);
    writer.end_object();
    return writer.finish();
}

} // namespace

pg::Result get_agent(pg::Call& call) {
    const AgentFormat format =
        call.is_null(arg_format) ? AgentFormat::rows : agent_format(call.text(arg_format));
    if (call.is_null(arg_agent_instance_id))
        return pg::Result::null();
    const pg::Oid schema = call.function_schema();
    std::optional<Agent> agent = read_agent(schema, call.uuid(arg_agent_instance_id));
    if (!agent)
        return pg::Result::null();
    resolve_tools(schema, *agent);
    return {write_agent(*agent, format), false};
}

} // namespace agentchat
