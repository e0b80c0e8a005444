#include "writing/message_writer.hpp"

#include <algorithm>
#include <cstddef>

#include "common/message_id.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"
#include "pg/subtransaction.hpp"
#include "writing/message_statements.hpp"
#include "writing/tool_results.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Whether the message was given an id. The AI SDK makes an empty one if the application gives none.
bool has_id(const InputMessage& message) {
    return message.given_id && !message.given_id->empty();
}

/// Sets the ids in the table: those of stored messages are set, given ids stand for a UUID, and all other
/// messages get a random one.
void give_ids(pg::MemoryContext context, const pg::Uuid& conversation, std::span<InputMessage> messages) {
    const std::span new_ids(pg::allocate_array<pg::Uuid>(context, messages.size()), messages.size());
    pg::make_random_uuids(new_ids);
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (!messages[i].is_stored)
            messages[i].id =
                has_id(messages[i]) ? message_uuid(conversation, *messages[i].given_id) : new_ids[i];
}

/// Inserts new messages and updates stored ones.
class MessageWriter {
public:
    MessageWriter(pg::MemoryContext context, pg::Oid schema, const pg::Uuid& conversation,
                  std::span<InputMessage> messages, std::span<const std::string_view> others)
        : context_(context), messages_(messages), statements_(context, schema, conversation, others),
          pending_(pg::allocate_array<InputMessage*>(context, messages.size())) {}

    /// Writes the messages, unless they are already stored and equal.
    ///
    /// Updates come before inserts. An insert touches the conversation, which locks its row. A session that
    /// changes one of these messages at the same time waits for that row, and an update after the insert
    /// would wait for that session: a deadlock.
    void write() {
        if (messages_.empty())
            return;
        sort_by_id();
        if (insert_as_new())
            return;
        find_stored();
        // Like INSERT ... ON CONFLICT DO UPDATE, this goes on until others neither insert nor delete one of
        // the messages in the meantime.
        for (;;) {
            pg::check_for_interrupts();
            update_changed();
            insert_missing();
            if (!find_stored())
                return;
            // The messages that are left were inserted by others, or belong to another conversation.
            refuse_missing();
        }
    }

private:
    /// Sorts the messages for find(). Raises 22023 if two have the same id: that is a mistake, and we cannot
    /// know which one should count.
    void sort_by_id() {
        by_id_ = pg::allocate_array<InputMessage*>(context_, messages_.size());
        for (std::size_t i = 0; i < messages_.size(); ++i)
            by_id_[i] = &messages_[i];
        std::sort(by_id_, by_id_ + messages_.size(), [](const InputMessage* a, const InputMessage* b) {
            return a->id.bytes != b->id.bytes ? a->id.bytes < b->id.bytes : a < b;
        });
        for (std::size_t i = 1; i < messages_.size(); ++i)
            if (by_id_[i]->id == by_id_[i - 1]->id)
                refuse_duplicate(*by_id_[i - 1], *by_id_[i]);
    }

    [[noreturn]] static void refuse_duplicate(const InputMessage& first, const InputMessage& second) {
        // A stored message with results of its calls has no given id.
        const bool second_is_named = second.given_id.has_value();
        const InputMessage& named = second_is_named ? second : first;
        const InputMessage& other = second_is_named ? first : second;
        refuse(named.place, ".id", pg::format("is also the id of %s", input_path(other.place, "")));
    }

    /// Returns the message with that id in the table, or nullptr.
    InputMessage* find(const pg::Uuid& id) const {
        InputMessage** end = by_id_ + messages_.size();
        InputMessage** found = std::lower_bound(
            by_id_, end, id, [](const InputMessage* a, const pg::Uuid& b) { return a->id.bytes < b.bytes; });
        return found != end && (*found)->id == id ? *found : nullptr;
    }

    /// Makes those messages pending: the next statement is about them.
    template <typename Wanted>
    void collect(Wanted is_wanted) {
        pending_count_ = 0;
        for (InputMessage& message : messages_)
            if (is_wanted(message))
                pending_[pending_count_++] = &message;
    }

    std::span<InputMessage* const> pending() const { return {pending_, pending_count_}; }

    /// Inserts all messages if they are new; returns whether they were.
    bool insert_as_new() {
        collect([](const InputMessage&) { return true; });
        const auto is_new = [](const InputMessage* message) {
            return !message->is_stored && !has_id(*message);
        };
        if (std::all_of(pending_, pending_ + pending_count_, is_new)) {
            insert(Existing::fail);
        } else {
            // This try saves the look into the index that ON CONFLICT takes for each row: a sixth of the time
            // of an insert with all its triggers. An error other than an existing id comes again with ON
            // CONFLICT, and is then raised.
            pg::OwnedReport error;
            if (!are_likely_new() || !pg::attempt([this] { insert(Existing::fail); }, error))
                return false;
        }
        // A trigger of the user may have kept a message out, or changed an id that was given.
        refuse_missing();
        return true;
    }

    /// Whether a try is worth it. A resend usually repeats everything, or starts with messages already
    /// stored, or extends the last one. Therefore this looks at the first and the last message.
    bool are_likely_new() const {
        constexpr std::size_t fewest = 16;
        return pending_count_ >= fewest &&
               !statements_.has_any(pending_[0]->id, pending_[pending_count_ - 1]->id);
    }

