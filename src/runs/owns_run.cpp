// agentchat.owns_run() tells whether the caller owns the conversation of a run. The policies of run_chunks
// use it.
#include <optional>

#include "common/caller.hpp"
#include "common/kept_lookup.hpp"
#include "entry_points.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constinit KeptLookup conversations_of_runs("runs", "id", "conversation_id");
constinit KeptLookup owners("conversations", "id", "user_id");

/// What a query remembers: the caller, and the answer for the last run.
struct LastAnswer {
    std::optional<pg::Uuid> caller;
    pg::SnapshotMark seen;
    bool asked;
    pg::Uuid run;
    bool owns;
};

/// Looks up whether the user owns the conversation of the run.
bool look_up(const pg::Call& call, const pg::Uuid& user, const pg::Uuid& run) {
    const std::optional<pg::Uuid> conversation = conversations_of_runs.find(call.function(), run);
    return conversation && owners.find(call.function(), *conversation) == user;
}

} // namespace

/// Returns whether the caller owns the conversation of the run. It remembers its last answer, like
/// owns_conversation(): all chunks of a run get the same.
pg::Result owns_run(pg::Call& call) {
    const pg::SnapshotMark now = pg::snapshot_mark();
    const pg::Uuid run = call.uuid(0);
    if (!call.is_column(0)) {
        const std::optional<pg::Uuid> user = caller();
        return pg::Result::boolean(user && look_up(call, *user, run));
    }

    auto& last = call.once<LastAnswer>([](LastAnswer& none) { none = {}; });
    if (!last.asked || last.seen != now)
        last = {caller(), now, false, {}, false};
    if (!last.caller)
        return pg::Result::boolean(false);
    if (!last.asked || last.run != run) {
        last.owns = look_up(call, *last.caller, run);
        last.run = run;
        last.asked = true;
    }
    return pg::Result::boolean(last.owns);
}

} // namespace agentchat
