// Implements message_walk.hpp.
//
// No index has a user's messages in the order of time. Each conversation has its own index in that order, and
// the walk merges them: it keeps the newest unread message of each conversation in a heap, reads the
// conversation of the newest one until another has a newer message, and puts it back with the message that it
// has come to. People talk in one conversation at a time, and so most runs are long.
//
// Every call begins with one look into each conversation. That bounds how many there can be: the walk takes
// them in groups, those that were updated last first.
#include "search/message_walk.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "search/fold.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// So many conversations make a group. To look into them takes about 30 ms.
constexpr int group_size = 10'000;

/// The conditions that a statement can have, as bits of its number.
constexpr std::uint32_t with_filter = 1;
constexpr std::uint32_t with_conversation = 2;

using enum pg::ParameterType;

/// The parameters of both statements on conversations: the user, the places `begin` and `end` of the
/// position, the filter, the conversation, and the place `last`.
constexpr std::array conversations_parameters{uuid,  timestamp, uuid,      timestamp, uuid,
                                              jsonb, uuid,      timestamp, uuid};

/// Makes the condition on the conversations c of a position.
const char* conversations_condition(pg::Oid schema, std::uint32_t conditions) {
    const pg::Oid table = pg::require_relation(schema, "conversations");
    pg::uuid_column(table, "id");
    pg::uuid_column(table, "user_id");
    const char* filter = (conditions & with_filter) != 0 ? " AND c.metadata OPERATOR(pg_catalog.@>) $6" : "";
    if ((conditions & with_conversation) != 0)
        return pg::format("c.id OPERATOR(pg_catalog.=) $7 "
                          "AND ($1 IS NULL OR c.user_id OPERATOR(pg_catalog.=) $1)%s",
                          filter);
    return pg::format("c.user_id OPERATOR(pg_catalog.=) $1 "
                      "AND ROW(c.updated_at, c.id) OPERATOR(pg_catalog.<) ROW(%s, $3) "
                      "AND ROW(c.updated_at, c.id) OPERATOR(pg_catalog.>=) ROW(%s, $5)%s",
                      pg::time_in_utc(table, "updated_at", "$2"), pg::time_in_utc(table, "updated_at", "$4"),
                      filter);
}

/// Returns the place of the last conversation of a group, if more follow it.
const char* group_end_statement(pg::Oid schema, std::uint32_t conditions) {
    return pg::format(
        "SELECT c.id, %s FROM %s c WHERE %s ORDER BY c.updated_at DESC, c.id DESC "
        "OFFSET %d LIMIT 1",
        pg::time_in_utc(pg::require_relation(schema, "conversations"), "updated_at", "c.updated_at"),
        pg::qualified_name(schema, "conversations"), conversations_condition(schema, conditions),
        group_size - 1);
}
constexpr std::array place_kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp};

/// Returns the conversations, each with its newest message before the place `last`.
const char* newest_statement(pg::Oid schema, std::uint32_t conditions) {
    const pg::Oid messages = pg::require_relation(schema, "messages");
    pg::uuid_column(messages, "id");
    pg::uuid_column(messages, "conversation_id");
    return pg::format("SELECT c.id, m.id, %s FROM %s c CROSS JOIN LATERAL "
                      "(SELECT m.id, m.created_at FROM %s m "
                      "WHERE m.conversation_id OPERATOR(pg_catalog.=) c.id "
                      "AND ROW(m.created_at, m.id) OPERATOR(pg_catalog.<) ROW(%s, $9) "
                      "ORDER BY m.created_at DESC, m.id DESC LIMIT 1) m WHERE %s",
                      pg::time_in_utc(messages, "created_at", "m.created_at"),
                      pg::qualified_name(schema, "conversations"), pg::qualified_name(schema, "messages"),
                      pg::time_in_utc(messages, "created_at", "$8"),
                      conversations_condition(schema, conditions));
}
constexpr std::array newest_kinds{pg::ColumnKind::uuid, pg::ColumnKind::uuid, pg::ColumnKind::timestamp};

constexpr pg::KeptStatement on_conversations(pg::KeptStatement::VariantText text,
                                             std::uint32_t conditions) noexcept {
    return pg::KeptStatement("conversations", "messages", pg::Rights::caller, text, conditions,
                             conversations_parameters)
        .by_index();
}
/// The statements, by their conditions.
constinit std::array group_ends{on_conversations(group_end_statement, 0),
                                on_conversations(group_end_statement, with_filter)};
constinit std::array newest_messages{on_conversations(newest_statement, 0),
                                     on_conversations(newest_statement, with_filter),
                                     on_conversations(newest_statement, with_conversation),
                                     on_conversations(newest_statement, with_filter | with_conversation)};

/// Returns the messages of conversation $1 from the place ($2, $3) on, the newest first.
const char* messages_statement(pg::Oid schema, std::uint32_t in) {
    const pg::Oid messages = pg::require_relation(schema, "messages");
    return pg::format("SELECT %s FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND ROW(m.created_at, m.id) OPERATOR(pg_catalog.<=) ROW(%s, $3) "
                      "ORDER BY m.created_at DESC, m.id DESC",
                      searched_columns_list(schema, static_cast<SearchIn>(in)),
                      pg::qualified_name(schema, "messages"), pg::time_in_utc(messages, "created_at", "$2"));
}
constexpr std::array messages_parameters{uuid, timestamp, uuid};
constexpr pg::KeptStatement messages_with(SearchIn in) noexcept {
    return pg::KeptStatement("messages", "messages", pg::Rights::caller, messages_statement,
                             static_cast<std::uint32_t>(in), messages_parameters)
        .by_index();
}
constinit std::array messages_from{messages_with(SearchIn::text), messages_with(SearchIn::all)};

