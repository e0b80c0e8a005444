// list_conversations() returns the conversations of a user page by page. The most recently updated one is
// first.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/caller.hpp"
#include "common/cursor.hpp"
#include "common/page_arguments.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/row_shape.hpp"
#include "pg/statement.hpp"
#include "pg/value_writer.hpp"
#include "search/words.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_page_size, arg_cursor, arg_user_id, arg_filter, arg_words };

constexpr std::int32_t largest_page_size = 1000;

constexpr std::string_view preview_key = "preview";

/// Numbers the first columns of the statement. The columns of the table follow them.
enum Column : int {
    column_id,
    column_updated_at,
    column_has_preview,
    column_role,
    column_content,
    column_created_at,
    first_table_column
};
constexpr std::array<pg::ColumnKind, first_table_column> own_kinds{
    pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::boolean,
    pg::ColumnKind::text, pg::ColumnKind::text,      pg::ColumnKind::timestamp};

/// Reads the columns of the table of conversations, and locks the table against changes.
std::span<pg::Column> conversation_columns(pg::MemoryContext context, pg::Oid schema) {
    return pg::read_columns(context, pg::require_relation(schema, "conversations"));
}

/// Raises 42703 or 42804 unless every id that the statement compares is a uuid.
void check_ids(pg::Oid conversations, pg::Oid messages) {
    pg::uuid_column(conversations, "id");
    pg::uuid_column(conversations, "user_id");
    pg::uuid_column(messages, "id");
    pg::uuid_column(messages, "conversation_id");
}

/// The conditions that a statement can have, as bits of its number.
constexpr std::uint32_t with_filter = 1;
constexpr std::uint32_t with_words = 2;

/// Makes the text of a statement. The statement returns the first $4 conversations of user $1 from the place
/// ($2, $3) on, of those whose metadata contain $5 and whose titles have the words $6. It reads two indexes
/// backwards: the index of the list from that place on, and, for each conversation, the index of its messages
/// from the end.
///
/// The limit that is written as a number helps the planner. For a limit in a parameter, the planner assumes a
/// tenth of all rows (preprocess_limit in src/backend/optimizer/plan/planner.c), and might read and sort all
/// of them.
const char* list_statement(pg::Oid schema, std::uint32_t conditions) {
    const pg::Oid conversations = pg::require_relation(schema, "conversations");
    const pg::Oid messages = pg::require_relation(schema, "messages");
    check_ids(conversations, messages);
    return pg::format(
        "SELECT t.id, %s, p.is_there, p.role, p.content, p.created_at, %s FROM "
        "(SELECT * FROM (SELECT * "
        "FROM %s c WHERE c.user_id OPERATOR(pg_catalog.=) $1 "
        "AND ROW(c.updated_at, c.id) OPERATOR(pg_catalog.<=) ROW(%s, $3)%s%s "
        "ORDER BY c.updated_at DESC, c.id DESC LIMIT %d) c LIMIT $4) t "
        "LEFT JOIN LATERAL (SELECT true AS is_there, m.role::pg_catalog.text AS role, "
        "pg_catalog.substr(m.content::pg_catalog.text, 1, 200) AS content, %s AS created_at FROM %s m "
        "WHERE m.conversation_id OPERATOR(pg_catalog.=) t.id ORDER BY m.created_at DESC, m.id "
        "DESC LIMIT 1) p ON true "
        "ORDER BY t.updated_at DESC, t.id DESC",
        pg::time_in_utc(conversations, "updated_at", "t.updated_at"),
        pg::select_list(conversation_columns(pg::current_context(), schema)),
        pg::qualified_name(schema, "conversations"), pg::time_in_utc(conversations, "updated_at", "$2"),
        (conditions & with_filter) != 0 ? " AND c.metadata OPERATOR(pg_catalog.@>) $5" : "",
        (conditions & with_words) != 0 ? " AND agentchat.has_words(c.title::pg_catalog.text, $6)" : "",
        largest_page_size + 1, pg::time_in_utc(messages, "created_at", "m.created_at"),
        pg::qualified_name(schema, "messages"));
}
constexpr std::array list_parameters{pg::ParameterType::uuid,  pg::ParameterType::timestamp,
                                     pg::ParameterType::uuid,  pg::ParameterType::bigint,
                                     pg::ParameterType::jsonb, pg::ParameterType::text};

constexpr pg::KeptStatement list_with(std::uint32_t conditions) noexcept {
    return {"conversations", "messages", pg::Rights::caller, list_statement, conditions, list_parameters};
}
/// The statements, by their conditions.
constinit std::array lists{list_with(0), list_with(with_filter), list_with(with_words),
                           list_with(with_filter | with_words)};

/// Lists the kinds of all columns that the statement returns.
std::span<const pg::ColumnKind> list_kinds(pg::MemoryContext context, std::span<const pg::Column> columns) {
    auto* kinds = pg::allocate_array<pg::ColumnKind>(context, own_kinds.size() + columns.size());
    const std::span<const pg::ColumnKind> rest = pg::column_kinds(context, columns);
    std::copy(rest.begin(), rest.end(), std::copy(own_kinds.begin(), own_kinds.end(), kinds));
    return {kinds, own_kinds.size() + columns.size()};
}

void write_text(pg::ValueWriter& writer, const pg::Row& row, int column) {
    if (row.is_null(column))
        writer.null();
    else
        writer.string(row.text(column));
}

void write_time(pg::ValueWriter& writer, const pg::Row& row, int column) {
    if (row.is_null(column))
        writer.null();
    else
        writer.timestamp(row.timestamp(column), pg::TimestampStyle::utc);
}

