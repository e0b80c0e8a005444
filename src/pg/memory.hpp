// Allocates memory in memory contexts, which PostgreSQL uses in place of destructors. Memory in a context is
// freed with the context, even after an error.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

struct MemoryContextData;

namespace agentchat::pg {

using MemoryContext = MemoryContextData*;

/// Returns the current context, which palloc() uses.
MemoryContext current_context();

/// Makes the context the current one, and returns the previous one.
MemoryContext switch_to(MemoryContext context);

/// Makes a context below `parent`. The name must be a literal.
MemoryContext make_context(MemoryContext parent, const char* name);
/// Frees the contents of the context.
void reset_context(MemoryContext context);
/// Tells whether the context has allocated nothing since it was made or reset.
bool is_empty(MemoryContext context);
/// Returns the size of the memory that the context and those below it hold, in bytes.
std::size_t memory_of(MemoryContext context);
/// Frees the context and its contents.
void delete_context(MemoryContext context);

/// Keeps the context until the session ends.
void keep_for_session(MemoryContext context);

/// Calls `action(argument)` when the context ends, by delete_context() or by an error that ends the query.
void on_context_end(MemoryContext context, void (*action)(void*), void* argument);

/// Copies the text into the context, followed by a zero byte.
std::string_view copy_text(MemoryContext context, std::string_view text);

/// Allocates memory in the context, up to 1 GB.
void* allocate(MemoryContext context, std::size_t size);

/// Changes the size of a value that comes from allocate(), and returns its new place.
void* reallocate(void* value, std::size_t size);

/// Allocates an array in the context. Its elements are not initialised.
template <typename T>
T* allocate_array(MemoryContext context, std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T>, "nothing runs destructors in a memory context");
    // NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers, too
    return static_cast<T*>(allocate(context, count * sizeof(T)));
}

/// Returns the best size of a buffer for a result of that size. The buffer is larger, because the C library
/// then keeps the memory for the next call. Pages that are never written cost nothing.
std::size_t room_to_keep(std::size_t size);

/// Holds a list that grows in a memory context, and that is freed with the context. The first value allocates
/// the memory.
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
    /// Keeps the first `size` values. The memory of the others stays allocated.
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
        // NOLINTNEXTLINE(bugprone-sizeof-expression): of pointers, too
        const std::size_t size = room_ * sizeof(T);
        values_ = values_ == nullptr ? allocate_array<T>(context_, room_)
                                     : static_cast<T*>(reallocate(values_, size));
    }

    MemoryContext context_;
    T* values_ = nullptr;
    std::size_t size_ = 0;
    std::size_t room_ = 0;
};

} // namespace agentchat::pg
