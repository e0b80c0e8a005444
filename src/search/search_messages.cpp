// search_messages() returns the messages of a user that have certain words, page by page, the newest first.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

#include "common/caller.hpp"
#include "common/cursor.hpp"
#include "common/feature.hpp"
#include "common/page_arguments.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "search/fold.hpp"
#include "search/index_search.hpp"
#include "search/message_texts.hpp"
#include "search/message_walk.hpp"
#include "search/search_scope.hpp"
#include "search/snippet.hpp"
#include "search/words.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int {
    arg_query,
    arg_conversation_id,
    arg_page_size,
    arg_cursor,
    arg_user_id,
    arg_filter,
    arg_in,
};

constexpr std::int32_t largest_page_size = 100;

/// The time that a call may look through messages, without the index and with it. A call looks through some
/// messages at least, however slow the machine is.
constexpr std::int64_t walk_microseconds = 150'000;
constexpr std::size_t least_messages = 100;
constexpr std::int64_t index_microseconds = 40'000;
/// The time to walk through one conversation, or those with certain metadata, before the index is asked: it
/// knows only the whole messages of a user.
constexpr std::int64_t first_walk_microseconds = 15'000;

/// The names of SearchIn and of TextKind.
constexpr std::string_view search_in_names[] = {"text", "all"};
constexpr std::string_view text_kind_names[] = {"text", "reasoning", "tool"};

/// Numbers the columns of the statement behind those of message_texts.hpp.
enum Column : int { column_conversation = searched_columns, column_title, column_next_message };

/// Returns the message $1, its conversation, and the message after it.
const char* hit_statement(pg::Oid schema, std::uint32_t in) {
    const pg::Oid messages = pg::require_relation(schema, "messages");
    const char* table = pg::qualified_name(schema, "messages");
    return pg::format("SELECT %s, c.id, c.title::pg_catalog.text, "
                      "(SELECT n.id FROM %s n WHERE n.conversation_id OPERATOR(pg_catalog.=) c.id "
                      "AND ROW(n.created_at, n.id) OPERATOR(pg_catalog.>) ROW(m.created_at, m.id) "
                      "ORDER BY n.created_at, n.id LIMIT 1) "
                      "FROM %s m JOIN %s c ON c.id OPERATOR(pg_catalog.=) m.conversation_id "
                      "WHERE m.id OPERATOR(pg_catalog.=) $1 AND m.created_at OPERATOR(pg_catalog.=) %s",
                      searched_columns_list(schema, static_cast<SearchIn>(in)), table, table,
                      pg::qualified_name(schema, "conversations"),
                      pg::time_in_utc(messages, "created_at", "$2"));
}
constexpr std::array hit_parameters{pg::ParameterType::uuid, pg::ParameterType::timestamp};
constexpr std::array hit_kinds{
    pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::text,
    pg::ColumnKind::text, pg::ColumnKind::jsonb,     pg::ColumnKind::text,
    pg::ColumnKind::uuid, pg::ColumnKind::text,      pg::ColumnKind::uuid,
};
constexpr pg::KeptStatement hit_with(SearchIn in) noexcept {
    return pg::KeptStatement("messages", "conversations", pg::Rights::caller, hit_statement,
                             static_cast<std::uint32_t>(in), hit_parameters)
        .by_index();
}
constinit std::array hits{hit_with(SearchIn::text), hit_with(SearchIn::all)};

void write_text(pg::ValueWriter& writer, std::string_view key, const pg::Row& row, int column) {
    writer.key(key);
    if (row.is_null(column))
        writer.null();
    else
        writer.string(row.text(column));
}

void write_snippet(pg::ValueWriter& writer, const MessageText& text, const SearchWords& words) {
    const Snippet snippet = make_snippet(text.text, words);
    writer.begin_object();
    writer.field("in", text_kind_names[static_cast<std::size_t>(text.kind)]);
    writer.field("text", snippet.text);
    writer.key("hits");
    writer.begin_array();
    for (const SnippetHit& hit : snippet.hits) {
        writer.begin_object();
        writer.key("start");
        writer.integer(hit.start);
        writer.key("end");
        writer.integer(hit.end);
        writer.end_object();
    }
    writer.end_array();
    writer.key("cut_before");
    writer.boolean(snippet.is_cut_before);
    writer.key("cut_after");
    writer.boolean(snippet.is_cut_after);
    writer.end_object();
}

