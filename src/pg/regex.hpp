// Compiles and matches regular expressions with PostgreSQL's engine.
//
// A regular expression is one of PostgreSQL's AREs, in code points of Unicode. Only the code points count,
// never the collation or the encoding of the database. Faults come back as words instead of errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/memory.hpp"

namespace agentchat::pg {

using CodePoint = std::uint32_t;
inline constexpr CodePoint last_code_point = 0x10FFFF;

/// Returns the code points of a text of the database, in newly allocated memory of the context. Bytes that
/// are not UTF-8, which the encoding SQL_ASCII allows, become U+FFFD each.
std::span<CodePoint> code_points(MemoryContext context, std::string_view text);

struct Regex;

/// Holds a compiled regular expression, or the fault of one that PostgreSQL refuses.
struct RegexResult {
    const Regex* regex;
    const char* fault; ///< a clause for a DETAIL, or nullptr
};

/// Compiles an ARE. The result lives in the context. `states` is the number of characters and classes in the
/// ARE, with all repetitions written out. Ends the call if the query is cancelled.
RegexResult compile_regex(MemoryContext context, std::span<const CodePoint> are, std::size_t states);

/// Holds the answer of a match, or the fault of a match that PostgreSQL has given up.
struct RegexMatch {
    bool matches;
    const char* fault; ///< a clause for a DETAIL, or nullptr
};

/// Tells whether a part of the text matches. Ends the call if the query is cancelled.
RegexMatch match_regex(const Regex& regex, std::string_view text);

} // namespace agentchat::pg
