// Compiles the keywords that check no values: annotations, lists of schemas for `$ref`, and the keywords that
// are not supported. Compiler::identify() reads `$id`, `$anchor` and `$schema`.
#include <array>
#include <span>

#include "json_schema/keyword.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbCursor;
using pg::JsonbView;

void compile_text(Compiler& compiler, Place&, const JsonPath& path, const JsonbView& value) {
    require_string(compiler, path, value);
}

void compile_flag(Compiler& compiler, Place&, const JsonPath& path, const JsonbView& value) {
    require_boolean(compiler, path, value);
}

void compile_list(Compiler& compiler, Place&, const JsonPath& path, const JsonbView& value) {
    require_array(compiler, path, value);
}

void compile_schema(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    compiler.subschema(place, path, value);
}

void compile_definitions(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!require_object(compiler, path, value))
        return;
    for (JsonbCursor cursor(value); !compiler.failed() && cursor.next();)
        compiler.subschema(place, *compiler.child_path(path, cursor.key()), cursor.value());
}

void refuse_dynamic(Compiler& compiler, Place&, const JsonPath& path, const JsonbView&) {
    compiler.fault(path, "is not supported; use \"$ref\" instead");
}

void refuse_unevaluated(Compiler& compiler, Place&, const JsonPath& path, const JsonbView&) {
    compiler.fault(
        path, "is not supported; use \"additionalProperties\", \"items\" or \"additionalItems\" instead");
}

constexpr Drafts from_draft_6{.first = Draft::draft_6};
constexpr Drafts from_draft_7{.first = Draft::draft_7};
constexpr Drafts from_draft_2019_09{.first = Draft::draft_2019_09};
constexpr Drafts draft_2019_09{Draft::draft_2019_09, Draft::draft_2019_09};
constexpr Drafts from_draft_2020_12{.first = Draft::draft_2020_12};

constexpr std::array without_rules{
    Keyword{"title", compile_text},
    Keyword{"description", compile_text},
    Keyword{"examples", compile_list, from_draft_6},
    Keyword{"$comment", compile_text, from_draft_7},
    Keyword{"readOnly", compile_flag, from_draft_7},
    Keyword{"writeOnly", compile_flag, from_draft_7},
    Keyword{"contentEncoding", compile_text, from_draft_7},
    Keyword{"contentMediaType", compile_text, from_draft_7},
    Keyword{"contentSchema", compile_schema, from_draft_2019_09},
    Keyword{"deprecated", compile_flag, from_draft_2019_09},
    Keyword{"definitions", compile_definitions},
    Keyword{"$defs", compile_definitions, from_draft_2019_09},
};

constexpr std::array unsupported{
    Keyword{"$recursiveRef", refuse_dynamic, draft_2019_09},
    Keyword{"$dynamicRef", refuse_dynamic, from_draft_2020_12},
    Keyword{"unevaluatedItems", refuse_unevaluated, from_draft_2019_09},
    Keyword{"unevaluatedProperties", refuse_unevaluated, from_draft_2019_09},
};

} // namespace

std::span<const Keyword> keywords_without_rules() {
    return without_rules;
}

std::span<const Keyword> unsupported_keywords() {
    return unsupported;
}

} // namespace agentchat
