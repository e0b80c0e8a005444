// Compiles the regular expressions of JSON Schemas, and matches texts against them.
#pragma once

#include <string_view>

#include "pg/memory.hpp"

namespace agentchat {

struct Pattern;

/// Holds a compiled pattern, or the fault of one that cannot be compiled.
struct PatternResult {
    const Pattern* pattern;
    const char* fault; ///< a clause for a DETAIL, without a full stop, or nullptr
};

/// Compiles a pattern of ECMA-262. The result lives in the context. Raises no error about the pattern.
PatternResult compile_pattern(pg::MemoryContext context, std::string_view pattern);

/// Returns a pattern that matches what one of the two does. It asks the first one first, which should be the
/// faster one. The result lives in the context, and as long as both.
const Pattern* either_pattern(pg::MemoryContext context, const Pattern& first, const Pattern& second);

/// Tells whether a part of the text matches, like RegExp.test(). Raises 22023 if PostgreSQL gives up the
/// match.
bool pattern_matches(const Pattern& pattern, std::string_view text);

} // namespace agentchat
