// Memory contexts: PostgreSQL's answer to destructors. What is allocated in one goes with it, by an error
// too.
#pragma once

#include <algorithm>
#include <cstddef>
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

/// The array `values`, which holds `count`, with room for one more: itself, or a larger one in its place.
template <typename T>
T* with_room(MemoryContext context, T* values, std::size_t count, std::size_t& room) {
    if (count < room)
        return values;
    room = std::max<std::size_t>(64, 2 * room);
    if (values == nullptr)
        return allocate_array<T>(context, room);
    return static_cast<T*>(reallocate(values, room * sizeof(T)));
}

} // namespace agentchat::pg
