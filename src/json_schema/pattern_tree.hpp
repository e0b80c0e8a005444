// Parses regular expressions of ECMA-262 into trees.
//
// A pattern of JSON Schema has no flags. The parser takes what RegExp takes with the flag u or without it,
// with one reading: characters are code points, as with the flag, and "{", "}" and "]" may stand for
// themselves, as without it. It refuses escapes that are legal only without the flag, because they are
// usually mistakes: \a, \m, octal numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "json_schema/character_set.hpp"
#include "pg/memory.hpp"
#include "pg/regex.hpp"

namespace agentchat {

struct PatternNode {
    enum class Kind : std::uint8_t {
        character,         // one code point
        set,               // one code point out of a set
        start,             // ^
        end,               // $
        word_boundary,     // \b
        not_word_boundary, // \B
        sequence,          // its children, one after the other
        group,             // one of its children, which are sequences: the alternatives
        lookaround,        // likewise, but what follows or precedes
        back_reference,    // what a group has matched
        repeat,            // its only child, several times
    };
    static constexpr std::uint32_t unlimited = ~std::uint32_t{0};

    Kind kind;
    PatternNode* parent;
    PatternNode* first_child;
    PatternNode* last_child;
    PatternNode* previous;
    PatternNode* next;
    std::uint32_t depth;                    // the number of ancestors
    std::uint32_t position;                 // the number of siblings before it
    bool can_be_empty;                      // may match the empty text; of a back reference: always true
    bool is_in_lookaround;                  // at any depth
    pg::CodePoint character;                // of a character
    bool is_negated;                        // of a set or lookaround
    bool is_behind;                         // of a lookaround
    std::span<const CodePointRange> ranges; // of a set: sorted, without overlap
    PatternNode* group;                     // of a back reference
    std::uint32_t number; // of a group that a back reference means: counts those groups; otherwise 0
    std::uint32_t least;  // of a repeat
    std::uint32_t most;   // of a repeat; may be unlimited
};

/// Holds the root of a tree, which is a group, or the fault of a pattern.
struct PatternTree {
    PatternNode* root;
    const char* fault; ///< a clause for a DETAIL, or nullptr
};

/// Parses a pattern. The tree lives in the context.
PatternTree parse_pattern(pg::MemoryContext context, std::span<const pg::CodePoint> pattern);

} // namespace agentchat
