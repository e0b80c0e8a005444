// read_chunks() returns the chunks of a run after a number. Readers call it again and again.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "common/conversation_id.hpp"
#include "common/feature.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"
#include "runs/run.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Numbers the arguments.
enum Argument : int { arg_conversation_id, arg_run_id, arg_after, arg_max };

constexpr std::int32_t default_max = 1000;
constexpr char too_large_hint[] = "Pass a smaller max.";

/// A result ends after the chunk that makes it larger than this. A jsonb has at most 256 MB, and chunks may
/// be as large.
constexpr std::size_t enough_bytes = std::size_t{8} * 1024 * 1024;

/// Makes the text of the query for the running run of conversation $1.
const char* running_statement(pg::Oid schema) {
    return pg::format("SELECT %s FROM %s r WHERE r.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND r.status OPERATOR(pg_catalog.=) 'running'",
                      run_columns(schema), pg::qualified_name(schema, "runs"));
}
/// Makes the text of the query for run $2 of conversation $1.
const char* named_statement(pg::Oid schema) {
    return pg::format("SELECT %s FROM %s r WHERE r.conversation_id OPERATOR(pg_catalog.=) $1 "
                      "AND r.id OPERATOR(pg_catalog.=) $2",
                      run_columns(schema), pg::qualified_name(schema, "runs"));
}
/// Makes the text of the query for the first $3 chunks of run $1 from number $2 on.
const char* chunks_statement(pg::Oid schema) {
    return pg::format(
        "SELECT c.seq::pg_catalog.int8, %s, c.chunk FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) $1 "
        "AND c.seq OPERATOR(pg_catalog.>=) $2 ORDER BY c.seq LIMIT $3",
        pg::time_in_utc(pg::require_relation(schema, "run_chunks"), "created_at", "c.created_at"),
        pg::qualified_name(schema, "run_chunks"));
}

constexpr std::array one_uuid{pg::ParameterType::uuid};
constexpr std::array two_uuids{pg::ParameterType::uuid, pg::ParameterType::uuid};
constexpr std::array chunks_parameters{pg::ParameterType::uuid, pg::ParameterType::bigint,
                                       pg::ParameterType::bigint};
constinit pg::KeptStatement running_run =
    pg::KeptStatement("runs", "runs", pg::Rights::caller, running_statement, one_uuid).by_index();
constinit pg::KeptStatement named_run =
    pg::KeptStatement("runs", "runs", pg::Rights::caller, named_statement, two_uuids).by_index();
constinit pg::KeptStatement chunks_of_run =
    pg::KeptStatement("run_chunks", "run_chunks", pg::Rights::caller, chunks_statement, chunks_parameters)
        .by_index();

/// Returns an integer argument, or the default for NULL. Raises 22023 if it is negative.
std::int32_t number_argument(const pg::Call& call, int argument, const char* name,
                             std::int32_t default_value) {
    if (call.is_null(argument))
        return default_value;
    const std::int32_t number = call.integer(argument);
    if (number < 0)
        pg::raise({pg::sqlstate::invalid_parameter_value, pg::format("%s must not be negative", name),
                   pg::format("The value is %d.", number), ""});
    return number;
}

/// Finds the run with that id in the conversation, or the running run.
std::optional<Run> find_run(pg::Oid schema, const pg::Uuid& conversation, const std::optional<pg::Uuid>& id) {
    std::optional<Run> found;
    const auto take = [&](const pg::Row& row) { found = read_run(row); };
    const pg::RowReceiver receiver{take, run_kinds};
    if (id)
        named_run.query(schema, std::array{pg::Parameter::uuid(conversation), pg::Parameter::uuid(*id)},
                        receiver);
    else
        running_run.query(schema, std::array{pg::Parameter::uuid(conversation)}, receiver);
    return found;
}

/// Writes the chunks of a run into a document, and learns from them what else the result says.
class ChunkReader {
public:
    ChunkReader(pg::MemoryContext context, pg::DocumentWriter& document, std::int32_t after, std::int32_t max)
        : scratch_(pg::make_context(context, "agentchat chunk")), document_(document), after_(after),
          max_(max), last_(after) {}

    /// One probe of the index finds everything: the chunk `after`, whose time tells when the run last wrote;
    /// up to `max` chunks after it; and one more, which tells that the run has more.
    void read(pg::Oid schema, const pg::Uuid& run) {
        constexpr std::array kinds{pg::ColumnKind::other, pg::ColumnKind::timestamp, pg::ColumnKind::jsonb};
        chunks_of_run.query(schema,
                            std::array{pg::Parameter::uuid(run), pg::Parameter::bigint(after_),
                                       pg::Parameter::bigint(std::int64_t{max_} + 2)},
                            {[this](const pg::Row& row) { take(row); }, kinds});
    }

