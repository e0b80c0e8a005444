// Implements entry.hpp: reads the arguments of a call, and makes its result.
#include "pg/entry.hpp"

#include "pg/prelude.hpp"
#include "pg/text.hpp"

namespace agentchat::pg {

Result uuid_result(const Uuid& uuid) {
    auto* copy = static_cast<pg_uuid_t*>(palloc(sizeof(pg_uuid_t)));
    std::memcpy(copy->data, uuid.bytes.data(), sizeof(copy->data));
    return Result::pointer(copy);
}

Result bigint_result(std::int64_t value) {
    return {Int64GetDatum(value), false};
}

Result text_result(std::string_view text) {
    return Result::pointer(make_text(text));
}

bool Call::is_null(int argument) const {
    return fcinfo_->args[argument].isnull;
}

// The npm package parses the name of the argument from this detail.
void Call::require_not_null(int argument, const char* name) const {
    if (is_null(argument))
        raise({sqlstate::null_value_not_allowed, "an argument must not be NULL",
               format("The argument is %s.", name)});
}

Uuid Call::uuid(int argument) const {
    return from_pg(DatumGetUUIDP(fcinfo_->args[argument].value));
}

bool Call::boolean(int argument) const {
    return DatumGetBool(fcinfo_->args[argument].value);
}

std::int32_t Call::integer(int argument) const {
    return DatumGetInt32(fcinfo_->args[argument].value);
}

std::uintptr_t Call::datum(int argument) const {
    return fcinfo_->args[argument].value;
}

// Follows interval_cmp_value (src/backend/utils/adt/timestamp.c).
std::int64_t Call::microseconds(int argument) const {
    const auto* interval = DatumGetIntervalP(fcinfo_->args[argument].value);
    const __int128 days = static_cast<__int128>(interval->month) * DAYS_PER_MONTH + interval->day;
    const __int128 all = days * USECS_PER_DAY + interval->time;
    return static_cast<std::int64_t>(std::clamp<__int128>(all, PG_INT64_MIN, PG_INT64_MAX));
}

std::string_view Call::text(int argument) const {
    const struct varlena* value = PG_DETOAST_DATUM_PACKED(fcinfo_->args[argument].value);
    return {VARDATA_ANY(value), VARSIZE_ANY_EXHDR(value)};
}

bool Call::is_column(int argument) const {
    const Node* call = fcinfo_->flinfo->fn_expr;
    return call != nullptr && IsA(call, FuncExpr) &&
           IsA(list_nth(reinterpret_cast<const FuncExpr*>(call)->args, argument), Var);
}

Oid Call::function() const {
    return fcinfo_->flinfo->fn_oid;
}

Oid Call::function_schema() const {
    return get_func_namespace(fcinfo_->flinfo->fn_oid);
}

void* Call::kept() const {
    return fcinfo_->flinfo->fn_extra;
}

void Call::keep(void* value) {
    fcinfo_->flinfo->fn_extra = value;
}

MemoryContextData* Call::query_context() const {
    return fcinfo_->flinfo->fn_mcxt;
}

void* Call::allocate_for_query(std::size_t size) const {
    return MemoryContextAlloc(query_context(), size);
}

void Remember(const std::exception* exception, OwnedReport& caught) noexcept {
    if (const auto* failure = dynamic_cast<const Failure*>(exception))
        caught.Copy(failure->Describe());
    else if (dynamic_cast<const std::bad_alloc*>(exception) != nullptr)
        caught.Copy({sqlstate::out_of_memory, "out of memory"});
    else
        caught.Copy({sqlstate::internal_error, "unexpected C++ exception",
                     exception != nullptr ? exception->what() : ""});
}

} // namespace agentchat::pg
