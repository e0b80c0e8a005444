// Implements statement.hpp with PostgreSQL's SPI.
#include "pg/statement.hpp"

#include "pg/entry.hpp"
#include "pg/prelude.hpp"
#include "pg/text.hpp"

namespace agentchat::pg {

namespace {

constexpr int most_parameters = 12;

constexpr Oid type_oid(ParameterType type) {
    switch (type) {
    case ParameterType::uuid:
        return UUIDOID;
    case ParameterType::timestamp:
        return TIMESTAMPOID;
    case ParameterType::bigint:
        return INT8OID;
    case ParameterType::uuids:
        return UUIDARRAYOID;
    case ParameterType::text:
        return TEXTOID;
    case ParameterType::boolean:
        return BOOLOID;
    case ParameterType::jsonb:
        return JSONBOID;
    case ParameterType::texts:
        return TEXTARRAYOID;
    case ParameterType::timestamps:
        return TIMESTAMPARRAYOID;
    case ParameterType::integers:
        return INT4ARRAYOID;
    case ParameterType::jsonbs:
        return JSONBARRAYOID;
    case ParameterType::bytes:
        return BYTEAOID;
    case ParameterType::byteas:
        return BYTEAARRAYOID;
    }
    return InvalidOid;
}

/// The receiver that the executor calls. PostgreSQL's part must come first.
struct StreamingReceiver {
    DestReceiver callbacks;
    const RowReceiver* receiver;
};

bool receive_slot(TupleTableSlot* slot, DestReceiver* self) {
    const RowReceiver* receiver = reinterpret_cast<StreamingReceiver*>(self)->receiver;
    guarded([&] { receiver->take(Row(slot)); });
    return receiver->is_done == nullptr || !*receiver->is_done;
}

/// Raises 55006 unless the columns of the rows have these kinds.
void check_kinds(TupleDesc row, std::span<const ColumnKind> kinds) {
    bool same = static_cast<std::size_t>(row->natts) == kinds.size();
    for (std::size_t i = 0; same && i < kinds.size(); ++i)
        same = column_kind(TupleDescAttr(row, static_cast<int>(i))->atttypid) == kinds[i];
    if (!same)
        raise({sqlstate::object_in_use, "a table of agentchat was changed while it was read", "",
               "Run the query again."});
}

void start_up(DestReceiver* self, int, TupleDesc row) {
    check_kinds(row, reinterpret_cast<StreamingReceiver*>(self)->receiver->kinds);
}

void receive_nothing(DestReceiver*) {}

} // namespace

bool Row::is_null(int column) const {
    slot_getsomeattrs(slot_, column + 1);
    return slot_->tts_isnull[column];
}

std::uintptr_t Row::datum(int column) const {
    slot_getsomeattrs(slot_, column + 1);
    return slot_->tts_values[column];
}

Timestamp Row::timestamp(int column) const {
    return DatumGetTimestamp(datum(column));
}

std::int64_t Row::bigint(int column) const {
    return DatumGetInt64(datum(column));
}

bool Row::boolean(int column) const {
    return DatumGetBool(datum(column));
}

Uuid Row::uuid(int column) const {
    // Users can drop NOT NULL from any column. A null pointer here would end the backend.
    if (is_null(column))
        raise({sqlstate::null_value_not_allowed, "a row has no id", "",
               "Give every row an id, and make the column the primary key again."});
    return from_pg(DatumGetUUIDP(datum(column)));
}

std::string_view Row::text(int column) const {
    const struct varlena* value = PG_DETOAST_DATUM_PACKED(datum(column));
    return {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

std::span<const std::uint8_t> Row::bytes(int column) const {
    const std::string_view value = text(column);
    return {reinterpret_cast<const std::uint8_t*>(value.data()), value.size()};
}

Parameter Parameter::timestamp(Timestamp value) {
    return {TimestampGetDatum(value)};
}

Parameter Parameter::bigint(std::int64_t value) {
    return {Int64GetDatum(value)};
}

Parameter Parameter::uuids(std::span<const Uuid> values) {
    auto* datums = allocate_array<Datum>(CurrentMemoryContext, values.size());
    for (std::size_t i = 0; i < values.size(); ++i)
        datums[i] = UUIDPGetDatum(reinterpret_cast<const pg_uuid_t*>(&values[i]));
    return {PointerGetDatum(
        construct_array(datums, static_cast<int>(values.size()), UUIDOID, UUID_LEN, false, TYPALIGN_CHAR))};
}

Parameter Parameter::text(std::optional<std::string_view> value) {
    if (!value)
        return {0, true};
    return {PointerGetDatum(make_text(*value))};
}

Parameter Parameter::bytes(std::span<const std::uint8_t> value) {
    // A bytea has the form of a text.
    return text(std::string_view(reinterpret_cast<const char*>(value.data()), value.size()));
}

Parameter Parameter::byteas(std::span<const Parameter> values) {
    auto* datums = allocate_array<Datum>(CurrentMemoryContext, values.size());
    std::transform(values.begin(), values.end(), datums,
                   [](const Parameter& value) { return Datum{value.datum()}; });
    return {PointerGetDatum(
        construct_array(datums, static_cast<int>(values.size()), BYTEAOID, -1, false, TYPALIGN_INT))};
}

Parameter Parameter::boolean(std::optional<bool> value) {
    return {BoolGetDatum(value.value_or(false)), !value};
}

Parameter Parameter::jsonb(std::optional<std::uintptr_t> value) {
    return {value.value_or(0), !value};
}

namespace {

/// Makes an array in stored form. `datum_of` converts each value. An absent value becomes NULL.
template <typename T, typename DatumOf>
std::uintptr_t nullable_array(std::span<const std::optional<T>> values, Oid type, int length, bool by_value,
                              char alignment, DatumOf datum_of) {
    auto* datums = allocate_array<Datum>(CurrentMemoryContext, values.size());
    auto* nulls = allocate_array<bool>(CurrentMemoryContext, values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        nulls[i] = !values[i];
        datums[i] = values[i] ? datum_of(*values[i]) : 0;
    }
    int size = static_cast<int>(values.size());
    int lower_bound = 1;
    return PointerGetDatum(
        construct_md_array(datums, nulls, 1, &size, &lower_bound, type, length, by_value, alignment));
}

} // namespace

Parameter Parameter::texts(std::span<const std::optional<std::string_view>> values) {
    return {nullable_array(values, TEXTOID, -1, false, TYPALIGN_INT,
                           [](std::string_view value) { return PointerGetDatum(make_text(value)); })};
}

Parameter Parameter::timestamps(std::span<const std::optional<Timestamp>> values) {
    return {nullable_array(values, TIMESTAMPOID, sizeof(Timestamp), sizeof(Datum) >= sizeof(Timestamp),
                           TYPALIGN_DOUBLE, [](Timestamp value) { return TimestampGetDatum(value); })};
}

Parameter Parameter::integers(std::span<const std::int32_t> values) {
    auto* datums = allocate_array<Datum>(CurrentMemoryContext, values.size());
    std::transform(values.begin(), values.end(), datums,
                   [](std::int32_t value) { return Int32GetDatum(value); });
    return {PointerGetDatum(construct_array(datums, static_cast<int>(values.size()), INT4OID,
                                            sizeof(std::int32_t), true, TYPALIGN_INT))};
}

Parameter Parameter::jsonbs(std::span<const std::optional<std::uintptr_t>> values) {
    return {nullable_array(values, JSONBOID, -1, false, TYPALIGN_INT,
                           [](std::uintptr_t value) { return Datum{value}; })};
}

void connect() {
    const int outcome = SPI_connect();
    if (outcome != SPI_OK_CONNECT)
        elog(ERROR, "SPI_connect failed: %s", SPI_result_code_string(outcome));
}

void disconnect() {
    const int outcome = SPI_finish();
    if (outcome != SPI_OK_FINISH)
        elog(ERROR, "SPI_finish failed: %s", SPI_result_code_string(outcome));
}

Statement Statement::prepare(const char* sql, std::span<const ParameterType> types) {
    Oid oids[most_parameters];
    Assert(types.size() <= most_parameters);
    std::transform(types.begin(), types.end(), oids, type_oid);

    Statement statement;
    statement.plan_ = SPI_prepare_cursor(sql, static_cast<int>(types.size()), oids,
                                         CURSOR_OPT_FAST_PLAN | CURSOR_OPT_GENERIC_PLAN);
    if (statement.plan_ == nullptr)
        elog(ERROR, "could not prepare \"%s\": %s", sql, SPI_result_code_string(SPI_result));
    return statement;
}

void Statement::keep() const {
    const int outcome = SPI_keepplan(plan_);
    if (outcome != 0)
        elog(ERROR, "SPI_keepplan failed: %s", SPI_result_code_string(outcome));
}

void Statement::plan_by_index() const {
    const int level = NewGUCNestLevel();
    for (const char* name : {"enable_seqscan", "enable_bitmapscan"})
        set_config_option(name, "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
    // The plan is kept until a table changes. Without values, it is the generic plan.
    CachedPlan* planned = SPI_plan_get_cached_plan(plan_);
    if (planned == nullptr)
        elog(ERROR, "SPI_plan_get_cached_plan failed: %s", SPI_result_code_string(SPI_result));
    ReleaseCachedPlan(planned, CurrentResourceOwner);
    AtEOXact_GUC(true, level);
}

void Statement::discard() const {
    SPI_freeplan(plan_);
}

void Statement::run(std::span<const Parameter> parameters, const RowReceiver& receiver) const {
    ParamListInfo values = makeParamList(static_cast<int>(parameters.size()));
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        values->params[i].value = parameters[i].datum();
        values->params[i].isnull = parameters[i].is_null();
        values->params[i].pflags = PARAM_FLAG_CONST;
        values->params[i].ptype = SPI_getargtypeid(plan_, static_cast<int>(i));
    }

    // With DestNone in mydest, SELECT would return SPI_OK_UTILITY. With DestSPI, a consistency check would
    // fail (_SPI_pquery in src/backend/executor/spi.c). SPI examines only this name.
    StreamingReceiver streaming{};
    streaming.callbacks.receiveSlot = receive_slot;
    streaming.callbacks.rStartup = start_up;
    streaming.callbacks.rShutdown = receive_nothing;
    streaming.callbacks.rDestroy = receive_nothing;
    streaming.callbacks.mydest = DestTuplestore;
    streaming.receiver = &receiver;

    SPIExecuteOptions options{};
    options.params = values;
    options.read_only = true;
    options.dest = &streaming.callbacks;

    const int outcome = SPI_execute_plan_extended(plan_, &options);
    if (outcome != SPI_OK_SELECT)
        elog(ERROR, "SPI_execute_plan_extended failed: %s", SPI_result_code_string(outcome));
}

bool Statement::exists(std::span<const Parameter> parameters) const {
    bool found = false;
    constexpr std::array kinds{ColumnKind::boolean};
    run(parameters, {[&](const Row&) { found = true; }, kinds});
    return found;
}

std::uint64_t Statement::execute_at(SnapshotData* snapshot, std::span<const Parameter> parameters) const {
    Datum values[most_parameters] = {};
    char nulls[most_parameters] = {};
    std::transform(parameters.begin(), parameters.end(), values,
                   [](const Parameter& parameter) { return parameter.datum(); });
    std::transform(parameters.begin(), parameters.end(), nulls,
                   [](const Parameter& parameter) { return parameter.is_null() ? 'n' : ' '; });
    const int outcome = SPI_execute_snapshot(plan_, values, nulls, snapshot, InvalidSnapshot, false, true, 0);
    if (outcome < 0)
        elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(outcome));
    return SPI_processed;
}

std::uint64_t Statement::execute_latest(std::span<const Parameter> parameters) const {
    return execute_at(GetLatestSnapshot(), parameters);
}

void Statement::execute_at(SnapshotData* snapshot, std::span<const Parameter> parameters,
                           const RowReceiver& receiver) const {
    execute_at(snapshot, parameters);
    // SPI does not accept a receiver together with a snapshot.
    SPITupleTable* rows = SPI_tuptable;
    check_kinds(rows->tupdesc, receiver.kinds);
    TupleTableSlot* slot = MakeSingleTupleTableSlot(rows->tupdesc, &TTSOpsHeapTuple);
    for (uint64 i = 0; i < rows->numvals; ++i) {
        ExecStoreHeapTuple(rows->vals[i], slot, false);
        receiver.take(Row(slot));
    }
    ExecDropSingleTupleTableSlot(slot);
    SPI_freetuptable(rows);
}

void Statement::execute_latest(std::span<const Parameter> parameters, const RowReceiver& receiver) const {
    execute_at(GetLatestSnapshot(), parameters, receiver);
}

void execute_latest_once(const char* sql, std::span<const ParameterType> types,
                         std::span<const Parameter> parameters, const RowReceiver& receiver) {
    connect();
    Statement::prepare(sql, types).execute_latest(parameters, receiver);
    disconnect();
}

} // namespace agentchat::pg
