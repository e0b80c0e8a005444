// Statements about the extension's tables that a session plans once.
#pragma once

#include <cstdint>
#include <span>

#include "pg/relation.hpp"
#include "pg/statement.hpp"

struct SnapshotData;

namespace agentchat::pg {

/// Whose privileges and row-level security a statement is subject to.
enum class Rights : std::uint8_t {
    caller,
    /// The tables' owner, and no policies: for rules that hold whoever the caller is and whatever policies
    /// hide, as foreign keys run theirs (ri_PerformCheck in src/backend/utils/adt/ri_triggers.c).
    owner,
};

/// What is committed at a moment, whatever the isolation level, and all that this transaction has written.
class Moment {
public:
    static Moment now();
    /// After an error, the end of the (sub)transaction does this.
    void end();

private:
    friend class KeptStatement;
    explicit Moment(SnapshotData* snapshot) : snapshot_(snapshot) {}
    SnapshotData* snapshot_;
};

/// A statement about two tables, by their names; it may be one twice. An object of it must have static
/// storage duration.
class KeptStatement {
public:
    /// Makes the text; all names in it must be qualified.
    using Text = const char* (*)(Oid schema);
    /// The same for one of several statements, which a number tells apart.
    using VariantText = const char* (*)(Oid schema, std::uint32_t variant);

    /// Is no statement until one is assigned: for arrays of constants.
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

    /// Likewise; whether it returns any row. The statement must be `SELECT true ...`.
    bool exists(Oid schema, std::span<const Parameter> parameters);

    /// Runs a SELECT, or something else, on what is committed at this moment, whatever the isolation level,
    /// and all that this transaction has written.
    void query_latest(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);
    void query_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters,
                  const RowReceiver& receiver);
    bool exists_latest(Oid schema, std::span<const Parameter> parameters);
    /// Without what this transaction has written since that command began.
    void query_at_before(Oid schema, const Moment& moment, std::uint32_t command,
                         std::span<const Parameter> parameters, const RowReceiver& receiver);
    /// Runs what writes or locks likewise; the number of rows that it wrote, locked or returned.
    std::uint64_t execute_latest(Oid schema, std::span<const Parameter> parameters);
    std::uint64_t execute_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters);
    /// The same, and hands over the rows that it returns.
    void execute_latest(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver);

private:
    template <typename Body>
    void run(Oid schema, Body body);
    void prepare(Oid schema, Oid first, Oid second);
    const char* text(Oid schema) const;
    static void release(void* self);

    const char* first_table_ = nullptr;
    const char* second_table_ = nullptr;
    Rights rights_ = Rights::caller;
    /// One of the two.
    Text text_ = nullptr;
    VariantText variant_text_ = nullptr;
    std::uint32_t variant_ = 0;
    std::span<const ParameterType> types_;

    Statement statement_{};
    bool prepared_ = false;
    Oid schema_ = invalid_oid;
    bool no_force_rls_ = false;
    Watch watch_{};
    /// Calls under way: a statement's triggers can lead here again.
    int running_ = 0;
};

} // namespace agentchat::pg
