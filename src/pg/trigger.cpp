#include "pg/trigger.hpp"

#include "pg/memory.hpp"
#include "pg/prelude.hpp"
#include "pg/relation.hpp"

namespace agentchat::pg {

namespace {

/// Rows that agree in every byte: what suppress_redundant_updates_trigger compares
/// (src/backend/utils/adt/trigfuncs.c).
bool same_bytes(HeapTuple a, HeapTuple b) {
    const HeapTupleHeader x = a->t_data;
    const HeapTupleHeader y = b->t_data;
    return a->t_len == b->t_len && x->t_hoff == y->t_hoff &&
           HeapTupleHeaderGetNatts(x) == HeapTupleHeaderGetNatts(y) &&
           (x->t_infomask & ~HEAP_XACT_MASK) == (y->t_infomask & ~HEAP_XACT_MASK) &&
           std::memcmp(reinterpret_cast<char*>(x) + SizeofHeapTupleHeader,
                       reinterpret_cast<char*>(y) + SizeofHeapTupleHeader,
                       a->t_len - SizeofHeapTupleHeader) == 0;
}

/// The values of a row.
struct Values {
    Datum* values;
    bool* nulls;

    static Values of(HeapTuple tuple, TupleDesc row) {
        const auto count = static_cast<std::size_t>(row->natts);
        Values result{allocate_array<Datum>(CurrentMemoryContext, count),
                      allocate_array<bool>(CurrentMemoryContext, count)};
        heap_deform_tuple(tuple, row, result.values, result.nulls);
        return result;
    }
};

/// Rows that agree in every value. Large values that were written again are stored otherwise than the old
/// ones, which datum_image_eq sees through.
bool same_values(HeapTuple a, HeapTuple b, TupleDesc row) {
    const Values x = Values::of(a, row);
    const Values y = Values::of(b, row);
    for (int i = 0; i < row->natts; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(row, i);
        // Generated columns follow from the others; triggers in PL/pgSQL leave them NULL until they are
        // computed.
        if (attribute->attisdropped || attribute->attgenerated != '\0')
            continue;
        if (x.nulls[i] != y.nulls[i])
            return false;
        if (!x.nulls[i] && !datum_image_eq(x.values[i], y.values[i], attribute->attbyval, attribute->attlen))
            return false;
    }
    return true;
}

/// As users write it, for messages.
const char* function_name(FunctionCallInfo fcinfo) {
    const Oid function = fcinfo->flinfo->fn_oid;
    return qualified_name(get_func_namespace(function), get_func_name(function));
}

} // namespace

UpdateTrigger UpdateTrigger::of(const Call& call) {
    FunctionCallInfo fcinfo = call.fcinfo();
    if (!CALLED_AS_TRIGGER(fcinfo))
        raise({sqlstate::trigger_protocol_violated, "a trigger function was called as a plain function",
               format("It is %s.", function_name(fcinfo)),
               format("Use it in CREATE TRIGGER ... EXECUTE FUNCTION %s().", function_name(fcinfo))});

    auto* data = reinterpret_cast<TriggerData*>(fcinfo->context);
    if (!TRIGGER_FIRED_BEFORE(data->tg_event) || !TRIGGER_FIRED_FOR_ROW(data->tg_event) ||
        !TRIGGER_FIRED_BY_UPDATE(data->tg_event)) {
        const char* table = RelationGetRelationName(data->tg_relation);
        raise({sqlstate::trigger_protocol_violated, "a trigger is not fired BEFORE UPDATE FOR EACH ROW",
               format("It is the trigger \"%s\" on \"%s\", which calls %s.", data->tg_trigger->tgname, table,
                      function_name(fcinfo)),
               format(
                   "Create it as: CREATE TRIGGER ... BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION %s().",
                   quote_identifier(table), function_name(fcinfo))});
    }
    return UpdateTrigger(data);
}

TimeColumn UpdateTrigger::time_column(const char* name) const {
    TupleDesc row = RelationGetDescr(data_->tg_relation);
    const char* table = RelationGetRelationName(data_->tg_relation);
    const int number = SPI_fnumber(row, name);
    if (number <= 0)
        raise({sqlstate::undefined_column, "the table of a trigger has no column that the trigger sets",
               format("The table \"%s\" has no column \"%s\".", table, name),
               format("Add the column (timestamp, or timestamptz), or drop the trigger \"%s\".",
                      data_->tg_trigger->tgname)});
    const Oid type = TupleDescAttr(row, number - 1)->atttypid;
    if (type != TIMESTAMPOID && type != TIMESTAMPTZOID)
        raise({sqlstate::datatype_mismatch, "the column that a trigger sets has the wrong type",
               format("The column \"%s\" of \"%s\" is of type %s.", name, table, format_type_be(type)),
               "It must be a timestamp (which will hold UTC) or a timestamptz."});
    return {number, TupleDescAttr(row, number - 1)->atttypmod};
}

bool UpdateTrigger::changes_row() const {
    return !same_bytes(data_->tg_trigtuple, data_->tg_newtuple) &&
           !same_values(data_->tg_trigtuple, data_->tg_newtuple, RelationGetDescr(data_->tg_relation));
}

std::optional<Timestamp> UpdateTrigger::old_time(const TimeColumn& column) const {
    bool is_null;
    const Datum time =
        heap_getattr(data_->tg_trigtuple, column.number, RelationGetDescr(data_->tg_relation), &is_null);
    if (is_null)
        return std::nullopt;
    return DatumGetTimestamp(time);
}

Timestamp UpdateTrigger::rounded(const TimeColumn& column, Timestamp time) const {
    if (column.precision < 0)
        return time;
    // Both types are rounded alike.
    return DatumGetTimestamp(
        DirectFunctionCall2(timestamp_scale, TimestampGetDatum(time), Int32GetDatum(column.precision)));
}

Oid UpdateTrigger::table() const {
    return RelationGetRelid(data_->tg_relation);
}

Result UpdateTrigger::unchanged() const {
    return Result::pointer(data_->tg_newtuple);
}

Result UpdateTrigger::with_time(const TimeColumn& column, Timestamp time) const {
    int number = column.number;
    Datum value = TimestampGetDatum(time);
    bool is_null = false;
    return Result::pointer(heap_modify_tuple_by_cols(data_->tg_newtuple, RelationGetDescr(data_->tg_relation),
                                                     1, &number, &value, &is_null));
}

} // namespace agentchat::pg
