// The statements that read conversations. A session prepares them once.
#pragma once

#include <cstddef>
#include <span>

#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat {

/// The shapes of the rows of both tables.
struct ConversationShapes {
    pg::RowShape conversation;
    pg::RowShape message;
};

/// The numbers of the columns of messages that the shapes read. A column that does not exist has a number
/// after the last column.
struct MessageColumns {
    int id;
    int role;
    int content;
    int parts;
    int attachments;
    int reasoning;
    int created_at;
};

/// The size that the next document will probably have.
class SizeEstimate {
public:
    std::size_t size() const { return size_; }
    /// Learns from the size of a document. The estimate is the largest recent size, with a margin. If a
    /// buffer does not need to grow, it is never copied. The C library also keeps it for the next call;
    /// therefore its pages are not mapped and cleared again.
    void learn(std::size_t size);

private:
    std::size_t size_ = 0;
};

/// How to read conversations from the tables of one schema, as this session last saw them: statements whose
/// columns are in the order of the keys of a jsonb object, and the shapes of those objects. Users may add
/// columns to the tables. Therefore both are made from the catalog, and made again when the tables have
/// changed.
struct ConversationStatements {
    /// The columns of both tables, in the order in which the statements return them.
    std::span<const pg::Column> conversation_columns;
    std::span<const pg::Column> message_columns;
    std::span<const pg::ColumnKind> conversation_kinds;
    std::span<const pg::ColumnKind> message_kinds;

    ConversationShapes rows;
    ConversationShapes drizzle;

    /// In all statements, $1 is the id of the conversation.
    pg::Statement conversation;
    pg::Statement messages;
    /// The newest $2 messages, oldest first.
    pg::Statement newest_messages;
    /// The messages before ($2, $3), which are created_at and id.
    pg::Statement messages_before;
    /// The newest $2 messages before ($3, $4).
    pg::Statement newest_messages_before;
    /// A row if any message is before ($2, $3).
    pg::Statement any_message_before;

    MessageColumns message_fields;
    int system_prompt_column;

    SizeEstimate json_size;
    SizeEstimate jsonb_size;

    /// Returns the statements of the session for that schema. If they are out of date, it makes new ones.
    /// They live as long as `user`, the memory context of the caller. They must outlive a change of the
    /// tables, because a policy or a cast may change a table and call again while the caller is at work.
    static ConversationStatements& acquire(pg::Oid schema, pg::MemoryContext user);
};

} // namespace agentchat
