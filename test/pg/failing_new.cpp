// Lets operator new fail: see failing_allocations.cpp. For LD_PRELOAD, by which it precedes libstdc++'s.
#include <dlfcn.h>

#include <cstdlib>
#include <new>

void* operator new(std::size_t size) {
    using Fails = bool (*)();
    static Fails fails = nullptr;
    if (fails == nullptr)
        fails = reinterpret_cast<Fails>(dlsym(RTLD_DEFAULT, "faults_new_fails"));
    void* memory = fails != nullptr && fails() ? nullptr : std::malloc(size > 0 ? size : 1);
    if (memory == nullptr)
        throw std::bad_alloc();
    return memory;
}
