// agentchat.owns_conversation() tells whether the caller owns a conversation. The policies of messages use
// it.
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

/// How the session looks up the owner of a conversation.
struct Conversations {
    pg::Oid function;
    pg::Oid table;
    pg::UuidLookup lookup;
    pg::Watch watch;
};

Conversations conversations{};

/// Returns the lookup of owners, for the function's extension.
const pg::UuidLookup& conversation_owner(pg::Oid function) {
    // If the extension is created again, possibly in another schema, its functions have new OIDs.
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
