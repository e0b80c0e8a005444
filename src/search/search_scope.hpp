// What search_messages() looks for, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/cursor.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/values.hpp"
#include "search/message_texts.hpp"
#include "search/words.hpp"

namespace agentchat {

/// What to look for, in which messages.
struct SearchScope {
    pg::Oid schema;
    /// The user whose conversations are searched. Absent only if `conversation` is there.
    std::optional<pg::Uuid> user;
    /// The only conversation that is searched, if any.
    std::optional<pg::Uuid> conversation;
    /// The object that the metadata of the conversations must contain, as a datum.
    std::optional<std::uintptr_t> filter;
    SearchIn in;
    SearchWords words;
};

/// Where a search goes on: with the messages before the place `last`, in those of the conversations that
/// stand before `begin` and not before `end` in the list of the user. Each place is a time and an id: of a
/// message its created_at, of a conversation its updated_at.
struct SearchPosition {
    ListPlace last;
    ListPlace begin;
    ListPlace end;
};

/// Ends the work of a call in time. A call always does a little, and so its cursor moves however slow the
/// machine is.
class WorkLimit {
public:
    WorkLimit(std::int64_t microseconds, std::size_t least_messages)
        : end_(pg::clock_time() + microseconds), least_(least_messages) {}

    /// Counts messages that were looked at.
    void count(std::size_t messages) { messages_ += messages; }
    bool is_reached() const { return messages_ >= least_ && pg::clock_time() >= end_; }

private:
    pg::Timestamp end_;
    std::size_t least_;
    std::size_t messages_ = 0;
};

/// The messages of a page, by their places.
struct FoundMessages {
    pg::ArenaList<ListPlace> places;
    std::size_t page_size;

    bool is_full() const { return places.size() >= page_size; }
};

/// Tells whether the texts of the message have the words. It uses the current memory context.
bool has_words(const StoredMessage& message, const SearchScope& scope);

} // namespace agentchat
