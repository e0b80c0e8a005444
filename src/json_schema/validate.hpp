// Validates JSON values by compiled schemas.
#pragma once

#include <span>
#include <string_view>

#include "json_schema/schema.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"

namespace agentchat {

/// Says what is wrong in a value, in words for a model that wrote it: `must be a number, but is the string
/// "a"`.
struct SchemaError {
    /// The JSON Pointer of the value that is wrong.
    std::string_view path;
    std::string_view message;
};

/// Tells whether the value fits the schema.
bool fits_json_schema(const JsonSchema& schema, const pg::JsonbView& value);

/// Returns all errors of the value, in the context. If their texts exceed 10 MB, the rest is left out, and
/// the last error says it. Raises 22023 if the value is nested too deeply for the stack.
std::span<const SchemaError> find_schema_errors(pg::MemoryContext context, const JsonSchema& schema,
                                                const pg::JsonbView& value);

} // namespace agentchat
