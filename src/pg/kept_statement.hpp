// Keeps statements about the tables of the extension. A session prepares each statement once.
#pragma once

#include <cstdint>
#include <span>

#include "pg/relation.hpp"
#include "pg/statement.hpp"

struct SnapshotData;

namespace agentchat::pg {

/// Selects whose privileges and whose row-level security apply to a statement.
enum class Rights : std::uint8_t {
    caller,
    /// The owner of the tables, without policies. Rules need this: they apply to every caller, and to rows
    /// that policies hide. Foreign keys run their queries in the same way (ri_PerformCheck in
    /// src/backend/utils/adt/ri_triggers.c).
    owner,
};

/// Holds a snapshot of a moment, at any isolation level. It shows everything that is committed at that
/// moment, and everything that this transaction has written.
class Moment {
public:
    /// Takes the snapshot.
    static Moment now();
    /// Takes the snapshot of the transaction, which foreign keys are checked with. It shows what was
    /// committed when the transaction began, if all its statements have one snapshot.
    static Moment of_transaction();
    /// Ends the snapshot. After an error, the end of the (sub)transaction ends it.
    void end();

private:
    friend class KeptStatement;
    explicit Moment(SnapshotData* snapshot) : snapshot_(snapshot) {}
    SnapshotData* snapshot_;
};

/// Keeps a statement about two tables, which it knows by their names. Both names may be the same. The object
/// must have static storage duration.
class KeptStatement {
public:
    /// Makes the text of the statement. The text must qualify all names.
    using Text = const char* (*)(Oid schema);
    /// Makes the text of one of several statements, which the number selects.
    using VariantText = const char* (*)(Oid schema, std::uint32_t variant);

    /// Makes an empty object, to which a statement can be assigned. Arrays of constants need it.
    constexpr KeptStatement() noexcept = default;

    constexpr KeptStatement(const char* first_table, const char* second_table, Rights rights, Text text,
                            std::span<const ParameterType> types) noexcept
        : first_table_(first_table), second_table_(second_table), rights_(rights), text_(text),
          types_(types) {}

    constexpr KeptStatement(const char* first_table, const char* second_table, Rights rights,
                            VariantText text, std::uint32_t variant,
                            std::span<const ParameterType> types) noexcept
        : first_table_(first_table), second_table_(second_table), rights_(rights), variant_text_(text),
          variant_(variant), types_(types) {}

    /// Returns the same statement, but planned with its indexes. Otherwise, the planner prefers to read all
    /// of a table that was empty when it was last vacuumed, and the kept plan stays while the table grows.
    /// Tables whose rows come and go need this.
    constexpr KeptStatement by_index() const noexcept {
        KeptStatement same = *this;
        same.by_index_ = true;
        return same;
    }

    /// Runs a SELECT on the snapshot of the calling query.
    void query(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);

    /// Runs a SELECT on the snapshot of the calling query, and tells whether it returns any row. The
    /// statement must be `SELECT true ...`.
    bool exists(Oid schema, std::span<const Parameter> parameters);

    /// query_latest() runs a SELECT on the present Moment, and query_at() runs one on the given Moment.
    void query_latest(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);
    void query_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters,
                  const RowReceiver& receiver);
    /// Runs a SELECT on the present Moment, and tells whether it returns any row. The statement must be
    /// `SELECT true ...`.
    bool exists_latest(Oid schema, std::span<const Parameter> parameters);
    /// Runs a SELECT on the given Moment, without the rows that this transaction has written since that
    /// command began.
    void query_at_before(Oid schema, const Moment& moment, std::uint32_t command,
                         std::span<const Parameter> parameters, const RowReceiver& receiver);
    /// execute_latest() runs a statement that writes or locks on the present Moment, and execute_at() runs
    /// one on the given Moment. Both return the number of rows that the statement has written, locked or
    /// returned.
    std::uint64_t execute_latest(Oid schema, std::span<const Parameter> parameters);
    std::uint64_t execute_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters);
    /// These run a statement in the same way, and pass on the rows that it returns.
    void execute_latest(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);
    void execute_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters,
                    const RowReceiver& receiver);

private:
    /// Calls `body` with the prepared statement, under the rights of the statement.
    template <typename Body>
    void run(Oid schema, Body body);
    /// Prepares the statement again, and keeps it.
    void prepare(Oid schema, Oid first, Oid second);
    /// Makes the text of the statement.
    const char* text(Oid schema) const;
    /// Notes the end of a call.
    static void release(void* self);

    const char* first_table_ = nullptr;
    const char* second_table_ = nullptr;
    Rights rights_ = Rights::caller;
    /// One of these two is set.
    Text text_ = nullptr;
    VariantText variant_text_ = nullptr;
    std::uint32_t variant_ = 0;
    std::span<const ParameterType> types_;
    bool by_index_ = false;

    Statement statement_{};
    bool prepared_ = false;
    Oid schema_ = invalid_oid;
    /// The role that a statement by_index() was planned for.
    Oid role_ = invalid_oid;
    bool no_force_rls_ = false;
    Watch watch_{};
    /// The number of calls in progress. Triggers of the statement can call it again.
    int running_ = 0;
};

} // namespace agentchat::pg
