// Implements trigger.hpp: checks how a trigger is fired, and reads and compares its rows.
#include "pg/trigger.hpp"

#include "pg/extension.hpp"
#include "pg/memory.hpp"
#include "pg/prelude.hpp"
#include "pg/relation.hpp"

namespace agentchat::pg {

namespace {

/// Tells whether two values are equal. Two values that are toasted out of line are equal without being
/// fetched if they point to the same stored value. Other large values may have been stored again in another
/// form; datum_image_eq compares their contents.
bool same_value(Datum a, Datum b, const FormData_pg_attribute* attribute) {
    if (attribute->attlen == -1) {
        auto* x = reinterpret_cast<struct varlena*>(DatumGetPointer(a));
        auto* y = reinterpret_cast<struct varlena*>(DatumGetPointer(b));
        if (VARATT_IS_EXTERNAL(x) && VARATT_IS_EXTERNAL(y) && VARSIZE_EXTERNAL(x) == VARSIZE_EXTERNAL(y) &&
            std::memcmp(x, y, VARSIZE_EXTERNAL(x)) == 0)
            return true;
    }
    return datum_image_eq(a, b, attribute->attbyval, attribute->attlen);
}

/// Tells whether the rows agree in a column. Columns count from 0. The values must have been read.
bool same_column(TupleTableSlot* a, TupleTableSlot* b, int column) {
    return a->tts_isnull[column] == b->tts_isnull[column] &&
           (a->tts_isnull[column] || same_value(a->tts_values[column], b->tts_values[column],
                                                TupleDescAttr(a->tts_tupleDescriptor, column)));
}

/// Returns the first column, not in `except`, in which the rows differ. Returns nullptr if the rows agree.
const char* first_difference(TupleTableSlot* a, TupleTableSlot* b, std::span<const std::string_view> except) {
    TupleDesc row = a->tts_tupleDescriptor;
    slot_getallattrs(a);
    slot_getallattrs(b);
    for (int i = 0; i < row->natts; ++i) {
        const FormData_pg_attribute* attribute = TupleDescAttr(row, i);
        // Skip generated columns, which follow from the others. In triggers in PL/pgSQL, they are NULL until
        // they are computed.
        if (attribute->attisdropped || attribute->attgenerated != '\0')
            continue;
        if (same_column(a, b, i))
            continue;
        const char* name = NameStr(attribute->attname);
        if (std::find(except.begin(), except.end(), name) == except.end())
            return name;
    }
    return nullptr;
}

/// Returns the name of the function in the form that users write, for messages.
const char* function_name(FunctionCallInfo fcinfo) {
    const Oid function = fcinfo->flinfo->fn_oid;
    return qualified_name(get_func_namespace(function), get_func_name(function));
}

/// Tells whether the table is an ordinary table of the heap, or a partitioned table.
bool table_is_local(Relation table) {
    const char kind = table->rd_rel->relkind;
    return kind == RELKIND_PARTITIONED_TABLE ||
           (kind == RELKIND_RELATION && table->rd_rel->relam == HEAP_TABLE_AM_OID);
}

/// Tells whether the trigger was fired in the way that `firing` demands.
bool fits(const Firing& firing, TriggerEvent event) {
    return static_cast<bool>(TRIGGER_FIRED_BEFORE(event)) == firing.before &&
           !static_cast<bool>(TRIGGER_FIRED_INSTEAD(event)) &&
           static_cast<bool>(TRIGGER_FIRED_FOR_ROW(event)) == firing.for_each_row &&
           ((TRIGGER_FIRED_BY_INSERT(event) && firing.on_insert) ||
            (TRIGGER_FIRED_BY_UPDATE(event) && firing.on_update) ||
            (TRIGGER_FIRED_BY_DELETE(event) && firing.on_delete));
}

/// Tells whether the trigger has the transition tables of its event.
bool has_rows(const TriggerData* data) {
    return (TRIGGER_FIRED_BY_INSERT(data->tg_event) || data->tg_oldtable != nullptr) &&
           (TRIGGER_FIRED_BY_DELETE(data->tg_event) || data->tg_newtable != nullptr);
}

TupleTableSlot* new_slot(const TriggerData* data) {
    return TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newslot : data->tg_trigslot;
}

HeapTuple new_tuple(const TriggerData* data) {
    return TRIGGER_FIRED_BY_UPDATE(data->tg_event) ? data->tg_newtuple : data->tg_trigtuple;
}

std::optional<Timestamp> time_of(TupleTableSlot* slot, const TimeColumn& column) {
    bool is_null;
    const Datum time = slot_getattr(slot, column.number, &is_null);
    if (is_null)
        return std::nullopt;
    return DatumGetTimestamp(time);
}

std::optional<Uuid> uuid_of(TupleTableSlot* slot, const UuidColumn& column) {
    bool is_null;
    const Datum uuid = slot_getattr(slot, column.number, &is_null);
    if (is_null)
        return std::nullopt;
    return from_pg(DatumGetUUIDP(uuid));
}

} // namespace

Trigger::Trigger(const Call& call, const Firing& firing) {
    FunctionCallInfo fcinfo = call.fcinfo();
    if (!CALLED_AS_TRIGGER(fcinfo))
        raise({sqlstate::trigger_protocol_violated, "a trigger function was called as a plain function",
               format("The function is %s.", function_name(fcinfo)),
               format("Use it in: CREATE TRIGGER ... EXECUTE FUNCTION %s().", function_name(fcinfo))});

    data_ = reinterpret_cast<TriggerData*>(fcinfo->context);
    if (!fits(firing, data_->tg_event) || (!firing.for_each_row && !has_rows(data_))) {
        const char* table = RelationGetRelationName(data_->tg_relation);
        raise({sqlstate::trigger_protocol_violated,
               format("a trigger must be fired %s %s", firing.when, firing.how),
               format("The trigger is \"%s\" on \"%s\", which calls %s.", data_->tg_trigger->tgname, table,
                      function_name(fcinfo)),
               format("Create it as: CREATE TRIGGER ... %s ON %s %s EXECUTE FUNCTION %s().", firing.when,
                      quote_identifier(table), firing.how, function_name(fcinfo))});
    }
}

int Trigger::column(const char* name) const {
    const int number = SPI_fnumber(RelationGetDescr(data_->tg_relation), name);
    if (number <= 0)
        raise({sqlstate::undefined_column, "a trigger needs a column that its table lacks",
               format("The table \"%s\" has no column \"%s\".", RelationGetRelationName(data_->tg_relation),
                      name),
               format("Add the column, or drop the trigger \"%s\".", data_->tg_trigger->tgname)});
    return number;
}

void Trigger::raise_wrong_type(int column, const char* wanted) const {
    const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(data_->tg_relation), column - 1);
    raise({sqlstate::datatype_mismatch, "a column that a trigger needs has the wrong type",
           format("The column \"%s\" of \"%s\" is of type %s.", NameStr(attribute->attname),
                  RelationGetRelationName(data_->tg_relation), format_type_be(attribute->atttypid)),
           format("Change the type to %s.", wanted)});
}

