// agentchat.protect_chunks() keeps the chunks of a running run: they come only while the run is running,
// never change, and are deleted only when the run is over.
#include <array>
#include <span>

#include "common/uuid_set.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/kept_statement.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Returns the query that finds a running run, and keeps others from ending it. append_chunks() already has
/// this lock.
const char* lock_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1 "
                      "AND status OPERATOR(pg_catalog.=) 'running' FOR NO KEY UPDATE",
                      pg::qualified_name(schema, "runs"));
}

/// Returns the query that finds a running run.
const char* running_statement(pg::Oid schema) {
    return pg::format("SELECT true FROM %s WHERE id OPERATOR(pg_catalog.=) $1 "
                      "AND status OPERATOR(pg_catalog.=) 'running'",
                      pg::qualified_name(schema, "runs"));
}

constexpr std::array one_uuid{pg::ParameterType::uuid};
constinit pg::KeptStatement lock =
    pg::KeptStatement("runs", "run_chunks", pg::Rights::owner, lock_statement, one_uuid).by_index();
constinit pg::KeptStatement running =
    pg::KeptStatement("runs", "run_chunks", pg::Rights::owner, running_statement, one_uuid).by_index();

/// Raises PT409, and names the run.
[[noreturn]] void refuse(const pg::Uuid& run, const char* message, const char* detail, const char* hint) {
    char id[pg::uuid_text_size];
    pg::write_uuid(run, id);
    pg::raise({pg::sqlstate::conflict, message,
               pg::format("Run %.*s %s.", static_cast<int>(sizeof(id)), id, detail), hint});
}

/// Collects the runs whose chunks a statement changed.
class Runs {
public:
    explicit Runs(const pg::StatementTrigger& trigger)
        : trigger_(trigger), column_(trigger.uuid_column("run_id").number - 1) {}

    std::span<const pg::Uuid> sorted() { return ids_.sorted(); }

    void take(const pg::Row* before, const pg::Row* after) {
        const pg::Row& row = before != nullptr ? *before : *after;
        if (row.is_null(column_))
            return;
        if (before != nullptr && after != nullptr && trigger_.differ(*before, *after))
            refuse(row.uuid(column_), "a chunk of a run cannot change", "has the chunk",
                   "Append what has come since with append_chunks().");
        ids_.add(row.uuid(column_));
    }

private:
    const pg::StatementTrigger& trigger_;
    int column_;
    UuidSet ids_;
};

} // namespace

/// Checks each run once, in the order of their ids. Statements that append to the same runs therefore wait
/// for one another, but do not deadlock.
pg::Result protect_chunks(pg::Call& call) {
    const pg::StatementTrigger trigger(call, pg::after_statement_change);
    trigger.require_table("run_chunks");
    if (pg::is_restore(trigger.table()))
        return trigger.done();

    Runs runs(trigger);
    trigger.each_change([&](const pg::Row* before, const pg::Row* after) { runs.take(before, after); });
    const pg::Oid schema = trigger.table_schema();
    for (const pg::Uuid& run : runs.sorted()) {
        const std::array parameters{pg::Parameter::uuid(run)};
        if (trigger.is_insert() && lock.execute_latest(schema, parameters) == 0)
            refuse(run, "run is over", "takes no more chunks", "Start another run with start_run().");
        // A run that is deleted takes its chunks with it, and is not found.
        if (trigger.is_delete() && running.exists_latest(schema, parameters))
            refuse(run, "a running run keeps its chunks", "is running",
                   "Finish it with finish_run(), which deletes its chunks.");
    }
    return trigger.done();
}

} // namespace agentchat
