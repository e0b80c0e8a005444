// Compiles and checks the keywords for objects.
#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "json_schema/excerpt.hpp"
#include "json_schema/keyword.hpp"
#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbCursor;
using pg::JsonbView;

constexpr KindSet objects{JsonbView::Kind::object};

// ---- minProperties and maxProperties

struct CountRule : Rule {
    std::size_t limit;
};

bool check_min_properties(Validation& validation, const Rule& rule, const JsonbView& value,
                          const JsonPath& path) {
    const std::size_t limit = static_cast<const CountRule&>(rule).limit;
    return value.count() >= limit || validation.fail(path, [&] {
        return pg::format("must have at least %s, but has %zu", counted(limit, "property", "properties"),
                          value.count());
    });
}

bool check_max_properties(Validation& validation, const Rule& rule, const JsonbView& value,
                          const JsonPath& path) {
    const std::size_t limit = static_cast<const CountRule&>(rule).limit;
    return value.count() <= limit || validation.fail(path, [&] {
        return pg::format("must have at most %s, but has %zu", counted(limit, "property", "properties"),
                          value.count());
    });
}

template <Rule::Check check>
void compile_count(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::size_t limit = require_count(compiler, path, value);
    compiler.add_rule(place, CountRule{{.check = check, .kinds = objects}, limit});
}

// ---- required

struct RequiredRule : Rule {
    /// In the order of jsonb.
    std::span<const std::string_view> names;
};

bool check_required(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    JsonbCursor cursor(value);
    bool has_key = cursor.next();
    bool fits = true;
    for (const std::string_view name : static_cast<const RequiredRule&>(rule).names) {
        while (has_key && key_before(cursor.key(), name))
            has_key = cursor.next();
        if (has_key && cursor.key() == name)
            continue;
        fits = validation.fail(
            path, [&] { return pg::format("must have the property %s", pg::quoted_excerpt(name)); });
        if (validation.is_over())
            break;
    }
    return fits;
}

void compile_required(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::span<const std::string_view> names = require_names(compiler, path, value);
    if (names.empty() && draft_of(place) == Draft::draft_4)
        compiler.fault(path, "must not be empty in draft 4");
    compiler.add_rule(place, RequiredRule{{.check = check_required, .kinds = objects}, names});
}

// ---- properties

struct KeyedSchema {
    std::string_view key;
    const JsonSchema* schema;
};

struct PropertiesRule : Rule {
    std::span<const KeyedSchema> schemas;
};

bool check_properties(Validation& validation, const Rule& rule, const JsonbView& value,
                      const JsonPath& path) {
    KeySearch<KeyedSchema> search(static_cast<const PropertiesRule&>(rule).schemas);
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        const KeyedSchema* found = search.find(cursor.key());
        if (found == nullptr)
            continue;
        fits &= validation.check(*found->schema, cursor.value(), JsonPath::property(path, cursor.key()));
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

using CompileSchema = const JsonSchema* (Compiler::*)(Place&, const JsonPath&, const JsonbView&);

/// Compiles the schemas in an object, and returns them in the order of jsonb.
std::span<const KeyedSchema> compile_schemas(Compiler& compiler, Place& place, const JsonPath& path,
                                             const JsonbView& value, CompileSchema compile) {
    if (!require_object(compiler, path, value))
        return {};
    auto* schemas = pg::allocate_array<KeyedSchema>(compiler.context(), value.count());
    std::size_t count = 0;
    for (JsonbCursor cursor(value); !compiler.failed() && cursor.next();) {
        const JsonPath& child = *compiler.child_path(path, cursor.key());
        schemas[count++] = {cursor.key(), (compiler.*compile)(place, child, cursor.value())};
    }
    return {schemas, count};
}

void compile_properties(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::span<const KeyedSchema> schemas =
        compile_schemas(compiler, place, path, value, &Compiler::subschema);
    compiler.add_rule(place, PropertiesRule{{.check = check_properties, .kinds = objects}, schemas});
}

// ---- patternProperties

struct PatternSchema {
    const Pattern* pattern;
    const JsonSchema* schema;
};

struct PatternPropertiesRule : Rule {
    std::span<const PatternSchema> schemas;
};

bool check_pattern_properties(Validation& validation, const Rule& rule, const JsonbView& value,
                              const JsonPath& path) {
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        for (const PatternSchema& entry : static_cast<const PatternPropertiesRule&>(rule).schemas) {
            if (!pattern_matches(*entry.pattern, cursor.key()))
                continue;
            fits &= validation.check(*entry.schema, cursor.value(), JsonPath::property(path, cursor.key()));
            if (!fits && validation.is_over())
                return false;
        }
    }
    return fits;
}

