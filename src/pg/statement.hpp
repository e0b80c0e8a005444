// Runs SQL statements through SPI. A session plans each statement once, and streams its rows to a receiver
// one by one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/function_ref.hpp"
#include "pg/relation.hpp"
#include "pg/values.hpp"

struct SnapshotData;
struct TupleTableSlot;
struct _SPI_plan; // NOLINT(bugprone-reserved-identifier): PostgreSQL's name

namespace agentchat::pg {

/// Gives access to a row of a result. The row and its values are valid until the next row comes.
class Row {
public:
    explicit Row(TupleTableSlot* slot) : slot_(slot) {}

    /// Tells whether the value in that column is NULL. Columns count from 0.
    bool is_null(int column) const;
    /// The next functions return a value. It must have that type and must not be NULL.
    std::uintptr_t datum(int column) const;
    Timestamp timestamp(int column) const;
    std::int64_t bigint(int column) const;
    bool boolean(int column) const;
    Uuid uuid(int column) const;
    /// Returns a text, which lives as long as the row or the current memory context.
    std::string_view text(int column) const;
    /// Returns a bytea, which lives as long.
    std::span<const std::uint8_t> bytes(int column) const;

    TupleTableSlot* slot() const { return slot_; }

private:
    TupleTableSlot* slot_;
};

/// Receives the rows of a statement. `take` may raise errors of PostgreSQL.
struct RowReceiver {
    FunctionRef<void(const Row& row)> take;
    /// The kinds that the columns of the rows must have. PostgreSQL replans a statement when its tables
    /// change. Reading a value as another type would follow a wild pointer.
    std::span<const ColumnKind> kinds;
    /// If it is set and true after a row, a statement that streams its rows ends there.
    const bool* is_done = nullptr;
};

/// Holds the value of a parameter. If it points to memory, that memory must stay valid until the statement
/// has run.
class Parameter {
public:
    static Parameter null() { return {0, true}; }
    static Parameter uuid(const Uuid& value) { return {reinterpret_cast<std::uintptr_t>(&value)}; }
    /// Makes a uuid. The parameter is NULL if the uuid is absent.
    static Parameter uuid(const std::optional<Uuid>& value) { return value ? uuid(*value) : null(); }
    static Parameter timestamp(Timestamp value);
    static Parameter bigint(std::int64_t value);
    static Parameter uuids(std::span<const Uuid> values);
    /// Makes a text. The parameter is NULL if the text is absent.
    static Parameter text(std::optional<std::string_view> value);
    static Parameter bytes(std::span<const std::uint8_t> value);
    static Parameter boolean(std::optional<bool> value);
    static Parameter jsonb(std::optional<std::uintptr_t> value);
    static Parameter texts(std::span<const std::optional<std::string_view>> values);
    static Parameter timestamps(std::span<const std::optional<Timestamp>> values);
    static Parameter integers(std::span<const std::int32_t> values);
    static Parameter jsonbs(std::span<const std::optional<std::uintptr_t>> values);
    /// Makes an array of the values of other parameters made by bytes().
    static Parameter byteas(std::span<const Parameter> values);

    std::uintptr_t datum() const { return datum_; }
    bool is_null() const { return is_null_; }

private:
    Parameter(std::uintptr_t datum, bool is_null = false) : datum_(datum), is_null_(is_null) {}
    std::uintptr_t datum_;
    bool is_null_;
};

enum class ParameterType : std::uint8_t {
    uuid,
    timestamp,
    bigint,
    uuids,
    text,
    boolean,
    jsonb,
    texts,
    timestamps,
    integers,
    jsonbs,
    bytes,
    byteas,
};

/// connect() opens the connection to SPI that the functions below need, and disconnect() closes it. An error
/// also closes it.
void connect();
void disconnect();

/// Holds a prepared statement. PostgreSQL itself replans an invalid plan from the same text.
class Statement {
public:
    /// Parses and analyses a statement. For a SELECT whose rows come in the order of an index, it asks the
    /// planner for the plan that returns the first rows soonest, which is a scan of that index. Otherwise,
    /// the planner would choose a bitmap scan and a sort for thousands of rows.
    static Statement prepare(const char* sql, std::span<const ParameterType> types);

    /// Keeps the statement after the end of the connection in which it was prepared.
    void keep() const;
    /// Plans a kept statement at once, without scans of whole tables and without bitmaps.
    void plan_by_index() const;
    /// Frees a kept statement.
    void discard() const;

    /// Runs the statement on the snapshot of the calling query, and streams the rows.
    void run(std::span<const Parameter> parameters, const RowReceiver& receiver) const;

    /// Runs the statement on the snapshot of the calling query, and tells whether it returns any row. The
    /// statement must be `SELECT true ...`.
    bool exists(std::span<const Parameter> parameters) const;

    /// Runs a statement that writes or locks, fires its triggers, and returns the number of rows that it has
    /// written, locked or returned. The statement sees the rows that the snapshot shows, and everything that
    /// this transaction has written.
    std::uint64_t execute_at(SnapshotData* snapshot, std::span<const Parameter> parameters) const;
    /// Runs a statement that writes or locks, like execute_at(), and passes on the rows that it returns.
    void execute_at(SnapshotData* snapshot, std::span<const Parameter> parameters,
                    const RowReceiver& receiver) const;
    /// Runs a statement that writes or locks, like execute_at(), on everything that is committed at this
    /// moment.
    std::uint64_t execute_latest(std::span<const Parameter> parameters) const;
    /// Runs a statement that writes or locks on everything that is committed at this moment, and passes on
    /// the rows that it returns.
    void execute_latest(std::span<const Parameter> parameters, const RowReceiver& receiver) const;

private:
    _SPI_plan* plan_ = nullptr;
};

/// Runs a statement that is rarely needed and is not kept. It works like execute_latest(), with a separate
/// connection.
void execute_latest_once(const char* sql, std::span<const ParameterType> types,
                         std::span<const Parameter> parameters, const RowReceiver& receiver);

} // namespace agentchat::pg
