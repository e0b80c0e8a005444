// Marks runs as failed that give no sign of life.
#pragma once

#include <cstdint>
#include <optional>

#include "pg/entry.hpp"
#include "pg/values.hpp"
#include "runs/run.hpp"

namespace agentchat {

/// Returns the argument stale_after in microseconds: how long a run may be silent. Raises 22004 if it is
/// NULL, and 22023 if it is negative.
std::int64_t stale_after_argument(const pg::Call& call, int argument);

/// Holds a running run, and the signs of its life.
struct RunningRun {
    Run run;
    bool has_chunks;
    pg::Timestamp last_sign;

    /// Tells whether the run has been silent for so many microseconds.
    bool is_silent(std::int64_t stale_after) const;
};

/// Locks the running run of a conversation until the transaction ends. Returns nothing if it has none that
/// the caller may change.
std::optional<RunningRun> find_running_run(pg::Oid schema, const pg::Uuid& conversation);

/// Marks the run as failed. Its chunks stay, for recover_run().
void fail_silent_run(pg::Oid schema, const RunningRun& silent);

} // namespace agentchat
