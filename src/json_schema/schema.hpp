// Compiles a JSON Schema to rules that values are checked with.
//
// A schema is an object or, from draft 6 on, a boolean. Its `$schema` names its draft. The rules refer to the
// bytes of the schema, which must live as long as they.
#pragma once

#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"

namespace agentchat {

struct JsonSchema;

/// Says what is wrong with a schema, as words for a DETAIL.
struct SchemaFault {
    /// The JSON Pointer of the fault.
    std::string_view path;
    std::string_view text;
};

/// Holds the schema, or its first fault.
struct CompiledSchema {
    const JsonSchema* schema = nullptr;
    SchemaFault fault;
};

/// Compiles a schema into the context.
CompiledSchema compile_json_schema(pg::MemoryContext context, const pg::JsonbView& schema);

/// Returns the fault as a sentence for a DETAIL: `At /properties/a/type: ...`.
const char* fault_detail(const SchemaFault& fault);

} // namespace agentchat
