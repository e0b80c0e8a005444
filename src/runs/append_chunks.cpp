// append_chunks() writes the next chunks of a run. A sender that does not know whether its last call arrived
// sends the same chunks again.
//
// It locks the row of the run and does not update it: an answer of a thousand batches leaves no dead versions
// of that row.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "common/feature.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_run_id, arg_chunks, arg_from_seq };

constexpr char nothing_was_written[] = "Nothing was written.";

/// Makes the text of the INSERT. Set-returning functions in a SELECT list return row by row; in FROM,
/// PostgreSQL would first store their rows.
const char* insert_statement(pg::Oid schema) {
    pg::uuid_column(pg::require_relation(schema, "run_chunks"), "run_id");
    return pg::format("INSERT INTO %s (run_id, seq, chunk) "
                      "SELECT $1, pg_catalog.unnest($2), pg_catalog.unnest($3)",
                      pg::qualified_name(schema, "run_chunks"));
}
constexpr std::array insert_parameters{pg::ParameterType::uuid, pg::ParameterType::integers,
                                       pg::ParameterType::jsonbs};
constinit pg::KeptStatement insert("run_chunks", "run_chunks", pg::Rights::caller, insert_statement,
                                   insert_parameters);

/// Makes the text of the query for the chunks of run $1 from number $2 to number $3.
const char* stored_statement(pg::Oid schema) {
    return pg::format("SELECT c.seq::pg_catalog.int8, c.chunk FROM %s c "
                      "WHERE c.run_id OPERATOR(pg_catalog.=) $1 AND c.seq OPERATOR(pg_catalog.>=) $2 "
                      "AND c.seq OPERATOR(pg_catalog.<=) $3 ORDER BY c.seq",
                      pg::qualified_name(schema, "run_chunks"));
}
constexpr std::array stored_parameters{pg::ParameterType::uuid, pg::ParameterType::bigint,
                                       pg::ParameterType::bigint};
constinit pg::KeptStatement stored =
    pg::KeptStatement("run_chunks", "run_chunks", pg::Rights::caller, stored_statement, stored_parameters)
        .by_index();

/// The chunks of a call.
struct Batch {
    /// The number of the first chunk.
    std::int64_t from;
    std::span<const pg::JsonbView> chunks;

    /// Returns the number after the last chunk.
    std::int64_t end() const { return from + static_cast<std::int64_t>(chunks.size()); }
    const pg::JsonbView& operator[](std::int64_t seq) const {
        return chunks[static_cast<std::size_t>(seq - from)];
    }
};

/// Returns the chunks of the argument: the elements of an array, or one object. Raises 22023 if one is not an
/// object.
std::span<const pg::JsonbView> read_chunk_argument(const pg::Call& call) {
    const pg::JsonbView input = pg::JsonbView::of(call.datum(arg_chunks));
    const std::size_t count = input.is_array() ? input.count() : 1;
    auto* chunks = pg::allocate_array<pg::JsonbView>(pg::current_context(), std::max<std::size_t>(count, 1));
    if (!input.is_array())
        chunks[0] = input;
    for (pg::JsonbCursor cursor(input); input.is_array() && cursor.next();)
        chunks[cursor.index()] = cursor.value();
    for (std::size_t i = 0; i < count; ++i)
        if (!chunks[i].is_object())
            pg::raise({pg::sqlstate::invalid_parameter_value, "a chunk must be a JSON object",
                       input.is_array() ? pg::format("chunks[%zu] is not an object.", i)
                                        : "chunks is neither an array nor an object.",
                       nothing_was_written});
    return {chunks, count};
}

/// Returns the argument from_seq. Raises 22023 if a number of the chunks does not fit into the column.
std::int64_t read_from_seq(const pg::Call& call, std::size_t count) {
    const std::int64_t from = call.integer(arg_from_seq);
    if (from < 1)
        pg::raise({pg::sqlstate::invalid_parameter_value, "from_seq must be at least 1",
                   pg::format("The value is %lld.", static_cast<long long>(from)),
                   "The first chunk of a run has the number 1."});
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    if (static_cast<std::int64_t>(count) > most - from + 1)
        pg::raise({pg::sqlstate::invalid_parameter_value, "the run has too many chunks",
                   pg::format("The number of the last chunk would be greater than %lld.",
                              static_cast<long long>(most)),
                   nothing_was_written});
    return from;
}

/// Raises 22023 if the batch begins after the next chunk. An empty batch has no place.
void require_no_gap(const Batch& batch, std::int64_t next) {
    if (batch.from > next && !batch.chunks.empty())
        pg::raise({pg::sqlstate::invalid_parameter_value, "chunks are missing",
                   pg::format("from_seq is %lld, and the next chunk of the run is %lld.",
                              static_cast<long long>(batch.from), static_cast<long long>(next)),
                   "Nothing was written. Send the chunks from next_seq on."});
}

