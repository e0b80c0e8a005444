// advance_workflow() moves a workflow to another status, and appends a step to it.
//
// Many workers may call it for one workflow. Each call locks the row until its transaction ends; therefore no
// step is lost, and the order of the steps is the order of the commits.
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/workflow_status.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/value_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_id, arg_status, arg_step, arg_result };

/// Holds what the arguments say. An absent value leaves its column as it is.
struct Change {
    std::optional<std::string_view> status;
    std::optional<pg::JsonbView> step;
    std::optional<std::uintptr_t> result;
};

/// Holds the columns of a workflow that the function returns, and its steps with the new one.
struct Workflow {
    std::optional<std::string_view> workflow_id;
    std::optional<std::string_view> status;
    std::optional<pg::Timestamp> updated_at;
    std::size_t step_count;
    std::optional<std::uintptr_t> steps;
};

// ---- statements

/// Numbers the first columns that both statements return.
enum Column : int { column_workflow_id, column_status, column_updated_at, column_steps };

/// Makes the list of these columns of a table w.
const char* returned_columns(pg::Oid schema) {
    return pg::format(
        "w.workflow_id::pg_catalog.text, w.status::pg_catalog.text, %s",
        pg::time_in_utc(pg::require_relation(schema, "workflows"), "updated_at", "w.updated_at"));
}

const char* lock_statement(pg::Oid schema) {
    return pg::format("SELECT %s, w.steps::pg_catalog.jsonb FROM %s w "
                      "WHERE w.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE OF w",
                      returned_columns(schema), pg::qualified_name(schema, "workflows"));
}
constexpr std::array lock_parameters{pg::ParameterType::uuid};
constexpr std::array lock_kinds{pg::ColumnKind::text, pg::ColumnKind::text, pg::ColumnKind::timestamp,
                                pg::ColumnKind::jsonb};
constinit pg::KeptStatement lock("workflows", "workflows", pg::Rights::caller, lock_statement,
                                 lock_parameters);

/// The columns that an UPDATE changes, as bits. A column that it need not change is not in it: callers may
/// lack the right to change it, and users may have triggers on it.
enum Changed : std::uint32_t { changed_status = 1, changed_steps = 2, changed_result = 4 };
constexpr std::uint32_t change_sets = 8;

const char* update_statement(pg::Oid schema, std::uint32_t changed) {
    const char* list = "";
    const auto add = [&](Changed column, const char* assignment) {
        if ((changed & column) != 0)
            list = pg::format("%s%s%s", list, *list == '\0' ? "" : ", ", assignment);
    };
    add(changed_status, "status = $2");
    add(changed_steps, "steps = $3");
    add(changed_result, "result = $4");
    return pg::format("UPDATE %s w SET %s WHERE w.id OPERATOR(pg_catalog.=) $1 RETURNING %s",
                      pg::qualified_name(schema, "workflows"), list, returned_columns(schema));
}
constexpr std::array update_parameters{pg::ParameterType::uuid, pg::ParameterType::text,
                                       pg::ParameterType::jsonb, pg::ParameterType::jsonb};
constexpr std::array update_kinds{pg::ColumnKind::text, pg::ColumnKind::text, pg::ColumnKind::timestamp};

using Updates = std::array<pg::KeptStatement, change_sets>;
constexpr Updates make_updates() noexcept {
    Updates updates;
    for (std::uint32_t changed = 1; changed < change_sets; ++changed)
        updates[changed] = {"workflows",      "workflows", pg::Rights::caller,
                            update_statement, changed,     update_parameters};
    return updates;
}
constinit Updates updates = make_updates();

// ---- arguments

/// Raises 22023 unless it is the name of a status.
std::string_view checked_status(std::string_view status) {
    if (!is_workflow_status(status))
        pg::raise({pg::sqlstate::invalid_parameter_value, "unknown workflow status",
                   pg::format("The status is %s.", pg::quoted_excerpt(status)),
                   "Use \"pending\", \"running\", \"completed\" or \"failed\"."});
    return status;
}

/// Raises 22023 unless the step is an object, as the readers of the column expect.
pg::JsonbView checked_step(const pg::JsonbView& step) {
    if (!step.is_object())
        pg::raise({pg::sqlstate::invalid_parameter_value, "step must be a JSON object", "",
                   "Put the value into an object, such as {\"output\": ...}."});
    return step;
}

Change change_of(const pg::Call& call) {
    Change change{};
    if (!call.is_null(arg_status))
        change.status = checked_status(call.text(arg_status));
    if (!call.is_null(arg_step))
        change.step = checked_step(pg::JsonbView::of(call.datum(arg_step)));
    if (!call.is_null(arg_result))
        change.result = call.datum(arg_result);
    return change;
}

// ---- the workflow

const char* id_text(const pg::Uuid& id) {
    char text[pg::uuid_text_size];
    pg::write_uuid(id, text);
    return pg::format("%.*s", static_cast<int>(sizeof(text)), text);
}

[[noreturn]] void raise_not_found(const pg::Uuid& id) {
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::not_found, "workflow not found",
               pg::format("Workflow %s does not exist, or the caller may not change it.", id_text(id)),
               "Insert the workflow into workflows first."});
}

