// Statements: planned once in a session, run through SPI, their rows streamed to a receiver one by one.
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

/// A row on its way past; it and its values are gone with the next one.
class Row {
public:
    explicit Row(TupleTableSlot* slot) : slot_(slot) {}

    bool is_null(int column) const;
    std::uintptr_t datum(int column) const;
    Timestamp timestamp(int column) const;
    std::int64_t bigint(int column) const;
    bool boolean(int column) const;
    Uuid uuid(int column) const;
    /// It lives as long as the row, or the current memory context.
    std::string_view text(int column) const;

    TupleTableSlot* slot() const { return slot_; }

private:
    TupleTableSlot* slot_;
};

/// Takes the rows of a statement. `take` may raise PostgreSQL errors.
struct RowReceiver {
    FunctionRef<void(const Row& row)> take;
    /// What the rows must be made of. PostgreSQL plans a statement anew when its tables change, and a value
    /// of another type than it is read as would be a wild pointer.
    std::span<const ColumnKind> kinds;
};

/// The value of a parameter; what it points to must stay until the statement has run.
class Parameter {
public:
    static Parameter null() { return {0, true}; }
    static Parameter uuid(const Uuid& value) { return {reinterpret_cast<std::uintptr_t>(&value)}; }
    static Parameter timestamp(Timestamp value);
    static Parameter bigint(std::int64_t value);
    static Parameter uuids(std::span<const Uuid> values);
    /// Nothing is NULL.
    static Parameter text(std::optional<std::string_view> value);
    static Parameter boolean(std::optional<bool> value);
    static Parameter jsonb(std::optional<std::uintptr_t> value);
    static Parameter texts(std::span<const std::optional<std::string_view>> values);
    static Parameter timestamps(std::span<const std::optional<Timestamp>> values);
    static Parameter integers(std::span<const std::int32_t> values);
    static Parameter jsonbs(std::span<const std::optional<std::uintptr_t>> values);

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
};

/// Opens the connection to SPI that the functions below need; an error closes it, too.
void connect();
void disconnect();

/// A statement as PostgreSQL has planned it. Invalid plans are planned anew by PostgreSQL itself; the text
/// stays.
class Statement {
public:
    /// Parses and analyses. For a SELECT, whose rows are wanted in the order of an index: the planner is
    /// asked for the plan that gives the first rows soonest, which is a scan of that index, where its usual
    /// choice for thousands of rows is to fetch by bitmap and sort.
    static Statement prepare(const char* sql, std::span<const ParameterType> types);

    /// Keeps it beyond the connection that it was prepared in.
    void keep() const;
    void discard() const;

    /// Runs it on the snapshot of the calling query and streams the rows.
    void run(std::span<const Parameter> parameters, const RowReceiver& receiver) const;

    /// Likewise; whether it returns any row. The statement must be `SELECT true ...`.
    bool exists(std::span<const Parameter> parameters) const;

    /// Runs what writes or locks on what the snapshot shows and this transaction has written, and fires
    /// triggers; the number of rows that it wrote, locked or returned.
    std::uint64_t execute_at(SnapshotData* snapshot, std::span<const Parameter> parameters) const;
    /// On what is committed at this moment.
    std::uint64_t execute_latest(std::span<const Parameter> parameters) const;
    /// The same, and hands over the rows that it returns.
    void execute_latest(std::span<const Parameter> parameters, const RowReceiver& receiver) const;

private:
    _SPI_plan* plan_ = nullptr;
};

/// Runs a statement that is needed once in a while, and is not kept: execute_latest() with a connection of
/// its own.
void execute_latest_once(const char* sql, std::span<const ParameterType> types,
                         std::span<const Parameter> parameters, const RowReceiver& receiver);

} // namespace agentchat::pg
