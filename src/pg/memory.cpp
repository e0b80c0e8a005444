// Implements memory.hpp with the memory contexts of PostgreSQL.
#include "pg/memory.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

MemoryContext current_context() {
    return CurrentMemoryContext;
}

MemoryContext switch_to(MemoryContext context) {
    return MemoryContextSwitchTo(context);
}

MemoryContext make_context(MemoryContext parent, const char* name) {
    return AllocSetContextCreateInternal(parent, name, ALLOCSET_DEFAULT_SIZES);
}

void reset_context(MemoryContext context) {
    MemoryContextReset(context);
}

bool is_empty(MemoryContext context) {
    return MemoryContextIsEmpty(context);
}

std::size_t memory_of(MemoryContext context) {
    return MemoryContextMemAllocated(context, true);
}

void delete_context(MemoryContext context) {
    MemoryContextDelete(context);
}

void keep_for_session(MemoryContext context) {
    MemoryContextSetParent(context, CacheMemoryContext);
}

void on_context_end(MemoryContext context, void (*action)(void*), void* argument) {
    auto* callback = allocate_array<MemoryContextCallback>(context, 1);
    callback->func = action;
    callback->arg = argument;
    MemoryContextRegisterResetCallback(context, callback);
}

void* allocate(MemoryContext context, std::size_t size) {
    return MemoryContextAlloc(context, size);
}

void* reallocate(void* value, std::size_t size) {
    return repalloc(value, size);
}

std::string_view copy_text(MemoryContext context, std::string_view text) {
    auto* copy = static_cast<char*>(allocate(context, text.size() + 1));
    text.copy(copy, text.size());
    copy[text.size()] = '\0';
    return {copy, text.size()};
}

// While PostgreSQL makes and sends a result, it holds copies of its parts: sorted rows, the text of the
// output function, the message to the client, and, with PostgREST, the copies of json_agg and of ->. After
// each call, the C library would return all this memory to the system. The next call would have to clear
// fresh pages, which takes several times as long as everything else. glibc keeps memory up to twice the size
// of the largest block that was mapped alone (from 128 kB) and freed, if that block had at most 32 MB
// (M_MMAP_THRESHOLD in mallopt(3)). Therefore the block is as large as all the copies together.
std::size_t room_to_keep(std::size_t size) {
    constexpr std::size_t factor = 8;
    constexpr auto smallest_mapped = std::size_t{128} * 1024;
    constexpr auto largest_kept = std::size_t{32} * 1024 * 1024 - std::size_t{64} * 1024;
    if (size < smallest_mapped / factor)
        return size;
    return std::max(size, std::min(largest_kept, factor * size));
}

} // namespace agentchat::pg
