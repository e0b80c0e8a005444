// Keeps the statements that read conversations. A session prepares them once.
#pragma once

#include <cstddef>
#include <span>

#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"

namespace agentchat {

/// Holds the shapes of the rows of both tables.
struct ConversationShapes {
    pg::RowShape conversation;
    pg::RowShape message;
};

/// Holds the numbers of the columns of messages that the shapes read. A column that does not exist has a
/// number after the last column.
struct MessageColumns {
    int id;
    int role;
    int content;
    int parts;
    int attachments;
    int reasoning;
    int created_at;
    int conversation_id;
};

/// Estimates the size of the next document.
class SizeEstimate {
public:
    std::size_t size() const { return size_; }
    /// Learns from the size of a document. The estimate is the largest recent size, with a margin. A buffer
    /// that is large enough from the start is never copied. The C library also keeps that buffer for the next
    /// call, and its pages are not mapped and cleared again.
    void learn(std::size_t size);

private:
    std::size_t size_ = 0;
};

/// Holds everything that a session needs to read conversations from the tables of one schema: the statements,
/// and the shapes of their rows. The statements return the columns in the order of the keys of a jsonb
/// object. Users may add columns to the tables. Therefore the session makes the statements and the shapes
/// from the catalog, and makes them again when the tables change.
struct ConversationStatements {
    /// The columns of both tables, in the order in which the statements return them.
    std::span<const pg::Column> conversation_columns;
    std::span<const pg::Column> message_columns;
    std::span<const pg::ColumnKind> conversation_kinds;
    std::span<const pg::ColumnKind> message_kinds;

    ConversationShapes rows;
    ConversationShapes drizzle;
    ConversationShapes utc_rows;

    /// Return the conversation, and all its messages in order. In all statements, $1 is the id of the
    /// conversation.
    pg::Statement conversation;
    pg::Statement messages;

    /// Whether created_at and id of messages have the types by which pages are cut. Users can change the
    /// types. The next statements exist only if so.
    bool has_pages;
    /// Returns the newest $2 messages, oldest first.
    pg::Statement newest_messages;
    /// Returns the messages before the place ($2, $3), which is created_at and id.
    pg::Statement messages_before;
    /// Returns the newest $2 messages before the place ($3, $4), oldest first.
    pg::Statement newest_messages_before;
    /// Returns a row if any message is before the place ($2, $3).
    pg::Statement any_message_before;

    MessageColumns message_fields;
    int system_prompt_column;

    SizeEstimate json_size;
    SizeEstimate jsonb_size;

    /// Returns the statements of the session for that schema, and makes new ones if they are out of date. The
    /// statements live at least as long as `user`, the memory context of the call. A policy or a cast may
    /// change a table and call again while this call is still at work; therefore the statements of this call
    /// must survive such a change.
    static ConversationStatements& acquire(pg::Oid schema, pg::MemoryContext user);
};

} // namespace agentchat
