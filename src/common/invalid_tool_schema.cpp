// Implements invalid_tool_schema.hpp.
#include "common/invalid_tool_schema.hpp"

#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

void raise_invalid_tool_schema(std::string_view tool, const char* detail) {
    pg::raise({pg::sqlstate::invalid_parameter_value, "agent_tools.schema is not a valid JSON Schema", detail,
               pg::format("Correct the schema of the tool %s.", pg::quoted_excerpt(tool))});
}

} // namespace agentchat
