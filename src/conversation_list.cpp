// list_conversations(): a user's conversations, the latest first, page by page.
//
// A page goes on after the last conversation of the one before, by its place in the order of updated_at and
// id, so that it costs the same wherever it is, and what is not touched meanwhile is seen once, whatever else
// comes or goes.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "caller.hpp"
#include "entry_points.hpp"
#include "list_cursor.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/value_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::int32_t default_page_size = 20;
constexpr std::int32_t largest_page_size = 1000;

/// The columns of the statement.
enum Column : int {
    col_id,
    col_created_at,
    col_updated_at,
    col_fields,
    col_role,
    col_content,
    col_written_at
};
constexpr std::array list_kinds{
    pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::timestamp, pg::ColumnKind::jsonb,
    pg::ColumnKind::text, pg::ColumnKind::text,      pg::ColumnKind::timestamp};

/// The column as what holds UTC without a zone: users can change its type.
const char* in_utc(pg::Oid schema, const char* table, const char* alias, const char* column) {
    const bool zone = pg::has_time_zone(pg::require_relation(schema, table), column);
    return zone ? pg::format("pg_catalog.timezone('UTC', %s.%s)", alias, column)
                : pg::format("%s.%s", alias, column);
}

/// The page first, and then the last message of each of its conversations.
const char* list_statement(pg::Oid schema, const char* condition) {
    return pg::format(
        "SELECT c.id, %s, %s, pg_catalog.to_jsonb(c), m.role, m.content, m.created_at "
        "FROM (SELECT * FROM %s t WHERE t.user_id OPERATOR(pg_catalog.=) $1%s "
        "ORDER BY t.updated_at DESC, t.id DESC LIMIT $2) c "
        "LEFT JOIN LATERAL (SELECT m.role::pg_catalog.text AS role, pg_catalog.substr(m.content, 1, 200) AS "
        "content, "
        "%s AS created_at FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) c.id "
        "ORDER BY m.created_at DESC, m.id DESC LIMIT 1) m ON true ORDER BY c.updated_at DESC, c.id DESC",
        in_utc(schema, "conversations", "c", "created_at"),
        in_utc(schema, "conversations", "c", "updated_at"), pg::qualified_name(schema, "conversations"),
        condition, in_utc(schema, "messages", "m", "created_at"), pg::qualified_name(schema, "messages"));
}
const char* first_statement(pg::Oid schema) {
    return list_statement(schema, "");
}
const char* next_statement(pg::Oid schema) {
    return list_statement(schema, pg::format(" AND ROW(%s, t.id) OPERATOR(pg_catalog.<) ROW($3, $4)",
                                             in_utc(schema, "conversations", "t", "updated_at")));
}
constexpr std::array next_parameters{pg::ParameterType::uuid, pg::ParameterType::bigint,
                                     pg::ParameterType::timestamp, pg::ParameterType::uuid};
constinit pg::KeptStatement first_page("conversations", "messages", pg::Rights::caller, first_statement,
                                       std::span(next_parameters).first(2));
constinit pg::KeptStatement next_page("conversations", "messages", pg::Rights::caller, next_statement,
                                      next_parameters);

/// Takes a row more than the page has, to know whether there is another page.
class Page {
public:
    Page(pg::DocumentWriter& document, std::int32_t size) : document_(document), size_(size) {}

    static void receive(void* state, const pg::Row& row) { static_cast<Page*>(state)->take(row); }

    bool has_next() const { return count_ > size_; }
    const ListPlace& last() const { return last_; }

private:
    void take(const pg::Row& row) {
        if (++count_ > size_)
            return;
        last_ = {row.timestamp(col_updated_at), row.uuid(col_id)};
        pg::ValueWriter& writer = document_.begin_element();
        writer.begin_object();
        write_fields(row, writer);
        write_preview(row, writer);
        writer.end_object();
        document_.end_element();
    }

    /// The columns, those that users have added among them.
    static void write_fields(const pg::Row& row, pg::ValueWriter& writer) {
        for (pg::JsonbCursor cursor(pg::JsonbView::of(row.datum(col_fields))); cursor.next();) {
            if (cursor.key() == "preview")
                continue;
            writer.key(cursor.key());
            if (cursor.key() == "created_at")
                writer.timestamp(row.timestamp(col_created_at), pg::TimestampStyle::utc);
            else if (cursor.key() == "updated_at")
                writer.timestamp(row.timestamp(col_updated_at), pg::TimestampStyle::utc);
            else
                writer.value(cursor.value());
        }
    }

    static void write_preview(const pg::Row& row, pg::ValueWriter& writer) {
        writer.key("preview");
        if (row.is_null(col_written_at))
            return writer.null();
        const auto text = [&](std::string_view key, int column) {
            writer.key(key);
            if (row.is_null(column))
                writer.null();
            else
                writer.string(row.text(column));
        };
        writer.begin_object();
        text("role", col_role);
        text("content", col_content);
        writer.key("created_at");
        writer.timestamp(row.timestamp(col_written_at), pg::TimestampStyle::utc);
        writer.end_object();
    }

    pg::DocumentWriter& document_;
    std::int32_t size_;
    std::int32_t count_ = 0;
    ListPlace last_{};
};

std::int32_t page_size_argument(const pg::Call& call, int argument) {
    if (call.is_null(argument))
        return default_page_size;
    const std::int32_t size = call.integer(argument);
    if (size < 1 || size > largest_page_size)
        pg::raise({pg::sqlstate::invalid_parameter_value, "page_size is out of range",
                   pg::format("It is %d.", size),
                   pg::format("Pass a number from 1 to %d.", largest_page_size)});
    return size;
}

pg::Uuid user_argument(const pg::Call& call, int argument) {
    if (!call.is_null(argument))
        return call.uuid(argument);
    const std::optional<pg::Uuid> user = caller();
    if (!user)
        pg::raise({pg::sqlstate::invalid_parameter_value, "there is no user to list conversations of",
                   "Neither the argument user_id nor the claims of the request name one.",
                   "Pass user_id, or sign in."});
    return *user;
}

} // namespace

pg::Result list_conversations(pg::Call& call) {
    enum Argument : int { arg_page_size, arg_cursor, arg_user_id };
    const std::int32_t size = page_size_argument(call, arg_page_size);
    const pg::Uuid user = user_argument(call, arg_user_id);
    const pg::Oid schema = call.function_schema();

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat list_conversations");
    pg::DocumentWriter& document = pg::jsonb_document({memory, caller, 0}, "conversations");
    Page page(document, size);
    const pg::RowReceiver receiver{Page::receive, &page, list_kinds};
    const auto user_parameter = pg::Parameter::uuid(user);
    const auto rows = pg::Parameter::bigint(size + 1);
    if (call.is_null(arg_cursor)) {
        first_page.query(schema, std::array{user_parameter, rows}, receiver);
    } else {
        const ListPlace after = read_cursor(call.text(arg_cursor), user);
        next_page.query(schema,
                        std::array{user_parameter, rows, pg::Parameter::timestamp(after.updated_at),
                                   pg::Parameter::uuid(after.id)},
                        receiver);
    }

    pg::ValueWriter& next = document.begin_field("next_cursor");
    if (page.has_next())
        next.string(make_cursor(page.last(), user));
    else
        next.null();
    document.end_field();
    const pg::Result result = document.finish();
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
