#include "writing/message_writer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "common/message_id.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/subtransaction.hpp"
#include "writing/tool_results.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

// ---- messages as arrays

constexpr std::array message_parameters{
    pg::ParameterType::uuid,       // $1 the conversation
    pg::ParameterType::uuids,      // $2 ids
    pg::ParameterType::integers,   // $3 what they say, as bits
    pg::ParameterType::texts,      // $4 role
    pg::ParameterType::texts,      // $5 content
    pg::ParameterType::jsonbs,     // $6 parts
    pg::ParameterType::jsonbs,     // $7 attachments
    pg::ParameterType::texts,      // $8 reasoning
    pg::ParameterType::timestamps, // $9 created_at
    pg::ParameterType::jsonbs,     // $10 the users' own columns
};
using MessageParameters = std::array<pg::Parameter, message_parameters.size()>;

/// The arrays as a subquery. SRFs in a SELECT list give row by row what in FROM would first be stored.
constexpr char message_rows[] =
    "(SELECT pg_catalog.unnest($2) AS id, pg_catalog.unnest($3) AS said, pg_catalog.unnest($4) AS role, "
    "pg_catalog.unnest($5) AS content, pg_catalog.unnest($6) AS parts, pg_catalog.unnest($7) AS attachments, "
    "pg_catalog.unnest($8) AS reasoning, pg_catalog.unnest($9) AS created_at, pg_catalog.unnest($10) AS "
    "others)";

/// Columns that need not be written, in the order of their bits.
struct OptionalColumn {
    std::int32_t bit;
    const char* name;
    const char* type;
};
constexpr std::array optional_columns{
    OptionalColumn{said::parts, "parts", "jsonb"},
    OptionalColumn{said::attachments, "attachments", "jsonb"},
    OptionalColumn{said::reasoning, "reasoning", "text"},
    OptionalColumn{said::created_at, "created_at", "timestamp"},
};
constexpr std::int32_t all_optional = said::parts | said::attachments | said::reasoning | said::created_at;
/// Beside their bits: that no message can be there already, since all of the ids are new.
constexpr std::int32_t all_new = 16;

/// Makes an array of one thing of each message.
template <typename T, typename Of>
std::span<const T> column_of(pg::MemoryContext context, std::span<const InputMessage* const> messages,
                             Of of) {
    T* values = pg::allocate_array<T>(context, messages.size());
    std::transform(messages.begin(), messages.end(), values,
                   [&](const InputMessage* message) { return of(*message); });
    return {values, messages.size()};
}

MessageParameters parameters_of(pg::MemoryContext context, const pg::Uuid& conversation,
                                std::span<const InputMessage* const> messages, std::int32_t columns,
                                bool has_others) {
    using Text = std::optional<std::string_view>;
    using Jsonb = std::optional<std::uintptr_t>;
    using Time = std::optional<pg::Timestamp>;
    const auto any = [&](std::int32_t bit) { return (columns & bit) != 0; };
    // unnest() of NULL gives no rows, which other columns fill up with NULLs.
    const auto none = pg::Parameter::null();
    return {
        pg::Parameter::uuid(conversation),
        pg::Parameter::uuids(column_of<pg::Uuid>(context, messages, [](const auto& m) { return m.id; })),
        pg::Parameter::integers(
            column_of<std::int32_t>(context, messages, [](const auto& m) { return m.said; })),
        pg::Parameter::texts(column_of<Text>(context, messages, [](const auto& m) { return Text(m.role); })),
        pg::Parameter::texts(
            column_of<Text>(context, messages, [](const auto& m) { return Text(m.content); })),
        !any(said::parts) ? none
                          : pg::Parameter::jsonbs(
                                column_of<Jsonb>(context, messages, [](const auto& m) { return m.parts; })),
        !any(said::attachments) ? none
                                : pg::Parameter::jsonbs(column_of<Jsonb>(
                                      context, messages, [](const auto& m) { return m.attachments; })),
        !any(said::reasoning) ? none
                              : pg::Parameter::texts(column_of<Text>(
                                    context, messages, [](const auto& m) { return m.reasoning; })),
        !any(said::created_at) ? none
                               : pg::Parameter::timestamps(column_of<Time>(
                                     context, messages, [](const auto& m) { return m.created_at; })),
        !has_others ? none : pg::Parameter::jsonbs(column_of<Jsonb>(context, messages, [](const auto& m) {
            return m.others;
        }))};
}

