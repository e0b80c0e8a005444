// Statements about the tables of the extension that a session prepares once.
#pragma once

#include <cstdint>
#include <span>

#include "pg/relation.hpp"
#include "pg/statement.hpp"

struct SnapshotData;

namespace agentchat::pg {

/// Whose privileges and row-level security apply to a statement.
enum class Rights : std::uint8_t {
    caller,
    /// The owner of the tables, without policies. Rules need this: they hold for every caller, and for rows
    /// that policies hide. Foreign keys run their queries in the same way (ri_PerformCheck in
    /// src/backend/utils/adt/ri_triggers.c).
    owner,
};

/// A snapshot of what is committed at a moment, at any isolation level, and of everything that this
/// transaction has written.
class Moment {
public:
    /// Takes the snapshot.
    static Moment now();
    /// Ends the snapshot. After an error, the end of the (sub)transaction does it.
    void end();

private:
    friend class KeptStatement;
    explicit Moment(SnapshotData* snapshot) : snapshot_(snapshot) {}
    SnapshotData* snapshot_;
};

/// A statement about two tables, given by their names. Both names may be the same. The object must have
/// static storage duration.
class KeptStatement {
public:
    /// Makes the text of the statement. All names in it must be qualified.
    using Text = const char* (*)(Oid schema);
    /// The same for one of several statements, which the number tells apart.
    using VariantText = const char* (*)(Oid schema, std::uint32_t variant);

    /// Makes an empty object, to which a statement can be assigned: for arrays of constants.
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

    /// Runs a SELECT on the snapshot of the calling query.
    void query(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);

    /// Does the same, and tells whether any row came. The statement must be `SELECT true ...`.
    bool exists(Oid schema, std::span<const Parameter> parameters);

    /// Run a SELECT on a Moment: the present one, or the one given.
    void query_latest(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);
    void query_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters,
                  const RowReceiver& receiver);
    /// Tells whether any row comes at the present Moment.
    bool exists_latest(Oid schema, std::span<const Parameter> parameters);
    /// Does the same without what this transaction has written since that command began.
    void query_at_before(Oid schema, const Moment& moment, std::uint32_t command,
                         std::span<const Parameter> parameters, const RowReceiver& receiver);
    /// Run a statement that writes or locks, on the present Moment or the one given. They return the number
    /// of rows written, locked or returned.
    std::uint64_t execute_latest(Oid schema, std::span<const Parameter> parameters);
    std::uint64_t execute_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters);
    /// Does the same, and passes on the rows that the statement returns.
    void execute_latest(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);

private:
    template <typename Body>
    void run(Oid schema, Body body);
    /// Prepares the statement anew and keeps it.
    void prepare(Oid schema, Oid first, Oid second);
    /// Makes the text of the statement.
    const char* text(Oid schema) const;
    /// Ends a call in progress.
    static void release(void* self);

    const char* first_table_ = nullptr;
    const char* second_table_ = nullptr;
    Rights rights_ = Rights::caller;
    /// One of these two is set.
    Text text_ = nullptr;
    VariantText variant_text_ = nullptr;
    std::uint32_t variant_ = 0;
    std::span<const ParameterType> types_;

    Statement statement_{};
    bool prepared_ = false;
    Oid schema_ = invalid_oid;
    bool no_force_rls_ = false;
    Watch watch_{};
    /// The number of calls in progress: triggers of the statement can call it again.
    int running_ = 0;
};

} // namespace agentchat::pg