TimeColumn Trigger::time_column(const char* name) const {
    const int number = column(name);
    const FormData_pg_attribute* attribute = TupleDescAttr(RelationGetDescr(data_->tg_relation), number - 1);
    if (attribute->atttypid != TIMESTAMPOID && attribute->atttypid != TIMESTAMPTZOID)
        raise_wrong_type(number, "timestamp (which will hold UTC) or timestamptz");
    return {number, attribute->atttypmod};
}

UuidColumn Trigger::uuid_column(const char* name) const {
    const int number = column(name);
    if (TupleDescAttr(RelationGetDescr(data_->tg_relation), number - 1)->atttypid != UUIDOID)
        raise_wrong_type(number, "uuid");
    return {number};
}

int Trigger::text_column(const char* name) const {
    const int number = column(name);
    const Oid type = TupleDescAttr(RelationGetDescr(data_->tg_relation), number - 1)->atttypid;
    if (column_kind(type) != ColumnKind::text)
        raise_wrong_type(number, "text");
    return number;
}

void Trigger::require_table(const char* name) const {
    const Oid wanted = find_relation(extension_schema(), name);
    const Oid actual = RelationGetRelid(data_->tg_relation);
    // Row triggers of a partitioned table fire on its partitions.
    const bool is_part = data_->tg_relation->rd_rel->relispartition &&
                         list_member_oid(get_partition_ancestors(actual), wanted);
    // Foreign tables can also have triggers.
    if ((actual != wanted && !is_part) || !table_is_local(data_->tg_relation))
        raise({sqlstate::trigger_protocol_violated, "a trigger function is used on the wrong table",
               format("The trigger is \"%s\" on \"%s\".", data_->tg_trigger->tgname,
                      RelationGetRelationName(data_->tg_relation)),
               format("Use the function only on the table %s of agentchat.", name)});
}

