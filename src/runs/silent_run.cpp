#include "runs/silent_run.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

const char* fail_statement(pg::Oid schema) {
    return pg::format(
        "UPDATE %s SET status = 'failed', finished_at = %s, error = $3 WHERE id OPERATOR(pg_catalog.=) $1",
        pg::qualified_name(schema, "runs"),
        pg::time_in_utc(pg::require_relation(schema, "runs"), "finished_at", "$2"));
}
constexpr std::array fail_parameters{pg::ParameterType::uuid, pg::ParameterType::timestamp,
                                     pg::ParameterType::jsonb};
constinit pg::KeptStatement fail("runs", "runs", pg::Rights::caller, fail_statement, fail_parameters);

/// Returns the error that the run gets: {"message"}. sweep_runs() writes the same.
std::uintptr_t silence_error(pg::Timestamp last_sign) {
    char time[pg::timestamp_text_room];
    const std::size_t size = pg::write_timestamp(last_sign, pg::TimestampStyle::utc, time);
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    writer.begin_object();
    writer.field("message",
                 pg::format("The run has given no sign of life since %.*s.", static_cast<int>(size), time));
    writer.end_object();
    return writer.finish();
}

} // namespace

std::int64_t stale_after_argument(const pg::Call& call, int argument) {
    call.require_not_null(argument, "stale_after");
    const std::int64_t microseconds = call.microseconds(argument);
    if (microseconds < 0)
        pg::raise({pg::sqlstate::invalid_parameter_value, "stale_after must not be negative", "",
                   "Pass how long a run may give no sign of life, such as '30 seconds'."});
    return microseconds;
}

bool RunningRun::is_silent(std::int64_t stale_after) const {
    // 100,000 years are longer than any run, and are in the range of a timestamp.
    constexpr std::int64_t longest = std::int64_t{100'000} * 366 * 24 * 3600 * 1'000'000;
    return last_sign <= pg::clock_time() - std::min(stale_after, longest);
}

std::optional<RunningRun> find_running_run(pg::Oid schema, const pg::Uuid& conversation) {
    const std::optional<Run> run = lock_running_run(schema, conversation);
    if (!run)
        return std::nullopt;
    // Chunks that came while the lock was awaited count.
    pg::Moment moment = pg::Moment::now();
    const std::optional<NewestChunk> newest = newest_chunk(schema, moment, run->id);
    moment.end();
    return RunningRun{*run, newest.has_value(), last_sign_of_life(*run, newest)};
}

void fail_silent_run(pg::Oid schema, const RunningRun& silent) {
    fail.execute_latest(schema, std::array{pg::Parameter::uuid(silent.run.id),
                                           pg::Parameter::timestamp(pg::clock_time()),
                                           pg::Parameter::jsonb(silence_error(silent.last_sign))});
}

} // namespace agentchat
