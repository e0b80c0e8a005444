#include "conversation_reader.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <new>
#include <string_view>

#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A reader with what is needed to know when it is out of date and when it can go.
struct CachedReader {
    ConversationReader reader;
    pg::MemoryContext memory;
    pg::Oid schema;
    pg::Oid conversations;
    pg::Oid messages;
    pg::Watch watch;
    std::uint32_t users;
    bool statements_kept;
    /// PostgreSQL plans anew for another role, but not for other rules about row-level security.
    bool no_force_rls;
};

/// The session's; a database has the extension in one schema.
CachedReader* current_reader = nullptr;

/// Runs when the reader's memory goes: also by an error while it was being made.
void end_reader(void* argument) {
    auto* cached = static_cast<CachedReader*>(argument);
    cached->watch.stop();
    if (!cached->statements_kept)
        return;
    const ConversationReader& reader = cached->reader;
    for (const pg::Statement& statement :
         {reader.conversation, reader.messages, reader.newest_messages, reader.messages_before,
          reader.newest_messages_before, reader.message_time, reader.any_message_before})
        statement.discard();
}

void drop_if_unused(CachedReader* cached) {
    if (cached->users == 0 && cached != current_reader)
        pg::delete_context(cached->memory);
}

void release(void* argument) {
    auto* cached = static_cast<CachedReader*>(argument);
    --cached->users;
    drop_if_unused(cached);
}

std::span<const pg::Column> columns_of(pg::MemoryContext memory, pg::Oid table) {
    const std::span<pg::Column> columns = pg::read_columns(memory, table);
    pg::sort_columns(columns);
    return columns;
}

int column_number(std::span<const pg::Column> columns, std::string_view name) {
    const auto* found = std::find_if(columns.data(), columns.data() + columns.size(),
                                     [&](const pg::Column& column) { return column.name == name; });
    return static_cast<int>(found - columns.data());
}

/// Every name and operator is qualified: with `SET search_path = evil, pg_catalog` a planted operator = would
/// otherwise decide whose messages these are.
void prepare_statements(ConversationReader& reader, pg::Oid schema) {
    using enum pg::ParameterType;
    const char* conversations = pg::qualified_name(schema, "conversations");
    const char* messages = pg::qualified_name(schema, "messages");
    const char* columns = pg::select_list(reader.message_columns);

    reader.conversation =
        pg::Statement::prepare(pg::format("SELECT %s FROM %s t WHERE t.id OPERATOR(pg_catalog.=) $1",
                                          pg::select_list(reader.conversation_columns), conversations),
                               std::array{uuid});
    reader.messages = pg::Statement::prepare(
        pg::format("SELECT %s FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "ORDER BY t.created_at, t.id",
                   columns, messages),
        std::array{uuid});
    reader.newest_messages = pg::Statement::prepare(
        pg::format("SELECT %s FROM (SELECT m.* FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "ORDER BY m.created_at DESC, m.id DESC LIMIT $2) t ORDER BY t.created_at, t.id",
                   columns, messages),
        std::array{uuid, bigint});
    reader.messages_before = pg::Statement::prepare(
        pg::format(
            "SELECT %s FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
            "AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($2, $3) ORDER BY t.created_at, t.id",
            columns, messages),
        std::array{uuid, timestamp, uuid});
    reader.newest_messages_before = pg::Statement::prepare(
        pg::format("SELECT %s FROM (SELECT m.* FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "AND ROW(m.created_at, m.id) OPERATOR(pg_catalog.<) ROW($3, $4) "
                   "ORDER BY m.created_at DESC, m.id DESC LIMIT $2) t ORDER BY t.created_at, t.id",
                   columns, messages),
        std::array{uuid, bigint, timestamp, uuid});
    reader.message_time = pg::Statement::prepare(
        pg::format("SELECT t.created_at FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "AND t.id OPERATOR(pg_catalog.=) $2",
                   messages),
        std::array{uuid, uuid});
    reader.any_message_before = pg::Statement::prepare(
        pg::format("SELECT true FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 "
                   "AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($2, $3) LIMIT 1",
                   messages),
        std::array{uuid, timestamp, uuid});
}

void read_shapes(ConversationReader& reader, pg::MemoryContext memory, pg::Oid conversations,
                 pg::Oid messages) {
    reader.conversation_columns = columns_of(memory, conversations);
    reader.message_columns = columns_of(memory, messages);
    reader.conversation_kinds = pg::column_kinds(memory, reader.conversation_columns);
    reader.message_kinds = pg::column_kinds(memory, reader.message_columns);
    const auto shapes = [&](pg::RowStyle conversation, pg::RowStyle message) {
        return ConversationShapes{pg::RowShape::make(memory, reader.conversation_columns, conversation),
                                  pg::RowShape::make(memory, reader.message_columns, message)};
    };
    reader.rows = shapes(pg::RowStyle::rows, pg::RowStyle::rows);
    reader.drizzle = shapes(pg::RowStyle::drizzle_own, pg::RowStyle::drizzle);
    const auto message = [&](std::string_view name) { return column_number(reader.message_columns, name); };
    reader.message_fields = {message("id"),        message("role"),        message("content"),
                             message("parts"),     message("attachments"), message("reasoning"),
                             message("created_at")};
    reader.system_prompt_column = column_number(reader.conversation_columns, "system_prompt");
}

CachedReader* make_reader(pg::Oid schema) {
    pg::MemoryContext memory = pg::make_context(pg::current_context(), "agentchat conversation reader");
    auto* cached = new (pg::allocate(memory, sizeof(CachedReader))) CachedReader{};
    cached->memory = memory;
    cached->schema = schema;
    cached->no_force_rls = pg::no_force_rls();
    pg::on_context_end(memory, end_reader, cached);

    // The watch comes first: reading the columns locks the tables, so from then on nothing changes unseen.
    cached->conversations = pg::require_relation(schema, "conversations");
    cached->messages = pg::require_relation(schema, "messages");
    cached->watch.start(cached->conversations, cached->messages);
    ConversationReader& reader = cached->reader;
    read_shapes(reader, memory, cached->conversations, cached->messages);

    pg::connect();
    prepare_statements(reader, schema);
    for (pg::Statement* statement :
         {&reader.conversation, &reader.messages, &reader.newest_messages, &reader.messages_before,
          &reader.newest_messages_before, &reader.message_time, &reader.any_message_before})
        statement->keep();
    cached->statements_kept = true;
    pg::disconnect();

    pg::keep_for_session(memory);
    return cached;
}

/// Whether the session's reader fits the tables. Only after locking them is that sure for the rest of the
/// call.
bool is_current(pg::Oid schema) {
    if (current_reader == nullptr || current_reader->schema != schema)
        return false;
    pg::lock_against_change(current_reader->conversations);
    pg::lock_against_change(current_reader->messages);
    return !current_reader->watch.changed() && current_reader->no_force_rls == pg::no_force_rls();
}

} // namespace

void SizeEstimate::learn(std::size_t size) {
    constexpr auto most = std::size_t{64} * 1024 * 1024;
    size_ = std::min(most, std::max(size + size / 8, size_ - size_ / 4));
}

ConversationReader& ConversationReader::acquire(pg::Oid schema, pg::MemoryContext user) {
    if (!is_current(schema)) {
        CachedReader* made = make_reader(schema);
        CachedReader* before = current_reader;
        current_reader = made;
        if (before != nullptr)
            drop_if_unused(before);
    }
    pg::on_context_end(user, release, current_reader);
    ++current_reader->users;
    return current_reader->reader;
}

} // namespace agentchat