/// Returns the text to cut the snippet from: the first with one of the words, or else the first.
MessageText shown_text(const StoredMessage& message, const SearchScope& scope) {
    pg::ArenaList<MessageText> texts(pg::current_context());
    add_texts(message, scope.in, texts);
    const std::span<const SearchTerm> terms = scope.words.terms();
    for (const MessageText& text : texts) {
        const std::string_view folded_text = folded(text.text);
        const bool has_hit = std::any_of(terms.begin(), terms.end(), [&](const SearchTerm& term) {
            return !term.is_excluded && find_term(folded_text, term.text) != std::string_view::npos;
        });
        if (has_hit)
            return text;
    }
    return texts.is_empty() ? MessageText{TextKind::text, ""} : texts[0];
}

void write_hit(pg::ValueWriter& writer, const pg::Row& row, const SearchScope& scope) {
    const StoredMessage message = read_searched(row);
    writer.begin_object();
    writer.key("id");
    writer.uuid(row.uuid(searched_id));
    writer.key("conversation_id");
    writer.uuid(row.uuid(column_conversation));
    write_text(writer, "title", row, column_title);
    writer.key("role");
    if (message.role)
        writer.string(*message.role);
    else
        writer.null();
    writer.key("place");
    writer.begin_object();
    writer.key("created_at");
    writer.timestamp(row.timestamp(searched_created_at), pg::TimestampStyle::utc);
    writer.key("before_message");
    if (row.is_null(column_next_message))
        writer.null();
    else
        writer.uuid(row.uuid(column_next_message));
    writer.end_object();
    writer.key("snippet");
    write_snippet(writer, shown_text(message, scope), scope.words);
    writer.end_object();
}

/// Writes the messages of a page into the document.
void write_hits(pg::DocumentWriter& document, const FoundMessages& found, const SearchScope& scope) {
    pg::MemoryContext scratch = pg::make_context(pg::current_context(), "agentchat found message");
    for (const ListPlace& place : found.places) {
        bool is_written = false;
        const auto take = [&](const pg::Row& row) {
            // Users can drop the primary key.
            if (is_written)
                return;
            is_written = true;
            pg::MemoryContext caller = pg::switch_to(scratch);
            write_hit(document.begin_element(), row, scope);
            document.end_element();
            pg::switch_to(caller);
        };
        hits[static_cast<std::size_t>(scope.in)].query(
            scope.schema, std::array{pg::Parameter::uuid(place.id), pg::Parameter::timestamp(place.time)},
            {take, hit_kinds});
        pg::reset_context(scratch);
    }
    pg::delete_context(scratch);
}

SearchIn checked_in(const pg::Call& call) {
    if (call.is_null(arg_in))
        return SearchIn::text;
    const auto* name = std::find(std::begin(search_in_names), std::end(search_in_names), call.text(arg_in));
    if (name == std::end(search_in_names))
        pg::raise({pg::sqlstate::invalid_parameter_value, "in must be text or all",
                   pg::format("The value is %s.", pg::quoted_excerpt(call.text(arg_in))),
                   "Pass all to search reasoning and the inputs and outputs of tools, too."});
    return static_cast<SearchIn>(name - std::begin(search_in_names));
}

SearchScope checked_scope(const pg::Call& call) {
    call.require_not_null(arg_query, "query");
    SearchScope scope{
        call.function_schema(), {}, {}, {}, checked_in(call), read_search_words(call.text(arg_query))};
    if (!call.is_null(arg_conversation_id))
        scope.conversation = call.uuid(arg_conversation_id);
    // Row-level security guards a conversation that is named, also where no claims name a caller.
    if (!scope.conversation || !call.is_null(arg_user_id))
        scope.user = user_argument(call, arg_user_id);
    scope.filter = filter_argument(call, arg_filter);
    return scope;
}

