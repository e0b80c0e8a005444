#include "writing/message_statements.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using Messages = MessageStatements::Messages;
using Others = std::span<const std::string_view>;

// ---- the columns of messages

/// Returns an array of what `value_of` returns for each message.
template <typename T, typename ValueOf>
std::span<const T> values_of(pg::MemoryContext context, Messages messages, ValueOf value_of) {
    T* values = pg::allocate_array<T>(context, messages.size());
    // The lambda must return a T: assigning another type to a T that is not initialised would read it.
    std::transform(messages.begin(), messages.end(), values,
                   [&](const InputMessage* message) -> T { return value_of(*message); });
    return {values, messages.size()};
}

template <auto field>
pg::Parameter text_array(pg::MemoryContext context, Messages messages) {
    return pg::Parameter::texts(values_of<std::optional<std::string_view>>(
        context, messages, [](const InputMessage& message) { return message.*field; }));
}

template <auto field>
pg::Parameter jsonb_array(pg::MemoryContext context, Messages messages) {
    return pg::Parameter::jsonbs(values_of<std::optional<std::uintptr_t>>(
        context, messages, [](const InputMessage& message) { return message.*field; }));
}

/// A message without a time gets the transaction's, as by default.
pg::Parameter time_array(pg::MemoryContext context, Messages messages) {
    return pg::Parameter::timestamps(
        values_of<std::optional<pg::Timestamp>>(context, messages, [](const InputMessage& message) {
            return message.created_at.value_or(pg::transaction_time());
        }));
}

/// The values of a column: their type in SQL, and an array of them as a parameter.
struct Values {
    const char* type;
    pg::ParameterType array_type;
    pg::Parameter (*array_of)(pg::MemoryContext context, Messages messages);
};

template <auto field>
constexpr Values texts{"text", pg::ParameterType::texts, text_array<field>};
template <auto field>
constexpr Values jsonbs{"jsonb", pg::ParameterType::jsonbs, jsonb_array<field>};
constexpr Values times{"timestamp", pg::ParameterType::timestamps, time_array};

/// A column of messages, and where it gets its values.
struct Column {
    MessageColumn column;
    const char* name;
    Values values;
    /// Whether an INSERT may leave it out; it then gets its default.
    bool is_optional;
    /// Whether an UPDATE may change it. created_at stays: a message keeps its place.
    bool is_updated;
};

constexpr std::array columns{
    Column{MessageColumn::parts, "parts", jsonbs<&InputMessage::parts>, true, true},
    Column{MessageColumn::attachments, "attachments", jsonbs<&InputMessage::attachments>, true, true},
    Column{MessageColumn::reasoning, "reasoning", texts<&InputMessage::reasoning>, true, true},
    Column{MessageColumn::created_at, "created_at", times, true, false},
    Column{MessageColumn::content, "content", texts<&InputMessage::content>, false, true},
    Column{MessageColumn::role, "role", texts<&InputMessage::role>, false, true},
};

constexpr std::uint32_t optional_columns = [] {
    MessageColumns optional;
    for (const Column& column : columns)
        if (column.is_optional)
            optional.add(column.column);
    return optional.bits();
}();

/// Returns the columns that any of the messages has a value for.
MessageColumns columns_of(Messages messages) {
    MessageColumns all;
    for (const InputMessage* message : messages)
        all.add(message->columns);
    return all;
}

// ---- messages as arrays

/// The conversation, the messages' ids and the columns that they have values for come before the columns; the
/// columns that users have added come after them, as jsonb objects.
constexpr std::size_t first_column = 3;
constexpr auto message_parameters = [] {
    std::array<pg::ParameterType, first_column + columns.size() + 1> types{
        pg::ParameterType::uuid, pg::ParameterType::uuids, pg::ParameterType::integers};
    for (std::size_t i = 0; i < columns.size(); ++i)
        types[first_column + i] = columns[i].values.array_type;
    types.back() = pg::ParameterType::jsonbs;
    return types;
}();

/// Returns the messages as parameters. An optional column that no message has a value for is NULL: unnest()
/// then returns no rows, and PostgreSQL fills the column up with NULLs.
std::span<const pg::Parameter> parameters_of(pg::MemoryContext context, const pg::Uuid& conversation,
                                             Messages messages, bool has_others) {
    auto* parameters = pg::allocate_array<pg::Parameter>(context, message_parameters.size());
    parameters[0] = pg::Parameter::uuid(conversation);
    parameters[1] =
        pg::Parameter::uuids(values_of<pg::Uuid>(context, messages, [](const auto& m) { return m.id; }));
    parameters[2] = pg::Parameter::integers(values_of<std::int32_t>(
        context, messages, [](const auto& m) { return static_cast<std::int32_t>(m.columns.bits()); }));
    pg::Parameter* next = parameters + first_column;
    const MessageColumns given = columns_of(messages);
    for (const Column& column : columns) {
        const bool is_sent = given.has(column.column) || !column.is_optional;
        *next++ = is_sent ? column.values.array_of(context, messages) : pg::Parameter::null();
    }
    *next = has_others ? jsonb_array<&InputMessage::others>(context, messages) : pg::Parameter::null();
    return {parameters, message_parameters.size()};
}

