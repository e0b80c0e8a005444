// Implements keyword.hpp: the table of keywords, and what the functions that compile them share.
#include "json_schema/keyword.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>

#include "pg/error.hpp"
#include "pg/number.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbCursor;
using pg::JsonbView;

constexpr std::array keyword_lists{
    keywords_for_any_value, keywords_for_numbers,  keywords_for_strings,   keywords_for_arrays,
    keywords_for_objects,   keywords_that_combine, keywords_without_rules, unsupported_keywords,
};

using CompileSchema = const JsonSchema* (Compiler::*)(Place&, const JsonPath&, const JsonbView&);

std::span<const JsonSchema* const> compile_schemas(Compiler& compiler, Place& place, const JsonPath& path,
                                                   const JsonbView& value, CompileSchema compile) {
    if (!require_array(compiler, path, value))
        return {};
    if (value.count() == 0) {
        compiler.fault(path, "must not be empty");
        return {};
    }
    auto* schemas = pg::allocate_array<const JsonSchema*>(compiler.context(), value.count());
    std::size_t count = 0;
    for (JsonbCursor cursor(value); !compiler.failed() && cursor.next();)
        schemas[count++] =
            (compiler.*compile)(place, *compiler.child_path(path, cursor.index()), cursor.value());
    return {schemas, count};
}

/// Notes a fault if the names, which are sorted, contain one twice.
void require_different(Compiler& compiler, const JsonPath& path, std::span<const std::string_view> sorted) {
    const auto* same = std::adjacent_find(sorted.data(), sorted.data() + sorted.size());
    if (same != sorted.data() + sorted.size())
        compiler.fault(path, pg::format("must not contain %s twice", pg::quoted_excerpt(*same)));
}

} // namespace

const Keyword* find_keyword(std::string_view name, Draft draft) {
    for (const auto& list : keyword_lists)
        for (const Keyword& keyword : list())
            if (keyword.name == name && keyword.drafts.contain(draft))
                return &keyword;
    return nullptr;
}

Draft draft_of(const Place& place) {
    return place.resource->draft;
}

bool require_string(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    if (!value.is_string())
        compiler.fault(path, "must be a string");
    return value.is_string();
}

bool require_boolean(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    if (!value.is_boolean())
        compiler.fault(path, "must be a boolean");
    return value.is_boolean();
}

bool require_number(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    if (!value.is_number())
        compiler.fault(path, "must be a number");
    return value.is_number();
}

bool require_array(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    if (!value.is_array())
        compiler.fault(path, "must be an array");
    return value.is_array();
}

bool require_object(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    if (!value.is_object())
        compiler.fault(path, "must be an object");
    return value.is_object();
}

std::size_t require_count(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    const std::optional<std::size_t> count = value.is_number() ? pg::whole_size(value) : std::nullopt;
    if (!count)
        compiler.fault(path, "must be a whole number that is at least 0");
    return count.value_or(0);
}

std::span<const std::string_view> require_names(Compiler& compiler, const JsonPath& path,
                                                const JsonbView& value) {
    if (!require_array(compiler, path, value))
        return {};
    auto* names = pg::allocate_array<std::string_view>(compiler.context(), value.count());
    std::size_t count = 0;
    for (JsonbCursor cursor(value); cursor.next();) {
        if (!require_string(compiler, *compiler.child_path(path, cursor.index()), cursor.value()))
            return {};
        names[count++] = cursor.value().text();
    }
    std::sort(names, names + count, key_before);
    require_different(compiler, path, {names, count});
    return {names, count};
}

std::span<const JsonSchema* const> require_schemas(Compiler& compiler, Place& place, const JsonPath& path,
                                                   const JsonbView& value) {
    return compile_schemas(compiler, place, path, value, &Compiler::subschema);
}

std::span<const JsonSchema* const> require_schemas_in_place(Compiler& compiler, Place& place,
                                                            const JsonPath& path, const JsonbView& value) {
    return compile_schemas(compiler, place, path, value, &Compiler::schema_in_place);
}

} // namespace agentchat