// ---- statements

/// That the table is such that messages can be written to it. It is asked for when a statement is prepared,
/// which is after every change of the table.
void check_table(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "messages");
    pg::uuid_column(table, "conversation_id");
    for (const char* column : {"role", "content", "parts", "attachments", "reasoning", "created_at"})
        pg::require_column(table, column);
    pg::require_unique(table, "id");
}

/// created_at as a timestamp that holds UTC, and back: users can change its type to timestamptz.
const char* time_expression(pg::Oid schema, const char* column) {
    return pg::time_in_utc(pg::require_relation(schema, "messages"), "created_at", column);
}

/// ON CONFLICT DO UPDATE would be one statement, but an error (42501) where the row is another user's, and a
/// new version of rows that are as they should be. Any ON CONFLICT costs a look into the index for each row.
const char* insert_statement(pg::Oid schema, std::int32_t columns, std::span<const std::string_view> others) {
    check_table(schema);
    const char* table = pg::qualified_name(schema, "messages");
    const char* names = "id, conversation_id, role, content";
    const char* values = "s.id, $1, s.role, s.content";
    for (const OptionalColumn& column : optional_columns) {
        if ((columns & column.bit) == 0)
            continue;
        const char* value = pg::format("s.%s", column.name);
        names = pg::format("%s, %s", names, column.name);
        values = pg::format("%s, %s", values,
                            column.bit == said::created_at ? time_expression(schema, value) : value);
    }
    for (const std::string_view other : others) {
        names = pg::format("%s, %s", names, pg::quoted_identifier(other));
        values = pg::format("%s, r.%s", values, pg::quoted_identifier(other));
    }
    const char* records =
        others.empty()
            ? ""
            : pg::format(" CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::%s, s.others) r", table);
    return pg::format("INSERT INTO %s (%s) SELECT %s FROM %s s%s%s RETURNING id, %s", table, names, values,
                      message_rows, records, (columns & all_new) != 0 ? "" : " ON CONFLICT (id) DO NOTHING",
                      time_expression(schema, "created_at"));
}

/// A column that an update may change, as text or jsonb, whatever type users have given it: what it is and
/// what it becomes. created_at is none, so that a message keeps its place.
struct UpdatedColumn {
    const char* name;
    const char* before;
    const char* after;
};

std::span<const UpdatedColumn> updated_columns(std::span<const std::string_view> others) {
    constexpr std::array columns{OptionalColumn{said::role, "role", "text"},
                                 OptionalColumn{said::content, "content", "text"},
                                 OptionalColumn{said::parts, "parts", "jsonb"},
                                 OptionalColumn{said::attachments, "attachments", "jsonb"},
                                 OptionalColumn{said::reasoning, "reasoning", "text"}};
    auto* updated = pg::allocate_array<UpdatedColumn>(pg::current_context(), columns.size() + others.size());
    std::size_t count = 0;
    for (const OptionalColumn& column : columns) {
        const char* before = pg::format("m.%s::pg_catalog.%s", column.name, column.type);
        const char* after =
            pg::format("CASE WHEN (s.said OPERATOR(pg_catalog.&) %d) OPERATOR(pg_catalog.<>) 0 "
                       "THEN s.%s ELSE %s END",
                       column.bit, column.name, before);
        updated[count++] = {column.name, before, after};
    }
    for (const std::string_view other : others) {
        const char* name = pg::quoted_identifier(other);
        // Columns that the message does not have stay as they are in m.
        updated[count++] = {name, pg::format("m.%s", name),
                            pg::format("(pg_catalog.jsonb_populate_record(m.*, s.others)).%s", name)};
    }
    return {updated, count};
}

const char* list(std::span<const UpdatedColumn> columns, const char* UpdatedColumn::*what) {
    const char* list = "";
    for (const UpdatedColumn& column : columns)
        list = pg::format("%s%s%s", list, list[0] == '\0' ? "" : ", ", column.*what);
    return list;
}

