// Compiles and checks the keywords for arrays.
#include <array>
#include <cstddef>
#include <limits>
#include <optional>
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

constexpr KindSet arrays{JsonbView::Kind::array};

// ---- minItems and maxItems

struct CountRule : Rule {
    std::size_t limit;
};

bool check_min_items(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const std::size_t limit = static_cast<const CountRule&>(rule).limit;
    return value.count() >= limit || validation.fail(path, [&] {
        return pg::format("must have at least %s, but has %zu", counted(limit, "element", "elements"),
                          value.count());
    });
}

bool check_max_items(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const std::size_t limit = static_cast<const CountRule&>(rule).limit;
    return value.count() <= limit || validation.fail(path, [&] {
        return pg::format("must have at most %s, but has %zu", counted(limit, "element", "elements"),
                          value.count());
    });
}

template <Rule::Check check>
void compile_count(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::size_t limit = require_count(compiler, path, value);
    compiler.add_rule(place, CountRule{{.check = check, .kinds = arrays}, limit});
}

// ---- uniqueItems

bool check_unique_items(Validation& validation, const Rule&, const JsonbView& value, const JsonPath& path) {
    const std::optional<EqualPair> pair = find_equal_pair(hash_elements(validation.elements(), value));
    return !pair || validation.fail(path, [&] {
        return pg::format("must not have equal elements, but those at /%zu and /%zu are equal", pair->first,
                          pair->second);
    });
}

void compile_unique_items(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (require_boolean(compiler, path, value) && value.truth())
        compiler.add_rule(place, Rule{.check = check_unique_items, .kinds = arrays});
}

// ---- prefixItems, items and additionalItems

/// One schema for each of the first elements.
struct PrefixRule : Rule {
    std::span<const JsonSchema* const> schemas;
};

bool check_prefix(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& prefix = static_cast<const PrefixRule&>(rule);
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next() && cursor.index() < prefix.schemas.size();) {
        const JsonSchema& schema = *prefix.schemas[cursor.index()];
        fits &= validation.check(schema, cursor.value(), JsonPath::element(path, cursor.index()));
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

void compile_prefix(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::span<const JsonSchema* const> schemas = require_schemas(compiler, place, path, value);
    compiler.add_rule(place, PrefixRule{{.check = check_prefix, .kinds = arrays}, schemas});
}

/// One schema for all elements from `first` on.
struct ItemsRule : Rule {
    const JsonSchema* schema;
    std::size_t first;
};

bool check_items(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& items = static_cast<const ItemsRule&>(rule);
    if (items.schema->is_false && value.count() > items.first)
        return validation.fail(path, [&] {
            return pg::format("must have at most %s, but has %zu",
                              counted(items.first, "element", "elements"), value.count());
        });
    bool fits = true;
    for (JsonbCursor cursor(value); cursor.next();) {
        if (cursor.index() < items.first)
            continue;
        fits &= validation.check(*items.schema, cursor.value(), JsonPath::element(path, cursor.index()));
        if (!fits && validation.is_over())
            break;
    }
    return fits;
}

/// Counts the schemas for the first elements, which another keyword lists.
std::size_t prefix_size(const Place& place, std::string_view keyword) {
    const std::optional<JsonbView> prefix = place.schema.find(keyword);
    return prefix ? prefix->count() : 0;
}

void compile_items(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (value.is_array())
        return compiler.fault(path, "must be a schema: \"prefixItems\" takes an array of schemas");
    const JsonSchema* schema = compiler.subschema(place, path, value);
    compiler.add_rule(
        place, ItemsRule{{.check = check_items, .kinds = arrays}, schema, prefix_size(place, "prefixItems")});
}

/// Until draft 2019-09, an array of schemas is for the first elements.
void compile_older_items(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (value.is_array())
        return compile_prefix(compiler, place, path, value);
    const JsonSchema* schema = compiler.subschema(place, path, value);
    compiler.add_rule(place, ItemsRule{{.check = check_items, .kinds = arrays}, schema, 0});
}

void compile_additional_items(Compiler& compiler, Place& place, const JsonPath& path,
                              const JsonbView& value) {
    const JsonSchema* schema = compiler.subschema(place, path, value);
    const std::optional<JsonbView> items = place.schema.find("items");
    // It means nothing beside one schema for all elements.
    if (items && items->is_array())
        compiler.add_rule(place, ItemsRule{{.check = check_items, .kinds = arrays}, schema, items->count()});
}

// ---- contains

struct ContainsRule : Rule {
    const JsonSchema* schema;
    std::size_t least;
    std::size_t most;
};

bool check_contains(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& wanted = static_cast<const ContainsRule&>(rule);
    std::size_t count = 0;
    for (JsonbCursor cursor(value); count <= wanted.most && cursor.next();)
        if (validation.fits(*wanted.schema, cursor.value(), JsonPath::element(path, cursor.index())))
            ++count;
    if (count > wanted.most)
        return validation.fail(path, [&] {
            return pg::format("must have at most %s that %s the schema of \"contains\", but has more",
                              counted(wanted.most, "element", "elements"), wanted.most == 1 ? "fits" : "fit");
        });
    return count >= wanted.least || validation.fail(path, [&] {
        return pg::format("must have at least %s that %s the schema of \"contains\", but has %zu",
                          counted(wanted.least, "element", "elements"), wanted.least == 1 ? "fits" : "fit",
                          count);
    });
}

/// Returns the number that a keyword beside `contains` gives. Its own entry in the table checks it.
std::size_t count_beside(const Place& place, Compiler& compiler, std::string_view keyword,
                         std::size_t otherwise) {
    const std::optional<JsonbView> value =
        draft_of(place) >= Draft::draft_2019_09 ? place.schema.find(keyword) : std::nullopt;
    return value ? require_count(compiler, *compiler.child_path(*place.path, keyword), *value) : otherwise;
}

void compile_contains(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const JsonSchema* schema = compiler.subschema(place, path, value);
    const std::size_t least = count_beside(place, compiler, "minContains", 1);
    const std::size_t most =
        count_beside(place, compiler, "maxContains", std::numeric_limits<std::size_t>::max());
    compiler.add_rule(place, ContainsRule{{.check = check_contains, .kinds = arrays}, schema, least, most});
}

void compile_count_beside(Compiler& compiler, Place&, const JsonPath& path, const JsonbView& value) {
    require_count(compiler, path, value);
}

constexpr Drafts from_draft_6{.first = Draft::draft_6};
constexpr Drafts from_draft_2019_09{.first = Draft::draft_2019_09};
constexpr Drafts from_draft_2020_12{.first = Draft::draft_2020_12};
constexpr Drafts to_draft_2019_09{.last = Draft::draft_2019_09};

constexpr std::array keywords{
    Keyword{"minItems", compile_count<check_min_items>},
    Keyword{"maxItems", compile_count<check_max_items>},
    Keyword{"uniqueItems", compile_unique_items},
    Keyword{"prefixItems", compile_prefix, from_draft_2020_12},
    Keyword{"items", compile_items, from_draft_2020_12},
    Keyword{"items", compile_older_items, to_draft_2019_09},
    Keyword{"additionalItems", compile_additional_items, to_draft_2019_09},
    Keyword{"contains", compile_contains, from_draft_6},
    Keyword{"minContains", compile_count_beside, from_draft_2019_09},
    Keyword{"maxContains", compile_count_beside, from_draft_2019_09},
};

} // namespace

std::span<const Keyword> keywords_for_arrays() {
    return keywords;
}

} // namespace agentchat
