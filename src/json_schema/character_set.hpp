// Holds sets of code points: what a character class of a regular expression stands for.
#pragma once

#include <span>

#include "pg/memory.hpp"
#include "pg/regex.hpp"

namespace agentchat {

/// A range of code points, including both ends.
struct CodePointRange {
    pg::CodePoint first;
    pg::CodePoint last;
};

/// Collects code points. The ranges may overlap and come in any order until normalize().
class CharacterSet {
public:
    explicit CharacterSet(pg::MemoryContext context) : context_(context), ranges_(context) {}

    void add(pg::CodePoint point) { ranges_.add({point, point}); }
    void add(CodePointRange range) { ranges_.add(range); }
    void add(std::span<const CodePointRange> ranges);
    /// Adds all code points that are not in the ranges, which are sorted and do not overlap.
    void add_complement(std::span<const CodePointRange> ranges);

    /// Sorts the ranges, and joins those that overlap or touch.
    void normalize();

    std::span<const CodePointRange> ranges() const { return ranges_.span(); }
    pg::MemoryContext context() const { return context_; }

private:
    pg::MemoryContext context_;
    pg::ArenaList<CodePointRange> ranges_;
};

} // namespace agentchat
