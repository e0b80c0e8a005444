// Compiles and checks the keywords for strings.
#include <array>
#include <cstddef>
#include <span>
#include <string_view>

#include "json_schema/excerpt.hpp"
#include "json_schema/formats.hpp"
#include "json_schema/keyword.hpp"
#include "pg/error.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;

// ---- minLength and maxLength

struct LengthRule : Rule {
    std::size_t limit;
};

bool check_min_length(Validation& validation, const Rule& rule, const JsonbView& value,
                      const JsonPath& path) {
    const std::size_t limit = static_cast<const LengthRule&>(rule).limit;
    const std::size_t length = pg::count_characters(value.text());
    return length >= limit || validation.fail(path, [&] {
        return pg::format("must have at least %s, but has %zu", counted(limit, "character", "characters"),
                          length);
    });
}

bool check_max_length(Validation& validation, const Rule& rule, const JsonbView& value,
                      const JsonPath& path) {
    const std::size_t limit = static_cast<const LengthRule&>(rule).limit;
    const std::size_t length = pg::count_characters(value.text());
    return length <= limit || validation.fail(path, [&] {
        return pg::format("must have at most %s, but has %zu", counted(limit, "character", "characters"),
                          length);
    });
}

template <Rule::Check check>
void compile_length(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::size_t limit = require_count(compiler, path, value);
    compiler.add_rule(place, LengthRule{{.check = check, .kinds = {JsonbView::Kind::string}}, limit});
}

// ---- pattern

struct PatternRule : Rule {
    const Pattern* pattern;
    /// The text of the pattern, or the name of the format.
    std::string_view text;
};

bool check_pattern(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& wanted = static_cast<const PatternRule&>(rule);
    if (pattern_matches(*wanted.pattern, value.text()))
        return true;
    return validation.fail(path, [&] {
        return pg::format("must match the pattern %s, but is %s", pg::quoted_excerpt(wanted.text),
                          json_excerpt(value));
    });
}

void compile_pattern_keyword(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!require_string(compiler, path, value))
        return;
    if (const Pattern* pattern = compiler.pattern(path, value.text()))
        compiler.add_rule(
            place,
            PatternRule{{.check = check_pattern, .kinds = {JsonbView::Kind::string}}, pattern, value.text()});
}

// ---- format

bool check_format(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const auto& wanted = static_cast<const PatternRule&>(rule);
    if (pattern_matches(*wanted.pattern, value.text()))
        return true;
    return validation.fail(path, [&] {
        return pg::format("must have the format %s, but is %s", pg::quoted_excerpt(wanted.text),
                          json_excerpt(value));
    });
}

// Zod writes a pattern beside most formats. The pattern is then the more precise one: it allows local times
// where the format date-time alone does not.
void compile_format(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!require_string(compiler, path, value) || place.schema.find("pattern"))
        return;
    if (const Pattern* pattern = format_pattern(value.text()))
        compiler.add_rule(
            place,
            PatternRule{{.check = check_format, .kinds = {JsonbView::Kind::string}}, pattern, value.text()});
}

constexpr std::array keywords{
    Keyword{"minLength", compile_length<check_min_length>},
    Keyword{"maxLength", compile_length<check_max_length>},
    Keyword{"pattern", compile_pattern_keyword},
    Keyword{"format", compile_format},
};

} // namespace

std::span<const Keyword> keywords_for_strings() {
    return keywords;
}

} // namespace agentchat
