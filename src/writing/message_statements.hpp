// Finds, inserts and updates messages of a conversation: the statements behind write_messages().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "pg/function_ref.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"
#include "writing/message_input.hpp"

namespace agentchat {

/// What an INSERT does with messages whose id is already stored.
enum class Existing : std::uint8_t {
    /// It fails: none of them should be.
    fail,
    /// It skips them. This takes a look into the index for each row.
    skip,
};

/// Runs one statement for many messages. Every statement sees what is committed when it starts, at any
/// isolation level, and all that this transaction has written.
class MessageStatements {
public:
    using Messages = std::span<const InputMessage* const>;
    using TakeInserted = pg::FunctionRef<void(const pg::Uuid& id, pg::Timestamp created_at)>;
    /// A stored message, and whether an update would change it.
    struct Found {
        pg::Uuid id;
        pg::Timestamp created_at;
        bool differs;
        /// Its columns if it differs; without its id and its time.
        StoredMessage stored;
    };
    using TakeStored = pg::FunctionRef<void(const Found& found)>;
    using TakeUpdated = pg::FunctionRef<void(const pg::Uuid& id)>;

    /// `others` are the columns added by users that the messages have. The arguments must outlive the object.
    MessageStatements(pg::MemoryContext context, pg::Oid schema, const pg::Uuid& conversation,
                      std::span<const std::string_view> others)
        : context_(context), schema_(schema), conversation_(conversation), others_(others) {}

    /// Inserts the messages, and calls `take` for each inserted one, in their order.
    void insert(Messages messages, Existing existing, TakeInserted take) const;

    /// Calls `take` for each message that the conversation already has. Whether it differs is decided byte by
    /// byte, because jsonb's own = takes 1.0 for 1.00.
    void find_stored(Messages messages, TakeStored take) const;

    /// Updates stored messages, and calls `take` for each updated one.
    void update(Messages messages, TakeUpdated take) const;

    /// Whether the conversation has a message with one of these ids.
    bool has_any(const pg::Uuid& first, const pg::Uuid& second) const;

private:
    using MakeText = pg::FunctionRef<const char*()>;
    /// Runs the kept statement or, if the messages have columns added by users, one that is made for them.
    void execute(Messages messages, pg::KeptStatement& kept, MakeText make_text,
                 const pg::RowReceiver& receiver) const;

    pg::MemoryContext context_;
    pg::Oid schema_;
    const pg::Uuid& conversation_;
    std::span<const std::string_view> others_;
};

} // namespace agentchat
