// create_conversation() creates a conversation with its first messages, in one call.
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/caller.hpp"
#include "common/conversation_id.hpp"
#include "common/object_argument.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "writing/conversation_lock.hpp"
#include "writing/message_input.hpp"
#include "writing/message_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the expressions that read both times of a conversation in UTC, as "a, b".
const char* times_in_utc(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "conversations");
    const auto time = [&](const char* column) { return pg::time_in_utc(table, column, column); };
    return pg::format("%s, %s", time("created_at"), time("updated_at"));
}

/// Returns the INSERT. It has no id if the database chooses it.
template <bool has_id>
const char* create_statement(pg::Oid schema) {
    if (has_id)
        pg::require_unique(pg::require_relation(schema, "conversations"), "id");
    return pg::format("INSERT INTO %s (user_id, title, system_prompt, metadata%s) VALUES ($1, $2, $3, $4%s) "
                      "%sRETURNING id, %s",
                      pg::qualified_name(schema, "conversations"), has_id ? ", id" : "", has_id ? ", $5" : "",
                      has_id ? "ON CONFLICT (id) DO NOTHING " : "", times_in_utc(schema));
}
constexpr std::array create_parameters{pg::ParameterType::uuid, pg::ParameterType::text,
                                       pg::ParameterType::text, pg::ParameterType::jsonb,
                                       pg::ParameterType::uuid};
constinit pg::KeptStatement create("conversations", "conversations", pg::Rights::caller,
                                   create_statement<false>, std::span(create_parameters).first(4));
constinit pg::KeptStatement create_with_id("conversations", "conversations", pg::Rights::caller,
                                           create_statement<true>, create_parameters);

const char* find_statement(pg::Oid schema) {
    pg::uuid_column(pg::require_relation(schema, "conversations"), "user_id");
    return pg::format("SELECT user_id, title::pg_catalog.text, %s FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      times_in_utc(schema), pg::qualified_name(schema, "conversations"));
}
constexpr std::array find_parameters{pg::ParameterType::uuid};
constinit pg::KeptStatement find("conversations", "conversations", pg::Rights::caller, find_statement,
                                 find_parameters);

/// The fields of the result.
struct Conversation {
    pg::Uuid id;
    pg::Uuid user;
    std::string_view title;
    pg::Timestamp created_at;
    pg::Timestamp updated_at;
};

/// The columns of a new conversation.
struct NewConversation {
    /// The id that the call gives.
    std::optional<pg::Uuid> id;
    pg::Uuid user;
    std::string_view title;
    std::optional<std::string_view> system_prompt;
    std::optional<std::uintptr_t> metadata;
};

/// Inserts the conversation. Returns nothing if its id is already stored.
std::optional<Conversation> insert(pg::Oid schema, const NewConversation& given) {
    std::optional<Conversation> made;
    constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::timestamp};
    const std::array parameters{pg::Parameter::uuid(given.user), pg::Parameter::text(given.title),
                                pg::Parameter::text(given.system_prompt),
                                pg::Parameter::jsonb(given.metadata),
                                given.id ? pg::Parameter::uuid(*given.id) : pg::Parameter::null()};
    pg::KeptStatement& statement = given.id ? create_with_id : create;
    statement.execute_latest(
        schema, std::span(parameters).first(given.id ? 5 : 4),
        {[&](const pg::Row& row) {
             made = {row.uuid(0), given.user, given.title, row.timestamp(1), row.timestamp(2)};
         },
         kinds});
    return made;
}

/// Finds a conversation that the caller may see. Its texts live in the memory context.
std::optional<Conversation> find_visible(pg::MemoryContext context, pg::Oid schema, const pg::Moment& moment,
                                         const pg::Uuid& id) {
    std::optional<Conversation> found;
    constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::text, pg::ColumnKind::timestamp,
                               pg::ColumnKind::timestamp};
    find.query_at(schema, moment, std::array{pg::Parameter::uuid(id)},
                  {[&](const pg::Row& row) {
                       found = {id, row.uuid(0), pg::copy_text(context, row.text(1)), row.timestamp(2),
                                row.timestamp(3)};
                   },
                   kinds});
    return found;
}

std::optional<Conversation> find_visible(pg::MemoryContext context, pg::Oid schema, const pg::Uuid& id) {
    pg::Moment moment = pg::Moment::now();
    const std::optional<Conversation> found = find_visible(context, schema, moment, id);
    moment.end();
    return found;
}

