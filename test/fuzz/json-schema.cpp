// Fuzzes the evaluator of JSON Schema with a schema and a value, which a byte 0 separates.
//
// Any schema is compiled or has a fault, and any value gets an answer. The answers agree with each other,
// with those to schemas that mean the same, and with PostgreSQL's own equality of jsonb.
#include "json_schema/schema.hpp"
#include "json_schema/validate.hpp"
#include "pg/error.hpp"
#include "pg/json_text.hpp"
#include "pg/prelude.hpp"
#include "test/fuzz/harness.hpp"

namespace agentchat::fuzz {

namespace {

using pg::JsonbView;

/// Finds the value at a JSON Pointer (RFC 6901).
std::optional<JsonbView> find_pointer(JsonbView value, std::string_view pointer) {
    while (!pointer.empty()) {
        if (pointer.front() != '/')
            return std::nullopt;
        const std::string_view token = pointer.substr(1, pointer.find('/', 1) - 1);
        pointer.remove_prefix(1 + token.size());
        std::string key;
        for (std::size_t i = 0; i < token.size(); ++i)
            key += token[i] != '~' ? token[i] : token[++i] == '0' ? '~' : '/';
        const std::optional<JsonbView> child =
            value.is_array() ? value.element(std::strtoul(key.c_str(), nullptr, 10)) : value.find(key);
        if (!child)
            return std::nullopt;
        value = *child;
    }
    return value;
}

bool is_equal(std::uintptr_t a, std::uintptr_t b) {
    return compareJsonbContainers(&DatumGetJsonbP(a)->root, &DatumGetJsonbP(b)->root) == 0;
}

/// Returns the answer of a schema that contains this one.
std::optional<bool> fits(const char* before, std::string_view schema, const char* after,
                         const JsonbView& value) {
    std::string text(before);
    text.append(schema).append(after);
    const CompiledSchema compiled =
        compile_json_schema(CurrentMemoryContext, JsonbView::of(*parse_jsonb(text)));
    return compiled.schema != nullptr ? std::optional(fits_json_schema(*compiled.schema, value))
                                      : std::nullopt;
}

/// A schema without names of its own and references means the same within another one.
void try_equivalents(std::string_view schema, const JsonbView& value, bool expected) {
    if (schema.find('$') != std::string_view::npos || schema.find("\"id\"") != std::string_view::npos)
        return;
    require(fits(R"({"allOf": [)", schema, "]}", value) == expected, "allOf of a schema has another answer");
    require(fits(R"({"anyOf": [false, )", schema, "]}", value) == expected,
            "anyOf of a schema has another answer");
    require(fits(R"({"oneOf": [)", schema, ", false]}", value) == expected,
            "oneOf of a schema has another answer");
    require(fits(R"({"not": )", schema, "}", value) == !expected, "not a schema has the same answer");
    require(fits(R"({"$defs": {"a": )", schema, R"(}, "$ref": "#/$defs/a"})", value) == expected,
            "a reference to a schema has another answer");
}

void try_value(const JsonSchema& schema, std::string_view text, std::uintptr_t value_datum) {
    const JsonbView value = JsonbView::of(value_datum);
    const bool fits = fits_json_schema(schema, value);
    const std::span<const SchemaError> errors = find_schema_errors(CurrentMemoryContext, schema, value);
    require(fits == errors.empty(), "a value that fits has errors, or one that does not has none");
    for (const SchemaError& error : errors) {
        require(find_pointer(value, error.path).has_value(),
                "an error is at a place that the value does not have");
        require(!error.message.empty() && pg::is_utf8_text(error.message), "an error has no text");
    }
    try_equivalents(text, value, fits);
}

/// PostgreSQL's equality is that of JSON Schema: numbers are equal by their values, objects in any order of
/// keys.
void try_constant(std::string_view text, std::uintptr_t constant, std::uintptr_t value_datum) {
    const JsonbView value = JsonbView::of(value_datum);
    const bool expected = is_equal(constant, value_datum);
    require(fits(R"({"const": )", text, "}", value) == expected,
            "const compares in another way than PostgreSQL");
    require(fits(R"({"enum": [)", text, "]}", value) == expected,
            "enum compares in another way than PostgreSQL");
    const std::string json(jsonb_out(value_datum));
    const std::string both = "[" + std::string(text) + "," + json + "]";
    const JsonbView array = JsonbView::of(*parse_jsonb(both));
    require(fits(R"({"uniqueItems": )", "true", "}", array) == !expected,
            "uniqueItems compares in another way than PostgreSQL");
}

void try_schema(std::string_view text, std::uintptr_t schema_datum, std::optional<std::uintptr_t> value) {
    const JsonbView schema = JsonbView::of(schema_datum);
    const pg::MemoryContext context = pg::make_context(CurrentMemoryContext, "compiled schema");
    const CompiledSchema compiled = compile_json_schema(context, schema);
    if (compiled.schema == nullptr) {
        require(!compiled.fault.text.empty(), "a schema is refused without a reason");
        require(pg::is_utf8_text(fault_detail(compiled.fault)), "a fault is no text");
    } else if (value) {
        try_value(*compiled.schema, text, *value);
    }
    // As from the cache of a session.
    pg::delete_context(context);
}

} // namespace

void fuzz(std::string_view bytes) {
    Input input(bytes);
    const std::string text = as_text(input.before('\0'));
    const std::string value_text = as_text(input.rest());
    const std::optional<std::uintptr_t> schema = parse_jsonb(text);
    const std::optional<std::uintptr_t> value = parse_jsonb(value_text);
    if (!schema)
        return;
    // 22023: nested too deeply for the stack.
    allow_errors({pg::sqlstate::invalid_parameter_value}, [&] {
        try_schema(text, *schema, value);
        if (!value)
            return;
        try_constant(text, *schema, *value);
        // The same value with other numbers of digits: 1.5 for 1.50.
        pg::JsonText other(CurrentMemoryContext);
        other.value(JsonbView::of(*value), pg::JsonStyle::javascript);
        try_constant(other.view(), *parse_jsonb(other.view()), *value);
    });
}

} // namespace agentchat::fuzz
