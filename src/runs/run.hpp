// Finds and locks runs.
//
// The order of locks is: the conversation (conversation_lock.hpp), the run, its chunks, messages. A call
// that changes a run or adds chunks to it holds the lock on the run. start_run(), recover_run() and
// finish_run() also lock the conversation, before the run.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "pg/kept_statement.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"

namespace agentchat {

enum class RunStatus : std::uint8_t { running, finished, failed, stopped };

/// Stands in results for the status of a run that does not exist.
inline constexpr std::string_view no_run = "none";

/// Returns the name of the status, as the column holds it.
std::string_view run_status_name(RunStatus status);
/// Returns the status with that name, if any has it.
std::optional<RunStatus> find_run_status(std::string_view name);

/// Holds the columns of a run. Times are in UTC.
struct Run {
    pg::Uuid id;
    pg::Uuid conversation;
    pg::Uuid message;
    RunStatus status;
    pg::Timestamp started_at;
    std::optional<pg::Timestamp> heartbeat_at;
    std::optional<pg::Timestamp> stop_requested_at;
    std::optional<pg::Timestamp> finished_at;
};

/// Returns the list of the columns of a table r that read_run() reads: "r.id, ...".
const char* run_columns(pg::Oid schema);
inline constexpr std::array run_kinds{pg::ColumnKind::uuid,      pg::ColumnKind::uuid,
                                      pg::ColumnKind::uuid,      pg::ColumnKind::text,
                                      pg::ColumnKind::timestamp, pg::ColumnKind::timestamp,
                                      pg::ColumnKind::timestamp, pg::ColumnKind::timestamp};
/// Reads a row that begins with these columns.
Run read_run(const pg::Row& row);

/// Locks a run until the transaction ends, and returns it as it is then. Returns nothing if it does not
/// exist, or if the caller may not change it.
std::optional<Run> lock_run(pg::Oid schema, const pg::Uuid& run);
/// Locks the running run of a conversation in the same way.
std::optional<Run> lock_running_run(pg::Oid schema, const pg::Uuid& conversation);

/// Holds the number of a run's newest chunk, and the time when it was written.
struct NewestChunk {
    std::int32_t seq;
    pg::Timestamp created_at;
};
/// Returns the newest chunk of the run. Returns nothing if it has none.
std::optional<NewestChunk> newest_chunk(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& run);
/// Does the same on the snapshot of the calling query.
std::optional<NewestChunk> newest_chunk(pg::Oid schema, const pg::Uuid& run);

/// Returns the time when the run last gave a sign of life: it started, said that it is alive, or wrote a
/// chunk.
pg::Timestamp last_sign_of_life(const Run& run, const std::optional<NewestChunk>& newest);

/// Raises PT404.
[[noreturn]] void raise_run_not_found(const pg::Uuid& run);
/// Raises PT409, and names the status.
[[noreturn]] void raise_run_over(const Run& run);

/// Returns the 36 characters of the uuid with a null byte at the end, in the current memory context.
const char* id_text(const pg::Uuid& id);

} // namespace agentchat
