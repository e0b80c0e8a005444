// Implements subtransaction.hpp in the way that PL/pgSQL implements BEGIN ... EXCEPTION.
#include "pg/subtransaction.hpp"

#include "pg/entry.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Tells whether an error must be raised again. PL/pgSQL's WHEN OTHERS raises fewer errors again: only
/// cancelled queries and failed assertions (exception_matches_conditions in src/pl/plpgsql/src/pl_exec.c).
bool is_beyond_us(int sqlerrcode) {
    switch (ERRCODE_TO_CATEGORY(sqlerrcode)) {
    case ERRCODE_INSUFFICIENT_RESOURCES:
    case ERRCODE_OPERATOR_INTERVENTION:
    case ERRCODE_SYSTEM_ERROR:
        return true;
    default:
        return sqlerrcode == ERRCODE_ASSERT_FAILURE || sqlerrcode == ERRCODE_DATA_CORRUPTED ||
               sqlerrcode == ERRCODE_INDEX_CORRUPTED;
    }
}

} // namespace

// Follows exec_stmt_block in src/pl/plpgsql/src/pl_exec.c. PG_TRY must not contain a return, and an exception
// must not leave it. Everything that is needed after an error is plain data in memory.
bool attempt(FunctionRef<void()> work, OwnedReport& error) {
    MemoryContext context = CurrentMemoryContext;
    ResourceOwner owner = CurrentResourceOwner;
    volatile bool succeeded = false;

    BeginInternalSubTransaction(nullptr);
    // Return to the caller's memory context. Memory that the work allocates then outlives the subtransaction.
    MemoryContextSwitchTo(context);
    PG_TRY();
    {
        guarded([&] { work(); });
        ReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
        succeeded = true;
    }
    PG_CATCH();
    {
        MemoryContextSwitchTo(context);
        ErrorData* caught = CopyErrorData();
        FlushErrorState();
        RollbackAndReleaseCurrentSubTransaction();
        MemoryContextSwitchTo(context);
        CurrentResourceOwner = owner;
        if (is_beyond_us(caught->sqlerrcode))
            ReThrowError(caught);
        error.Copy({unpack_sql_state(caught->sqlerrcode), caught->message != nullptr ? caught->message : ""});
        FreeErrorData(caught);
    }
    PG_END_TRY();
    return succeeded;
}

} // namespace agentchat::pg
