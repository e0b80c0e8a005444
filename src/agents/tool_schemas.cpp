// Implements tool_schemas.hpp.
//
// A compiled schema counts only while the tool's row has the same bytes. Hence nothing must tell the cache
// that a row has changed, and a change that is rolled back needs no care.
#include "agents/tool_schemas.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "common/invalid_tool_schema.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;

// ---- the rows

/// A row of agent_tools, in the current memory context.
struct ToolRow {
    pg::Uuid id;
    std::string_view name;
    JsonbView schema;
};

const char* tool_statement(pg::Oid schema, const char* column) {
    return pg::format("SELECT t.id, t.name::pg_catalog.text, t.schema FROM %s t "
                      "WHERE t.%s OPERATOR(pg_catalog.=) $1 LIMIT 1",
                      pg::qualified_name(schema, "agent_tools"), column);
}

const char* statement_by_id(pg::Oid schema) {
    return tool_statement(schema, "id");
}
constexpr std::array id_parameters{pg::ParameterType::uuid};
constinit pg::KeptStatement tool_by_id("agent_tools", "agent_tools", pg::Rights::caller, statement_by_id,
                                       id_parameters);

const char* statement_by_name(pg::Oid schema) {
    return tool_statement(schema, "name");
}
constexpr std::array name_parameters{pg::ParameterType::text};
constinit pg::KeptStatement tool_by_name("agent_tools", "agent_tools", pg::Rights::caller, statement_by_name,
                                         name_parameters);

constexpr std::array tool_kinds{pg::ColumnKind::uuid, pg::ColumnKind::text, pg::ColumnKind::jsonb};

std::optional<ToolRow> find_row(pg::Oid schema, pg::KeptStatement& statement, pg::Parameter key) {
    const pg::MemoryContext context = pg::current_context();
    std::optional<ToolRow> found;
    statement.query(schema, std::array{key},
                    {[&](const pg::Row& row) {
                         const pg::MemoryContext previous = pg::switch_to(context);
                         found = {row.uuid(0), pg::copy_text(context, row.text(1)),
                                  JsonbView::of(JsonbView::of(row.datum(2)).copy())};
                         pg::switch_to(previous);
                     },
                     tool_kinds});
    return found;
}

std::optional<ToolRow> find_tool(pg::Oid schema, std::string_view id_or_name) {
    std::optional<ToolRow> found;
    if (const std::optional<pg::Uuid> id = pg::parse_uuid(id_or_name))
        found = find_row(schema, tool_by_id, pg::Parameter::uuid(*id));
    return found ? found : find_row(schema, tool_by_name, pg::Parameter::text(id_or_name));
}

// ---- the cache

/// A compiled schema. All that it needs is in its context.
struct CachedSchema {
    pg::Uuid id;
    pg::MemoryContext context;
    JsonbView bytes;
    const JsonSchema* compiled;
    /// On PostgreSQL 15 without the regular expressions, which are not in the context (pg/regex.cpp).
    std::size_t size;
    std::uint64_t last_use;
};

/// Keeps the schemas that were used last. It is plain data that lives as long as the session.
class SchemaCache {
public:
    /// Returns nullptr if the cache does not have the schema of the row, or has an older one.
    const JsonSchema* find(const ToolRow& tool) {
        CachedSchema* schema = find_id(tool.id);
        // true and false, which are schemas, too, have no bytes.
        if (schema == nullptr || schema->bytes.kind() != tool.schema.kind() ||
            schema->bytes.truth() != tool.schema.truth() || schema->bytes.bytes() != tool.schema.bytes())
            return nullptr;
        schema->last_use = ++uses_;
        return schema->compiled;
    }

    /// Adds a schema, and removes the older one of the tool. If the cache is full, it removes those that were
    /// not used for the longest time. One schema can be larger than the cache: it stays until the next one
    /// comes.
    void add(CachedSchema schema) {
        if (CachedSchema* older = find_id(schema.id))
            remove(*older);
        while (count_ > 0 && (count_ == schemas_.size() || size_ + schema.size > most_bytes))
            remove(*std::min_element(
                schemas_.begin(), schemas_.begin() + count_,
                [](const CachedSchema& a, const CachedSchema& b) { return a.last_use < b.last_use; }));
        schema.last_use = ++uses_;
        pg::keep_for_session(schema.context);
        schemas_[count_++] = schema;
        size_ += schema.size;
    }

private:
    static constexpr std::size_t most_schemas = 64;
    static constexpr std::size_t most_bytes = 16UL * 1024 * 1024;

    CachedSchema* find_id(const pg::Uuid& id) {
        for (CachedSchema& schema : std::span(schemas_).first(count_))
            if (schema.id == id)
                return &schema;
        return nullptr;
    }

    void remove(CachedSchema& schema) {
        const pg::MemoryContext context = schema.context;
        size_ -= schema.size;
        schema = schemas_[--count_];
        pg::delete_context(context);
    }

    std::array<CachedSchema, most_schemas> schemas_{};
    std::size_t count_ = 0;
    std::size_t size_ = 0;
    std::uint64_t uses_ = 0;
};
constinit SchemaCache cache;

/// Compiles the schema in a context of its own. After an error, the context ends with the current one.
CachedSchema compile(const ToolRow& tool) {
    const pg::MemoryContext context = pg::make_context(pg::current_context(), "agentchat schema of a tool");
    const pg::MemoryContext previous = pg::switch_to(context);
    const JsonbView bytes = JsonbView::of(tool.schema.copy());
    pg::switch_to(previous);
    const CompiledSchema compiled = compile_json_schema(context, bytes);
    if (compiled.schema == nullptr)
        raise_invalid_tool_schema(tool.name, fault_detail(compiled.fault));
    return {tool.id, context, bytes, compiled.schema, pg::memory_of(context), 0};
}

} // namespace

std::optional<ToolSchema> find_tool_schema(pg::Oid schema, std::string_view id_or_name) {
    const std::optional<ToolRow> tool = find_tool(schema, id_or_name);
    if (!tool)
        return std::nullopt;
    const JsonSchema* compiled = cache.find(*tool);
    if (compiled == nullptr) {
        const CachedSchema made = compile(*tool);
        cache.add(made);
        compiled = made.compiled;
    }
    return ToolSchema{tool->id, tool->name, compiled};
}

} // namespace agentchat
