// stop_run() asks the writer of a running run to stop. append_chunks() and heartbeat_run() tell the writer.
#include <array>
#include <optional>

#include "common/conversation_id.hpp"
#include "common/feature.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"
#include "writing/conversation_lock.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

const char* stop_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "runs");
    return pg::format("UPDATE %s SET stop_requested_at = %s WHERE id OPERATOR(pg_catalog.=) $1 RETURNING %s",
                      pg::qualified_name(schema, "runs"), pg::time_in_utc(table, "stop_requested_at", "$2"),
                      pg::time_in_utc(table, "stop_requested_at", "stop_requested_at"));
}
constexpr std::array stop_parameters{pg::ParameterType::uuid, pg::ParameterType::timestamp};
constinit pg::KeptStatement stop("runs", "runs", pg::Rights::caller, stop_statement, stop_parameters);

/// Notes the wish, and returns the time of it.
pg::Timestamp request_stop(pg::Oid schema, const pg::Uuid& run) {
    pg::Timestamp time = pg::clock_time();
    constexpr std::array kinds{pg::ColumnKind::timestamp};
    stop.execute_latest(schema, std::array{pg::Parameter::uuid(run), pg::Parameter::timestamp(time)},
                        {[&](const pg::Row& row) { time = row.timestamp(0); }, kinds});
    return time;
}

/// Stops the running run of the conversation that `find` finds. A second call changes nothing.
pg::Result stop_in(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id };
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);
    call.require_not_null(arg_conversation_id, "conversation_id");
    const pg::Uuid conversation = find(call, arg_conversation_id);

    const std::optional<Run> run = lock_running_run(schema, conversation);
    if (!run)
        require_conversation(schema, conversation);
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    writer.begin_object();
    if (run) {
        writer.key("run_id");
        writer.uuid(run->id);
        writer.field("status", run_status_name(run->status));
        writer.key("stop_requested_at");
        writer.timestamp(run->stop_requested_at ? *run->stop_requested_at : request_stop(schema, run->id),
                         pg::TimestampStyle::utc);
    } else {
        writer.field("status", no_run);
    }
    writer.end_object();
    return {writer.finish(), false};
}

} // namespace

pg::Result stop_run(pg::Call& call) {
    return stop_in(call, conversation_by_uuid);
}

pg::Result stop_run_by_name(pg::Call& call) {
    return stop_in(call, conversation_by_name);
}

} // namespace agentchat
