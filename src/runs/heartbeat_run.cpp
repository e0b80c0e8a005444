// heartbeat_run() says that the writer of a run is alive, for example while a tool is running and no chunk
// comes.
#include <array>
#include <optional>

#include "common/feature.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

const char* heartbeat_statement(pg::Oid schema) {
    return pg::format("UPDATE %s SET heartbeat_at = %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "runs"),
                      pg::time_in_utc(pg::require_relation(schema, "runs"), "heartbeat_at", "$2"));
}
constexpr std::array heartbeat_parameters{pg::ParameterType::uuid, pg::ParameterType::timestamp};
constinit pg::KeptStatement heartbeat("runs", "runs", pg::Rights::caller, heartbeat_statement,
                                      heartbeat_parameters);

} // namespace

pg::Result heartbeat_run(pg::Call& call) {
    enum Argument : int { arg_run_id };
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);
    call.require_not_null(arg_run_id, "run_id");
    const pg::Uuid id = call.uuid(arg_run_id);

    const std::optional<Run> run = lock_run(schema, id);
    if (!run)
        raise_run_not_found(id);
    if (run->status != RunStatus::running)
        raise_run_over(*run);
    heartbeat.execute_latest(schema,
                             std::array{pg::Parameter::uuid(id), pg::Parameter::timestamp(pg::clock_time())});

    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    writer.begin_object();
    writer.key("stop_requested");
    writer.boolean(run->stop_requested_at.has_value());
    writer.end_object();
    return {writer.finish(), false};
}

} // namespace agentchat