    void insert_missing() {
        collect([](const InputMessage& message) { return !message.is_written && !message.is_stored; });
        if (pending_count_ > 0)
            insert(Existing::skip);
    }

    void insert(Existing existing) {
        // They come in the order in which they were sent, without the skipped ones.
        std::span<InputMessage* const> rest = pending();
        statements_.insert(pending(), existing, [&](const pg::Uuid& id, pg::Timestamp created_at) {
            auto found = std::find_if(rest.begin(), rest.end(),
                                      [&](const InputMessage* message) { return message->id == id; });
            if (found == rest.end()) {
                // A trigger of the user may choose the ids. If no message can have been skipped, this is the
                // id of the next one.
                if (existing == Existing::skip || rest.empty() || has_id(*rest.front()))
                    return;
                found = rest.begin();
                (*found)->id = id;
            }
            (*found)->stored_at = created_at;
            (*found)->is_written = true;
            rest = {found + 1, rest.end()};
        });
    }

    /// Looks for the messages that have not been written; returns whether there were any to look for.
    bool find_stored() {
        collect([](const InputMessage& message) { return !message.is_written; });
        look_up_pending();
        return pending_count_ > 0;
    }

    void look_up_pending() {
        if (pending_count_ == 0)
            return;
        statements_.find_stored(pending(), [this](const MessageStatements::Found& found) {
            InputMessage* message = find(found.id);
            if (message == nullptr)
                return;
            message->is_written = true;
            message->stored_at = found.created_at;
            message->differs = found.differs && !is_shown(found.stored, *message);
        });
    }

    /// Whether the message is what a caller has read of the stored one.
    bool is_shown(const StoredMessage& stored, const InputMessage& message) const {
        if (!message.is_ui_message || message.others)
            return false;
        const pg::MemoryContext scratch = pg::make_context(context_, "agentchat stored message");
        const pg::MemoryContext caller = pg::switch_to(scratch);
        const bool is_shown = is_shown_as(stored, message);
        pg::switch_to(caller);
        pg::delete_context(scratch);
        return is_shown;
    }

    /// Raises an error if a message was neither inserted nor found: it belongs to another conversation. The
    /// error does not say which one, or whose it is.
    void refuse_missing() const {
        for (const InputMessage* message : pending()) {
            if (message->is_written)
                continue;
            // It had results of its calls, and was deleted a moment ago.
            if (message->is_stored)
                refuse_tool_result(message->place);
            refuse_for_other_conversation(message->place, ".id", message->given_id.value_or(""));
        }
    }

    /// Updates the stored messages that differ. Those that others have deleted in the meantime become
    /// messages that are not written.
    void update_changed() {
        // Another session can delete a message and insert it anew. The second UPDATE sees the new one.
        if (update_differing() && update_differing())
            refuse_change();
    }

    /// Updates the stored messages that differ; returns whether some still do.
    bool update_differing() {
        collect([](const InputMessage& message) { return message.differs; });
        if (pending_count_ == 0)
            return false;
        statements_.update(pending(), [this](const pg::Uuid& id) {
            if (InputMessage* message = find(id))
                message->differs = false;
        });
        collect([](const InputMessage& message) { return message.differs; });
        if (pending_count_ == 0)
            return false;
        for (InputMessage* message : pending())
            message->is_written = message->differs = false;
        look_up_pending();
        return std::any_of(pending_, pending_ + pending_count_,
                           [](const InputMessage* message) { return message->differs; });
    }

    /// Raises an error: if a policy lets the caller read a message but not change it, the UPDATE skips it
    /// without an error.
    [[noreturn]] void refuse_change() {
        collect([](const InputMessage& message) { return message.differs; });
        pg::raise({pg::sqlstate::insufficient_privilege, "cannot change a stored message",
                   pg::format("%zu of %zu messages could not be changed.", pending_count_, messages_.size()),
                   "Nothing was written. Row-level security or a trigger on messages prevents the change."});
    }

    pg::MemoryContext context_;
    std::span<InputMessage> messages_;
    MessageStatements statements_;
    InputMessage** by_id_ = nullptr;

    /// The messages that the next statement is about.
    InputMessage** pending_;
    std::size_t pending_count_ = 0;
};

} // namespace

std::span<const InputMessage> write_messages(pg::MemoryContext context, pg::Oid schema,
                                             const pg::Uuid& conversation, const InputMessages& input) {
    const std::span<InputMessage> messages = apply_tool_results(context, schema, conversation, input);
    give_ids(context, conversation, messages);
    MessageWriter(context, schema, conversation, messages, input.other_columns).write();
    return messages;
}

void write_summary(const InputMessage& message, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.key("id");
    writer.uuid(message.id);
    writer.key("given_id");
    if (message.given_id)
        writer.string(*message.given_id);
    else
        writer.null();
    writer.key("created_at");
    writer.timestamp(message.stored_at, pg::TimestampStyle::utc);
    writer.end_object();
}

} // namespace agentchat
