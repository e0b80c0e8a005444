#include "runs/run.hpp"

#include <algorithm>
#include <cstddef>

#include "pg/error.hpp"
#include "pg/relation.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The names of the statuses, in the order of the enumeration.
constexpr std::array<std::string_view, 4> status_names{"running", "finished", "failed", "stopped"};

/// Numbers the columns of run_columns().
enum Column : int {
    column_id,
    column_conversation_id,
    column_message_id,
    column_status,
    column_started_at,
    column_heartbeat_at,
    column_stop_requested_at,
    column_finished_at,
};

std::optional<pg::Timestamp> time_or_null(const pg::Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.timestamp(column));
}

// Both queries lock like an UPDATE of the status. The foreign key of run_chunks, which locks the run FOR KEY
// SHARE, does not wait for them.
const char* lock_statement(pg::Oid schema) {
    return pg::format("SELECT %s FROM %s r WHERE r.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE OF r",
                      run_columns(schema), pg::qualified_name(schema, "runs"));
}
const char* lock_running_statement(pg::Oid schema) {
    return pg::format("SELECT %s FROM %s r WHERE r.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND r.status OPERATOR(pg_catalog.=) 'running' FOR NO KEY UPDATE OF r",
                      run_columns(schema), pg::qualified_name(schema, "runs"));
}
const char* newest_chunk_statement(pg::Oid schema) {
    return pg::format(
        "SELECT c.seq::bigint, %s FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) $1 "
        "ORDER BY c.seq DESC LIMIT 1",
        pg::time_in_utc(pg::require_relation(schema, "run_chunks"), "created_at", "c.created_at"),
        pg::qualified_name(schema, "run_chunks"));
}

constexpr std::array one_uuid{pg::ParameterType::uuid};
constinit pg::KeptStatement lock =
    pg::KeptStatement("runs", "runs", pg::Rights::caller, lock_statement, one_uuid).by_index();
constinit pg::KeptStatement lock_running =
    pg::KeptStatement("runs", "runs", pg::Rights::caller, lock_running_statement, one_uuid).by_index();
constinit pg::KeptStatement newest =
    pg::KeptStatement("run_chunks", "run_chunks", pg::Rights::caller, newest_chunk_statement, one_uuid)
        .by_index();

constexpr std::array newest_chunk_kinds{pg::ColumnKind::other, pg::ColumnKind::timestamp};

NewestChunk read_newest_chunk(const pg::Row& row) {
    return {static_cast<std::int32_t>(row.bigint(0)), row.timestamp(1)};
}

std::optional<Run> lock_with(pg::KeptStatement& statement, pg::Oid schema, const pg::Uuid& id) {
    std::optional<Run> found;
    statement.execute_latest(schema, std::array{pg::Parameter::uuid(id)},
                             {[&](const pg::Row& row) { found = read_run(row); }, run_kinds});
    return found;
}

} // namespace

std::string_view run_status_name(RunStatus status) {
    return status_names[static_cast<std::size_t>(status)];
}

std::optional<RunStatus> find_run_status(std::string_view name) {
    const auto* found = std::find(status_names.begin(), status_names.end(), name);
    if (found == status_names.end())
        return std::nullopt;
    return static_cast<RunStatus>(found - status_names.begin());
}

const char* run_columns(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "runs");
    for (const char* column : {"id", "conversation_id", "message_id"})
        pg::uuid_column(table, column);
    const auto time = [&](const char* column) {
        return pg::time_in_utc(table, column, pg::format("r.%s", column));
    };
    return pg::format("r.id, r.conversation_id, r.message_id, r.status::pg_catalog.text, %s, %s, %s, %s",
                      time("started_at"), time("heartbeat_at"), time("stop_requested_at"),
                      time("finished_at"));
}

Run read_run(const pg::Row& row) {
    // The constraints of the table allow neither NULL nor another status.
    return {.id = row.uuid(column_id),
            .conversation = row.uuid(column_conversation_id),
            .message = row.uuid(column_message_id),
            .status = find_run_status(row.text(column_status)).value_or(RunStatus::failed),
            .started_at = row.timestamp(column_started_at),
            .heartbeat_at = time_or_null(row, column_heartbeat_at),
            .stop_requested_at = time_or_null(row, column_stop_requested_at),
            .finished_at = time_or_null(row, column_finished_at)};
}

std::optional<Run> lock_run(pg::Oid schema, const pg::Uuid& run) {
    return lock_with(lock, schema, run);
}

std::optional<Run> lock_running_run(pg::Oid schema, const pg::Uuid& conversation) {
    return lock_with(lock_running, schema, conversation);
}

std::optional<NewestChunk> newest_chunk(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& run) {
    std::optional<NewestChunk> found;
    newest.query_at(schema, moment, std::array{pg::Parameter::uuid(run)},
                    {[&](const pg::Row& row) { found = read_newest_chunk(row); }, newest_chunk_kinds});
    return found;
}

std::optional<NewestChunk> newest_chunk(pg::Oid schema, const pg::Uuid& run) {
    std::optional<NewestChunk> found;
    newest.query(schema, std::array{pg::Parameter::uuid(run)},
                 {[&](const pg::Row& row) { found = read_newest_chunk(row); }, newest_chunk_kinds});
    return found;
}

pg::Timestamp last_sign_of_life(const Run& run, const std::optional<NewestChunk>& newest) {
    return std::max({run.started_at, run.heartbeat_at.value_or(run.started_at),
                     newest ? newest->created_at : run.started_at});
}

void raise_run_not_found(const pg::Uuid& run) {
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::not_found, "run not found",
               pg::format("Run %s does not exist, or the caller may not see it.", id_text(run)),
               "Start a run with start_run()."});
}

void raise_run_over(const Run& run) {
    const std::string_view status = run_status_name(run.status);
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::conflict, "run is over",
               pg::format("Run %s is %.*s.", id_text(run.id), static_cast<int>(status.size()), status.data()),
               "Start another run with start_run()."});
}

const char* id_text(const pg::Uuid& id) {
    char text[pg::uuid_text_size];
    pg::write_uuid(id, text);
    return pg::format("%.*s", static_cast<int>(sizeof(text)), text);
}

} // namespace agentchat