void compile_pattern_properties(Compiler& compiler, Place& place, const JsonPath& path,
                                const JsonbView& value) {
    const std::span<const KeyedPattern> patterns = compiler.property_patterns(place);
    const std::span<const KeyedSchema> schemas =
        compile_schemas(compiler, place, path, value, &Compiler::subschema);
    if (compiler.failed())
        return;
    auto* entries = pg::allocate_array<PatternSchema>(compiler.context(), schemas.size());
    for (std::size_t i = 0; i < schemas.size(); ++i)
        entries[i] = {patterns[i].pattern, schemas[i].schema};
    compiler.add_rule(place, PatternPropertiesRule{{.check = check_pattern_properties, .kinds = objects},
                                                   {entries, schemas.size()}});
}

// ---- additionalProperties

struct KeyedName {
    std::string_view key;
};

struct AdditionalPropertiesRule : Rule {
    const JsonSchema* schema;
    /// The names in `properties`, in the order of jsonb.
    std::span<const KeyedName> names;
    std::span<const KeyedPattern> patterns;
};

bool matches_any(std::span<const KeyedPattern> patterns, std::string_view key) {
    return std::any_of(patterns.begin(), patterns.end(),
                       [&](const KeyedPattern& entry) { return pattern_matches(*entry.pattern, key); });
}

const char* unknown_property_text(const AdditionalPropertiesRule& rule, std::string_view key) {
    const char* text = pg::format("must not have the property %s", pg::quoted_excerpt(key));
    if (rule.names.empty() || !rule.patterns.empty())
        return text;
    AlternativesText names(rule.names.size());
    for (const KeyedName& name : rule.names)
        if (!names.add(pg::quoted_excerpt(name.key)))
            break;
    return pg::format("%s; it may only have %s", text, names.text());
}

