// start_run() starts a run: it says that an answer is being written to a conversation. One run at a time can
// be running in a conversation.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/conversation_id.hpp"
#include "common/feature.hpp"
#include "common/message_id.hpp"
#include "common/object_argument.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"
#include "runs/silent_run.hpp"
#include "writing/conversation_lock.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the query that finds a message with that id in another conversation. It runs in the owner's name:
/// the policies hide the messages of others, whose ids are taken all the same.
const char* elsewhere_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1 "
                      "AND conversation_id OPERATOR(pg_catalog.<>) $2",
                      pg::qualified_name(schema, "messages"));
}
constexpr std::array two_uuids{pg::ParameterType::uuid, pg::ParameterType::uuid};
constinit pg::KeptStatement elsewhere("messages", "messages", pg::Rights::owner, elsewhere_statement,
                                      two_uuids);

// The default of started_at is the time when the transaction began, which can be long ago: the run would be
// silent from its start.
const char* start_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "runs");
    return pg::format("INSERT INTO %s (conversation_id, message_id, started_at, metadata) "
                      "VALUES ($1, $2, %s, $4) RETURNING id, %s",
                      pg::qualified_name(schema, "runs"), pg::time_in_utc(table, "started_at", "$3"),
                      pg::time_in_utc(table, "started_at", "started_at"));
}
constexpr std::array start_parameters{pg::ParameterType::uuid, pg::ParameterType::uuid,
                                      pg::ParameterType::timestamp, pg::ParameterType::jsonb};
constinit pg::KeptStatement start("runs", "runs", pg::Rights::caller, start_statement, start_parameters);

/// Returns the id of the answer. Raises PT409 if another conversation has a message with that id.
pg::Uuid answer_id(const pg::Call& call, int argument, pg::Oid schema, const pg::Uuid& conversation) {
    pg::Uuid id{};
    // The AI SDK makes an empty id if the application gives none.
    const std::string_view name = call.is_null(argument) ? std::string_view() : call.text(argument);
    if (name.empty()) {
        pg::make_random_uuids(std::span(&id, 1));
        return id;
    }
    id = message_uuid(conversation, name);
    if (elsewhere.exists_latest(schema,
                                std::array{pg::Parameter::uuid(id), pg::Parameter::uuid(conversation)}))
        // PostgREST copies the message into the status line of HTTP: it must stay constant.
        pg::raise({pg::sqlstate::conflict, "message belongs to another conversation",
                   pg::format("message_id is %s.", pg::quoted_excerpt(name)),
                   "No run was started. Give the message another id, or none."});
    return id;
}

/// Raises PT409, and names the running run.
[[noreturn]] void refuse_second(const RunningRun& running) {
    char time[pg::timestamp_text_room];
    const std::size_t size = pg::write_timestamp(running.last_sign, pg::TimestampStyle::utc, time);
    // PostgREST copies the message into the status line of HTTP: it must stay constant. The npm package
    // parses the id of the run from this detail.
    pg::raise({pg::sqlstate::conflict, "a run is in progress",
               pg::format("Run %s is running. Its last sign of life was at %.*s.", id_text(running.run.id),
                          static_cast<int>(size), time),
               "Read it with read_chunks(), or ask it to stop with stop_run()."});
}

/// Marks the running run of the conversation as failed, and returns it. Returns nothing if no run is running.
/// Raises PT409 if it has given a sign of life within stale_after.
std::optional<RunningRun> take_over(pg::Oid schema, const pg::Uuid& conversation, std::int64_t stale_after) {
    const std::optional<RunningRun> running = find_running_run(schema, conversation);
    if (!running)
        return std::nullopt;
    if (!running->is_silent(stale_after))
        refuse_second(*running);
    fail_silent_run(schema, *running);
    return running;
}

/// Inserts the run, and returns it.
Run insert(pg::Oid schema, const pg::Uuid& conversation, const pg::Uuid& message,
           const std::optional<std::uintptr_t>& metadata) {
    Run run{};
    run.conversation = conversation;
    run.message = message;
    constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp};
    start.execute_latest(schema,
                         std::array{pg::Parameter::uuid(conversation), pg::Parameter::uuid(message),
                                    pg::Parameter::timestamp(pg::clock_time()),
                                    pg::Parameter::jsonb(metadata)},
                         {[&](const pg::Row& row) {
                              run.id = row.uuid(0);
                              run.started_at = row.timestamp(1);
                          },
                          kinds});
    return run;
}

pg::Result document(const Run& run, const std::optional<RunningRun>& taken_over) {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    const auto id = [&](std::string_view key, const pg::Uuid& value) {
        writer.key(key);
        writer.uuid(value);
    };
    writer.begin_object();
    id("run_id", run.id);
    id("conversation_id", run.conversation);
    id("message_id", run.message);
    writer.field("status", run_status_name(RunStatus::running));
    writer.key("started_at");
    writer.timestamp(run.started_at, pg::TimestampStyle::utc);
    writer.key("next_seq");
    writer.integer(1);
    writer.key("taken_over");
    if (taken_over) {
        writer.begin_object();
        id("run_id", taken_over->run.id);
        id("message_id", taken_over->run.message);
        writer.key("has_chunks");
        writer.boolean(taken_over->has_chunks);
        writer.end_object();
    } else {
        writer.null();
    }
    writer.end_object();
    return {writer.finish(), false};
}

/// Starts a run in the conversation that `find` finds.
pg::Result start_in(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id, arg_message_id, arg_stale_after, arg_metadata };
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);
    call.require_not_null(arg_conversation_id, "conversation_id");
    const std::int64_t stale_after = stale_after_argument(call, arg_stale_after);
    const std::optional<std::uintptr_t> metadata = object_argument(call, arg_metadata, "metadata");
    const pg::Uuid conversation = find(call, arg_conversation_id);

    // Calls for one conversation wait for one another, at every isolation level. The last one finds the run
    // of the first.
    lock_conversation(schema, conversation);
    const pg::Uuid message = answer_id(call, arg_message_id, schema, conversation);
    const std::optional<RunningRun> taken_over = take_over(schema, conversation, stale_after);
    return document(insert(schema, conversation, message, metadata), taken_over);
}

} // namespace

pg::Result start_run(pg::Call& call) {
    return start_in(call, conversation_by_uuid);
}

pg::Result start_run_by_name(pg::Call& call) {
    return start_in(call, conversation_by_name);
}

} // namespace agentchat
