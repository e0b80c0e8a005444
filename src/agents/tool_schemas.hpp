// Finds the tools of agent_tools, and keeps their compiled schemas for the session.
#pragma once

#include <optional>
#include <string_view>

#include "json_schema/schema.hpp"
#include "pg/values.hpp"

namespace agentchat {

struct ToolSchema {
    pg::Uuid id;
    /// Lives in the current memory context.
    std::string_view name;
    /// Lives until the next call of find_tool_schema().
    const JsonSchema* schema;
};

/// Finds a tool that the caller may see, by its id or else by its name. `schema` is the schema of the
/// extension. Returns nothing if no such tool exists. Raises 22023 if the stored schema is not a valid JSON
/// Schema: the row can be older than the rule that checks it.
std::optional<ToolSchema> find_tool_schema(pg::Oid schema, std::string_view id_or_name);

} // namespace agentchat
