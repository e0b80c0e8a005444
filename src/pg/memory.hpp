// Memory contexts: PostgreSQL's answer to destructors. What is allocated in one goes with it, by an error
// too.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

struct MemoryContextData;

namespace agentchat::pg {

using MemoryContext = MemoryContextData*;

MemoryContext current_context();

/// Makes it the current one; returns the one before.
MemoryContext switch_to(MemoryContext context);

/// A new context below `parent`. The name must be a literal.
MemoryContext make_context(MemoryContext parent, const char* name);
void reset_context(MemoryContext context);
/// Whether nothing was allocated in it since it was made or reset.
bool is_empty(MemoryContext context);
void delete_context(MemoryContext context);

/// Lets the context live as long as the session.
void keep_for_session(MemoryContext context);

/// Calls `action(argument)` when the context goes, whether by delete_context or by an error that ends the
/// query.
void on_context_end(MemoryContext context, void (*action)(void*), void* argument);

/// The text in that context, with a zero behind it.
std::string_view copy_text(MemoryContext context, std::string_view text);

/// Up to 1 GB.
void* allocate(MemoryContext context, std::size_t size);

/// `value` must come from allocate.
void* reallocate(void* value, std::size_t size);

template <typename T>
T* allocate_array(MemoryContext context, std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "nothing runs destructors in a memory context");
    // NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers, too
    return static_cast<T*>(allocate(context, count * sizeof(T)));
}

/// The room that a buffer for a result of so many bytes should have: more than that, so that the C library
/// keeps memory for the next call. What is not written to takes none.
std::size_t room_to_keep(std::size_t size);

/// A list that grows in a memory context. Nothing frees it but the end of the context. It allocates with the
/// first value.
template <typename T>
class ArenaList {
    static_assert(std::is_trivially_copyable_v<T>, "reallocate() moves values by their bytes");

public:
    explicit ArenaList(MemoryContext context) : context_(context) {}

    void add(const T& value) {
        if (size_ == room_)
            grow();
        values_[size_++] = value;
    }
    T remove_last() { return values_[--size_]; }
    /// Keeps the first `size` values, and the room of the others.
    void shorten(std::size_t size) { size_ = size; }

    std::size_t size() const { return size_; }
    bool is_empty() const { return size_ == 0; }
    T& operator[](std::size_t i) { return values_[i]; }
    const T& operator[](std::size_t i) const { return values_[i]; }
    T& last() { return values_[size_ - 1]; }
    T* begin() { return values_; }
    T* end() { return values_ + size_; }
    const T* begin() const { return values_; }
    const T* end() const { return values_ + size_; }
    std::span<T> span() { return {values_, size_}; }
    std::span<const T> span() const { return {values_, size_}; }

private:
    void grow() {
        constexpr std::size_t smallest_room = 64;
        room_ = std::max(smallest_room, 2 * room_);
        values_ = values_ == nullptr ? allocate_array<T>(context_, room_)
                                     : static_cast<T*>(reallocate(values_, room_ * sizeof(T)));
    }

    MemoryContext context_;
    T* values_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

} // namespace agentchat::pg
