// Lets an allocation fail: the n-th of a statement that begins with /*fail*/, after SET faults.fail_after =
// n. SHOW faults.fail_after then tells 0, or how many allocations before that one the statement ended. The
// library has to be there before the server starts: LD_PRELOAD, for C++'s operator new, and
// shared_preload_libraries, for palloc().
#include <execinfo.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "pg/prelude.hpp"

extern "C" {
#include <nodes/memnodes.h>
#include <storage/lock.h>
#include <tcop/tcopprot.h>
}

namespace {

int fail_after = 0;
bool spare_locks = true;

/// The methods of the contexts that AllocSetContextCreate() makes, as PostgreSQL has them.
MemoryContextMethods own;

/// Tells whether it is for a setting: on PostgreSQL 18, a session was seen to end with FATAL, as it does
/// without the extension where a setting of a library cannot be kept (guc_malloc() and guc_strdup() in
/// src/backend/utils/misc/guc.c, which have a context of their own since 16).
bool is_setting(MemoryContext context) {
    return std::strcmp(context->name, "GUCMemoryContext") == 0;
}

/// Tells whether the allocation is the one that fails. None fails where PostgreSQL itself could not go on: in
/// a critical section an error is a PANIC, and while a transaction ends, with interrupts held off, it is one
/// as soon as the commit is in the WAL. ErrorContext keeps memory in reserve (src/backend/utils/mmgr/mcxt.c).
bool may_fail(MemoryContext context) {
    return fail_after > 0 && debug_query_string != nullptr &&
           std::strncmp(debug_query_string, "/*fail*/", 8) == 0 && CritSectionCount == 0 &&
           InterruptHoldoffCount == 0 && context != ErrorContext && !is_setting(context);
}

/// Tells whether it is the list of the owners of a lock. LockAcquireExtended() adds the lock to the session's
/// hash table and then allocates the list; GrantLockLocal() writes to the list of a lock that it finds there
/// (lines 849, 867 and 1716 of src/backend/storage/lmgr/lock.c of 15.18). On PostgreSQL 15.20, without any
/// extension, this ended with SIGSEGV in LockAcquireExtended(), called for a scan of a catalog, with n = 22:
/// CREATE TABLE t (); and then, in a new session for each n of the first 100,
/// SET faults.spare_locks = off; SET faults.fail_after = n; BEGIN; SAVEPOINT s; /*fail*/ SELECT FROM t;
/// ROLLBACK TO s; SELECT FROM t.
bool is_lock(MemoryContext context, Size size) {
    return spare_locks && context == TopMemoryContext && size == 8 * sizeof(LOCALLOCKOWNER);
}

bool fails(MemoryContext context, Size size) {
    return may_fail(context) && !is_lock(context, size) && --fail_after == 0;
}

/// Raises what palloc() raises. Returning a null pointer to it would print all memory contexts into the log
/// each time.
void fail(MemoryContext context, Size size) {
    ereport(ERROR, (errcode(ERRCODE_OUT_OF_MEMORY), errmsg("out of memory"),
                    errdetail("Injected: %zu bytes in memory context \"%s\".", size, context->name)));
}

#if PG_VERSION_NUM >= 170000
/// Whether the caller takes a null pointer for an answer.
constexpr bool takes_null(int flags) {
    return (flags & MCXT_ALLOC_NO_OOM) != 0;
}

void* allocate(MemoryContext context, Size size, int flags) {
    if (!fails(context, size))
        return own.alloc(context, size, flags);
    if (!takes_null(flags))
        fail(context, size);
    return nullptr;
}

void* reallocate(void* pointer, Size size, int flags) {
    if (!fails(GetMemoryChunkContext(pointer), size))
        return own.realloc(pointer, size, flags);
    if (!takes_null(flags))
        fail(GetMemoryChunkContext(pointer), size);
    return nullptr;
}
#else
void* allocate(MemoryContext context, Size size) {
    if (fails(context, size))
        fail(context, size);
    return own.alloc(context, size);
}

#if PG_VERSION_NUM >= 160000
void* reallocate(void* pointer, Size size) {
    if (fails(GetMemoryChunkContext(pointer), size))
        fail(GetMemoryChunkContext(pointer), size);
    return own.realloc(pointer, size);
}
#else
void* reallocate(MemoryContext context, void* pointer, Size size) {
    if (fails(context, size))
        fail(context, size);
    return own.realloc(context, pointer, size);
}
#endif
#endif

/// Prints who was called, into the server's log, and crashes.
void trace(int signal) {
    std::array<void*, 40> callers;
    backtrace_symbols_fd(callers.data(), backtrace(callers.data(), callers.size()), STDERR_FILENO);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

} // namespace

extern "C" {
PG_MODULE_MAGIC;

PGDLLEXPORT void _PG_init(void);
/// For operator new, which is in every process that is started with LD_PRELOAD and may know nothing of
/// PostgreSQL.
PGDLLEXPORT bool faults_new_fails(void);

bool faults_new_fails(void) {
    return fails(CurrentMemoryContext, 0);
}

void _PG_init(void) {
    DefineCustomIntVariable("faults.fail_after", "Lets an allocation of the next /*fail*/ statement fail.",
                            nullptr, &fail_after, 0, 0, INT_MAX, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    DefineCustomBoolVariable("faults.spare_locks", "Lets no list of a lock's owners fail.", nullptr,
                             &spare_locks, true, PGC_USERSET, 0, nullptr, nullptr, nullptr);
    // The methods are constants. All such contexts, in all versions, share one struct of them.
    auto* methods = const_cast<MemoryContextMethods*>(TopMemoryContext->methods);
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    const auto begin = reinterpret_cast<std::uintptr_t>(methods) & ~(page - 1);
    if (mprotect(reinterpret_cast<void*>(begin), 2 * page, PROT_READ | PROT_WRITE) != 0)
        elog(ERROR, "mprotect failed: %m");
    std::signal(SIGSEGV, trace);
    std::signal(SIGABRT, trace);
    own = *methods;
    methods->alloc = allocate;
    methods->realloc = reallocate;
}
}
