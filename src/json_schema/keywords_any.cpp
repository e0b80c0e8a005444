// Compiles and checks the keywords for values of all kinds: type, enum and const.
#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "json_schema/excerpt.hpp"
#include "json_schema/keyword.hpp"
#include "pg/error.hpp"
#include "pg/number.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbCursor;
using pg::JsonbView;

// ---- type

struct TypeName {
    std::string_view name;
    JsonbView::Kind kind;
    const char* with_article;
    bool is_integer = false;
};

constexpr std::array type_names{
    TypeName{"string", JsonbView::Kind::string, "a string"},
    TypeName{"number", JsonbView::Kind::number, "a number"},
    TypeName{"integer", JsonbView::Kind::number, "an integer", true},
    TypeName{"boolean", JsonbView::Kind::boolean, "a boolean"},
    TypeName{"array", JsonbView::Kind::array, "an array"},
    TypeName{"object", JsonbView::Kind::object, "an object"},
    TypeName{"null", JsonbView::Kind::null, "null"},
};

struct TypeRule : Rule {
    KindSet wanted{};
    /// Whether numbers must be whole. A type "number" beside "integer" allows all.
    bool only_integers = false;
    /// The types in words, such as "a string or null".
    const char* words = nullptr;
};

bool check_type(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& type = static_cast<const TypeRule&>(rule);
    if (type.wanted.contains(value.kind()) &&
        (!type.only_integers || !value.is_number() || pg::is_whole_number(value)))
        return true;
    return validation.fail(
        path, [&] { return pg::format("must be %s, but is %s", type.words, described(value)); },
        Weight::wrong_type);
}

const TypeName* find_type(Compiler& compiler, const JsonPath& path, const JsonbView& value) {
    for (const TypeName& type : type_names)
        if (value.is_string() && type.name == value.text())
            return &type;
    compiler.fault(path, R"(must be "string", "number", "integer", "boolean", "array", "object" or "null")");
    return nullptr;
}

void add_type(TypeRule& rule, const TypeName& type, AlternativesText& words) {
    if (type.kind == JsonbView::Kind::number)
        rule.only_integers = type.is_integer && (rule.only_integers || !rule.wanted.contains(type.kind));
    rule.wanted.add(type.kind);
    words.add(type.with_article);
}

void compile_type(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    TypeRule rule{{.check = check_type}};
    AlternativesText words(value.is_array() ? value.count() : 1);
    if (value.is_array()) {
        if (require_names(compiler, path, value).empty())
            return compiler.fault(path, "must not be empty");
        for (JsonbCursor cursor(value); cursor.next();)
            if (const TypeName* type =
                    find_type(compiler, *compiler.child_path(path, cursor.index()), cursor.value()))
                add_type(rule, *type, words);
    } else if (const TypeName* type = find_type(compiler, path, value)) {
        add_type(rule, *type, words);
    }
    rule.words = pg::copy_text(compiler.context(), words.text()).data();
    compiler.add_rule(place, rule);
}

// ---- enum

struct EnumRule : Rule {
    JsonbView array;
    std::span<const HashedValue> values;
};

const char* enum_text(const JsonbView& array) {
    AlternativesText text(array.count());
    for (JsonbCursor cursor(array); cursor.next();)
        if (!text.add(json_excerpt(cursor.value())))
            break;
    return text.text();
}

bool check_enum(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& wanted = static_cast<const EnumRule&>(rule);
    if (contains_equal(wanted.values, value))
        return true;
    return validation.fail(
        path,
        [&] {
            return wanted.array.count() == 0
                       ? "is not allowed"
                       : pg::format("must be %s%s, but is %s", wanted.array.count() == 1 ? "" : "one of ",
                                    enum_text(wanted.array), described(value));
        },
        Weight::wrong_constant);
}

void compile_enum(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!require_array(compiler, path, value))
        return;
    pg::ArenaList<HashedValue> list(compiler.scratch());
    const std::span<const HashedValue> sorted = hash_elements(list, value);
    auto* copy = pg::allocate_array<HashedValue>(compiler.context(), sorted.size());
    std::copy(sorted.begin(), sorted.end(), copy);
    const std::span<const HashedValue> values(copy, sorted.size());
    if (draft_of(place) <= Draft::draft_6) {
        if (values.empty())
            compiler.fault(path, "must not be empty");
        else if (find_equal_pair(values))
            compiler.fault(path, "must not contain the same value twice");
    }
    compiler.add_rule(place, EnumRule{{.check = check_enum}, value, values});
}

// ---- const

struct ConstRule : Rule {
    JsonbView wanted;
};

bool check_const(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const JsonbView& wanted = static_cast<const ConstRule&>(rule).wanted;
    if (json_equal(wanted, value))
        return true;
    return validation.fail(
        path, [&] { return pg::format("must be %s, but is %s", json_excerpt(wanted), described(value)); },
        Weight::wrong_constant);
}

void compile_const(Compiler& compiler, Place& place, const JsonPath&, const JsonbView& value) {
    compiler.add_rule(place, ConstRule{{.check = check_const}, value});
}

constexpr std::array keywords{
    Keyword{"type", compile_type},
    Keyword{"enum", compile_enum},
    Keyword{"const", compile_const, {.first = Draft::draft_6}},
};

} // namespace

std::span<const Keyword> keywords_for_any_value() {
    return keywords;
}

} // namespace agentchat