/// Identifies the list of all messages that the search finds.
std::uint64_t list_number(const pg::Call& call, const SearchScope& scope) {
    constexpr std::string_view absent = "-";
    ListNumber list;
    list.add(scope.words.is_empty() ? absent : call.text(arg_query));
    if (scope.user)
        list.add(*scope.user);
    list.add(absent);
    if (scope.conversation)
        list.add(*scope.conversation);
    list.add(absent);
    if (scope.filter)
        list.add_json(*scope.filter);
    list.add(search_in_names[static_cast<std::size_t>(scope.in)]);
    return list.number();
}

SearchPosition checked_position(const pg::Call& call, std::uint64_t list) {
    if (call.is_null(arg_cursor))
        return start_of_search;
    std::array<ListPlace, 3> places{};
    if (!read_cursor(list, call.text(arg_cursor), places))
        pg::raise({pg::sqlstate::invalid_parameter_value, "the cursor does not belong to this search",
                   pg::format("The cursor is %s.", pg::quoted_excerpt(call.text(arg_cursor))),
                   "Pass next_cursor of the previous page unchanged, with the same other arguments but "
                   "page_size. For the first page, leave the cursor out."});
    return {places[0], places[1], places[2]};
}

/// Tells whether the caller may search with the index. How long such a search takes, and its cursor, would
/// tell others whether the user has messages with certain words. Row-level security hides the messages, but
/// not the candidates.
bool may_use_index(const SearchScope& scope) {
    const auto is_subject = [&](const char* table) {
        return pg::is_subject_to_rls(pg::require_relation(scope.schema, table));
    };
    return !(is_subject("messages") || is_subject("conversations")) || caller() == scope.user;
}

/// Finds the messages of a page. Returns false if no more follow.
bool find_messages(const SearchScope& scope, SearchPosition& position, FoundMessages& found) {
    const auto walk = [&](std::int64_t microseconds) {
        WorkLimit limit(microseconds, least_messages);
        return walk_messages(scope, position, limit, found);
    };
    // The order of the index is that of the walk, as long as there is only one group of conversations.
    const auto is_in_order = [&] {
        return position.begin == newest_place &&
               (position.end == oldest_place || position.end == newest_place);
    };
    if (!scope.user || !is_in_order() || !is_on(scope.schema, Feature::search) || !may_use_index(scope))
        return walk(walk_microseconds);
    const bool is_narrow = scope.conversation || scope.filter;
    if (is_narrow) {
        const bool has_more = walk(first_walk_microseconds);
        if (!has_more || found.is_full() || !is_in_order())
            return has_more;
    }
    const pg::Timestamp end = pg::clock_time() + index_microseconds;
    const auto search = [&](bool may_give_up) {
        WorkLimit limit(end - pg::clock_time(), 1);
        return search_index(scope, position, limit, found, may_give_up);
    };
    IndexOutcome outcome = search(true);
    if (outcome == IndexOutcome::is_of_no_use) {
        if (has_one_group(scope))
            return walk(end - pg::clock_time());
        outcome = search(false);
    }
    return outcome != IndexOutcome::end;
}

} // namespace

pg::Result search_messages(pg::Call& call) {
    const std::int32_t page_size = page_size_argument(call, arg_page_size, largest_page_size);
    pg::MemoryContext caller = pg::current_context();
    pg::MemoryContext memory = pg::make_context(caller, "agentchat search");
    pg::switch_to(memory);
    const SearchScope scope = checked_scope(call);
    const std::uint64_t list = list_number(call, scope);
    SearchPosition position = checked_position(call, list);

    // An application locks these tables before those of the index, as agentchat.disable() does.
    pg::lock_against_change(pg::require_relation(scope.schema, "messages"));
    pg::lock_against_change(pg::require_relation(scope.schema, "conversations"));
    FoundMessages found{pg::ArenaList<ListPlace>(memory), static_cast<std::size_t>(page_size)};
    const bool has_more = find_messages(scope, position, found);

    pg::DocumentWriter& document =
        pg::jsonb_document({memory, caller, 0, "Pass a smaller page_size."}, "messages");
    write_hits(document, found, scope);
    pg::ValueWriter& next = document.begin_field("next_cursor");
    if (has_more)
        next.string(write_cursor(memory, list, std::array{position.last, position.begin, position.end}));
    else
        next.null();
    document.end_field();
    const pg::Result result = document.finish();
    pg::switch_to(caller);
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
