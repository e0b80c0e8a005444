// Implements relation.hpp with the catalog caches of PostgreSQL.
#include "pg/relation.hpp"

#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "pg/scan.hpp"

namespace agentchat::pg {

namespace {

/// The list of the active watches.
Watch* watches = nullptr;

} // namespace

ColumnKind column_kind(Oid type) {
    switch (type) {
    case TEXTOID:
    case VARCHAROID:
        return ColumnKind::text;
    case UUIDOID:
        return ColumnKind::uuid;
    case TIMESTAMPOID:
        return ColumnKind::timestamp;
    case BOOLOID:
        return ColumnKind::boolean;
    case JSONBOID:
        return ColumnKind::jsonb;
    default:
        return ColumnKind::other;
    }
}

Oid find_relation(Oid schema, const char* name) {
    return get_relname_relid(name, schema);
}

Oid require_relation(Oid schema, const char* name) {
    const Oid relation = find_relation(schema, name);
    if (relation == InvalidOid)
        raise({sqlstate::undefined_table, "a table of agentchat is missing",
               format("The table %s does not exist.", qualified_name(schema, name)),
               "Restore the table from your backup."});
    return relation;
}

// The entry of the relation in the relation cache lists its triggers.
bool has_trigger(Oid relation, const char* trigger) {
    Relation table = relation_open(relation, AccessShareLock);
    const TriggerDesc* triggers = table->trigdesc;
    const bool found =
        triggers != nullptr &&
        std::any_of(triggers->triggers, triggers->triggers + triggers->numtriggers,
                    [&](const ::Trigger& other) { return std::strcmp(other.tgname, trigger) == 0; });
    relation_close(table, NoLock);
    return found;
}

Oid relation_owner(Oid relation) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
    if (!HeapTupleIsValid(tuple))
        elog(ERROR, "cache lookup failed for relation %u", relation);
    const Oid owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    ReleaseSysCache(tuple);
    return owner;
}

int require_column(Oid relation, const char* column) {
    const AttrNumber number = get_attnum(relation, column);
    if (number == InvalidAttrNumber)
        raise({sqlstate::undefined_column, "a table of agentchat lacks a column",
               format("The table \"%s\" has no column \"%s\".", get_rel_name(relation), column),
               "To add it again, run: SELECT * FROM agentchat.adopt()."});
    return number;
}

namespace {

/// Raises 42804 and names the actual type of the column.
[[noreturn]] void raise_other_type(Oid relation, const char* column, Oid type, const char* hint) {
    raise({sqlstate::datatype_mismatch, "a column of agentchat has the wrong type",
           format("The column \"%s\" of \"%s\" is of type %s.", column, get_rel_name(relation),
                  format_type_be(type)),
           hint});
}

} // namespace

int uuid_column(Oid relation, const char* column) {
    const int number = require_column(relation, column);
    const Oid type = get_atttype(relation, static_cast<AttrNumber>(number));
    if (type != UUIDOID)
        raise_other_type(relation, column, type, "Change it back to uuid.");
    return number;
}

bool has_time_zone(Oid relation, const char* column) {
    const AttrNumber number = get_attnum(relation, column);
    return number != InvalidAttrNumber && get_atttype(relation, number) == TIMESTAMPTZOID;
}

const char* time_in_utc(Oid relation, const char* column, const char* expression) {
    const int number = require_column(relation, column);
    const Oid type = get_atttype(relation, static_cast<AttrNumber>(number));
    if (type == TIMESTAMPOID)
        return expression;
    if (type != TIMESTAMPTZOID)
        raise_other_type(relation, column, type, "Change it back to timestamp.");
    return format("pg_catalog.timezone('UTC', %s)", expression);
}

void require_unique(Oid relation, const char* column) {
    const int number = uuid_column(relation, column);
    Relation table = relation_open(relation, AccessShareLock);
    const Oid index = find_index(table, std::array{number}, true);
    relation_close(table, NoLock);
    if (index == InvalidOid)
        raise({sqlstate::invalid_column_reference, "a table of agentchat lacks its primary key",
               format("The table \"%s\" has no unique index on \"%s\".", get_rel_name(relation), column),
               "To add it again, run: SELECT * FROM agentchat.adopt()."});
}

void lock_against_change(Oid relation) {
    LockRelationOid(relation, AccessShareLock);
}

std::span<Column> read_columns(MemoryContext context, Oid relation) {
    Relation table = relation_open(relation, AccessShareLock);
    TupleDesc row = RelationGetDescr(table);
    auto* columns = allocate_array<Column>(context, static_cast<std::size_t>(row->natts));
    std::size_t count = 0;
    for (int i = 0; i < row->natts; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(row, i);
        if (attribute->attisdropped)
            continue;
        columns[count++] = {MemoryContextStrdup(context, NameStr(attribute->attname)),
                            column_kind(attribute->atttypid),
                            attribute->attgenerated != '\0' || attribute->attidentity != '\0'};
    }
    relation_close(table, NoLock);
    return {columns, count};
}

const char* schema_name(Oid schema) {
    const char* name = get_namespace_name(schema);
    return name != nullptr ? name : "";
}

const char* quoted_identifier(std::string_view name) {
    return quote_identifier(pnstrdup(name.data(), name.size()));
}

const char* qualified_name(Oid schema, std::string_view name) {
    return psprintf("%s.%s", quote_identifier(schema_name(schema)), quoted_identifier(name));
}

// PostgreSQL calls this function in the middle of other work, for every change in the catalog. It must not
// look anything up. The OID 0 stands for all relations (src/backend/utils/cache/inval.c).
void note_relation_change(Datum, Oid relation) {
    for (Watch* watch = watches; watch != nullptr; watch = watch->next_)
        if (relation == InvalidOid || relation == watch->first_ || relation == watch->second_)
            watch->changed_ = true;
}

void Watch::start(Oid first, Oid second) {
    static bool registered = false;
    if (!registered) {
        CacheRegisterRelcacheCallback(note_relation_change, 0);
        // A schema has changed. The second argument is an int, and since 19 a SysCacheIdentifier
        // (src/include/utils/inval.h).
        CacheRegisterSyscacheCallback(
            NAMESPACEOID, [](Datum, auto, uint32) { note_relation_change(0, InvalidOid); }, 0);
        registered = true;
    }
    first_ = first;
    second_ = second;
    changed_ = false;
    next_ = watches;
    watches = this;
}

void Watch::stop() {
    Watch** link = &watches;
    while (*link != nullptr && *link != this)
        link = &(*link)->next_;
    if (*link == this)
        *link = next_;
}

} // namespace agentchat::pg
