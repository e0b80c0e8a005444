// Writes the JSON Schema of a tool in the form that a provider accepts.
#pragma once

#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"

namespace agentchat {

/// Writes the schema for Anthropic, which demands that the type of the root is "object".
void write_anthropic_schema(const pg::JsonbView& schema, pg::ValueWriter& writer);

/// Writes the schema for OpenAI, which also refuses some keywords. It changes what the OpenAI provider of AI
/// SDK 7 changes (normalizeOpenAIJsonSchema() in its src/normalize-openai-json-schema.ts): it leaves out
/// `propertyNames`, and each `pattern` with a lookaround; and it replaces `allOf` with a single `$ref` by
/// that reference, or in the root by what the reference names. What it leaves out, validate_tool_input()
/// checks.
void write_openai_schema(const pg::JsonbView& schema, pg::ValueWriter& writer);

} // namespace agentchat