/// Raises PT409 if a chunk of the batch is already stored with another value, or if its number is skipped
/// among the stored ones. The bytes count: jsonb's own = takes 1.0 for 1.00.
void require_same_as_stored(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& run, const Batch& batch,
                            std::int64_t next) {
    const std::int64_t end = std::min(next, batch.end());
    if (batch.from >= end)
        return;
    std::int64_t expected = batch.from;
    constexpr std::array kinds{pg::ColumnKind::other, pg::ColumnKind::jsonb};
    const pg::MemoryContext scratch = pg::make_context(pg::current_context(), "agentchat stored chunk");
    const auto compare = [&](const pg::Row& row) {
        const pg::MemoryContext caller = pg::switch_to(scratch);
        const bool same = expected < end && row.bigint(0) == expected && !row.is_null(1) &&
                          pg::JsonbView::of(row.datum(1)).bytes() == batch[expected].bytes();
        pg::switch_to(caller);
        pg::reset_context(scratch);
        if (same)
            ++expected;
    };
    stored.query_at(schema, moment,
                    std::array{pg::Parameter::uuid(run), pg::Parameter::bigint(batch.from),
                               pg::Parameter::bigint(end - 1)},
                    {compare, kinds});
    pg::delete_context(scratch);
    if (expected != end)
        // PostgREST copies the message into the status line of HTTP: it must stay constant.
        pg::raise({pg::sqlstate::conflict, "chunk differs from the stored one",
                   pg::format("Run %s already has another chunk %lld.", id_text(run),
                              static_cast<long long>(expected)),
                   "Nothing was written. Only one writer may append to a run."});
}

/// Inserts the chunks from number `next` on.
void insert_new(pg::Oid schema, const pg::Moment& moment, const pg::Uuid& run, const Batch& batch,
                std::int64_t next) {
    // One statement for all of them could need an array larger than PostgreSQL allows.
    constexpr std::int64_t most_rows = 4096;
    const pg::MemoryContext memory = pg::make_context(pg::current_context(), "agentchat chunks");
    for (std::int64_t first = std::max(next, batch.from); first < batch.end(); first += most_rows) {
        const std::int64_t end = std::min(batch.end(), first + most_rows);
        const auto count = static_cast<std::size_t>(end - first);
        const pg::MemoryContext caller = pg::switch_to(memory);
        auto* numbers = pg::allocate_array<std::int32_t>(memory, count);
        auto* values = pg::allocate_array<std::optional<std::uintptr_t>>(memory, count);
        for (std::int64_t seq = first; seq < end; ++seq) {
            numbers[seq - first] = static_cast<std::int32_t>(seq);
            values[seq - first] = batch[seq].copy();
        }
        insert.execute_at(schema, moment,
                          std::array{pg::Parameter::uuid(run), pg::Parameter::integers({numbers, count}),
                                     pg::Parameter::jsonbs({values, count})});
        pg::switch_to(caller);
        pg::reset_context(memory);
    }
    pg::delete_context(memory);
}

/// Writes {"next_seq", "stop_requested"}.
pg::Result answer(std::int64_t next, bool stop_requested) {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    writer.begin_object();
    writer.key("next_seq");
    writer.integer(next);
    writer.key("stop_requested");
    writer.boolean(stop_requested);
    writer.end_object();
    return {writer.finish(), false};
}

} // namespace

pg::Result append_chunks(pg::Call& call) {
    call.require_not_null(arg_run_id, "run_id");
    call.require_not_null(arg_chunks, "chunks");
    call.require_not_null(arg_from_seq, "from_seq");
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);
    const pg::Uuid id = call.uuid(arg_run_id);

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat append_chunks");
    pg::switch_to(memory);
    const std::span<const pg::JsonbView> chunks = read_chunk_argument(call);
    const Batch batch{read_from_seq(call, chunks.size()), chunks};

    // All statements see what is committed at this moment, at every isolation level: other senders may have
    // appended while this call waited for the lock.
    const std::optional<Run> run = lock_run(schema, id);
    if (!run)
        raise_run_not_found(id);
    if (run->status != RunStatus::running)
        raise_run_over(*run);
    pg::Moment moment = pg::Moment::now();
    const std::optional<NewestChunk> newest = newest_chunk(schema, moment, id);
    const std::int64_t next = newest ? std::int64_t{newest->seq} + 1 : 1;
    require_no_gap(batch, next);
    require_same_as_stored(schema, moment, id, batch, next);
    insert_new(schema, moment, id, batch, next);
    moment.end();

    pg::switch_to(caller);
    pg::delete_context(memory);
    return answer(chunks.empty() ? next : std::max(next, batch.end()), run->stop_requested_at.has_value());
}

} // namespace agentchat
