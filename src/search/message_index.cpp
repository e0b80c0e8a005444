// Implements message_index.hpp.
//
// The index is made like a log: a message that is written or changed is noted in search_pending, which costs
// a row. When a user has many noted messages, whoever notes the next one brings them into a new segment, as
// PostgreSQL's GIN does with its pending list. Segments are never changed, and what they say is only a hint:
// the search reads each message that they lead to, with the rights of the caller. A message that was deleted
// is not found then; one that was changed was noted again, and so its old entry does no harm.
#include "search/message_index.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "common/lock_spaces.hpp"
#include "common/uuid_set.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/lock.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "search/fold.hpp"
#include "search/gram_set.hpp"
#include "search/message_texts.hpp"
#include "search/segment.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using enum pg::ParameterType;
constexpr std::array one_user{uuid};
constexpr std::array some_messages{uuids};

// ---- noting messages

const char* note_statement(pg::Oid schema) {
    const pg::Oid messages = pg::require_relation(schema, "messages");
    return pg::format(
        "WITH noted AS (INSERT INTO %s (user_id, created_at, message_id) "
        "SELECT c.user_id, %s, m.id FROM %s m JOIN %s c ON c.id OPERATOR(pg_catalog.=) m.conversation_id "
        "WHERE m.id OPERATOR(pg_catalog.=) ANY ($1) AND m.created_at IS NOT NULL RETURNING user_id) "
        "SELECT DISTINCT user_id FROM noted",
        pg::qualified_name(schema, "search_pending"), pg::time_in_utc(messages, "created_at", "m.created_at"),
        pg::qualified_name(schema, "messages"), pg::qualified_name(schema, "conversations"));
}
constinit pg::KeptStatement note =
    pg::KeptStatement("messages", "search_pending", pg::Rights::owner, note_statement, some_messages)
        .by_index();

/// Conversations share so many locks: PostgreSQL's table of locks has room for some thousands.
constexpr std::size_t conversation_locks = 1024;

std::size_t lock_of(const pg::Uuid& conversation) {
    return pg::hash_uuid(conversation, 0) % conversation_locks;
}

/// So many noted messages are worth a segment.
constexpr std::size_t worth_a_segment = 1024;

const char* many_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE user_id OPERATOR(pg_catalog.=) $1 "
                      "ORDER BY noted_at DESC OFFSET %zu LIMIT 1",
                      pg::qualified_name(schema, "search_pending"), worth_a_segment - 1);
}
constinit pg::KeptStatement has_many =
    pg::KeptStatement("search_pending", "search_pending", pg::Rights::owner, many_statement, one_user)
        .by_index();

// ---- writing segments

/// Returns the messages $1 that are in a conversation of user $2. The subquery looks up the conversation of
/// each. The planner might join with all conversations of the user instead.
const char* texts_statement(pg::Oid schema) {
    return pg::format(
        "SELECT %s FROM %s m WHERE m.id OPERATOR(pg_catalog.=) ANY ($1) "
        "AND m.created_at IS NOT NULL AND (SELECT c.user_id FROM %s c "
        "WHERE c.id OPERATOR(pg_catalog.=) m.conversation_id LIMIT 1) OPERATOR(pg_catalog.=) $2",
        searched_columns_list(schema, SearchIn::all), pg::qualified_name(schema, "messages"),
        pg::qualified_name(schema, "conversations"));
}
constexpr std::array texts_parameters{uuids, uuid};
constinit pg::KeptStatement texts_of =
    pg::KeptStatement("messages", "conversations", pg::Rights::owner, texts_statement, texts_parameters)
        .by_index();

const char* segment_statement(pg::Oid schema) {
    return pg::format("INSERT INTO %s (user_id, oldest, newest, messages) VALUES ($1, $2, $3, $4) "
                      "RETURNING id",
                      pg::qualified_name(schema, "search_segments"));
}
constexpr std::array segment_parameters{uuid, timestamp, timestamp, bytes};
constinit pg::KeptStatement insert_segment("search_segments", "search_grams", pg::Rights::owner,
                                           segment_statement, segment_parameters);

const char* grams_statement(pg::Oid schema) {
    return pg::format("INSERT INTO %s (segment_id, bucket, grams) "
                      "SELECT $1, g.bucket, g.grams FROM ROWS FROM (pg_catalog.unnest($2), "
                      "pg_catalog.unnest($3)) g (bucket, grams)",
                      pg::qualified_name(schema, "search_grams"));
}
constexpr std::array grams_parameters{uuid, integers, byteas};
constinit pg::KeptStatement insert_grams("search_segments", "search_grams", pg::Rights::owner,
                                         grams_statement, grams_parameters);

