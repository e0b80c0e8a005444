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

} // namespace agentchat::pg