/// Those that are there already, and whether an update would change them: to the byte, as jsonb's own = takes
/// 1.0 for 1.00.
const char* stored_statement(pg::Oid schema, std::int32_t, std::span<const std::string_view> others) {
    check_table(schema);
    const std::span<const UpdatedColumn> columns = updated_columns(others);
    return pg::format("SELECT m.id, %s, ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*<>) "
                      "ROW(%s)::pg_catalog.record FROM %s s JOIN %s m ON m.id OPERATOR(pg_catalog.=) s.id "
                      "AND m.conversation_id OPERATOR(pg_catalog.=) $1",
                      time_expression(schema, "m.created_at"), list(columns, &UpdatedColumn::before),
                      list(columns, &UpdatedColumn::after), message_rows,
                      pg::qualified_name(schema, "messages"));
}

const char* update_statement(pg::Oid schema, std::int32_t, std::span<const std::string_view> others) {
    const std::span<const UpdatedColumn> columns = updated_columns(others);
    return pg::format("UPDATE %s m SET (%s) = ROW(%s) FROM %s s WHERE m.id OPERATOR(pg_catalog.=) s.id "
                      "AND m.conversation_id OPERATOR(pg_catalog.=) $1 RETURNING m.id",
                      pg::qualified_name(schema, "messages"), list(columns, &UpdatedColumn::name),
                      list(columns, &UpdatedColumn::after), message_rows);
}

const char* any_of_two_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) ANY (ARRAY[$2, $3]) "
                      "AND conversation_id OPERATOR(pg_catalog.=) $1 LIMIT 1",
                      pg::qualified_name(schema, "messages"));
}

/// One for each set of columns.
template <std::int32_t columns>
const char* insert_of(pg::Oid schema) {
    return insert_statement(schema, columns, {});
}
template <std::int32_t... columns>
constexpr std::array<pg::KeptStatement, sizeof...(columns)>
make_inserts(std::integer_sequence<std::int32_t, columns...>) noexcept {
    return {pg::KeptStatement("messages", "messages", pg::Rights::caller, insert_of<columns>,
                              message_parameters)...};
}
constinit std::array<pg::KeptStatement, (all_optional | all_new) + 1> inserts =
    make_inserts(std::make_integer_sequence<std::int32_t, (all_optional | all_new) + 1>());

constexpr std::array three_uuids{pg::ParameterType::uuid, pg::ParameterType::uuid, pg::ParameterType::uuid};
constinit pg::KeptStatement any_of_two("messages", "messages", pg::Rights::caller, any_of_two_statement,
                                       three_uuids);

const char* stored_without_others(pg::Oid schema) {
    return stored_statement(schema, 0, {});
}
constinit pg::KeptStatement stored("messages", "messages", pg::Rights::caller, stored_without_others,
                                   message_parameters);

const char* update_without_others(pg::Oid schema) {
    return update_statement(schema, 0, {});
}
constinit pg::KeptStatement update("messages", "messages", pg::Rights::caller, update_without_others,
                                   message_parameters);

// ---- writing

/// Without a text for an id, which the AI SDK makes where nobody has given one, a message is a new one.
bool has_id(const InputMessage& message) {
    return message.given_id && !message.given_id->empty();
}

void give_ids(pg::MemoryContext context, const pg::Uuid& conversation, std::span<InputMessage> messages) {
    const std::span new_ids(pg::allocate_array<pg::Uuid>(context, messages.size()), messages.size());
    pg::make_random_uuids(new_ids);
    for (std::size_t i = 0; i < messages.size(); ++i)
        if (!messages[i].is_stored)
            messages[i].id =
                has_id(messages[i]) ? message_uuid(conversation, *messages[i].given_id) : new_ids[i];
}

class MessageWriter {
public:
    MessageWriter(pg::MemoryContext context, pg::Oid schema, const pg::Uuid& conversation,
                  std::span<InputMessage> messages, std::span<const std::string_view> others)
        : context_(context), schema_(schema), conversation_(conversation), messages_(messages),
          others_(others), pending_(pg::allocate_array<InputMessage*>(context, messages.size())) {}

