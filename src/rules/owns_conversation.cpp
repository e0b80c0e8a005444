// agentchat.owns_conversation(): what the policies of messages ask.
#include <array>
#include <cstdint>
#include <optional>

#include "common/caller.hpp"
#include "entry_points.hpp"
#include "pg/extension.hpp"
#include "pg/relation.hpp"
#include "pg/scan.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Where the session finds a conversation's owner.
struct Conversations {
    pg::Oid function;
    pg::Oid table;
    pg::UuidLookup lookup;
    pg::Watch watch;
};

Conversations conversations{};

const pg::UuidLookup& conversation_owner(pg::Oid function) {
    // When the extension is made again, perhaps in another schema, its functions are others.
    if (conversations.function == function) {
        pg::lock_against_change(conversations.table);
        if (!conversations.watch.changed())
            return conversations.lookup;
    }
    conversations.function = pg::invalid_oid;
    conversations.watch.stop();
    conversations.table = pg::require_relation(pg::extension_schema(), "conversations");
    pg::lock_against_change(conversations.table);
    conversations.watch.start(conversations.table, conversations.table);
    conversations.lookup = pg::UuidLookup::prepare(conversations.table, "id", "user_id");
    conversations.function = function;
    return conversations.lookup;
}

/// What one query remembers: who calls, and the last conversation that was asked for.
struct LastAnswer {
    std::optional<pg::Uuid> caller;
    pg::SnapshotMark seen;
    bool asked;
    pg::Uuid conversation;
    bool owns;
};

} // namespace

/// As a policy of messages it is called for every row, and for all of a conversation's the answer is the
/// same. A subquery in the policy would look each time.
pg::Result owns_conversation(pg::Call& call) {
    const pg::SnapshotMark now = pg::snapshot_mark();
    const pg::Uuid conversation = call.uuid(0);
    if (!call.is_column(0)) {
        const std::optional<pg::Uuid> user = caller();
        return pg::Result::boolean(user && conversation_owner(call.function()).find(conversation) == user);
    }

    auto& last = call.once<LastAnswer>([](LastAnswer& none) { none = {}; });
    if (!last.asked || last.seen != now)
        last = {caller(), now, false, {}, false};
    if (!last.caller)
        return pg::Result::boolean(false);
    if (!last.asked || last.conversation != conversation) {
        last.owns = conversation_owner(call.function()).find(conversation) == last.caller;
        last.conversation = conversation;
        last.asked = true;
    }
    return pg::Result::boolean(last.owns);
}

} // namespace agentchat
