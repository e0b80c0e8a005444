// recover_run() finds what a dead server has left of an answer: a failed run whose chunks nobody has saved.
#include <array>
#include <cstdint>
#include <optional>

#include "common/conversation_id.hpp"
#include "common/feature.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"
#include "runs/silent_run.hpp"
#include "writing/conversation_lock.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the query that finds the oldest failed run of the conversation that still has chunks.
const char* unsaved_statement(pg::Oid schema) {
    return pg::format("SELECT %s FROM %s r WHERE r.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND r.status OPERATOR(pg_catalog.=) 'failed' "
                      "AND EXISTS (SELECT FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) r.id) "
                      "ORDER BY r.started_at, r.id LIMIT 1",
                      run_columns(schema), pg::qualified_name(schema, "runs"),
                      pg::qualified_name(schema, "run_chunks"));
}
constexpr std::array one_uuid{pg::ParameterType::uuid};
constinit pg::KeptStatement unsaved("runs", "run_chunks", pg::Rights::caller, unsaved_statement, one_uuid);

pg::Result document(const std::optional<Run>& run) {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    const auto id = [&](std::string_view key, const pg::Uuid& value) {
        writer.key(key);
        writer.uuid(value);
    };
    const auto time = [&](std::string_view key, pg::Timestamp value) {
        writer.key(key);
        writer.timestamp(value, pg::TimestampStyle::utc);
    };
    writer.begin_object();
    if (run) {
        id("run_id", run->id);
        id("conversation_id", run->conversation);
        id("message_id", run->message);
        writer.field("status", run_status_name(run->status));
        time("started_at", run->started_at);
        time("finished_at", run->finished_at.value_or(run->started_at));
    } else {
        writer.field("status", no_run);
    }
    writer.end_object();
    return {writer.finish(), false};
}

/// Recovers a run of the conversation that `find` finds.
pg::Result recover_in(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id, arg_stale_after };
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);
    call.require_not_null(arg_conversation_id, "conversation_id");
    const std::int64_t stale_after = stale_after_argument(call, arg_stale_after);
    const pg::Uuid conversation = find(call, arg_conversation_id);

    lock_conversation(schema, conversation);
    const std::optional<RunningRun> running = find_running_run(schema, conversation);
    if (running && running->is_silent(stale_after))
        fail_silent_run(schema, *running);
    std::optional<Run> found;
    unsaved.query_latest(schema, std::array{pg::Parameter::uuid(conversation)},
                         {[&](const pg::Row& row) { found = read_run(row); }, run_kinds});
    return document(found);
}

} // namespace

pg::Result recover_run(pg::Call& call) {
    return recover_in(call, conversation_by_uuid);
}

pg::Result recover_run_by_name(pg::Call& call) {
    return recover_in(call, conversation_by_name);
}

} // namespace agentchat