/// Returns the arrays as a subquery. Set-returning functions in a SELECT list return row by row; in FROM,
/// PostgreSQL would first store their rows.
const char* message_rows() {
    const char* names = "pg_catalog.unnest($2) AS id, pg_catalog.unnest($3) AS given";
    std::size_t number = first_column;
    for (const Column& column : columns)
        names = pg::format("%s, pg_catalog.unnest($%zu) AS %s", names, ++number, column.name);
    return pg::format("(SELECT %s, pg_catalog.unnest($%zu) AS others)", names, ++number);
}

// ---- statements

/// Checks that messages can be written to the table. It runs when a statement is prepared, which is after
/// every change of the table.
void check_table(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "messages");
    pg::uuid_column(table, "conversation_id");
    for (const Column& column : columns)
        pg::require_column(table, column.name);
    pg::require_unique(table, "id");
}

/// Returns created_at as a timestamp that holds UTC, and the reverse: users can change its type to
/// timestamptz.
const char* time_expression(pg::Oid schema, const char* expression) {
    return pg::time_in_utc(pg::require_relation(schema, "messages"), "created_at", expression);
}

/// Returns an INSERT of the required columns, of those in `given`, and of `others`.
///
/// ON CONFLICT DO UPDATE could insert and update in one statement. But it fails (42501) if the row is another
/// user's, and it makes a new version of every row, also of those that stay the same.
const char* insert_text(pg::Oid schema, MessageColumns given, Existing existing, Others others) {
    check_table(schema);
    const char* table = pg::qualified_name(schema, "messages");
    const char* names = "id, conversation_id";
    const char* values = "s.id, $1";
    for (const Column& column : columns) {
        if (column.is_optional && !given.has(column.column))
            continue;
        const char* value = pg::format("s.%s", column.name);
        if (column.column == MessageColumn::created_at)
            value = time_expression(schema, value);
        names = pg::format("%s, %s", names, column.name);
        values = pg::format("%s, %s", values, value);
    }
    for (const std::string_view other : others) {
        names = pg::format("%s, %s", names, pg::quoted_identifier(other));
        values = pg::format("%s, r.%s", values, pg::quoted_identifier(other));
    }
    const char* records = "";
    if (!others.empty())
        records =
            pg::format(" CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::%s, s.others) r", table);
    return pg::format("INSERT INTO %s (%s) SELECT %s FROM %s s%s%s RETURNING id, %s", table, names, values,
                      message_rows(), records,
                      existing == Existing::skip ? " ON CONFLICT (id) DO NOTHING" : "",
                      time_expression(schema, "created_at"));
}

/// A column that an UPDATE may change: its value before and after, as text or jsonb whatever type users have
/// given the column.
struct Change {
    const char* name;
    const char* before;
    const char* after;
};

/// Returns the changes of the updated columns and of `others`.
std::span<const Change> changes_of(Others others) {
    auto* changes = pg::allocate_array<Change>(pg::current_context(), columns.size() + others.size());
    std::size_t count = 0;
    for (const Column& column : columns) {
        if (!column.is_updated)
            continue;
        const char* before = pg::format("m.%s::pg_catalog.%s", column.name, column.values.type);
        const char* after =
            pg::format("CASE WHEN (s.given OPERATOR(pg_catalog.&) %u) OPERATOR(pg_catalog.<>) 0 "
                       "THEN s.%s ELSE %s END",
                       MessageColumns{column.column}.bits(), column.name, before);
        changes[count++] = {column.name, before, after};
    }
    for (const std::string_view other : others) {
        const char* name = pg::quoted_identifier(other);
        // Columns that the message does not have stay as they are in m.
        changes[count++] = {name, pg::format("m.%s", name),
                            pg::format("(pg_catalog.jsonb_populate_record(m.*, s.others)).%s", name)};
    }
    return {changes, count};
}

/// Returns one thing of each change, separated by commas.
const char* list(std::span<const Change> changes, const char* Change::*what) {
    const char* list = changes.front().*what;
    for (const Change& change : changes.subspan(1))
        list = pg::format("%s, %s", list, change.*what);
    return list;
}

/// Returns the query for stored messages: whether an UPDATE would change them, and their columns.
const char* stored_text(pg::Oid schema, Others others) {
    check_table(schema);
    const std::span<const Change> changes = changes_of(others);
    return pg::format("SELECT m.id, %s, ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*<>) "
                      "ROW(%s)::pg_catalog.record, m.role::pg_catalog.text, m.content::pg_catalog.text, "
                      "m.parts::pg_catalog.jsonb, m.attachments::pg_catalog.jsonb, "
                      "m.reasoning::pg_catalog.text "
                      "FROM %s s JOIN %s m ON m.id OPERATOR(pg_catalog.=) s.id "
                      "AND m.conversation_id OPERATOR(pg_catalog.=) $1",
                      time_expression(schema, "m.created_at"), list(changes, &Change::before),
                      list(changes, &Change::after), message_rows(), pg::qualified_name(schema, "messages"));
}