void write_column(pg::ValueWriter& writer, const pg::Row& row, int column, pg::ColumnKind kind) {
    if (row.is_null(column))
        return writer.null();
    switch (kind) {
    case pg::ColumnKind::text:
        return write_text(writer, row, column);
    case pg::ColumnKind::uuid:
        return writer.uuid(row.uuid(column));
    case pg::ColumnKind::timestamp:
        return write_time(writer, row, column);
    case pg::ColumnKind::boolean:
        return writer.boolean(row.boolean(column));
    case pg::ColumnKind::jsonb:
    case pg::ColumnKind::other:
        // The statement converts columns of other types with to_jsonb.
        return writer.value(pg::JsonbView::of(row.datum(column)));
    }
}

/// Builds a page row by row. The statement returns one row more than fits on the page. That row marks the
/// start of the next page.
struct Page {
    pg::MemoryContext scratch;
    pg::DocumentWriter* document;
    std::span<const pg::Column> columns;
    std::int32_t room;
    std::optional<ListPlace> next;

    void take(const pg::Row& row) {
        if (room-- == 0) {
            next = {row.timestamp(column_updated_at), row.uuid(column_id)};
            return;
        }
        // Detoast into the scratch context.
        pg::MemoryContext caller = pg::switch_to(scratch);
        write_conversation(document->begin_element(), row);
        document->end_element();
        pg::switch_to(caller);
        pg::reset_context(scratch);
    }

    void write_conversation(pg::ValueWriter& writer, const pg::Row& row) const {
        writer.begin_object();
        for (std::size_t i = 0; i < columns.size(); ++i) {
            // Users may have added a column of that name.
            if (columns[i].name == preview_key)
                continue;
            writer.key(columns[i].name);
            write_column(writer, row, first_table_column + static_cast<int>(i), columns[i].kind);
        }
        writer.key(preview_key);
        write_preview(writer, row);
        writer.end_object();
    }

    static void write_preview(pg::ValueWriter& writer, const pg::Row& row) {
        if (row.is_null(column_has_preview))
            return writer.null();
        writer.begin_object();
        writer.key("role");
        write_text(writer, row, column_role);
        writer.key("content");
        write_text(writer, row, column_content);
        writer.key("created_at");
        write_time(writer, row, column_created_at);
        writer.end_object();
    }
};

/// Returns the words, or nothing if every title has them. Raises 22023 if they are too many.
std::optional<std::string_view> checked_words(const pg::Call& call) {
    if (call.is_null(arg_words) || read_search_words(call.text(arg_words)).is_empty())
        return std::nullopt;
    return call.text(arg_words);
}

/// Identifies the list: that of a user, of those conversations whose metadata contain the filter and whose
/// titles have the words.
std::uint64_t list_number(const pg::Uuid& user, std::optional<std::uintptr_t> filter,
                          std::optional<std::string_view> words) {
    ListNumber list;
    list.add(user);
    if (filter)
        list.add_json(*filter);
    if (words)
        list.add(*words);
    return list.number();
}

/// Returns the place that the cursor marks, or the newest one if the cursor is NULL. Raises 22023 if the
/// cursor does not belong to this list. (A conversation without updated_at has no place in the list. It can
/// exist only if users drop NOT NULL.)
ListPlace checked_place(const pg::Call& call, std::uint64_t list) {
    ListPlace place = newest_place;
    if (!call.is_null(arg_cursor) && !read_cursor(list, call.text(arg_cursor), {&place, 1}))
        pg::raise(
            {pg::sqlstate::invalid_parameter_value, "the cursor does not belong to this list",
             pg::format("The cursor is %s.", pg::quoted_excerpt(call.text(arg_cursor))),
             "Pass next_cursor of the previous page unchanged, for the same user, filter and words. For "
             "the first page, leave the cursor out."});
    return place;
}

} // namespace

pg::Result list_conversations(pg::Call& call) {
    const std::int32_t page_size = page_size_argument(call, arg_page_size, largest_page_size);
    const pg::Uuid user = user_argument(call, arg_user_id);
    const std::optional<std::uintptr_t> filter = filter_argument(call, arg_filter);
    const std::optional<std::string_view> words = checked_words(call);
    const std::uint64_t list = list_number(user, filter, words);
    const ListPlace from = checked_place(call, list);
    const pg::Oid schema = call.function_schema();

    pg::MemoryContext caller = pg::current_context();
    pg::MemoryContext memory = pg::make_context(caller, "agentchat conversation list");
    // This locks the table. From now on its columns cannot change.
    const std::span<const pg::Column> columns = conversation_columns(memory, schema);
    pg::DocumentWriter& document =
        pg::jsonb_document({memory, caller, 0, "Pass a smaller page_size."}, "conversations");
    Page page{pg::make_context(memory, "agentchat conversation"), &document, columns, page_size,
              std::nullopt};
    lists[(filter ? with_filter : 0) | (words ? with_words : 0)].query(
        schema,
        std::array{pg::Parameter::uuid(user), pg::Parameter::timestamp(from.time),
                   pg::Parameter::uuid(from.id), pg::Parameter::bigint(page_size + 1),
                   pg::Parameter::jsonb(filter), pg::Parameter::text(words)},
        {[&](const pg::Row& row) { page.take(row); }, list_kinds(memory, columns)});

    pg::ValueWriter& next = document.begin_field("next_cursor");
    if (page.next)
        next.string(write_cursor(memory, list, {&*page.next, 1}));
    else
        next.null();
    document.end_field();
    const pg::Result result = document.finish();
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
