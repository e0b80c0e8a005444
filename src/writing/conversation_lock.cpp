#include "writing/conversation_lock.hpp"

#include <array>

#include "common/lock_spaces.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/lock.hpp"
#include "pg/relation.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the query that finds the conversation if the caller may see it.
const char* visible_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "conversations"));
}

/// Returns the query that keeps others from deleting the conversation.
const char* share_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
                      pg::qualified_name(schema, "conversations"));
}

constexpr std::array one_uuid{pg::ParameterType::uuid};
constinit pg::KeptStatement visible("conversations", "conversations", pg::Rights::caller, visible_statement,
                                    one_uuid);
/// It runs in the owner's name, like the checks of foreign keys: callers need no right to change the
/// conversation.
constinit pg::KeptStatement share("conversations", "conversations", pg::Rights::owner, share_statement,
                                  one_uuid);

} // namespace

void raise_conversation_not_found(const pg::Uuid& conversation) {
    char id[pg::uuid_text_size];
    pg::write_uuid(conversation, id);
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::not_found, "conversation not found",
               pg::format("Conversation %.*s does not exist, or the caller may not see it.",
                          static_cast<int>(sizeof(id)), id),
               "Create the conversation with create_conversation()."});
}

// All statements see what is committed when they start, at every isolation level. Under REPEATABLE READ, the
// transaction's snapshot is older than the wait for the lock, and would not show what was written meanwhile.
//
// The lock is an advisory lock. A lock on the row could deadlock with a session that changes a message and
// then touches the conversation: this call would have the row, and wait for the message.
bool lock_conversation_if_visible(pg::Oid schema, const pg::Uuid& conversation) {
    const std::array parameters{pg::Parameter::uuid(conversation)};
    if (!visible.exists_latest(schema, parameters))
        return false;
    const pg::Oid table = pg::require_relation(schema, "conversations");
    pg::lock_until_end(lock_space::conversation, pg::hash_uuid(conversation, table),
                       pg::LockStrength::exclusive);
    // It may have been deleted during the wait, or another session may be deleting it now.
    return share.execute_latest(schema, parameters) > 0;
}

void lock_conversation(pg::Oid schema, const pg::Uuid& conversation) {
    if (!lock_conversation_if_visible(schema, conversation))
        raise_conversation_not_found(conversation);
}

void require_conversation(pg::Oid schema, const pg::Uuid& conversation) {
    if (!visible.exists_latest(schema, std::array{pg::Parameter::uuid(conversation)}))
        raise_conversation_not_found(conversation);
}

} // namespace agentchat
