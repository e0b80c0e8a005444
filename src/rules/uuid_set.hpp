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
        if (count_ > 0 && ids_[count_ - 1] == id)
            return;
        if (count_ == room_)
            sort();
        ids_ = pg::with_room(context_, ids_, count_, room_);
        ids_[count_++] = id;
    }

    std::span<const pg::Uuid> sorted() {
        sort();
        return {ids_, count_};
    }

private:
    void sort() {
        std::sort(ids_, ids_ + count_,
                  [](const pg::Uuid& a, const pg::Uuid& b) { return a.bytes < b.bytes; });
        count_ = static_cast<std::size_t>(std::unique(ids_, ids_ + count_) - ids_);
    }

    pg::MemoryContext context_ = pg::current_context();
    pg::Uuid* ids_ = nullptr;
    std::size_t count_ = 0;
    std::size_t room_ = 0;
};

} // namespace agentchat