    /// Updates come before inserts: those touch the conversation, and who changes one of these messages at
    /// the same time would wait for that while it is waited for.
    void write() {
        if (messages_.empty())
            return;
        sort_by_id();
        if (insert_as_new())
            return;
        find_stored();
        update_changed();
        insert_others();
        // Only now are there some that others have inserted in the meantime, or that are elsewhere.
        if (find_stored()) {
            refuse_others();
            update_changed();
        }
    }

private:
    /// The same one twice in a call is a mistake, and which one should stand is not for us to say.
    void sort_by_id() {
        by_id_ = pg::allocate_array<InputMessage*>(context_, messages_.size());
        for (std::size_t i = 0; i < messages_.size(); ++i)
            by_id_[i] = &messages_[i];
        std::sort(by_id_, by_id_ + messages_.size(), [](const InputMessage* a, const InputMessage* b) {
            return a->id.bytes != b->id.bytes ? a->id.bytes < b->id.bytes : a < b;
        });
        for (std::size_t i = 1; i < messages_.size(); ++i)
            if (by_id_[i]->id == by_id_[i - 1]->id)
                refuse_duplicate(*by_id_[i - 1], *by_id_[i]);
    }

    [[noreturn]] static void refuse_duplicate(const InputMessage& first, const InputMessage& second) {
        // The message that a result belongs to has not been given an id here.
        const bool second_is_named = second.given_id.has_value();
        const InputMessage& named = second_is_named ? second : first;
        const InputMessage& other = second_is_named ? first : second;
        refuse(named.place, ".id", pg::format("is that of %s, too", input_path(other.place, "")));
    }

    InputMessage* find(const pg::Uuid& id) const {
        InputMessage** end = by_id_ + messages_.size();
        InputMessage** found = std::lower_bound(
            by_id_, end, id, [](const InputMessage* a, const pg::Uuid& b) { return a->id.bytes < b.bytes; });
        return found != end && (*found)->id == id ? *found : nullptr;
    }

    /// Sends the pending messages to a kept statement, or to one with the users' own columns.
    void execute(pg::KeptStatement& kept,
                 const char* (*text)(pg::Oid, std::int32_t, std::span<const std::string_view>),
                 std::int32_t columns, const pg::RowReceiver& receiver) {
        const MessageParameters parameters =
            parameters_of(context_, conversation_, pending(), columns, !others_.empty());
        if (others_.empty())
            kept.execute_latest(schema_, parameters, receiver);
        else
            pg::execute_latest_once(text(schema_, columns, others_), message_parameters, parameters,
                                    receiver);
    }

    /// The messages that the next statement is about.
    template <typename Wanted>
    void collect(Wanted is_wanted) {
        pending_count_ = 0;
        for (InputMessage& message : messages_)
            if (is_wanted(message))
                pending_[pending_count_++] = &message;
    }

    std::span<InputMessage* const> pending() const { return {pending_, pending_count_}; }

    /// Inserts them all, if all are new ones; whether they were.
    bool insert_as_new() {
        collect([](const InputMessage&) { return true; });
        const auto has_no_id = [](const InputMessage* message) {
            return !message->is_stored && !has_id(*message);
        };
        if (std::all_of(pending_, pending_ + pending_count_, has_no_id)) {
            insert(all_new);
            return true;
        }
        // The look into the index that ON CONFLICT takes for each row is a sixth of the time that its
        // insertion takes with all triggers. What fails here fails with ON CONFLICT, too, and then says so,
        // but for ids that are there.
        pg::OwnedReport error;
        return are_likely_new() && pg::attempt([this] { insert(all_new); }, error);
    }

    /// Who sends again what is there already sends all of it, or it comes first, or it is the last message,
    /// which has grown.
    bool are_likely_new() const {
        constexpr std::size_t fewest = 16;
        if (pending_count_ < fewest)
            return false;
        return !any_of_two.exists_latest(
            schema_, std::array{pg::Parameter::uuid(conversation_), pg::Parameter::uuid(pending_[0]->id),
                                pg::Parameter::uuid(pending_[pending_count_ - 1]->id)});
    }