int Trigger::jsonb_column(const char* name) const {
    const int number = column(name);
    if (TupleDescAttr(RelationGetDescr(data_->tg_relation), number - 1)->atttypid != JSONBOID)
        raise_wrong_type(number, "jsonb");
    return number;
}

std::optional<int> Trigger::find_column(const char* name) const {
    const int number = SPI_fnumber(RelationGetDescr(data_->tg_relation), name);
    if (number <= 0)
        return std::nullopt;
    return number;
}

Oid Trigger::table() const {
    return RelationGetRelid(data_->tg_relation);
}

Oid Trigger::table_schema() const {
    return RelationGetNamespace(data_->tg_relation);
}

bool Trigger::is_on(std::string_view schema, std::string_view table) const {
    return RelationGetRelationName(data_->tg_relation) == table && schema_name(table_schema()) == schema;
}

RelationData* Trigger::relation() const {
    return data_->tg_relation;
}

Timestamp rounded(const TimeColumn& column, Timestamp time) {
    if (column.precision < 0)
        return time;
    // timestamp and timestamptz are rounded in the same way.
    return DatumGetTimestamp(
        DirectFunctionCall2(timestamp_scale, TimestampGetDatum(time), Int32GetDatum(column.precision)));
}

std::int64_t resolution(const TimeColumn& column) {
    std::int64_t microseconds = 1;
    for (int digits = column.precision; digits >= 0 && digits < MAX_TIMESTAMP_PRECISION; ++digits)
        microseconds *= 10;
    return microseconds;
}

bool RowTrigger::is_insert() const {
    return TRIGGER_FIRED_BY_INSERT(data_->tg_event);
}

bool RowTrigger::is_delete() const {
    return TRIGGER_FIRED_BY_DELETE(data_->tg_event);
}

Row RowTrigger::old_row() const {
    return Row(data_->tg_trigslot);
}

Row RowTrigger::new_row() const {
    return Row(new_slot(data_));
}

bool RowTrigger::changes_row() const {
    return changed_column({}) != nullptr;
}

const char* RowTrigger::changed_column(std::span<const std::string_view> except) const {
    return first_difference(data_->tg_trigslot, data_->tg_newslot, except);
}

bool RowTrigger::changes_column(int number) const {
    slot_getsomeattrs(data_->tg_trigslot, number);
    slot_getsomeattrs(data_->tg_newslot, number);
    return !same_column(data_->tg_trigslot, data_->tg_newslot, number - 1);
}

std::optional<Timestamp> RowTrigger::old_time(const TimeColumn& column) const {
    return time_of(data_->tg_trigslot, column);
}

std::optional<Timestamp> RowTrigger::new_time(const TimeColumn& column) const {
    return time_of(new_slot(data_), column);
}

std::optional<Uuid> RowTrigger::old_uuid(const UuidColumn& column) const {
    return uuid_of(data_->tg_trigslot, column);
}

std::optional<Uuid> RowTrigger::new_uuid(const UuidColumn& column) const {
    return uuid_of(new_slot(data_), column);
}