/// A segment in the making. It is plain data in the memory context that was current when it was created.
class Segment {
public:
    Segment(pg::Oid schema, const pg::Uuid& user) : schema_(schema), user_(user) {}

    bool is_full() const { return count_ == segment_positions || builder_.size() >= most_grams; }

    /// Adds a message, by a row of the statement texts_of.
    void add(const pg::Row& row) {
        const ListPlace place{row.timestamp(searched_created_at), row.uuid(searched_id)};
        oldest_ = std::min(oldest_, place.time);
        newest_ = std::max(newest_, place.time);
        write_place(place, places_.data() + place_size * count_);

        pg::MemoryContext caller = pg::switch_to(scratch_);
        if (add_grams(read_searched(row)))
            builder_.add(count_, grams_.keys());
        else
            without_grams_.set(count_);
        pg::switch_to(caller);
        pg::reset_context(scratch_);
        ++count_;
    }

    /// Writes the segment into the tables, and begins anew.
    void write() {
        if (count_ == 0)
            return;
        pg::MemoryContext caller = pg::switch_to(scratch_);
        pg::Uuid id{};
        const auto take_id = [&](const pg::Row& row) { id = row.uuid(0); };
        constexpr std::array id_kinds{pg::ColumnKind::uuid};
        insert_segment.execute_latest(schema_,
                                      std::array{pg::Parameter::uuid(user_),
                                                 pg::Parameter::timestamp(oldest_),
                                                 pg::Parameter::timestamp(newest_),
                                                 pg::Parameter::bytes({places_.data(), place_size * count_})},
                                      {take_id, id_kinds});
        write_buckets(id);
        pg::switch_to(caller);
        pg::reset_context(scratch_);
        count_ = 0;
        without_grams_ = PositionSet();
        oldest_ = std::numeric_limits<pg::Timestamp>::max();
        newest_ = std::numeric_limits<pg::Timestamp>::min();
    }

private:
    /// A bound for memory: the builder takes 16 bytes for each.
    static constexpr std::size_t most_grams = 4'000'000;
    /// A message with more text or more grams than these is a candidate of every search.
    static constexpr std::size_t most_text_of_message = 32'000'000;
    static constexpr std::size_t most_grams_of_message = 1'000'000;

    /// Collects the grams of a message. Returns false if there are too many.
    bool add_grams(const StoredMessage& message) {
        pg::ArenaList<MessageText> texts(scratch_);
        add_texts(message, SearchIn::all, texts);
        grams_.clear();
        std::size_t size = 0;
        for (const MessageText& text : texts) {
            size += text.text.size();
            if (size > most_text_of_message)
                return false;
            grams_.add(folded(text.text));
        }
        return grams_.keys().size() <= most_grams_of_message;
    }

    void write_buckets(const pg::Uuid& id) {
        pg::ArenaList<std::int32_t> numbers(scratch_);
        pg::ArenaList<pg::Parameter> values(scratch_);
        builder_.finish([&](std::uint32_t bucket, std::span<const std::uint8_t> grams) {
            numbers.add(static_cast<std::int32_t>(bucket));
            values.add(pg::Parameter::bytes(grams));
        });
        if (!without_grams_.is_empty()) {
            numbers.add(bucket_without_grams);
            values.add(pg::Parameter::bytes(write_positions(scratch_, without_grams_)));
        }
        if (!numbers.is_empty())
            insert_grams.execute_latest(schema_, std::array{pg::Parameter::uuid(id),
                                                            pg::Parameter::integers(numbers.span()),
                                                            pg::Parameter::byteas(values.span())});
    }

    pg::Oid schema_;
    pg::Uuid user_;
    pg::MemoryContext scratch_ = pg::make_context(pg::current_context(), "agentchat segment");
    GramSet grams_{pg::current_context()};
    SegmentBuilder builder_{pg::current_context()};
    PositionSet without_grams_;
    std::uint32_t count_ = 0;
    pg::Timestamp oldest_ = std::numeric_limits<pg::Timestamp>::max();
    pg::Timestamp newest_ = std::numeric_limits<pg::Timestamp>::min();
    std::array<std::uint8_t, place_size * segment_positions> places_;
};

