// Compiles and checks the keywords for numbers.
#include <array>
#include <compare>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "json_schema/excerpt.hpp"
#include "json_schema/keyword.hpp"
#include "pg/error.hpp"
#include "pg/number.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;

struct NumberRule : Rule {
    JsonbView number;
};

/// A rule that compares a number with a limit.
struct Limit {
    bool (*allows)(std::strong_ordering order);
    const char* words;
};
constexpr Limit at_least{[](std::strong_ordering order) { return std::is_gteq(order); }, "at least"};
constexpr Limit above{[](std::strong_ordering order) { return std::is_gt(order); }, "greater than"};
constexpr Limit at_most{[](std::strong_ordering order) { return std::is_lteq(order); }, "at most"};
constexpr Limit below{[](std::strong_ordering order) { return std::is_lt(order); }, "less than"};

template <const Limit& limit>
bool check_limit(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const JsonbView& number = static_cast<const NumberRule&>(rule).number;
    if (limit.allows(pg::compare_numbers(value, number)))
        return true;
    return validation.fail(path, [&] {
        return pg::format("must be %s %s, but is %s", limit.words, json_excerpt(number), json_excerpt(value));
    });
}

template <const Limit& limit>
void compile_limit(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (value.is_boolean())
        return compiler.fault(path, "must be a number: only draft 4 has booleans here");
    if (require_number(compiler, path, value))
        compiler.add_rule(
            place, NumberRule{{.check = check_limit<limit>, .kinds = {JsonbView::Kind::number}}, value});
}

/// Names a keyword of draft 4 that excludes the limit itself.
constexpr std::string_view exclusive_minimum = "exclusiveMinimum";
constexpr std::string_view exclusive_maximum = "exclusiveMaximum";

/// Compiles minimum or maximum. zod-to-json-schema writes draft 4's booleans for later drafts, too.
template <const std::string_view& exclusive, const Limit& limit, const Limit& exclusive_limit>
void compile_inclusive(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    const std::optional<JsonbView> is_exclusive = place.schema.find(exclusive);
    if (is_exclusive && is_exclusive->is_boolean() && is_exclusive->truth())
        compile_limit<exclusive_limit>(compiler, place, path, value);
    else
        compile_limit<limit>(compiler, place, path, value);
}

constexpr std::string_view minimum = "minimum";
constexpr std::string_view maximum = "maximum";

template <const std::string_view& limit>
void compile_exclusive_of_draft_4(Compiler& compiler, Place& place, const JsonPath& path,
                                  const JsonbView& value) {
    if (require_boolean(compiler, path, value) && !place.schema.find(limit))
        compiler.fault(path, pg::format("must not stand without \"%s\" in draft 4", limit.data()));
}

template <const std::string_view& limit, const Limit& exclusive_limit>
void compile_exclusive(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    if (!value.is_boolean() || !place.schema.find(limit))
        compile_limit<exclusive_limit>(compiler, place, path, value);
}

bool check_multiple(Validation& validation, const Rule& rule, const JsonbView& value, const JsonPath& path) {
    const JsonbView& divisor = static_cast<const NumberRule&>(rule).number;
    if (pg::is_multiple(value, divisor))
        return true;
    return validation.fail(path, [&] {
        return pg::format("must be a multiple of %s, but is %s", json_excerpt(divisor), json_excerpt(value));
    });
}

void compile_multiple(Compiler& compiler, Place& place, const JsonPath& path, const JsonbView& value) {
    // PostgreSQL cannot be cancelled while it divides. Two numbers of 100,000 digits would keep it for
    // seconds.
    constexpr std::size_t most_bytes = 512;
    if (!value.is_number() || !pg::is_positive(value))
        return compiler.fault(path, "must be a number greater than 0");
    if (value.size() > most_bytes)
        return compiler.fault(path, "must have at most 1,000 digits");
    compiler.add_rule(place,
                      NumberRule{{.check = check_multiple, .kinds = {JsonbView::Kind::number}}, value});
}

constexpr Drafts draft_4{Draft::draft_4, Draft::draft_4};
constexpr Drafts from_draft_6{.first = Draft::draft_6};

constexpr std::array keywords{
    Keyword{minimum, compile_inclusive<exclusive_minimum, at_least, above>},
    Keyword{exclusive_minimum, compile_exclusive_of_draft_4<minimum>, draft_4},
    Keyword{maximum, compile_inclusive<exclusive_maximum, at_most, below>},
    Keyword{exclusive_maximum, compile_exclusive_of_draft_4<maximum>, draft_4},
    Keyword{exclusive_minimum, compile_exclusive<minimum, above>, from_draft_6},
    Keyword{exclusive_maximum, compile_exclusive<maximum, below>, from_draft_6},
    Keyword{"multipleOf", compile_multiple},
};

} // namespace

std::span<const Keyword> keywords_for_numbers() {
    return keywords;
}

} // namespace agentchat
