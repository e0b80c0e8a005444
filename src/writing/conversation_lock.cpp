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

const char* visible_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "conversations"));
}

const char* share_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
                      pg::qualified_name(schema, "conversations"));
}

constexpr std::array one_uuid{pg::ParameterType::uuid};
constinit pg::KeptStatement visible("conversations", "conversations", pg::Rights::caller, visible_statement,
                                    one_uuid);
/// As foreign keys do it: callers need no right to change the conversation.
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

// All on what is committed at the moment, at every isolation level: under REPEATABLE READ the snapshot is
// older than the wait for the lock, and what was written meanwhile would be taken for not there.
//
// The lock is an advisory one. With one on the row, a transaction that has changed a message and now touches
// the conversation, and a call that has locked the conversation and now changes that message, would wait in a
// circle.
void lock_conversation(pg::Oid schema, const pg::Uuid& conversation) {
    const std::array parameters{pg::Parameter::uuid(conversation)};
    if (!visible.exists_latest(schema, parameters))
        raise_conversation_not_found(conversation);
    const pg::Oid table = pg::require_relation(schema, "conversations");
    pg::lock_until_end(lock_space::conversation, pg::hash_uuid(conversation, table),
                       pg::LockStrength::exclusive);
    // Somebody may be deleting it, or have deleted it meanwhile.
    if (share.execute_latest(schema, parameters) == 0)
        raise_conversation_not_found(conversation);
}

} // namespace agentchat
