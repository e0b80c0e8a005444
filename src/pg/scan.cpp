// Implements scan.hpp with PostgreSQL's functions for system tables.
#include "pg/scan.hpp"

#include "pg/error.hpp"
#include "pg/relation.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Makes the condition that the column equals the uuid.
ScanKeyData equals(int column, const Uuid& uuid) {
    ScanKeyData key;
    ScanKeyInit(&key, static_cast<AttrNumber>(column), BTEqualStrategyNumber, F_UUID_EQ,
                PointerGetDatum(&uuid));
    return key;
}

/// Returns the time in that column of the row. Returns nothing if it is NULL or not finite.
std::optional<Timestamp> finite_time(HeapTuple row, TupleDesc type, int column) {
    bool is_null;
    const Datum time = heap_getattr(row, column, type, &is_null);
    if (is_null || !is_finite(DatumGetTimestamp(time)))
        return std::nullopt;
    return DatumGetTimestamp(time);
}

/// Tells whether the index begins with these columns, each in the default order of its type.
bool begins_with(Relation index, std::span<const int> columns) {
    const FormData_pg_index* definition = index->rd_index;
    if (definition->indnkeyatts < static_cast<int>(columns.size()))
        return false;
    for (std::size_t i = 0; i < columns.size(); ++i)
        // Require the default order of the columns, ascending. A hash index or a descending index has another
        // order.
        if (definition->indkey.values[i] != columns[i] || index->rd_indoption[i] != 0 ||
            index->rd_opcintype[i] != get_atttype(definition->indrelid, definition->indkey.values[i]))
            return false;
    return true;
}

/// Tells whether the index can be searched and read in order by these columns. If `unique` is set, it must be
/// unique and must have no other columns.
bool is_fit(Relation index, std::span<const int> columns, bool unique) {
    const FormData_pg_index* definition = index->rd_index;
    return definition->indisvalid && index->rd_rel->relam == BTREE_AM_OID &&
           RelationGetIndexPredicate(index) == NIL && begins_with(index, columns) &&
           (!unique || (definition->indisunique && definition->indimmediate &&
                        definition->indnkeyatts == static_cast<int>(columns.size())));
}

} // namespace

Oid find_index(RelationData* table, std::span<const int> columns, bool unique) {
    Oid found = InvalidOid;
    List* indexes = RelationGetIndexList(table);
    const ListCell* cell;
    foreach (cell, indexes) {
        Relation index = index_open(lfirst_oid(cell), AccessShareLock);
        if (is_fit(index, columns, unique))
            found = lfirst_oid(cell);
        index_close(index, AccessShareLock);
        if (found != InvalidOid)
            break;
    }
    list_free(indexes);
    return found;
}

// SnapshotSelf sees everything that is committed at this moment, and everything that this transaction has
// written. It is not an MVCC snapshot, and only reads with an MVCC snapshot take predicate locks
// (SerializationNeededForRead in src/backend/storage/lmgr/predicate.c).
//
// The functions for system tables (src/backend/access/index/genam.c) work on any table, and are the same in
// all versions.

std::optional<Timestamp> newest_time(RelationData* table, Oid order_index, Oid key_index, int key_column,
                                     const Uuid& key, int time_column) {
    ScanKeyData condition = equals(key_column, key);
    TupleDesc type = RelationGetDescr(table);
    std::optional<Timestamp> newest;
    if (order_index != InvalidOid) {
        Relation order = index_open(order_index, AccessShareLock);
        SysScanDesc scan = systable_beginscan_ordered(table, order, SnapshotSelf, 1, &condition);
        while (!newest) {
            HeapTuple row = systable_getnext_ordered(scan, BackwardScanDirection);
            if (!HeapTupleIsValid(row))
                break;
            newest = finite_time(row, type, time_column);
        }
        systable_endscan_ordered(scan);
        index_close(order, AccessShareLock);
    } else {
        SysScanDesc scan =
            systable_beginscan(table, key_index, key_index != InvalidOid, SnapshotSelf, 1, &condition);
        for (HeapTuple row; HeapTupleIsValid(row = systable_getnext(scan));)
            newest = std::max(newest, finite_time(row, type, time_column));
        systable_endscan(scan);
    }
    return newest;
}

std::optional<Timestamp> time_of_row(RelationData* table, Oid index, int id_column, const Uuid& id,
                                     int key_column, const Uuid& key, int time_column) {
    ScanKeyData condition = equals(id_column, id);
    TupleDesc type = RelationGetDescr(table);
    std::optional<Timestamp> time;
    SysScanDesc scan = systable_beginscan(table, index, true, SnapshotSelf, 1, &condition);
    HeapTuple row = systable_getnext(scan);
    if (HeapTupleIsValid(row)) {
        bool is_null;
        const Datum actual_key = heap_getattr(row, key_column, type, &is_null);
        bool time_is_null;
        const Datum actual_time = heap_getattr(row, time_column, type, &time_is_null);
        if (!is_null && !time_is_null && from_pg(DatumGetUUIDP(actual_key)) == key)
            time = DatumGetTimestamp(actual_time);
    }
    systable_endscan(scan);
    return time;
}

UuidLookup UuidLookup::prepare(Oid table, const char* key_column, const char* value_column) {
    UuidLookup lookup{};
    lookup.table_ = table;
    lookup.key_column_ = uuid_column(table, key_column);
    lookup.value_column_ = uuid_column(table, value_column);
    Relation relation = table_open(table, AccessShareLock);
    if (relation->rd_rel->relkind != RELKIND_RELATION || relation->rd_rel->relam != HEAP_TABLE_AM_OID)
        raise({sqlstate::wrong_object_type,
               format("\"%s\" is not an ordinary table", RelationGetRelationName(relation)),
               "agentchat needs an ordinary table with that name.",
               "Run agentchat.check() to find the problems with the tables."});
    lookup.index_ = find_index(relation, std::array{lookup.key_column_}, true);
    table_close(relation, NoLock);
    return lookup;
}

std::optional<Uuid> UuidLookup::find(const Uuid& key) const {
    ScanKeyData condition = equals(key_column_, key);
    std::optional<Uuid> value;
    Relation table = table_open(table_, AccessShareLock);
    SysScanDesc scan =
        systable_beginscan(table, index_, index_ != InvalidOid, GetActiveSnapshot(), 1, &condition);
    HeapTuple row = systable_getnext(scan);
    if (HeapTupleIsValid(row)) {
        bool is_null;
        const Datum found = heap_getattr(row, value_column_, RelationGetDescr(table), &is_null);
        if (!is_null)
            value = from_pg(DatumGetUUIDP(found));
    }
    systable_endscan(scan);
    table_close(table, NoLock);
    return value;
}

} // namespace agentchat::pg