Result RowTrigger::unchanged() const {
    return Result::pointer(new_tuple(data_));
}

// Follows heap_modify_tuple (src/backend/access/common/heaptuple.c), but uses the values that the slot
// already holds.
Result RowTrigger::with_time(const TimeColumn& column, Timestamp time) const {
    TupleTableSlot* slot = new_slot(data_);
    slot_getallattrs(slot);
    const auto count = static_cast<std::size_t>(slot->tts_tupleDescriptor->natts);
    auto* values = allocate_array<Datum>(CurrentMemoryContext, count);
    auto* nulls = allocate_array<bool>(CurrentMemoryContext, count);
    std::copy_n(slot->tts_values, count, values);
    std::copy_n(slot->tts_isnull, count, nulls);
    values[column.number - 1] = TimestampGetDatum(time);
    nulls[column.number - 1] = false;

    HeapTuple before = new_tuple(data_);
    HeapTuple after = heap_form_tuple(slot->tts_tupleDescriptor, values, nulls);
    after->t_data->t_ctid = before->t_data->t_ctid;
    after->t_self = before->t_self;
    after->t_tableOid = before->t_tableOid;
    return Result::pointer(after);
}

bool StatementTrigger::is_insert() const {
    return TRIGGER_FIRED_BY_INSERT(data_->tg_event);
}

bool StatementTrigger::is_delete() const {
    return TRIGGER_FIRED_BY_DELETE(data_->tg_event);
}

namespace {

/// Reads the rows of a transition table. Other triggers may have read the table, and keep their own position.
class TransitionTable {
public:
    TransitionTable(Tuplestorestate* rows, TupleDesc row) : rows_(rows) {
        if (rows_ == nullptr)
            return;
        slot_ = MakeSingleTupleTableSlot(row, &TTSOpsMinimalTuple);
        read_pointer_ = tuplestore_alloc_read_pointer(rows_, EXEC_FLAG_REWIND);
        tuplestore_select_read_pointer(rows_, read_pointer_);
        tuplestore_rescan(rows_);
    }

    TupleTableSlot* slot() const { return slot_; }

    /// Puts the next row into the slot. Returns false at the end.
    bool advance() {
        CHECK_FOR_INTERRUPTS();
        tuplestore_select_read_pointer(rows_, read_pointer_);
        return tuplestore_gettupleslot(rows_, true, false, slot_);
    }

    void end() {
        if (rows_ == nullptr)
            return;
        tuplestore_select_read_pointer(rows_, 0);
        ExecDropSingleTupleTableSlot(slot_);
    }

private:
    Tuplestorestate* rows_;
    TupleTableSlot* slot_ = nullptr;
    int read_pointer_ = 0;
};

} // namespace

void StatementTrigger::each_change(ChangeReceiver receive) const {
    TupleDesc type = RelationGetDescr(data_->tg_relation);
    TransitionTable before(TRIGGER_FIRED_BY_INSERT(data_->tg_event) ? nullptr : data_->tg_oldtable, type);
    TransitionTable after(TRIGGER_FIRED_BY_DELETE(data_->tg_event) ? nullptr : data_->tg_newtable, type);
    const Row row_before(before.slot());
    const Row row_after(after.slot());

    if (TRIGGER_FIRED_BY_INSERT(data_->tg_event)) {
        while (after.advance())
            receive(nullptr, &row_after);
    } else if (TRIGGER_FIRED_BY_DELETE(data_->tg_event)) {
        while (before.advance())
            receive(&row_before, nullptr);
    } else {
        // AfterTriggerSaveEvent (src/backend/commands/trigger.c) adds each row to both tables. Therefore the
        // rows correspond.
        while (before.advance() && after.advance())
            receive(&row_before, &row_after);
    }
    before.end();
    after.end();
}

bool StatementTrigger::differ(const Row& before, const Row& after) const {
    return first_difference(before.slot(), after.slot(), {}) != nullptr;
}

} // namespace agentchat::pg
