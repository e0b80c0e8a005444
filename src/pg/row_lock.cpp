// Implements row_lock.hpp: tries to lock a row, finds the transaction that holds it, and waits.
#include "pg/row_lock.hpp"

#include <algorithm>

#include "pg/relation.hpp"
#include "pg/scan.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Tells how a transaction holds a row.
enum class Hold : std::uint8_t {
    nothing,
    /// A change of the row, or a lock against changes.
    change,
    /// FOR UPDATE. A DELETE that had to wait takes this lock for a moment before it deletes (EvalPlanQual).
    exclusive,
    /// A deletion, or a change of the key.
    deletion,
};

/// Describes another transaction that holds a row in conflict with an UPDATE.
struct Holder {
    Hold hold;
    TransactionId transaction;
};

Hold hold_of(MultiXactStatus status) {
    switch (status) {
    case MultiXactStatusForKeyShare:
        return Hold::nothing;
    case MultiXactStatusForUpdate:
        return Hold::exclusive;
    case MultiXactStatusUpdate:
        return Hold::deletion;
    default:
        return Hold::change;
    }
}

Hold hold_of(const HeapTupleHeaderData& row) {
    const bool about_key = (row.t_infomask2 & HEAP_KEYS_UPDATED) != 0;
    if (!HEAP_XMAX_IS_LOCKED_ONLY(row.t_infomask))
        return about_key ? Hold::deletion : Hold::change;
    if (HEAP_XMAX_IS_KEYSHR_LOCKED(row.t_infomask))
        return Hold::nothing;
    return about_key ? Hold::exclusive : Hold::change;
}

bool is_other_and_in_progress(TransactionId transaction) {
    return !TransactionIdIsCurrentTransactionId(transaction) && TransactionIdIsInProgress(transaction);
}

/// Finds the transaction that holds the row. Only one holder at a time conflicts with an UPDATE. FOR SHARE is
/// the exception, and in that case any holder will do.
Holder holder_of(const HeapTupleHeaderData& row) {
    constexpr Holder nobody{Hold::nothing, InvalidTransactionId};
    if ((row.t_infomask & HEAP_XMAX_INVALID) != 0 || HEAP_LOCKED_UPGRADED(row.t_infomask))
        return nobody;
    const TransactionId xmax = HeapTupleHeaderGetRawXmax(&row);
    if ((row.t_infomask & HEAP_XMAX_IS_MULTI) == 0)
        return is_other_and_in_progress(xmax) ? Holder{hold_of(row), xmax} : nobody;

    MultiXactMember* members;
    const int count = GetMultiXactIdMembers(xmax, &members, false, HEAP_XMAX_IS_LOCKED_ONLY(row.t_infomask));
    for (int i = 0; i < count; ++i) {
        const Holder member{hold_of(members[i].status), members[i].xid};
        if (member.hold != Hold::nothing && is_other_and_in_progress(member.transaction))
            return member;
    }
    return nobody;
}

/// Finds the transaction that holds the row in the slot now.
Holder holder_of(TupleTableSlot* slot) {
    const auto* row = reinterpret_cast<BufferHeapTupleTableSlot*>(slot);
    LockBuffer(row->buffer, BUFFER_LOCK_SHARE);
    const HeapTupleHeaderData header = *row->base.tuple->t_data;
    LockBuffer(row->buffer, BUFFER_LOCK_UNLOCK);
    return holder_of(header);
}

void sleep(long milliseconds) {
    WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, milliseconds, PG_WAIT_EXTENSION);
    ResetLatch(MyLatch);
}

} // namespace

/// Holds the outcome of one attempt to lock a row.
struct RowLocks::Attempt {
    enum class Outcome : std::uint8_t { locked, nothing_to_do, held, again };
    Outcome outcome;
    Holder holder;
    ItemPointerData place;
};

RowLocks RowLocks::prepare(Oid table, const char* id_column, const char* time_column) {
    RowLocks rows{};
    rows.table_ = table;
    Relation relation = table_open(table, RowExclusiveLock);
    rows.is_plain_ = relation->rd_rel->relkind == RELKIND_RELATION && !relation->rd_rel->relhassubclass &&
                     relation->rd_tableam == GetHeapamTableAmRoutine();
    if (rows.is_plain_) {
        rows.id_column_ = uuid_column(table, id_column);
        rows.index_ = find_index(relation, std::array{rows.id_column_}, true);
        const AttrNumber time = get_attnum(table, time_column);
        const Oid type = time == InvalidAttrNumber ? InvalidOid : get_atttype(table, time);
        rows.time_column_ = type == TIMESTAMPOID || type == TIMESTAMPTZOID ? time : 0;
    }
    table_close(relation, NoLock);
    return rows;
}

