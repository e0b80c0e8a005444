// Implements page.hpp: passes the messages of a conversation to its document.
#include "reading/page.hpp"

#include <array>

#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

void check_page_columns(const ConversationStatements& statements) {
    if (!statements.has_pages)
        pg::raise({pg::sqlstate::datatype_mismatch, "columns of the table messages have the wrong types",
                   "A page needs created_at as timestamp without time zone, and id as uuid.",
                   "Change the types back."});
}

void read_messages(const pg::Uuid& conversation, const std::optional<MessagePlace>& before,
                   MessageRows& messages) {
    const ConversationStatements& statements = messages.statements;
    const auto take = [&](const pg::Row& row) { messages.document.take_message(row); };
    const pg::RowReceiver receiver{take, statements.message_kinds};
    const auto id = pg::Parameter::uuid(conversation);
    if (before)
        statements.messages_before.run(
            std::array{id, pg::Parameter::timestamp(before->created_at), pg::Parameter::uuid(before->id)},
            receiver);
    else
        statements.messages.run(std::array{id}, receiver);
}

bool read_page(const pg::Uuid& conversation, std::int32_t limit, const std::optional<MessagePlace>& before,
               MessageRows& messages) {
    const ConversationStatements& statements = messages.statements;
    const auto take = [&](const pg::Row& row) { messages.take_page(row); };
    const pg::RowReceiver receiver{take, statements.message_kinds};
    const auto id = pg::Parameter::uuid(conversation);
    const auto rows = pg::Parameter::bigint(limit);
    if (before)
        statements.newest_messages_before.run(std::array{id, rows,
                                                         pg::Parameter::timestamp(before->created_at),
                                                         pg::Parameter::uuid(before->id)},
                                              receiver);
    else
        statements.newest_messages.run(std::array{id, rows}, receiver);
    if (messages.count < limit)
        return false;

    // Do not read one more message to find out. That message is not part of the document, and it may be too
    // large for it.
    return statements.any_message_before.exists(std::array{
        id, pg::Parameter::timestamp(messages.first.created_at), pg::Parameter::uuid(messages.first.id)});
}

} // namespace agentchat
