// Each uuid once.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "pg/memory.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Takes uuids in any order and number, and gives each once, sorted. It lives in the memory context it was
/// made in.
class UuidSet {
public:
    void add(const pg::Uuid& id) {
        // Of millions of rows many have the same, and mostly they come together.
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
    /// Before the list grows beyond this size, duplicates are removed.
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
