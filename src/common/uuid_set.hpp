// Collects UUIDs, each once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Takes UUIDs in any order and number, and returns each once, sorted. It lives in the memory context that
/// was current when it was created.
class UuidSet {
public:
    void add(const pg::Uuid& id) {
        // Among millions of rows, many have the same UUID, and most of these are neighbours.
        if (!ids_.is_empty() && ids_.last() == id)
            return;
        if (ids_.size() == sort_at_) {
            sort();
            sort_at_ = 2 * std::max(ids_.size(), smallest_sort);
        }
        ids_.add(id);
    }

    std::span<const pg::Uuid> sorted() {
        sort();
        return ids_.span();
    }

private:
    /// The size at which duplicates are removed for the first time.
    static constexpr std::size_t smallest_sort = 64;

    void sort() {
        std::sort(ids_.begin(), ids_.end(),
                  [](const pg::Uuid& a, const pg::Uuid& b) { return a.bytes < b.bytes; });
        ids_.shorten(static_cast<std::size_t>(std::unique(ids_.begin(), ids_.end()) - ids_.begin()));
    }

    pg::ArenaList<pg::Uuid> ids_{pg::current_context()};
    std::size_t sort_at_ = smallest_sort;
};

} // namespace agentchat
