// finish_run() ends a run: it writes the answer, marks the run, and deletes its chunks, in one transaction.
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/feature.hpp"
#include "common/object_argument.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"
#include "writing/conversation_lock.hpp"
#include "writing/message_input.hpp"
#include "writing/message_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_run_id, arg_status, arg_messages, arg_format, arg_error, arg_metadata };

/// Makes the text of the query for the conversation of a run.
const char* conversation_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "runs");
    pg::uuid_column(table, "conversation_id");
    return pg::format("SELECT conversation_id FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "runs"));
}
/// Makes the text of the UPDATE. The keys of metadata $5 replace those that start_run() was given.
const char* mark_statement(pg::Oid schema) {
    const pg::Oid table = pg::require_relation(schema, "runs");
    return pg::format("UPDATE %s SET status = $2, finished_at = %s, error = COALESCE($4, error), "
                      "metadata = CASE WHEN $5 IS NULL THEN metadata "
                      "ELSE COALESCE(metadata, '{}') OPERATOR(pg_catalog.||) $5 END "
                      "WHERE id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "runs"), pg::time_in_utc(table, "finished_at", "$3"));
}
/// Makes the text of the DELETE.
const char* delete_statement(pg::Oid schema) {
    return pg::format("DELETE FROM %s WHERE run_id OPERATOR(pg_catalog.=) $1",
                      pg::qualified_name(schema, "run_chunks"));
}

constexpr std::array one_uuid{pg::ParameterType::uuid};
constexpr std::array mark_parameters{pg::ParameterType::uuid, pg::ParameterType::text,
                                     pg::ParameterType::timestamp, pg::ParameterType::jsonb,
                                     pg::ParameterType::jsonb};
constinit pg::KeptStatement conversation_of_run =
    pg::KeptStatement("runs", "runs", pg::Rights::caller, conversation_statement, one_uuid).by_index();
constinit pg::KeptStatement mark =
    pg::KeptStatement("runs", "runs", pg::Rights::caller, mark_statement, mark_parameters).by_index();
constinit pg::KeptStatement delete_chunks =
    pg::KeptStatement("run_chunks", "run_chunks", pg::Rights::caller, delete_statement, one_uuid).by_index();

/// Returns the argument status. Raises 22023 unless it is one of a run that is over.
RunStatus status_argument(const pg::Call& call) {
    call.require_not_null(arg_status, "status");
    const std::string_view name = call.text(arg_status);
    const std::optional<RunStatus> status = find_run_status(name);
    if (!status || *status == RunStatus::running)
        pg::raise({pg::sqlstate::invalid_parameter_value, "unknown status of a run that is over",
                   pg::format("The value is %s.", pg::quoted_excerpt(name)),
                   "Use finished, failed or stopped."});
    return *status;
}

/// Finds the conversation of the run, without a lock. Raises PT404 if the caller may not see the run.
pg::Uuid conversation_of(pg::Oid schema, const pg::Uuid& id) {
    std::optional<pg::Uuid> conversation;
    constexpr std::array kinds{pg::ColumnKind::uuid};
    conversation_of_run.query_latest(schema, std::array{pg::Parameter::uuid(id)},
                                     {[&](const pg::Row& row) { conversation = row.uuid(0); }, kinds});
    if (!conversation)
        raise_run_not_found(id);
    return *conversation;
}

/// Locks the conversation, and then the run. Raises PT404 if either was deleted in the meantime.
Run lock_run_in(pg::Oid schema, const pg::Uuid& conversation, const pg::Uuid& id) {
    if (!lock_conversation_if_visible(schema, conversation))
        raise_run_not_found(id);
    const std::optional<Run> run = lock_run(schema, id);
    if (!run)
        raise_run_not_found(id);
    return *run;
}

/// Returns the messages of the call, or nothing for NULL.
std::optional<InputMessages> messages_argument(const pg::Call& call, pg::MemoryContext memory,
                                               InputFormat format, pg::Oid schema,
                                               const pg::Uuid& conversation) {
    if (call.is_null(arg_messages))
        return std::nullopt;
    return read_input(memory, pg::JsonbView::of(call.datum(arg_messages)), format, schema, conversation);
}

/// Tells whether the call ends the run. A repeat does not. Raises PT409 if the run has ended in another way.
///
/// A writer that died has left a run which others mark as failed when it is silent. The chunks of that run
/// stay until somebody has saved them, which is the second end of the run.
bool ends_run(pg::Oid schema, const Run& run, RunStatus status) {
    if (run.status == RunStatus::running)
        return true;
    if (run.status != status)
        raise_run_over(run);
    if (status != RunStatus::failed)
        return false;
    pg::Moment moment = pg::Moment::now();
    const bool has_chunks = newest_chunk(schema, moment, run.id).has_value();
    moment.end();
    return has_chunks;
}

/// Marks the run, and deletes its chunks, which the rules allow only when it is over.
void end_run(pg::Oid schema, const Run& run, const std::optional<std::uintptr_t>& error,
             const std::optional<std::uintptr_t>& metadata) {
    mark.execute_latest(schema, std::array{pg::Parameter::uuid(run.id),
                                           pg::Parameter::text(run_status_name(run.status)),
                                           pg::Parameter::timestamp(*run.finished_at),
                                           pg::Parameter::jsonb(error), pg::Parameter::jsonb(metadata)});
    delete_chunks.execute_latest(schema, std::array{pg::Parameter::uuid(run.id)});
}

/// Writes the result, which begins with the summaries of the messages.
pg::Result answer(pg::DocumentWriter& document, const Run& run) {
    document.begin_field("run_id").uuid(run.id);
    document.end_field();
    document.begin_field("message_id").uuid(run.message);
    document.end_field();
    document.begin_field("status").string(run_status_name(run.status));
    document.end_field();
    document.begin_field("finished_at").timestamp(*run.finished_at, pg::TimestampStyle::utc);
    document.end_field();
    return document.finish();
}

} // namespace

pg::Result finish_run(pg::Call& call) {
    call.require_not_null(arg_run_id, "run_id");
    const RunStatus status = status_argument(call);
    const InputFormat format = input_format_argument(call, arg_format);
    const std::optional<std::uintptr_t> metadata = object_argument(call, arg_metadata, "metadata");
    const std::optional<std::uintptr_t> error =
        call.is_null(arg_error) ? std::nullopt : std::optional(call.datum(arg_error));
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat finish_run");
    pg::switch_to(memory);
    const pg::Uuid id = call.uuid(arg_run_id);
    const pg::Uuid conversation = conversation_of(schema, id);
    const std::optional<InputMessages> input = messages_argument(call, memory, format, schema, conversation);
    Run run = lock_run_in(schema, conversation, id);
    pg::DocumentWriter& document = pg::jsonb_document({memory, caller, 0, append_less_hint}, "messages");
    if (ends_run(schema, run, status)) {
        run.status = status;
        run.finished_at = run.finished_at.value_or(pg::clock_time());
        end_run(schema, run, error, metadata);
        if (input)
            for (const InputMessage& message : write_messages(memory, schema, conversation, *input)) {
                write_summary(message, document.begin_element());
                document.end_element();
            }
    }
    const pg::Result result = answer(document, run);
    pg::switch_to(caller);
    pg::delete_context(memory);
    return result;
}

} // namespace agentchat