    /// Returns the number of the last chunk that was written.
    std::int32_t last() const { return last_; }
    /// Tells whether the run has chunks after that one.
    bool has_more() const { return has_more_; }
    /// Tells whether newest() is the newest chunk of the run: the query has reached the end of the run, and
    /// has not begun behind it.
    bool has_newest() const { return !has_more_ && (newest_.has_value() || after_ == 0); }
    /// Returns the last chunk that the query returned. Returns nothing if it returned none.
    const std::optional<NewestChunk>& newest() const { return newest_; }

private:
    void take(const pg::Row& row) {
        const auto seq = static_cast<std::int32_t>(row.bigint(0));
        newest_ = {seq, row.timestamp(1)};
        if (seq <= after_)
            return;
        if (has_more_ || count_ == max_ || document_.size() > enough_bytes) {
            has_more_ = true;
            return;
        }
        const pg::MemoryContext caller = pg::switch_to(scratch_);
        write(seq, pg::JsonbView::of(row.datum(2)));
        pg::switch_to(caller);
        pg::reset_context(scratch_);
        last_ = seq;
        ++count_;
    }

    void write(std::int32_t seq, const pg::JsonbView& chunk) {
        // append_chunks() writes only objects. Other statements can write anything.
        if (!chunk.is_object())
            pg::raise({pg::sqlstate::invalid_parameter_value, "a chunk must be a JSON object",
                       pg::format("Chunk %d of the run is not an object.", seq),
                       "Write chunks with append_chunks()."});
        document_.begin_element().value(chunk);
        document_.end_element();
    }

    pg::MemoryContext scratch_;
    pg::DocumentWriter& document_;
    std::int32_t after_;
    std::int32_t max_;
    std::int32_t count_ = 0;
    std::int32_t last_;
    bool has_more_ = false;
    std::optional<NewestChunk> newest_;
};

/// Writes the fields of the result.
class Fields {
public:
    explicit Fields(pg::DocumentWriter& document) : document_(document) {}

    void uuid(std::string_view name, const pg::Uuid& value) {
        document_.begin_field(name).uuid(value);
        document_.end_field();
    }
    void string(std::string_view name, std::string_view value) {
        document_.begin_field(name).string(value);
        document_.end_field();
    }
    void boolean(std::string_view name, bool value) {
        document_.begin_field(name).boolean(value);
        document_.end_field();
    }
    void integer(std::string_view name, const std::optional<std::int64_t>& value) {
        pg::ValueWriter& writer = document_.begin_field(name);
        if (value)
            writer.integer(*value);
        else
            writer.null();
        document_.end_field();
    }

private:
    pg::DocumentWriter& document_;
};

/// Returns the milliseconds since the last sign of life of a running run, or nothing if the run is over.
std::optional<std::int64_t> idle_time(pg::Oid schema, const Run& run, const ChunkReader& reader) {
    if (run.status != RunStatus::running)
        return std::nullopt;
    const std::optional<NewestChunk> newest =
        reader.has_newest() ? reader.newest() : newest_chunk(schema, run.id);
    constexpr std::int64_t microseconds = 1000;
    return std::max<std::int64_t>(0, pg::clock_time() - last_sign_of_life(run, newest)) / microseconds;
}

/// Returns {"status": "none"}.
pg::Result no_run() {
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), "");
    writer.begin_object();
    writer.field("status", "none");
    writer.end_object();
    return {writer.finish(), false};
}

/// Reads the chunks of a run in the conversation that `find` finds.
pg::Result read_found(pg::Call& call, FindConversation find) {
    call.require_not_null(arg_conversation_id, "conversation_id");
    const pg::Oid schema = call.function_schema();
    require_feature(schema, Feature::runs);
    const std::int32_t after = number_argument(call, arg_after, "after", 0);
    const std::int32_t max = number_argument(call, arg_max, "max", default_max);
    const std::optional<pg::Uuid> id =
        call.is_null(arg_run_id) ? std::nullopt : std::optional(call.uuid(arg_run_id));
    const std::optional<Run> run = find_run(schema, find(call, arg_conversation_id), id);
    if (!run)
        return no_run();

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat read_chunks");
    pg::switch_to(memory);
    pg::DocumentWriter& document = pg::jsonb_document({memory, caller, 0, too_large_hint}, "chunks");
    ChunkReader reader(memory, document, after, max);
    reader.read(schema, run->id);

    Fields fields(document);
    fields.uuid("run_id", run->id);
    fields.uuid("message_id", run->message);
    fields.string("status", run_status_name(run->status));
    fields.boolean("stop_requested", run->stop_requested_at.has_value());
    fields.integer("next", reader.last());
    fields.boolean("has_more", reader.has_more());
    fields.integer("idle_ms", idle_time(schema, *run, reader));
    const pg::Result result = document.finish();
    pg::switch_to(caller);
    pg::delete_context(memory);
    return result;
}

} // namespace

pg::Result read_chunks(pg::Call& call) {
    return read_found(call, conversation_by_uuid);
}

pg::Result read_chunks_by_name(pg::Call& call) {
    return read_found(call, conversation_by_name);
}

} // namespace agentchat
