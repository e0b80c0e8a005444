// Implements character_set.hpp.
#include "json_schema/character_set.hpp"

#include <algorithm>
#include <cstddef>

#include "pg/pure.hpp"

namespace agentchat {

void CharacterSet::add(std::span<const CodePointRange> ranges) {
    for (const CodePointRange& range : ranges)
        ranges_.add(range);
}

void CharacterSet::add_complement(std::span<const CodePointRange> ranges) {
    pg::CodePoint next = 0;
    for (const CodePointRange& range : ranges) {
        if (range.first > next)
            ranges_.add({next, range.first - 1});
        next = range.last + 1;
    }
    if (next <= pg::last_code_point)
        ranges_.add({next, pg::last_code_point});
}

void CharacterSet::normalize() {
    if (ranges_.is_empty())
        return;
    std::sort(ranges_.begin(), ranges_.end(),
              [](const CodePointRange& a, const CodePointRange& b) { return a.first < b.first; });
    std::size_t size = 1;
    for (const CodePointRange& range : ranges_.span().subspan(1)) {
        CodePointRange& last = ranges_[size - 1];
        if (range.first <= last.last + 1)
            last.last = std::max(last.last, range.last);
        else
            ranges_[size++] = range;
    }
    ranges_.shorten(size);
}

} // namespace agentchat