/// Raises PT409. The error says nothing about the stored conversation.
[[noreturn]] void refuse_taken_id(std::string_view id) {
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::conflict, "conversation belongs to another user",
               pg::format("id is %s.", pg::quoted_excerpt(id)),
               "Nothing was written. Give the conversation another id, or none."});
}

/// Raises 40001 if the transaction's snapshot does not show the conversation. The foreign keys of its
/// messages are checked with that snapshot (RI_FKey_check in src/backend/utils/adt/ri_triggers.c), and would
/// not find it.
void require_in_snapshot(pg::MemoryContext context, pg::Oid schema, const pg::Uuid& id) {
    if (!pg::has_transaction_snapshot())
        return;
    pg::Moment moment = pg::Moment::of_transaction();
    const bool is_shown = find_visible(context, schema, moment, id).has_value();
    moment.end();
    if (is_shown)
        return;
    pg::raise({pg::sqlstate::serialization_failure, "could not serialize access due to concurrent creation",
               "Another transaction has created the conversation since this transaction began.",
               "Repeat the transaction."});
}

/// Creates a conversation with the given id, or locks the one that the user already has. Returns whether it
/// is new. Raises PT409 if the id belongs to a conversation of another user.
bool create_or_lock(pg::MemoryContext context, pg::Oid schema, const NewConversation& given,
                    std::string_view name, Conversation& conversation) {
    // Between two statements, another session can delete the conversation that was found. Then it is created
    // anew. An id that is stored, but is never found, belongs to another user.
    constexpr int most_attempts = 3;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        pg::check_for_interrupts();
        if (const std::optional<Conversation> existing = find_visible(context, schema, *given.id)) {
            if (existing->user != given.user)
                break;
            conversation = *existing;
            require_in_snapshot(context, schema, *given.id);
            if (lock_conversation_if_visible(schema, *given.id))
                return false;
            continue;
        }
        if (const std::optional<Conversation> made = insert(schema, given)) {
            conversation = *made;
            return true;
        }
    }
    refuse_taken_id(name);
}

} // namespace

pg::Result create_conversation(pg::Call& call) {
    enum Argument : int {
        arg_title,
        arg_messages,
        arg_system_prompt,
        arg_metadata,
        arg_user_id,
        arg_format,
        arg_id,
    };
    const InputFormat format = input_format_argument(call, arg_format);
    call.require_not_null(arg_title, "title");
    NewConversation given{};
    given.title = call.text(arg_title);
    given.metadata = object_argument(call, arg_metadata, "metadata");
    given.user = user_argument(call, arg_user_id);
    if (!call.is_null(arg_system_prompt))
        given.system_prompt = call.text(arg_system_prompt);
    if (!call.is_null(arg_id))
        given.id = conversation_uuid(given.user, call.text(arg_id), "id");
    const pg::Oid schema = call.function_schema();

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat create_conversation");
    pg::switch_to(memory);
    InputMessages input{};
    if (!call.is_null(arg_messages))
        input = read_input(memory, pg::JsonbView::of(call.datum(arg_messages)), format, schema, given.id);

    Conversation conversation{};
    bool is_new = true;
    if (given.id)
        is_new = create_or_lock(memory, schema, given, call.text(arg_id), conversation);
    else
        conversation = insert(schema, given).value_or(Conversation{});

    pg::DocumentWriter& document = pg::jsonb_document({memory, caller, 0, append_less_hint}, "messages");
    for (const InputMessage& message : write_messages(memory, schema, conversation.id, input)) {
        write_summary(message, document.begin_element());
        document.end_element();
    }
    // The messages may have changed updated_at.
    if (!is_new)
        conversation = find_visible(memory, schema, conversation.id).value_or(conversation);
    const auto field = [&](std::string_view name, auto write) {
        write(document.begin_field(name));
        document.end_field();
    };
    field("id", [&](pg::ValueWriter& writer) { writer.uuid(conversation.id); });
    field("user_id", [&](pg::ValueWriter& writer) { writer.uuid(conversation.user); });
    field("title", [&](pg::ValueWriter& writer) { writer.string(conversation.title); });
    field("created_at", [&](pg::ValueWriter& writer) {
        writer.timestamp(conversation.created_at, pg::TimestampStyle::utc);
    });
    field("updated_at", [&](pg::ValueWriter& writer) {
        writer.timestamp(conversation.updated_at, pg::TimestampStyle::utc);
    });
    const pg::Result result = document.finish();
    pg::switch_to(caller);
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