/// Writes segments of messages that the user may still have, and returns how many there are.
std::int64_t write_segments(pg::Oid schema, const pg::Uuid& user, std::span<const pg::Uuid> messages) {
    constexpr std::size_t messages_at_once = 256;
    pg::MemoryContext memory = pg::make_context(pg::current_context(), "agentchat index");
    pg::MemoryContext caller = pg::switch_to(memory);
    auto* segment = new (pg::allocate(memory, sizeof(Segment))) Segment(schema, user);
    std::int64_t count = 0;
    const auto take = [&](const pg::Row& row) {
        pg::MemoryContext executor = pg::switch_to(memory);
        if (segment->is_full())
            segment->write();
        segment->add(row);
        pg::switch_to(executor);
        ++count;
    };
    while (!messages.empty()) {
        const std::size_t size = std::min(messages_at_once, messages.size());
        texts_of.execute_latest(
            schema, std::array{pg::Parameter::uuids(messages.first(size)), pg::Parameter::uuid(user)},
            {take, searched_kinds});
        messages = messages.subspan(size);
    }
    segment->write();
    pg::switch_to(caller);
    pg::delete_context(memory);
    return count;
}

// ---- bringing noted messages into the index

/// Takes the latest noted messages away, and returns their ids. In this order, the notes of earlier ones that
/// were taken before and that no VACUUM has removed yet are not in the way. Notes that others hold stay.
const char* take_statement(pg::Oid schema) {
    const char* pending = pg::qualified_name(schema, "search_pending");
    return pg::format("DELETE FROM %s WHERE ctid OPERATOR(pg_catalog.=) ANY (ARRAY("
                      "SELECT p.ctid FROM %s p WHERE p.user_id OPERATOR(pg_catalog.=) $1 "
                      "ORDER BY p.noted_at DESC LIMIT %u FOR UPDATE SKIP LOCKED)) RETURNING message_id",
                      pending, pending, segment_positions);
}
constinit pg::KeptStatement take_noted("search_pending", "search_pending", pg::Rights::owner, take_statement,
                                       one_user);

/// Returns the key of the lock on the index of a user. Users share few keys, because index_all_users() takes
/// the locks of all of them, and PostgreSQL has room for some thousands.
std::uint64_t lock_key(const pg::Uuid& user) {
    constexpr std::uint64_t keys = 1024;
    return pg::hash_uuid(user, 0) % keys;
}

void index_noted(pg::Oid schema, const pg::Uuid& user) {
    // One session at a time: two would make two segments of what is worth one. At REPEATABLE READ, taking a
    // note that another session has just taken would fail (40001); whoever has the lock sees that it is gone.
    // At SERIALIZABLE, to read the notes of others would make unrelated transactions fail.
    if (pg::is_serializable() ||
        !pg::lock_at_once(lock_space::index_of_user, lock_key(user), pg::LockStrength::exclusive))
        return;
    while (has_many.exists_latest(schema, std::array{pg::Parameter::uuid(user)})) {
        UuidSet taken;
        const auto take = [&](const pg::Row& row) { taken.add(row.uuid(0)); };
        constexpr std::array kinds{pg::ColumnKind::uuid};
        take_noted.execute_latest(schema, std::array{pg::Parameter::uuid(user)}, {take, kinds});
        if (taken.sorted().empty())
            return;
        write_segments(schema, user, taken.sorted());
    }
}

/// Tells whether to look if the user has many noted messages. Looking costs more than noting one, and so not
/// every message does it, but one in 64, as their ids are random. Of messages that come by the hundreds, one
/// in 1,024 is enough: in a long transaction, a look passes by all notes that were taken in it.
bool is_time_to_look(std::span<const pg::Uuid> messages) {
    constexpr std::size_t few = 64;
    const std::size_t between_looks = messages.size() < few ? few : worth_a_segment;
    return messages.size() >= between_looks ||
           std::any_of(messages.begin(), messages.end(), [&](const pg::Uuid& id) {
               return (id.bytes[14] << 8 | id.bytes[15]) % between_looks == 0;
           });
}

// ---- making the index again

/// Keeps others from deleting the user.
const char* keep_user_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1 FOR KEY SHARE",
                      pg::qualified_name(schema, "users"));
}
constinit pg::KeptStatement keep_user("users", "search_pending", pg::Rights::owner, keep_user_statement,
                                      one_user);