/// Returns the steps of the row. Raises 22023 if they are not an array, which only tables without the
/// constraints of agentchat can hold.
std::optional<pg::JsonbView> stored_steps(const pg::Uuid& id, const pg::Row& row) {
    if (row.is_null(column_steps))
        return std::nullopt;
    const pg::JsonbView steps = pg::JsonbView::of(row.datum(column_steps));
    if (!steps.is_array())
        pg::raise({pg::sqlstate::invalid_parameter_value, "workflows.steps must be a JSON array",
                   pg::format("The steps of workflow %s are not an array.", id_text(id)),
                   "Run agentchat.check() to find such rows, and correct them."});
    return steps;
}

/// Returns the steps with the new one. Raises 22023 if they are too large for a jsonb.
std::uintptr_t appended(const pg::Uuid& id, const std::optional<pg::JsonbView>& steps,
                        const pg::JsonbView& step) {
    const std::optional<std::uintptr_t> all = pg::jsonb_append(steps, step);
    if (!all)
        pg::raise(
            {pg::sqlstate::invalid_parameter_value, "the steps of a workflow are too large",
             pg::format("Workflow %s has %zu steps of %zu bytes, and the new step has %zu bytes. "
                        "A jsonb value holds less than 256 MB.",
                        id_text(id), steps ? steps->count() : 0, steps ? steps->size() : 0, step.size()),
             "Go on in another workflow. Keep large results elsewhere, such as in artifacts, and name "
             "their ids in the steps."});
    return *all;
}

/// Reads the columns that the function returns. Their texts are copied into the context.
void read_columns(pg::MemoryContext context, const pg::Row& row, Workflow& workflow) {
    const auto text = [&](int column) {
        return row.is_null(column) ? std::nullopt : std::optional(pg::copy_text(context, row.text(column)));
    };
    workflow.workflow_id = text(column_workflow_id);
    workflow.status = text(column_status);
    workflow.updated_at =
        row.is_null(column_updated_at) ? std::nullopt : std::optional(row.timestamp(column_updated_at));
}

/// Locks the row, checks the change, and returns the workflow with its steps and the new one. Returns nothing
/// if the caller may not change such a workflow.
std::optional<Workflow> lock_workflow(pg::Oid schema, const pg::Uuid& id, const Change& change) {
    const pg::MemoryContext context = pg::current_context();
    std::optional<Workflow> found;
    const auto take = [&](const pg::Row& row) {
        // The values must outlive the row.
        const pg::MemoryContext row_context = pg::switch_to(context);
        Workflow& workflow = found.emplace();
        read_columns(context, row, workflow);
        if (change.status && workflow.status)
            check_workflow_move(id, *workflow.status, *change.status);
        const std::optional<pg::JsonbView> steps = stored_steps(id, row);
        workflow.step_count = steps ? steps->count() : 0;
        if (change.step) {
            workflow.steps = appended(id, steps, *change.step);
            ++workflow.step_count;
        }
        pg::switch_to(row_context);
    };
    pg::Moment moment = pg::Moment::of_transaction();
    lock.execute_at(schema, moment, std::array{pg::Parameter::uuid(id)}, {take, lock_kinds});
    moment.end();
    return found;
}

/// Writes the change to the row. Returns false if the row was not written.
bool update_workflow(pg::Oid schema, const pg::Uuid& id, const Change& change, Workflow& workflow) {
    const std::uint32_t changed = (change.status ? changed_status : 0U) | (change.step ? changed_steps : 0U) |
                                  (change.result ? changed_result : 0U);
    if (changed == 0)
        return true;
    const pg::MemoryContext context = pg::current_context();
    bool written = false;
    const auto take = [&](const pg::Row& row) {
        read_columns(context, row, workflow);
        written = true;
    };
    // Under READ COMMITTED, this snapshot shows what another session committed while the lock was awaited.
    pg::Moment moment = pg::Moment::of_transaction();
    updates[changed].execute_at(schema, moment,
                                std::array{pg::Parameter::uuid(id), pg::Parameter::text(change.status),
                                           pg::Parameter::jsonb(workflow.steps),
                                           pg::Parameter::jsonb(change.result)},
                                {take, update_kinds});
    moment.end();
    return written;
}

pg::Result document(const pg::Uuid& id, const Workflow& workflow) {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    const auto text = [&](std::string_view key, const std::optional<std::string_view>& value) {
        writer.key(key);
        if (value)
            writer.string(*value);
        else
            writer.null();
    };
    writer.begin_object();
    writer.key("id");
    writer.uuid(id);
    text("workflow_id", workflow.workflow_id);
    text("status", workflow.status);
    writer.key("step_count");
    writer.integer(static_cast<std::int64_t>(workflow.step_count));
    writer.key("updated_at");
    if (workflow.updated_at)
        writer.timestamp(*workflow.updated_at, pg::TimestampStyle::utc);
    else
        writer.null();
    writer.end_object();
    return {writer.finish(), false};
}

} // namespace

// Both statements see what the transaction sees. Under REPEATABLE READ, a call therefore fails with 40001 if
// the workflow has changed since the transaction began: a step that follows from what the transaction has
// read would otherwise come after steps that it does not know.
pg::Result advance_workflow(pg::Call& call) {
    call.require_not_null(arg_id, "id");
    const pg::Uuid id = call.uuid(arg_id);
    const Change change = change_of(call);
    const pg::Oid schema = call.function_schema();
    std::optional<Workflow> workflow = lock_workflow(schema, id, change);
    if (!workflow || !update_workflow(schema, id, change, *workflow))
        raise_not_found(id);
    return document(id, *workflow);
}

} // namespace agentchat
