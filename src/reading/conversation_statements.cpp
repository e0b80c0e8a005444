// Implements conversation_statements.hpp: prepares the statements from the catalog, and replaces them when
// the tables change.
#include "reading/conversation_statements.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <string_view>

#include "common/drizzle_rows.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Holds the statements, and the state that tells whether they are out of date and whether they can be freed.
struct CachedStatements {
    ConversationStatements statements;
    pg::MemoryContext memory;
    pg::Oid schema;
    pg::Oid conversations;
    pg::Oid messages;
    pg::Watch watch;
    std::uint32_t users;
    bool statements_kept;
    /// The value of pg::no_force_rls() when the statements were made. PostgreSQL replans a statement for
    /// another role, but not when this value changes.
    bool no_force_rls;
};

/// The statements of the session. One set is enough, because a database has the extension in only one schema.
CachedStatements* current_statements = nullptr;

/// Calls `take` with each statement that exists.
template <typename Take>
void each_statement(const ConversationStatements& statements, Take take) {
    take(statements.conversation);
    take(statements.messages);
    if (!statements.has_pages)
        return;
    take(statements.newest_messages);
    take(statements.messages_before);
    take(statements.newest_messages_before);
    take(statements.any_message_before);
}

/// Frees the prepared statements when their memory context ends. An error can end the context while the
/// statements are being made.
void end_statements(void* argument) {
    auto* cached = static_cast<CachedStatements*>(argument);
    cached->watch.stop();
    if (cached->statements_kept)
        each_statement(cached->statements, [](const pg::Statement& statement) { statement.discard(); });
}

/// Frees the statements if no call uses them and newer ones have replaced them.
void drop_if_unused(CachedStatements* cached) {
    if (cached->users == 0 && cached != current_statements)
        pg::delete_context(cached->memory);
}

/// Notes that a call no longer uses the statements.
void release(void* argument) {
    auto* cached = static_cast<CachedStatements*>(argument);
    --cached->users;
    drop_if_unused(cached);
}

/// Lists the columns of the table in the order of the keys of a jsonb object.
std::span<const pg::Column> columns_of(pg::MemoryContext memory, pg::Oid table) {
    const std::span<pg::Column> columns = pg::read_columns(memory, table);
    pg::sort_columns(columns);
    return columns;
}

/// Returns the number of the column, from 0. If it does not exist, returns a number after the last column.
int column_number(std::span<const pg::Column> columns, std::string_view name) {
    const auto* found = std::find_if(columns.data(), columns.data() + columns.size(),
                                     [&](const pg::Column& column) { return column.name == name; });
    return static_cast<int>(found - columns.data());
}

/// Prepares the statements that read pages.
void prepare_page_statements(ConversationStatements& statements, const char* columns, const char* messages) {
    using enum pg::ParameterType;
    statements.newest_messages = pg::Statement::prepare(
        pg::format("SELECT %s FROM (SELECT m.* FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "ORDER BY m.created_at DESC, m.id DESC LIMIT $2) t ORDER BY t.created_at, t.id",
                   columns, messages),
        std::array{uuid, bigint});
    statements.messages_before = pg::Statement::prepare(
        pg::format(
            "SELECT %s FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
            "AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($2, $3) ORDER BY t.created_at, t.id",
            columns, messages),
        std::array{uuid, timestamp, uuid});
    statements.newest_messages_before = pg::Statement::prepare(
        pg::format("SELECT %s FROM (SELECT m.* FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "AND ROW(m.created_at, m.id) OPERATOR(pg_catalog.<) ROW($3, $4) "
                   "ORDER BY m.created_at DESC, m.id DESC LIMIT $2) t ORDER BY t.created_at, t.id",
                   columns, messages),
        std::array{uuid, bigint, timestamp, uuid});
    statements.any_message_before = pg::Statement::prepare(
        pg::format("SELECT true FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($2, $3) LIMIT 1",
                   messages),
        std::array{uuid, timestamp, uuid});
}

/// Prepares the statements. It qualifies every name and operator. Otherwise, with `SET search_path = evil,
/// pg_catalog`, a planted operator = would decide whose messages are returned.
void prepare_statements(ConversationStatements& statements, pg::Oid schema) {
    using enum pg::ParameterType;
    const char* conversations = pg::qualified_name(schema, "conversations");
    const char* messages = pg::qualified_name(schema, "messages");
    const char* columns = pg::select_list(statements.message_columns);

    statements.conversation =
        pg::Statement::prepare(pg::format("SELECT %s FROM %s t WHERE t.id OPERATOR(pg_catalog.=) $1",
                                          pg::select_list(statements.conversation_columns), conversations),
                               std::array{uuid});
    statements.messages = pg::Statement::prepare(
        pg::format("SELECT %s FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "ORDER BY t.created_at, t.id",
                   columns, messages),
        std::array{uuid});
    if (statements.has_pages)
        prepare_page_statements(statements, columns, messages);
}

