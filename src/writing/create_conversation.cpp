// create_conversation() creates a conversation with its first messages, in one call.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/caller.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/value_writer.hpp"
#include "writing/message_input.hpp"
#include "writing/message_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

const char* create_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "conversations");
    const auto time = [&](const char* column) { return pg::time_in_utc(table, column, column); };
    return pg::format("INSERT INTO %s (user_id, title, system_prompt, metadata) VALUES ($1, $2, $3, $4) "
                      "RETURNING id, %s, %s",
                      pg::qualified_name(schema, "conversations"), time("created_at"), time("updated_at"));
}
constexpr std::array create_parameters{pg::ParameterType::uuid, pg::ParameterType::text,
                                       pg::ParameterType::text, pg::ParameterType::jsonb};
constinit pg::KeptStatement create("conversations", "conversations", pg::Rights::caller, create_statement,
                                   create_parameters);

/// What the INSERT returns.
struct NewConversation {
    pg::Uuid id;
    pg::Timestamp created_at;
    pg::Timestamp updated_at;
};

/// Returns the argument, or nothing for NULL. Raises 22023 if it is not an object.
std::optional<std::uintptr_t> metadata_argument(const pg::Call& call, int argument) {
    if (call.is_null(argument))
        return std::nullopt;
    if (!pg::JsonbView::of(call.datum(argument)).is_object())
        pg::raise({pg::sqlstate::invalid_parameter_value, "metadata must be a JSON object", "",
                   "Wrap the value in an object."});
    return call.datum(argument);
}

} // namespace

pg::Result create_conversation(pg::Call& call) {
    enum Argument : int { arg_title, arg_messages, arg_system_prompt, arg_metadata, arg_user_id, arg_format };
    const InputFormat format = input_format_argument(call, arg_format);
    call.require_not_null(arg_title, "title");
    const std::string_view title = call.text(arg_title);
    const std::optional<std::uintptr_t> metadata = metadata_argument(call, arg_metadata);
    const pg::Uuid user = user_argument(call, arg_user_id);
    std::optional<std::string_view> system_prompt;
    if (!call.is_null(arg_system_prompt))
        system_prompt = call.text(arg_system_prompt);
    const pg::Oid schema = call.function_schema();

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat create_conversation");
    pg::switch_to(memory);
    InputMessages input{};
    if (!call.is_null(arg_messages))
        input = read_input(memory, pg::JsonbView::of(call.datum(arg_messages)), format, schema, std::nullopt);

    NewConversation made{};
    constexpr std::array kinds{pg::ColumnKind::uuid, pg::ColumnKind::timestamp, pg::ColumnKind::timestamp};
    create.execute_latest(schema,
                          std::array{pg::Parameter::uuid(user), pg::Parameter::text(title),
                                     pg::Parameter::text(system_prompt), pg::Parameter::jsonb(metadata)},
                          {[&](const pg::Row& row) {
                               made = {row.uuid(0), row.timestamp(1), row.timestamp(2)};
                           },
                           kinds});

    pg::DocumentWriter& document = pg::jsonb_document({memory, caller, 0, append_less_hint}, "messages");
    for (const InputMessage& message : write_messages(memory, schema, made.id, input)) {
        write_summary(message, document.begin_element());
        document.end_element();
    }
    const auto field = [&](std::string_view name, auto write) {
        write(document.begin_field(name));
        document.end_field();
    };
    field("id", [&](pg::ValueWriter& writer) { writer.uuid(made.id); });
    field("user_id", [&](pg::ValueWriter& writer) { writer.uuid(user); });
    field("title", [&](pg::ValueWriter& writer) { writer.string(title); });
    field("created_at",
          [&](pg::ValueWriter& writer) { writer.timestamp(made.created_at, pg::TimestampStyle::utc); });
    field("updated_at",
          [&](pg::ValueWriter& writer) { writer.timestamp(made.updated_at, pg::TimestampStyle::utc); });
    const pg::Result result = document.finish();
    pg::switch_to(caller);
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