bool check_additional_properties(Validation& validation, const Rule& rule, const JsonbView& value,
                                 const JsonPath& path) {
    const auto& additional = static_cast<const AdditionalPropertiesRule&>(rule);
    KeySearch<KeyedName> search(additional.names);
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        const std::string_view key = cursor.key();
        if (search.find(key) != nullptr || matches_any(additional.patterns, key))
            continue;
        fits &= additional.schema->is_false
                    ? validation.fail(path, [&] { return unknown_property_text(additional, key); })
                    : validation.check(*additional.schema, cursor.value(), JsonPath::property(path, key));
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

void compile_additional_properties(Compiler& compiler, Place& place, const JsonPath& path,
                                   const JsonbView& value) {
    const JsonSchema* schema = compiler.subschema(place, path, value);
    const JsonbView properties = place.schema.find("properties").value_or(JsonbView{});
    auto* names = pg::allocate_array<KeyedName>(compiler.context(), properties.count());
    std::size_t count = 0;
    for (JsonbCursor cursor(properties); cursor.next();)
        names[count++] = {cursor.key()};
    compiler.add_rule(place,
                      AdditionalPropertiesRule{{.check = check_additional_properties, .kinds = objects},
                                               schema,
                                               {names, count},
                                               compiler.property_patterns(place)});
}

// ---- propertyNames

struct SchemaRule : Rule {
    const JsonSchema* schema;
};

bool check_property_names(Validation& validation, const Rule& rule, const JsonbView& value,
                          const JsonPath& path) {
    const JsonSchema& schema = *static_cast<const SchemaRule&>(rule).schema;
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        fits &= validation.check_name(schema, cursor.key(), path);
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

void compile_property_names(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const JsonSchema* schema = compiler.subschema(place, path, value);
    compiler.add_rule(place, SchemaRule{{.check = check_property_names, .kinds = objects}, schema});
}

// ---- dependentRequired, dependentSchemas and dependencies

/// The properties that an object must have if it has the property `key`.
struct Dependency {
    std::string_view key;
    std::span<const std::string_view> names;
};

struct DependentRequiredRule : Rule {
    std::span<const Dependency> dependencies;
};

bool check_dependency(Validation& validation, const Dependency& dependency, const JsonbView& value,
                      const JsonPath& path) {
    bool fits = true;
    for (const std::string_view name : dependency.names) {
        if (value.find(name))
            continue;
        fits = validation.fail(path, [&] {
            return pg::format("must have the property %s, because it has %s", pg::quoted_excerpt(name),
                              pg::quoted_excerpt(dependency.key));
        });
        if (validation.is_over())
            break;
    }
    return fits;
}

bool check_dependent_required(Validation& validation, const Rule& rule, const JsonbView& value,
                              const JsonPath& path) {
    KeySearch<Dependency> search(static_cast<const DependentRequiredRule&>(rule).dependencies);
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        const Dependency* found = search.find(cursor.key());
        if (found == nullptr)
            continue;
        fits &= check_dependency(validation, *found, value, path);
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

struct DependentSchemasRule : Rule {
    std::span<const KeyedSchema> schemas;
};

bool check_dependent_schemas(Validation& validation, const Rule& rule, const JsonbView& value,
                             const JsonPath& path) {
    KeySearch<KeyedSchema> search(static_cast<const DependentSchemasRule&>(rule).schemas);
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        const KeyedSchema* found = search.find(cursor.key());
        if (found == nullptr)
            continue;
        fits &= validation.check(*found->schema, value, path);
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

void compile_dependent_schemas(Compiler& compiler, Place& place, const JsonPath& path,
                               const JsonbView& value) {
    const std::span<const KeyedSchema> schemas =
        compile_schemas(compiler, place, path, value, &Compiler::schema_in_place);
    compiler.add_rule(place,
                      DependentSchemasRule{{.check = check_dependent_schemas, .kinds = objects}, schemas});
}

void compile_dependent_required(Compiler& compiler, Place& place, const JsonPath& path,
                                const JsonbView& value) {
    if (!require_object(compiler, path, value))
        return;
    auto* dependencies = pg::allocate_array<Dependency>(compiler.context(), value.count());
    std::size_t count = 0;
    for (JsonbCursor cursor(value); !compiler.failed() && cursor.next();) {
        const JsonPath& child = *compiler.child_path(path, cursor.key());
        dependencies[count++] = {cursor.key(), require_names(compiler, child, cursor.value())};
    }
    compiler.add_rule(place, DependentRequiredRule{{.check = check_dependent_required, .kinds = objects},
                                                   {dependencies, count}});
}

/// The older keyword mixes both: an array names properties, and anything else is a schema. Drafts from
/// 2019-09 on leave it to the implementation.
void compile_dependencies(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!require_object(compiler, path, value))
        return;
    auto* required = pg::allocate_array<Dependency>(compiler.context(), value.count());
    auto* schemas = pg::allocate_array<KeyedSchema>(compiler.context(), value.count());
    std::size_t required_count = 0;
    std::size_t schema_count = 0;
    for (JsonbCursor cursor(value); !compiler.failed() && cursor.next();) {
        const JsonPath& child = *compiler.child_path(path, cursor.key());
        if (cursor.value().is_array())
            required[required_count++] = {cursor.key(), require_names(compiler, child, cursor.value())};
        else
            schemas[schema_count++] = {cursor.key(), compiler.schema_in_place(place, child, cursor.value())};
    }
    compiler.add_rule(place, DependentRequiredRule{{.check = check_dependent_required, .kinds = objects},
                                                   {required, required_count}});
    compiler.add_rule(place, DependentSchemasRule{{.check = check_dependent_schemas, .kinds = objects},
                                                  {schemas, schema_count}});
}

constexpr Drafts from_draft_6{.first = Draft::draft_6};
constexpr Drafts from_draft_2019_09{.first = Draft::draft_2019_09};

constexpr std::array keywords{
    Keyword{"minProperties", compile_count<check_min_properties>},
    Keyword{"maxProperties", compile_count<check_max_properties>},
    Keyword{"required", compile_required},
    Keyword{"properties", compile_properties},
    Keyword{"patternProperties", compile_pattern_properties},
    Keyword{"additionalProperties", compile_additional_properties},
    Keyword{"propertyNames", compile_property_names, from_draft_6},
    Keyword{"dependencies", compile_dependencies},
    Keyword{"dependentRequired", compile_dependent_required, from_draft_2019_09},
    Keyword{"dependentSchemas", compile_dependent_schemas, from_draft_2019_09},
};

} // namespace

std::span<const Keyword> keywords_for_objects() {
    return keywords;
}

} // namespace agentchat
