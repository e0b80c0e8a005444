// Translates regular expressions of ECMA-262 to those of PostgreSQL: AREs.
#pragma once

#include <cstddef>
#include <span>

#include "json_schema/pattern_tree.hpp"
#include "pg/memory.hpp"
#include "pg/regex.hpp"

namespace agentchat {

/// Holds an ARE, or the fault of a pattern that none can stand for.
struct PatternAre {
    std::span<const pg::CodePoint> are;
    std::size_t states; ///< about as many as the engine needs
    const char* fault;  ///< a clause for a DETAIL, or nullptr
};

/// Translates a tree to an ARE that matches the same texts. It need not match the same parts of them. The ARE
/// lives in the context.
PatternAre translate_pattern(pg::MemoryContext context, const PatternNode& root);

} // namespace agentchat