    void insert_others() {
        collect([](const InputMessage& message) { return !message.is_written && !message.is_stored; });
        if (pending_count_ > 0)
            insert(0);
    }

    /// In one statement, which writes the columns that any of them says something about.
    void insert(std::int32_t columns) {
        for (const InputMessage* message : pending())
            columns |= message->said & all_optional;
        if ((columns & said::created_at) != 0)
            for (InputMessage* message : pending())
                if (!message->created_at)
                    message->created_at = pg::transaction_time();

        inserted_ = 0;
        constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp};
        execute(inserts[static_cast<std::size_t>(columns)], insert_statement, columns,
                {[this](const pg::Row& row) { take_inserted(row); }, kinds});
    }

    void take_inserted(const pg::Row& row) {
        // They come in the order in which they were sent, without those that are there already.
        const pg::Uuid id = row.uuid(0);
        while (inserted_ < pending_count_ && pending_[inserted_]->id != id)
            ++inserted_;
        if (inserted_ == pending_count_)
            return;
        pending_[inserted_]->stored_at = row.timestamp(1);
        pending_[inserted_]->is_written = true;
        ++inserted_;
    }

    /// Looks for those that have not been written; whether there are any.
    bool find_stored() {
        collect([](const InputMessage& message) { return !message.is_written; });
        if (pending_count_ == 0)
            return false;
        constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::boolean};
        execute(stored, stored_statement, all_optional,
                {[this](const pg::Row& row) { take_stored(row); }, kinds});
        return true;
    }

    void take_stored(const pg::Row& row) {
        InputMessage* message = find(row.uuid(0));
        if (message == nullptr)
            return;
        message->is_written = true;
        message->stored_at = row.timestamp(1);
        message->differs = row.boolean(2);
    }

    /// What could not be inserted and is not here is elsewhere. Where, and whose it is, is nobody's business.
    void refuse_others() const {
        for (const InputMessage* message : pending()) {
            if (message->is_written)
                continue;
            // The message that a result belongs to was there a moment ago.
            if (message->is_stored)
                refuse_tool_result(message->place);
            refuse_for_other_conversation(message->place, ".id", message->given_id.value_or(""));
        }
    }

    void update_changed() {
        collect([](const InputMessage& message) { return message.differs; });
        if (pending_count_ == 0)
            return;
        constexpr std::array kinds{pg::ColumnKind::uuid};
        updated_ = 0;
        execute(update, update_statement, all_optional, {[this](const pg::Row&) { ++updated_; }, kinds});
        // Policies that let a user read a message and not change it pass it over without an error.
        if (updated_ < pending_count_)
            pg::raise(
                {pg::sqlstate::insufficient_privilege, "a message that is there already may not be changed",
                 pg::format("%zu of %zu were not.", pending_count_ - updated_, pending_count_),
                 "Nothing was written. Row-level security or a trigger of messages keeps them as they are."});
        for (InputMessage* message : pending())
            message->differs = false;
    }

    pg::MemoryContext context_;
    pg::Oid schema_;
    const pg::Uuid& conversation_;
    std::span<InputMessage> messages_;
    std::span<const std::string_view> others_;
    InputMessage** by_id_ = nullptr;

    /// Those that the statement at hand is about.
    InputMessage** pending_;
    std::size_t pending_count_ = 0;
    std::size_t inserted_ = 0;
    std::size_t updated_ = 0;
};

} // namespace

std::span<const InputMessage> write_messages(pg::MemoryContext context, pg::Oid schema,
                                             const pg::Uuid& conversation, const InputMessages& input) {
    const std::span<InputMessage> messages = apply_tool_results(context, schema, conversation, input);
    give_ids(context, conversation, messages);
    MessageWriter(context, schema, conversation, messages, input.other_columns).write();
    return messages;
}

void write_summary(pg::ValueWriter& writer, const InputMessage& message) {
    writer.begin_object();
    writer.key("id");
    writer.uuid(message.id);
    writer.key("given_id");
    if (message.given_id)
        writer.string(*message.given_id);
    else
        writer.null();
    writer.key("created_at");
    writer.timestamp(message.stored_at, pg::TimestampStyle::utc);
    writer.end_object();
}

} // namespace agentchat