/// Takes its own snapshot, because a search without one can miss a row that changes meanwhile.
RowLocks::Attempt RowLocks::try_lock(RelationData* table, const Uuid& id, Timestamp time) const {
    using Outcome = Attempt::Outcome;
    Attempt attempt{Outcome::nothing_to_do, {Hold::nothing, InvalidTransactionId}, {}};
    ScanKeyData condition;
    ScanKeyInit(&condition, static_cast<AttrNumber>(id_column_), BTEqualStrategyNumber, F_UUID_EQ,
                PointerGetDatum(&id));
    Snapshot snapshot = RegisterSnapshot(GetLatestSnapshot());
    SysScanDesc scan = systable_beginscan(table, index_, index_ != InvalidOid, snapshot, 1, &condition);
    HeapTuple row = systable_getnext(scan);
    bool is_older = HeapTupleIsValid(row);
    if (is_older && time_column_ != 0) {
        bool is_null;
        const Datum found = heap_getattr(row, time_column_, RelationGetDescr(table), &is_null);
        is_older = !is_null && DatumGetTimestamp(found) < time;
    }
    if (is_older) {
        attempt.place = row->t_self;
        TupleTableSlot* slot = table_slot_create(table, nullptr);
        TM_FailureData failure;
        switch (table_tuple_lock(table, &row->t_self, snapshot, slot, GetCurrentCommandId(false),
                                 LockTupleNoKeyExclusive, LockWaitSkip, 0, &failure)) {
        case TM_WouldBlock:
            attempt.outcome = Outcome::held;
            attempt.holder = holder_of(slot);
            break;
        case TM_Deleted:
            break;
        case TM_Updated:
            attempt.outcome = Outcome::again;
            break;
        default:
            attempt.outcome = Outcome::locked;
            break;
        }
        ExecDropSingleTupleTableSlot(slot);
    }
    systable_endscan(scan);
    UnregisterSnapshot(snapshot);
    return attempt;
}

// Waits for transactions, but never in PostgreSQL's queue for the row (heap_acquire_tuplock): a deletion may
// be in that queue.
bool RowLocks::lock_older(const Uuid& id, Timestamp time) const {
    using Outcome = Attempt::Outcome;
    if (!is_plain_)
        return true;
    // From now on, a snapshot sees the writes of earlier commands.
    CommandCounterIncrement();
    Relation table = table_open(table_, RowExclusiveLock);
    // Sleep if a DELETE may have locked the row: it is about to delete it. That takes a moment, or as long as
    // its BEFORE triggers and a busy machine make it. Wait for any other transaction, because it may hold the
    // row for long, and only such a wait lets PostgreSQL detect a deadlock or the end of lock_timeout.
    constexpr long longest_pause = 32;
    constexpr long second = 1000;
    const long longest_sleep = LockTimeout > 0 ? std::min<long>(LockTimeout, second) : second;
    long pause = 1;
    long slept = 0;
    Outcome outcome = Outcome::again;
    while (outcome != Outcome::locked && outcome != Outcome::nothing_to_do) {
        CHECK_FOR_INTERRUPTS();
        Attempt attempt = try_lock(table, id, time);
        outcome = attempt.outcome;
        if (outcome != Outcome::held || attempt.holder.hold == Hold::nothing)
            continue;
        if (attempt.holder.hold == Hold::deletion) {
            outcome = Outcome::nothing_to_do;
        } else if (attempt.holder.hold == Hold::exclusive && slept < longest_sleep) {
            sleep(pause);
            slept += pause;
            pause = std::min(2 * pause, longest_pause);
        } else {
            XactLockTableWait(attempt.holder.transaction, table, &attempt.place, XLTW_Update);
            pause = 1;
            slept = 0;
        }
    }
    table_close(table, NoLock);
    return outcome == Outcome::locked;
}

} // namespace agentchat::pg