const char* forget_noted_statement(pg::Oid schema) {
    return pg::format("DELETE FROM %s WHERE user_id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "search_pending"));
}
constinit pg::KeptStatement forget_noted("search_pending", "search_segments", pg::Rights::owner,
                                         forget_noted_statement, one_user);

const char* forget_segments_statement(pg::Oid schema) {
    return pg::format("DELETE FROM %s WHERE user_id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "search_segments"));
}
constinit pg::KeptStatement forget_segments("search_pending", "search_segments", pg::Rights::owner,
                                            forget_segments_statement, one_user);

const char* all_messages_statement(pg::Oid schema) {
    return pg::format("SELECT m.id FROM %s m JOIN %s c ON c.id OPERATOR(pg_catalog.=) m.conversation_id "
                      "WHERE c.user_id OPERATOR(pg_catalog.=) $1 ORDER BY m.created_at DESC, m.id DESC",
                      pg::qualified_name(schema, "messages"), pg::qualified_name(schema, "conversations"));
}
constinit pg::KeptStatement all_messages("messages", "conversations", pg::Rights::owner,
                                         all_messages_statement, one_user);

/// Returns everybody who has a conversation or anything in the index.
const char* all_users_statement(pg::Oid schema) {
    return pg::format("SELECT user_id FROM %s UNION SELECT user_id FROM %s UNION SELECT user_id FROM %s",
                      pg::qualified_name(schema, "conversations"),
                      pg::qualified_name(schema, "search_pending"),
                      pg::qualified_name(schema, "search_segments"));
}
constinit pg::KeptStatement all_users("search_segments", "conversations", pg::Rights::owner,
                                      all_users_statement, {});

constexpr std::array id_kinds{pg::ColumnKind::uuid};

} // namespace

void keep_users_of(std::span<const pg::Uuid> conversations) {
    std::array<bool, conversation_locks> wanted{};
    for (const pg::Uuid& conversation : conversations)
        wanted[lock_of(conversation)] = true;
    for (std::size_t lock = 0; lock < conversation_locks; ++lock)
        if (wanted[lock])
            pg::lock_until_end(lock_space::move_of_conversation, lock, pg::LockStrength::shared);
}

void wait_for_notes(const pg::Uuid& conversation) {
    pg::lock_until_end(lock_space::move_of_conversation, lock_of(conversation), pg::LockStrength::exclusive);
}

void note_messages(pg::Oid schema, std::span<const pg::Uuid> messages) {
    constexpr std::size_t noted_at_once = 10'000;
    const bool is_time = is_time_to_look(messages);
    UuidSet users;
    while (!messages.empty()) {
        const std::size_t size = std::min(noted_at_once, messages.size());
        const auto take = [&](const pg::Row& row) { users.add(row.uuid(0)); };
        note.execute_latest(schema, std::array{pg::Parameter::uuids(messages.first(size))}, {take, id_kinds});
        messages = messages.subspan(size);
    }
    if (is_time)
        for (const pg::Uuid& user : users.sorted())
            index_noted(schema, user);
}

std::int64_t index_user(pg::Oid schema, const pg::Uuid& user) {
    // The segments refer to the user. A session that deletes the user has that row, and waits for the notes.
    if (keep_user.execute_latest(schema, std::array{pg::Parameter::uuid(user)}) == 0)
        return 0;
    pg::lock_until_end(lock_space::index_of_user, lock_key(user), pg::LockStrength::exclusive);
    // In this order: a message whose note is gone was committed before, and is read.
    forget_noted.execute_latest(schema, std::array{pg::Parameter::uuid(user)});
    forget_segments.execute_latest(schema, std::array{pg::Parameter::uuid(user)});
    pg::MemoryContext memory = pg::make_context(pg::current_context(), "agentchat messages of a user");
    pg::ArenaList<pg::Uuid> messages(memory);
    const auto take = [&](const pg::Row& row) { messages.add(row.uuid(0)); };
    all_messages.query_latest(schema, std::array{pg::Parameter::uuid(user)}, {take, id_kinds});
    const std::int64_t count = write_segments(schema, user, messages.span());
    pg::delete_context(memory);
    return count;
}

std::int64_t index_all_users(pg::Oid schema) {
    UuidSet users;
    const auto take = [&](const pg::Row& row) {
        if (!row.is_null(0))
            users.add(row.uuid(0));
    };
    all_users.query_latest(schema, {}, {take, id_kinds});
    std::int64_t count = 0;
    for (const pg::Uuid& user : users.sorted())
        count += index_user(schema, user);
    return count;
}

} // namespace agentchat
