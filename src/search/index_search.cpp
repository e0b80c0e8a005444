// Implements index_search.hpp.
//
// The index leads to candidates: messages that have the grams of the words. Each is read with the rights of
// the caller, and looked through as without an index. Segments overlap in time; they are opened, those with
// the newest messages first, only as far as needed to know which candidate is the newest one.
#include "search/index_search.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <string_view>

#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "search/gram_set.hpp"
#include "search/segment.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using enum pg::ParameterType;
constexpr std::array user_and_time{uuid, timestamp};

const char* pending_statement(pg::Oid schema) {
    return pg::format("SELECT message_id, created_at FROM %s WHERE user_id OPERATOR(pg_catalog.=) $1 "
                      "AND created_at OPERATOR(pg_catalog.<=) $2",
                      pg::qualified_name(schema, "search_pending"));
}
constexpr std::array place_kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp};
constinit pg::KeptStatement pending_messages =
    pg::KeptStatement("search_pending", "search_segments", pg::Rights::owner, pending_statement,
                      user_and_time)
        .by_index();

const char* segments_statement(pg::Oid schema) {
    return pg::format("SELECT id, newest FROM %s WHERE user_id OPERATOR(pg_catalog.=) $1 "
                      "AND oldest OPERATOR(pg_catalog.<=) $2 ORDER BY newest DESC",
                      pg::qualified_name(schema, "search_segments"));
}
constinit pg::KeptStatement segments_of_user =
    pg::KeptStatement("search_pending", "search_segments", pg::Rights::owner, segments_statement,
                      user_and_time)
        .by_index();

const char* grams_statement(pg::Oid schema) {
    return pg::format("SELECT bucket::pg_catalog.int8, grams FROM %s "
                      "WHERE segment_id OPERATOR(pg_catalog.=) $1 "
                      "AND bucket OPERATOR(pg_catalog.=) ANY ($2)",
                      pg::qualified_name(schema, "search_grams"));
}
constexpr std::array grams_parameters{uuid, integers};
constexpr std::array grams_kinds{pg::ColumnKind::other, pg::ColumnKind::other};
constinit pg::KeptStatement grams_of_segment =
    pg::KeptStatement("search_grams", "search_segments", pg::Rights::owner, grams_statement, grams_parameters)
        .by_index();

