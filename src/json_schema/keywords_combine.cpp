// Compiles and checks the keywords that apply other schemas to the same value: allOf, anyOf, oneOf, not, if
// and $ref.
#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "json_schema/excerpt.hpp"
#include "json_schema/keyword.hpp"
#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;

struct SchemasRule : Rule {
    std::span<const JsonSchema* const> schemas;
};

template <Rule::Check check>
void compile_schemas(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::span<const JsonSchema* const> schemas = require_schemas_in_place(compiler, place, path, value);
    compiler.add_rule(place, SchemasRule{{.check = check}, schemas});
}

bool check_all_of(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    bool fits = true;
    for (const JsonSchema* schema : static_cast<const SchemasRule&>(rule).schemas) {
        fits &= validation.check(*schema, value, path);
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

/// Notes that the value fits no alternative, and then the errors by the alternative that comes closest.
bool fail_alternatives(Validation& validation, const char* keyword,
                       std::span<const JsonSchema* const> alternatives, const JsonbView& value,
                       const JsonPath& path) {
    if (!validation.collects())
        return validation.fail(path, [] { return ""; });
    std::size_t closest = 0;
    std::size_t least_weight = 0;
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
        const std::size_t weight = validation.weigh(*alternatives[i], value, path);
        if (i > 0 && weight >= least_weight)
            continue;
        closest = i;
        least_weight = weight;
    }
    if (alternatives.size() > 1)
        validation.fail(path, [&] {
            return pg::format(
                "must fit one of the %zu schemas of \"%s\", but fits none; number %zu comes closest",
                alternatives.size(), keyword, closest + 1);
        });
    return validation.check(*alternatives[closest], value, path);
}

bool check_any_of(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const std::span<const JsonSchema* const> schemas = static_cast<const SchemasRule&>(rule).schemas;
    for (const JsonSchema* schema : schemas)
        if (validation.fits(*schema, value, path))
            return true;
    return fail_alternatives(validation, "anyOf", schemas, value, path);
}

bool check_one_of(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const std::span<const JsonSchema* const> schemas = static_cast<const SchemasRule&>(rule).schemas;
    std::size_t count = 0;
    std::size_t fitting[2];
    for (std::size_t i = 0; i < schemas.size() && count < 2; ++i)
        if (validation.fits(*schemas[i], value, path))
            fitting[count++] = i;
    if (count == 0)
        return fail_alternatives(validation, "oneOf", schemas, value, path);
    return count == 1 || validation.fail(path, [&] {
        return pg::format("must fit only one of the %zu schemas of \"oneOf\", but fits numbers %zu and %zu",
                          schemas.size(), fitting[0] + 1, fitting[1] + 1);
    });
}

// ---- not

struct NotRule : Rule {
    const JsonSchema* schema;
};

bool check_not(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    if (!validation.fits(*static_cast<const NotRule&>(rule).schema, value, path))
        return true;
    return validation.fail(
        path, [&] { return pg::format("must not fit the schema of \"not\", but is %s", described(value)); });
}

void compile_not(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const JsonSchema* schema = compiler.schema_in_place(place, path, value);
    compiler.add_rule(place, NotRule{{.check = check_not}, schema});
}

// ---- if, then and else

struct IfRule : Rule {
    const JsonSchema* condition;
    /// nullptr if the keyword is missing.
    const JsonSchema* then_schema;
    const JsonSchema* else_schema;
};

bool check_if(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& conditional = static_cast<const IfRule&>(rule);
    const JsonSchema* schema = validation.fits(*conditional.condition, value, path) ? conditional.then_schema
                                                                                    : conditional.else_schema;
    return schema == nullptr || validation.check(*schema, value, path);
}

const JsonSchema* schema_beside(Compiler& compiler, Place& place, std::string_view keyword) {
    const std::optional<JsonbView> value = place.schema.find(keyword);
    return value ? compiler.schema_in_place(place, *compiler.child_path(*place.path, keyword), *value)
                 : nullptr;
}

void compile_if(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    IfRule rule{{.check = check_if}, compiler.schema_in_place(place, path, value), nullptr, nullptr};
    rule.then_schema = schema_beside(compiler, place, "then");
    rule.else_schema = schema_beside(compiler, place, "else");
    compiler.add_rule(place, rule);
}

/// Without `if`, the schemas of `then` and `else` check nothing, but must be schemas.
void compile_branch(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    compiler.subschema(place, path, value);
}

// ---- $ref

bool check_reference(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    return validation.check(*static_cast<const ReferenceRule&>(rule).target, value, path);
}

void compile_reference(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!require_string(compiler, path, value))
        return;
    ReferenceRule* rule = compiler.add_rule(place, ReferenceRule{{.check = check_reference}});
    compiler.refer({&place, &path, value.text(), rule});
}

constexpr Drafts from_draft_7{.first = Draft::draft_7};

constexpr std::array keywords{
    Keyword{"$ref", compile_reference},
    Keyword{"allOf", compile_schemas<check_all_of>},
    Keyword{"anyOf", compile_schemas<check_any_of>},
    Keyword{"oneOf", compile_schemas<check_one_of>},
    Keyword{"not", compile_not},
    Keyword{"if", compile_if, from_draft_7},
    Keyword{"then", compile_branch, from_draft_7},
    Keyword{"else", compile_branch, from_draft_7},
};

} // namespace

std::span<const Keyword> keywords_that_combine() {
    return keywords;
}

} // namespace agentchat