/// Reads the columns of both tables, and makes the shapes of their rows.
void read_shapes(ConversationStatements& statements, pg::MemoryContext memory, pg::Oid conversations,
                 pg::Oid messages) {
    statements.conversation_columns = columns_of(memory, conversations);
    statements.message_columns = columns_of(memory, messages);
    statements.conversation_kinds = pg::column_kinds(memory, statements.conversation_columns);
    statements.message_kinds = pg::column_kinds(memory, statements.message_columns);
    const auto shapes = [&](const pg::RowStyle& conversation, const pg::RowStyle& message) {
        return ConversationShapes{pg::RowShape::make(memory, statements.conversation_columns, conversation),
                                  pg::RowShape::make(memory, statements.message_columns, message)};
    };
    statements.rows = shapes(pg::sql_rows, pg::sql_rows);
    statements.drizzle = shapes(drizzle_own_rows, drizzle_embedded_rows);
    statements.utc_rows = shapes(pg::utc_rows, pg::utc_rows);
    const auto message = [&](std::string_view name) {
        return column_number(statements.message_columns, name);
    };
    statements.message_fields = {message("id"),         message("role"),           message("content"),
                                 message("parts"),      message("attachments"),    message("reasoning"),
                                 message("created_at"), message("conversation_id")};
    statements.system_prompt_column = column_number(statements.conversation_columns, "system_prompt");
    const auto has_kind = [&](int column, pg::ColumnKind kind) {
        return column < static_cast<int>(statements.message_kinds.size()) &&
               statements.message_kinds[static_cast<std::size_t>(column)] == kind;
    };
    statements.has_pages = has_kind(statements.message_fields.created_at, pg::ColumnKind::timestamp) &&
                           has_kind(statements.message_fields.id, pg::ColumnKind::uuid);
}

/// Makes the statements for the tables of that schema, in memory that lives until the session ends.
CachedStatements* make_statements(pg::Oid schema) {
    pg::MemoryContext memory = pg::make_context(pg::current_context(), "agentchat conversation statements");
    auto* cached = new (pg::allocate(memory, sizeof(CachedStatements))) CachedStatements{};
    cached->memory = memory;
    cached->schema = schema;
    cached->no_force_rls = pg::no_force_rls();
    pg::on_context_end(memory, end_statements, cached);

    // Start the watch first. Reading the columns locks the tables, and from then on the watch notices every
    // change.
    cached->conversations = pg::require_relation(schema, "conversations");
    cached->messages = pg::require_relation(schema, "messages");
    cached->watch.start(cached->conversations, cached->messages);
    ConversationStatements& statements = cached->statements;
    read_shapes(statements, memory, cached->conversations, cached->messages);

    pg::connect();
    prepare_statements(statements, schema);
    each_statement(statements, [](const pg::Statement& statement) { statement.keep(); });
    cached->statements_kept = true;
    pg::disconnect();

    pg::keep_for_session(memory);
    return cached;
}

/// Tells whether the statements of the session match the tables. It locks the tables first. Therefore the
/// answer stays valid for the rest of the call.
bool is_current(pg::Oid schema) {
    if (current_statements == nullptr || current_statements->schema != schema)
        return false;
    pg::lock_against_change(current_statements->conversations);
    pg::lock_against_change(current_statements->messages);
    return !current_statements->watch.changed() && current_statements->no_force_rls == pg::no_force_rls();
}

} // namespace

void SizeEstimate::learn(std::size_t size) {
    constexpr auto most = std::size_t{64} * 1024 * 1024;
    size_ = std::min(most, std::max(size + size / 8, size_ - size_ / 4));
}

ConversationStatements& ConversationStatements::acquire(pg::Oid schema, pg::MemoryContext user) {
    if (!is_current(schema)) {
        CachedStatements* made = make_statements(schema);
        CachedStatements* before = current_statements;
        current_statements = made;
        if (before != nullptr)
            drop_if_unused(before);
    }
    pg::on_context_end(user, release, current_statements);
    ++current_statements->users;
    return current_statements->statements;
}

} // namespace agentchat