const char* messages_statement(pg::Oid schema) {
    return pg::format("SELECT messages FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "search_segments"));
}
constexpr std::array one_uuid{uuid};
constexpr std::array messages_kinds{pg::ColumnKind::other};
constinit pg::KeptStatement messages_of_segment =
    pg::KeptStatement("search_grams", "search_segments", pg::Rights::owner, messages_statement, one_uuid)
        .by_index();

/// Returns the messages $1 that are in a conversation of user $2, in conversation $3 if that is not NULL, and
/// in one whose metadata contain $4 if that is not NULL. The subquery looks up the conversation of each. The
/// planner might join with all conversations of the user instead.
const char* candidates_statement(pg::Oid schema, std::uint32_t in) {
    const pg::Oid messages = pg::require_relation(schema, "messages");
    const pg::Oid conversations = pg::require_relation(schema, "conversations");
    pg::uuid_column(messages, "id");
    pg::uuid_column(messages, "conversation_id");
    pg::uuid_column(conversations, "id");
    pg::uuid_column(conversations, "user_id");
    return pg::format("SELECT %s FROM %s m WHERE m.id OPERATOR(pg_catalog.=) ANY ($1) "
                      "AND ($3 IS NULL OR m.conversation_id OPERATOR(pg_catalog.=) $3) "
                      "AND (SELECT c.user_id OPERATOR(pg_catalog.=) $2 "
                      "AND ($4 IS NULL OR c.metadata OPERATOR(pg_catalog.@>) $4) FROM %s c "
                      "WHERE c.id OPERATOR(pg_catalog.=) m.conversation_id LIMIT 1)",
                      searched_columns_list(schema, static_cast<SearchIn>(in)),
                      pg::qualified_name(schema, "messages"), pg::qualified_name(schema, "conversations"));
}
constexpr std::array candidates_parameters{uuids, uuid, uuid, jsonb};
constexpr pg::KeptStatement candidates_with(SearchIn in) noexcept {
    return pg::KeptStatement("messages", "conversations", pg::Rights::caller, candidates_statement,
                             static_cast<std::uint32_t>(in), candidates_parameters)
        .by_index();
}
constinit std::array candidates{candidates_with(SearchIn::text), candidates_with(SearchIn::all)};

/// The grams of the words, and the buckets that have them.
class WordGrams {
public:
    explicit WordGrams(const SearchWords& words) : words_(words) {
        for (const SearchTerm& term : words.terms())
            if (!term.is_excluded)
                add_buckets(TermGrams(term.text));
        if (!buckets_.is_empty())
            buckets_.add(bucket_without_grams);
        std::sort(buckets_.begin(), buckets_.end());
        buckets_.shorten(
            static_cast<std::size_t>(std::unique(buckets_.begin(), buckets_.end()) - buckets_.begin()));
    }

    std::span<const std::int32_t> buckets() const { return buckets_.span(); }

    /// Returns the positions of the messages that may have the words. `bytes_of(bucket)` returns the bytes of
    /// a bucket.
    template <typename BytesOf>
    PositionSet positions(BytesOf bytes_of) const {
        PositionSet found;
        PositionSet group = PositionSet::all();
        for (const SearchTerm& term : words_.terms()) {
            if (term.begins_group) {
                found.unite(group);
                group = PositionSet::all();
            }
            if (!term.is_excluded)
                keep_positions(TermGrams(term.text), group, bytes_of);
        }
        found.unite(group);
        found.unite(read_positions(bytes_of(bucket_without_grams)));
        return found;
    }

private:
    static std::int32_t number_of(std::uint32_t bucket) { return static_cast<std::int32_t>(bucket); }

    void add_buckets(const TermGrams& grams) {
        if (grams.has_pair())
            buckets_.add(number_of(bucket_of_pair(grams.pair())));
        for (const GramKey key : grams.keys())
            buckets_.add(number_of(bucket_of(key)));
    }

    /// Keeps the positions of the messages with these grams. Damaged bytes exclude nothing.
    template <typename BytesOf>
    static void keep_positions(const TermGrams& grams, PositionSet& positions, BytesOf bytes_of) {
        const auto keep = [&](bool is_sound, const PositionSet& with_gram) {
            if (is_sound)
                positions.intersect(with_gram);
        };
        if (grams.has_pair()) {
            PositionSet with_pair;
            const bool is_sound = read_pair_postings(bytes_of(number_of(bucket_of_pair(grams.pair()))),
                                                     grams.pair(), with_pair);
            keep(is_sound, with_pair);
        }
        for (const GramKey key : grams.keys()) {
            if (positions.is_empty())
                return;
            PositionSet with_key;
            const bool is_sound = read_postings(bytes_of(number_of(bucket_of(key))), key, with_key);
            keep(is_sound, with_key);
        }
    }

    SearchWords words_;
    pg::ArenaList<std::int32_t> buckets_{pg::current_context()};
};

/// Reads the index of a user for one page.
class IndexSearch {
public:
    IndexSearch(const SearchScope& scope, SearchPosition& position, WorkLimit& limit, FoundMessages& found)
        : scope_(scope), last_(position.last), limit_(limit), found_(found), grams_(scope.words),
          scratch_(pg::make_context(pg::current_context(), "agentchat index search")) {}

    IndexOutcome run(bool may_give_up) {
        const ListPlace start = last_;
        read_pending();
        read_segments();
        while (has_more() && !found_.is_full() && !(last_ < start && limit_.is_reached())) {
            if (must_open_segment())
                open(segments_[next_segment_++].id);
            else
                check_candidates();
            pass_by();
            if (may_give_up && is_of_no_use())
                break;
        }
        pg::delete_context(scratch_);
        if (!has_more())
            return IndexOutcome::end;
        return may_give_up && is_of_no_use() ? IndexOutcome::is_of_no_use : IndexOutcome::more;
    }

private:
    /// So many candidates tell how common the words are.
    static constexpr std::size_t enough_to_tell = 128;

    struct SegmentTime {
        pg::Uuid id;
        pg::Timestamp newest;
    };

    /// Tells whether many messages of the segments are candidates, but few of those have the words. To look a
    /// candidate up takes some eight times as long as to walk to the next message.
    bool is_of_no_use() const {
        return !found_.is_full() && checked_ >= enough_to_tell && 8 * candidates_seen_ > messages_seen_;
    }

    bool has_segments() const { return next_segment_ < segments_.size(); }
    bool has_more() const { return has_cut_page_ || has_segments() || !candidates_.is_empty(); }

    /// Tells whether the next segment may have a message that is newer than all candidates.
    bool must_open_segment() const {
        return has_segments() &&
               (candidates_.is_empty() || candidates_[0].time <= segments_[next_segment_].newest);
    }

    /// Moves `last` to the newest message that has not been decided about.
    void pass_by() {
        if (found_.is_full() || !has_more())
            return;
        pg::Timestamp newest = std::numeric_limits<pg::Timestamp>::min();
        if (has_segments())
            newest = segments_[next_segment_].newest;
        if (!candidates_.is_empty())
            newest = std::max(newest, candidates_[0].time);
        last_ = std::min(last_, ListPlace{newest, newest_place.id});
    }

    void add_candidate(const ListPlace& place) {
        if (!(place < last_))
            return;
        candidates_.add(place);
        std::push_heap(candidates_.begin(), candidates_.end());
    }

    ListPlace take_candidate() {
        std::pop_heap(candidates_.begin(), candidates_.end());
        return candidates_.remove_last();
    }

    void read_pending() {
        const auto take = [&](const pg::Row& row) { add_candidate({row.timestamp(1), row.uuid(0)}); };
        pending_messages.query(
            scope_.schema,
            std::array{pg::Parameter::uuid(*scope_.user), pg::Parameter::timestamp(last_.time)},
            {take, place_kinds});
    }

    void read_segments() {
        const auto take = [&](const pg::Row& row) { segments_.add({row.uuid(0), row.timestamp(1)}); };
        segments_of_user.query(
            scope_.schema,
            std::array{pg::Parameter::uuid(*scope_.user), pg::Parameter::timestamp(last_.time)},
            {take, place_kinds});
    }

    /// Adds the candidates of a segment.
    void open(const pg::Uuid& segment) {
        const PositionSet positions = positions_in(segment);
        if (positions.is_empty())
            return;
        pg::MemoryContext caller = pg::switch_to(scratch_);
        const auto take = [&](const pg::Row& row) {
            const std::span<const std::uint8_t> messages = row.bytes(0);
            const std::size_t count = messages.size() / place_size;
            messages_seen_ += count;
            candidates_seen_ += positions.count();
            positions.for_each_ascending([&](std::uint32_t position) {
                if (position < count)
                    add_candidate(read_place(messages.data() + place_size * position));
            });
        };
        messages_of_segment.query(scope_.schema, std::array{pg::Parameter::uuid(segment)},
                                  {take, messages_kinds});
        pg::switch_to(caller);
        pg::reset_context(scratch_);
    }

    PositionSet positions_in(const pg::Uuid& segment) {
        if (grams_.buckets().empty())
            return PositionSet::all();
        struct Bucket {
            std::int32_t number;
            std::span<const std::uint8_t> bytes;
        };
        pg::ArenaList<Bucket> buckets(scratch_);
        const auto take = [&](const pg::Row& row) {
            const std::string_view bytes(reinterpret_cast<const char*>(row.bytes(1).data()),
                                         row.bytes(1).size());
            const std::string_view copy = pg::copy_text(scratch_, bytes);
            buckets.add({static_cast<std::int32_t>(row.bigint(0)),
                         {reinterpret_cast<const std::uint8_t*>(copy.data()), copy.size()}});
        };
        grams_of_segment.query(
            scope_.schema,
            std::array{pg::Parameter::uuid(segment), pg::Parameter::integers(grams_.buckets())},
            {take, grams_kinds});
        const PositionSet positions = grams_.positions([&](std::int32_t number) {
            const auto* bucket = std::find_if(buckets.begin(), buckets.end(), [&](const Bucket& candidate) {
                return candidate.number == number;
            });
            return bucket == buckets.end() ? std::span<const std::uint8_t>() : bucket->bytes;
        });
        pg::reset_context(scratch_);
        return positions;
    }

    /// Looks through the newest candidates, as far as no segment can have newer ones.
    void check_candidates() {
        constexpr std::size_t checked_at_once = 32;
        std::array<ListPlace, checked_at_once> places;
        std::array<pg::Uuid, checked_at_once> ids;
        std::size_t count = 0;
        while (count < checked_at_once && !candidates_.is_empty() && !must_open_segment()) {
            const ListPlace place = take_candidate();
            // A message that was changed is in the index several times.
            if (!(place < (count > 0 ? places[count - 1] : last_)))
                continue;
            ids[count] = place.id;
            places[count++] = place;
        }
        if (count > 0)
            check({places.data(), count}, {ids.data(), count});
    }

    /// Finds those of the messages at these places, newest first, that have the words.
    void check(std::span<const ListPlace> places, std::span<const pg::Uuid> ids) {
        limit_.count(places.size());
        checked_ += places.size();
        const std::size_t found_before = found_.places.size();
        pg::MemoryContext caller = pg::switch_to(scratch_);
        pg::MemoryContext message_context = pg::make_context(scratch_, "agentchat candidate");
        const auto take = [&](const pg::Row& row) {
            if (row.is_null(searched_created_at))
                return;
            const ListPlace place{row.timestamp(searched_created_at), row.uuid(searched_id)};
            // A message that was moved in time is a candidate at another place, too.
            if (std::find(places.begin(), places.end(), place) == places.end())
                return;
            pg::MemoryContext executor = pg::switch_to(message_context);
            if (has_words(read_searched(row), scope_))
                found_.places.add(place);
            pg::switch_to(executor);
            pg::reset_context(message_context);
        };
        candidates[static_cast<std::size_t>(scope_.in)].query(
            scope_.schema,
            std::array{pg::Parameter::uuids(ids), pg::Parameter::uuid(*scope_.user),
                       pg::Parameter::uuid(scope_.conversation), pg::Parameter::jsonb(scope_.filter)},
            {take, searched_kinds});
        pg::switch_to(caller);
        pg::reset_context(scratch_);

        // The rows come in the order of their ids.
        std::sort(found_.places.begin() + found_before, found_.places.end(),
                  [](const ListPlace& a, const ListPlace& b) { return b < a; });
        last_ = places.back();
        if (found_.places.size() > found_.page_size) {
            found_.places.shorten(found_.page_size);
            last_ = found_.places.last();
            has_cut_page_ = true;
        }
    }

    const SearchScope& scope_;
    ListPlace& last_;
    WorkLimit& limit_;
    FoundMessages& found_;
    WordGrams grams_;
    pg::MemoryContext scratch_;
    pg::ArenaList<ListPlace> candidates_{pg::current_context()};
    pg::ArenaList<SegmentTime> segments_{pg::current_context()};
    std::size_t next_segment_ = 0;
    /// The messages of the segments that have candidates, their candidates, and how many were looked up.
    std::size_t messages_seen_ = 0;
    std::size_t candidates_seen_ = 0;
    std::size_t checked_ = 0;
    /// Whether the last candidates had more messages than the page.
    bool has_cut_page_ = false;
};

} // namespace

IndexOutcome search_index(const SearchScope& scope, SearchPosition& position, WorkLimit& limit,
                          FoundMessages& found, bool may_give_up) {
    return IndexSearch(scope, position, limit, found).run(may_give_up);
}

} // namespace agentchat