/// Returns an UPDATE of the messages' columns.
const char* update_text(pg::Oid schema, Others others) {
    const std::span<const Change> changes = changes_of(others);
    return pg::format("UPDATE %s m SET (%s) = ROW(%s) FROM %s s WHERE m.id OPERATOR(pg_catalog.=) s.id "
                      "AND m.conversation_id OPERATOR(pg_catalog.=) $1 RETURNING m.id",
                      pg::qualified_name(schema, "messages"), list(changes, &Change::name),
                      list(changes, &Change::after), message_rows());
}

/// Returns the query for a message with one of two ids.
const char* any_text(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY[$2, $3]) "
                      "AND conversation_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
                      pg::qualified_name(schema, "messages"));
}

// ---- kept statements, for messages that have no columns added by users

/// One INSERT for each set of optional columns, by its bits: a column that no message has a value for gets
/// its default. The optional columns come first in MessageColumn: their bits count from 0.
using Inserts = std::array<pg::KeptStatement, optional_columns + 1>;
static_assert((optional_columns & (optional_columns + 1)) == 0);

template <Existing existing>
const char* kept_insert_text(pg::Oid schema, std::uint32_t given) {
    return insert_text(schema, MessageColumns::of_bits(given), existing, {});
}

constexpr Inserts make_inserts(pg::KeptStatement::VariantText text) noexcept {
    Inserts inserts;
    for (std::uint32_t given = 0; given <= optional_columns; ++given)
        inserts[given] = {"messages", "messages", pg::Rights::caller, text, given, message_parameters};
    return inserts;
}
constinit Inserts inserts_of_new = make_inserts(kept_insert_text<Existing::fail>);
constinit Inserts inserts_of_missing = make_inserts(kept_insert_text<Existing::skip>);

const char* kept_stored_text(pg::Oid schema) {
    return stored_text(schema, {});
}
constinit pg::KeptStatement kept_stored("messages", "messages", pg::Rights::caller, kept_stored_text,
                                        message_parameters);

const char* kept_update_text(pg::Oid schema) {
    return update_text(schema, {});
}
constinit pg::KeptStatement kept_update("messages", "messages", pg::Rights::caller, kept_update_text,
                                        message_parameters);

constexpr std::array three_uuids{pg::ParameterType::uuid, pg::ParameterType::uuid, pg::ParameterType::uuid};
constinit pg::KeptStatement any_of_two("messages", "messages", pg::Rights::caller, any_text, three_uuids);

} // namespace

void MessageStatements::execute(Messages messages, pg::KeptStatement& kept, MakeText make_text,
                                const pg::RowReceiver& receiver) const {
    const std::span<const pg::Parameter> parameters =
        parameters_of(context_, conversation_, messages, !others_.empty());
    if (others_.empty())
        kept.execute_latest(schema_, parameters, receiver);
    else
        pg::execute_latest_once(make_text(), message_parameters, parameters, receiver);
}

void MessageStatements::insert(Messages messages, Existing existing, TakeInserted take) const {
    const MessageColumns given = columns_of(messages);
    Inserts& inserts = existing == Existing::skip ? inserts_of_missing : inserts_of_new;
    constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp};
    execute(messages, inserts[given.bits() & optional_columns],
            [&] { return insert_text(schema_, given, existing, others_); },
            {[&](const pg::Row& row) { take(row.uuid(0), row.timestamp(1)); }, kinds});
}

void MessageStatements::find_stored(Messages messages, TakeStored take) const {
    using enum pg::ColumnKind;
    constexpr std::array kinds{uuid, timestamp, boolean, text, text, jsonb, jsonb, text};
    const auto text_of = [](const pg::Row& row, int column) {
        return row.is_null(column) ? std::nullopt : std::optional(row.text(column));
    };
    const auto jsonb_of = [](const pg::Row& row, int column) {
        return row.is_null(column) ? std::nullopt : std::optional(pg::JsonbView::of(row.datum(column)));
    };
    execute(messages, kept_stored, [&] { return stored_text(schema_, others_); },
            {[&](const pg::Row& row) {
                 Found found{row.uuid(0), row.timestamp(1), row.boolean(2), {}};
                 if (found.differs) {
                     found.stored.role = text_of(row, 3);
                     found.stored.content = text_of(row, 4);
                     found.stored.parts = jsonb_of(row, 5);
                     found.stored.attachments = jsonb_of(row, 6);
                     found.stored.reasoning = text_of(row, 7);
                 }
                 take(found);
             },
             kinds});
}

void MessageStatements::update(Messages messages, TakeUpdated take) const {
    constexpr std::array kinds{pg::ColumnKind::uuid};
    execute(messages, kept_update, [&] { return update_text(schema_, others_); },
            {[&](const pg::Row& row) { take(row.uuid(0)); }, kinds});
}

bool MessageStatements::has_any(const pg::Uuid& first, const pg::Uuid& second) const {
    return any_of_two.exists_latest(schema_,
                                    std::array{pg::Parameter::uuid(conversation_), pg::Parameter::uuid(first),
                                               pg::Parameter::uuid(second)});
}

} // namespace agentchat
