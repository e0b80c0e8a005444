// agentchat.owns_conversation() tells whether the caller owns a conversation. The policies of messages use
// it.
#include <optional>

#include "common/caller.hpp"
#include "common/kept_lookup.hpp"
#include "entry_points.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constinit KeptLookup owners("conversations", "id", "user_id");

/// What a query remembers: the caller, and the answer for the last conversation.
struct LastAnswer {
    std::optional<pg::Uuid> caller;
    pg::SnapshotMark seen;
    bool asked;
    pg::Uuid conversation;
    bool owns;
};

} // namespace

/// Returns whether the caller owns the conversation. A policy of messages calls it for every row. All
/// messages of a conversation get the same answer; it therefore remembers the last one. A subquery in the
/// policy would look up the owner for each row.
pg::Result owns_conversation(pg::Call& call) {
    const pg::SnapshotMark now = pg::snapshot_mark();
    const pg::Uuid conversation = call.uuid(0);
    if (!call.is_column(0)) {
        const std::optional<pg::Uuid> user = caller();
        return pg::Result::boolean(user && owners.find(call.function(), conversation) == user);
    }

    auto& last = call.once<LastAnswer>([](LastAnswer& none) { none = {}; });
    if (!last.asked || last.seen != now)
        last = {caller(), now, false, {}, false};
    if (!last.caller)
        return pg::Result::boolean(false);
    if (!last.asked || last.conversation != conversation) {
        last.owns = owners.find(call.function(), conversation) == last.caller;
        last.conversation = conversation;
        last.asked = true;
    }
    return pg::Result::boolean(last.owns);
}

} // namespace agentchat