/// A conversation, and its newest message that was not looked at.
struct OpenConversation {
    ListPlace next;
    pg::Uuid id;
    bool operator<(const OpenConversation& other) const { return next < other.next; }
};

std::uint32_t conditions(const SearchScope& scope) {
    return (scope.filter ? with_filter : 0) | (scope.conversation ? with_conversation : 0);
}

/// Returns the arguments of both statements on conversations. They refer to the scope and the position.
auto conversations_arguments(const SearchScope& scope, const SearchPosition& position) {
    return std::array{pg::Parameter::uuid(scope.user),         pg::Parameter::timestamp(position.begin.time),
                      pg::Parameter::uuid(position.begin.id),  pg::Parameter::timestamp(position.end.time),
                      pg::Parameter::uuid(position.end.id),    pg::Parameter::jsonb(scope.filter),
                      pg::Parameter::uuid(scope.conversation), pg::Parameter::timestamp(position.last.time),
                      pg::Parameter::uuid(position.last.id)};
}

/// Finds the end of a group that begins. Later calls keep it: a conversation that another one pushed over the
/// end would come again in the next group.
void find_group_end(const SearchScope& scope, SearchPosition& position) {
    if (position.end != newest_place)
        return;
    position.end = oldest_place;
    if (scope.conversation)
        return;
    const auto take = [&](const pg::Row& row) {
        if (!row.is_null(1))
            position.end = {row.timestamp(1), row.uuid(0)};
    };
    group_ends[conditions(scope)].query(scope.schema, conversations_arguments(scope, position),
                                        {take, place_kinds});
}

/// Looks through the messages of a group of conversations.
class GroupWalk {
public:
    GroupWalk(const SearchScope& scope, SearchPosition& position, WorkLimit& limit, FoundMessages& found)
        : scope_(scope), position_(position), limit_(limit), found_(found),
          scratch_(pg::make_context(pg::current_context(), "agentchat searched message")) {}

    /// Looks through the rest of the group. Returns false if the call must end before that.
    bool run() {
        find_group_end(scope_, position_);
        open_conversations();
        while (!open_.is_empty() && !is_over()) {
            std::pop_heap(open_.begin(), open_.end());
            read(open_.remove_last());
        }
        const bool is_complete = open_.is_empty();
        pg::delete_context(scratch_);
        return is_complete;
    }

private:
    bool is_over() const { return found_.is_full() || limit_.is_reached(); }

    void open_conversations() {
        const auto take = [&](const pg::Row& row) {
            if (!row.is_null(2))
                open_.add({{row.timestamp(2), row.uuid(1)}, row.uuid(0)});
        };
        newest_messages[conditions(scope_)].query(scope_.schema, conversations_arguments(scope_, position_),
                                                  {take, newest_kinds});
        std::make_heap(open_.begin(), open_.end());
    }

    /// Reads a conversation until another one has a newer message. Then it is open again.
    void read(OpenConversation conversation) {
        const ListPlace until = open_.is_empty() ? oldest_place : open_[0].next;
        const ListPlace from = conversation.next;
        bool is_done = false;
        bool has_more = false;
        const auto take = [&](const pg::Row& row) {
            conversation.next = {row.timestamp(searched_created_at), row.uuid(searched_id)};
            is_done = has_more = conversation.next < until || is_over();
            if (!has_more)
                look_at(row, conversation.next);
        };
        messages_from[static_cast<std::size_t>(scope_.in)].query(
            scope_.schema,
            std::array{pg::Parameter::uuid(conversation.id), pg::Parameter::timestamp(from.time),
                       pg::Parameter::uuid(from.id)},
            {take, searched_kinds, &is_done});
        if (has_more) {
            open_.add(conversation);
            std::push_heap(open_.begin(), open_.end());
        }
    }

    void look_at(const pg::Row& row, const ListPlace& place) {
        limit_.count(1);
        pg::MemoryContext caller = pg::switch_to(scratch_);
        const bool is_found = has_words(read_searched(row), scope_);
        pg::switch_to(caller);
        pg::reset_context(scratch_);
        position_.last = place;
        if (is_found)
            found_.places.add(place);
    }

    const SearchScope& scope_;
    SearchPosition& position_;
    WorkLimit& limit_;
    FoundMessages& found_;
    pg::MemoryContext scratch_;
    pg::ArenaList<OpenConversation> open_{pg::current_context()};
};

} // namespace

bool has_words(const StoredMessage& message, const SearchScope& scope) {
    pg::ArenaList<MessageText> texts(pg::current_context());
    add_texts(message, scope.in, texts);
    auto* folded_texts = pg::allocate_array<std::string_view>(pg::current_context(), texts.size());
    std::transform(texts.begin(), texts.end(), folded_texts,
                   [](const MessageText& text) { return folded(text.text); });
    return scope.words.are_in({folded_texts, texts.size()});
}

bool has_one_group(const SearchScope& scope) {
    SearchPosition position = start_of_search;
    find_group_end(scope, position);
    return position.end == oldest_place;
}

bool walk_messages(const SearchScope& scope, SearchPosition& position, WorkLimit& limit,
                   FoundMessages& found) {
    while (GroupWalk(scope, position, limit, found).run()) {
        if (position.end == oldest_place)
            return false;
        position = {newest_place, position.end, newest_place};
        // A group without messages has been work, too.
        limit.count(group_size);
        if (found.is_full() || limit.is_reached())
            break;
    }
    return true;
}

} // namespace agentchat
