// The statements that read conversations, prepared once per session.
#pragma once

#include <cstddef>
#include <span>

#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat {

struct ConversationShapes {
    pg::RowShape conversation;
    pg::RowShape message;
};

/// Where the statements give the columns of messages that the shapes of their contents are made of; beyond
/// the last one where there is none of that name.
struct MessageColumns {
    int id;
    int role;
    int content;
    int parts;
    int attachments;
    int reasoning;
    int created_at;
};

/// Room that the next document is likely to need.
class SizeEstimate {
public:
    std::size_t size() const { return size_; }
    /// Learns from the size of a document: the largest of late, with a margin. A buffer that need not grow is
    /// neither copied nor, since the C library keeps it for the next call, mapped and cleared anew.
    void learn(std::size_t size);

private:
    std::size_t size_ = 0;
};

/// How conversations are read from the tables of one schema, as this session has last seen them: statements
/// whose columns come in the order of a jsonb object's keys, and the shapes of those objects. Users may add
/// columns to the tables, so both are made from the catalog, and made anew when the tables have changed.
struct ConversationStatements {
    /// The columns of both tables, in the order in which the statements give them.
    std::span<const pg::Column> conversation_columns;
    std::span<const pg::Column> message_columns;
    std::span<const pg::ColumnKind> conversation_kinds;
    std::span<const pg::ColumnKind> message_kinds;

    ConversationShapes rows;
    ConversationShapes drizzle;

    /// $1 is the conversation's id throughout.
    pg::Statement conversation;
    pg::Statement messages;
    /// The newest $2, oldest first.
    pg::Statement newest_messages;
    /// Those before ($2, $3), which are created_at and id.
    pg::Statement messages_before;
    /// The newest $2 of those before ($3, $4).
    pg::Statement newest_messages_before;
    /// A row if there is a message before ($2, $3).
    pg::Statement any_message_before;

    MessageColumns message_fields;
    int system_prompt_column;

    SizeEstimate json_size;
    SizeEstimate jsonb_size;

    /// The session's statements for that schema, made anew if they are not current. They stay for as long
    /// as `user`, the memory context of the caller, does: a policy or a cast may change a table, and call
    /// again, while the caller is at work.
    static ConversationStatements& acquire(pg::Oid schema, pg::MemoryContext user);
};

} // namespace agentchat
