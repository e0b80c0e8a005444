// Implements pattern.hpp: the pattern becomes a tree, the tree an ARE, and PostgreSQL compiles the ARE.
#include "json_schema/pattern.hpp"

#include <cstddef>

#include "json_schema/pattern_are.hpp"
#include "json_schema/pattern_tree.hpp"
#include "pg/error.hpp"
#include "pg/regex.hpp"

#include "pg/pure.hpp"

namespace agentchat {

struct Pattern {
    const pg::Regex* regex;
    const Pattern* otherwise; // what also matches, or nullptr
};

namespace {

constexpr std::size_t largest_pattern = 100000;

/// Compiles a pattern. The steps between live in the scratch context.
pg::RegexResult compile(pg::MemoryContext context, pg::MemoryContext scratch, std::string_view pattern) {
    if (pattern.size() > largest_pattern)
        return {nullptr, "the regular expression has more than 100,000 bytes"};
    const PatternTree tree = parse_pattern(scratch, pg::code_points(scratch, pattern));
    if (tree.fault != nullptr)
        return {nullptr, tree.fault};
    const PatternAre translated = translate_pattern(scratch, *tree.root);
    if (translated.fault != nullptr)
        return {nullptr, translated.fault};
    return pg::compile_regex(context, translated.are, translated.states);
}

} // namespace

PatternResult compile_pattern(pg::MemoryContext context, std::string_view pattern) {
    const pg::MemoryContext scratch = pg::make_context(pg::current_context(), "agentchat pattern");
    const pg::RegexResult compiled = compile(context, scratch, pattern);
    pg::delete_context(scratch);
    if (compiled.fault != nullptr)
        return {nullptr, compiled.fault};
    auto* result = pg::allocate_array<Pattern>(context, 1);
    *result = {compiled.regex, nullptr};
    return {result, nullptr};
}

const Pattern* either_pattern(pg::MemoryContext context, const Pattern& first, const Pattern& second) {
    auto* result = pg::allocate_array<Pattern>(context, 1);
    *result = {first.regex, &second};
    return result;
}

bool pattern_matches(const Pattern& pattern, std::string_view text) {
    const pg::RegexMatch match = pg::match_regex(*pattern.regex, text);
    if (match.fault != nullptr)
        pg::raise({pg::sqlstate::invalid_parameter_value, "regular expression cannot be matched",
                   pg::format("PostgreSQL gives up the match: %s.", match.fault),
                   "Write a simpler regular expression."});
    return match.matches || (pattern.otherwise != nullptr && pattern_matches(*pattern.otherwise, text));
}

} // namespace agentchat
