// Finds objects by the address of a stored value.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>

#include "pg/memory.hpp"

namespace agentchat {

/// Maps addresses to objects. It is plain data in a memory context.
template <typename T>
class AddressMap {
public:
    explicit AddressMap(pg::MemoryContext context) : context_(context) {}

    /// Returns the object of the address, or nullptr.
    T* find(const void* address) const {
        if (room_ == 0)
            return nullptr;
        const Entry& entry = entries_[slot_of(address)];
        return entry.address == nullptr ? nullptr : entry.object;
    }

    /// Adds an object. The address must be new.
    void add(const void* address, T* object) {
        if (2 * size_ >= room_)
            grow();
        entries_[slot_of(address)] = {address, object};
        ++size_;
    }

private:
    struct Entry {
        const void* address;
        T* object;
    };

    /// Returns the slot that has the address, or the free one where it would be.
    std::size_t slot_of(const void* address) const {
        // The multiplication of Knuth's hash (The Art of Computer Programming, 6.4) spreads the upper bits.
        const std::uint64_t hash = reinterpret_cast<std::uintptr_t>(address) * 0x9E3779B97F4A7C15ULL;
        std::size_t slot = hash >> std::countl_zero(room_ - 1);
        while (entries_[slot].address != nullptr && entries_[slot].address != address)
            slot = (slot + 1) & (room_ - 1);
        return slot;
    }

    void grow() {
        constexpr std::size_t smallest_room = 32;
        const Entry* old = entries_;
        const std::size_t old_room = room_;
        room_ = room_ == 0 ? smallest_room : 2 * room_;
        entries_ = pg::allocate_array<Entry>(context_, room_);
        for (std::size_t i = 0; i < room_; ++i)
            entries_[i] = {nullptr, nullptr};
        for (std::size_t i = 0; i < old_room; ++i)
            if (old[i].address != nullptr)
                entries_[slot_of(old[i].address)] = old[i];
    }

    pg::MemoryContext context_;
    Entry* entries_ = nullptr;
    /// A power of two.
    std::size_t room_ = 0;
    std::size_t size_ = 0;
};

} // namespace agentchat
