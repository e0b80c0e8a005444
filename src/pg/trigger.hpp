// Gives trigger functions the rows that a statement changes: one by one, before or after each change, or all
// of them at the end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/function_ref.hpp"
#include "pg/statement.hpp"
#include "pg/values.hpp"

struct RelationData;
struct TriggerData;

namespace agentchat::pg {

/// Identifies a column of the trigger's table. Columns count from 1, as in PostgreSQL.
struct TimeColumn {
    int number;
    /// The precision, as in timestamp(3). It is negative if the type has none.
    int precision;
};
struct UuidColumn {
    int number;
};

/// Describes how a trigger function must be fired, and the words for this in CREATE TRIGGER.
struct Firing {
    bool before;
    bool for_each_row;
    bool on_insert;
    bool on_update;
    bool on_delete;
    const char* when;
    const char* how;
};

/// The ways in which several trigger functions fire.
inline constexpr Firing after_row_insert_or_update{.before = false,
                                                   .for_each_row = true,
                                                   .on_insert = true,
                                                   .on_update = true,
                                                   .on_delete = false,
                                                   .when = "AFTER INSERT OR UPDATE",
                                                   .how = "FOR EACH ROW"};
inline constexpr Firing after_row_update{.before = false,
                                         .for_each_row = true,
                                         .on_insert = false,
                                         .on_update = true,
                                         .on_delete = false,
                                         .when = "AFTER UPDATE",
                                         .how = "FOR EACH ROW"};
inline constexpr const char* with_transition_tables =
    "REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT";
inline constexpr Firing after_statement_change{.before = false,
                                               .for_each_row = false,
                                               .on_insert = true,
                                               .on_update = true,
                                               .on_delete = true,
                                               .when = "AFTER INSERT, UPDATE or DELETE",
                                               .how = with_transition_tables};
inline constexpr Firing after_statement_insert_or_update{.before = false,
                                                         .for_each_row = false,
                                                         .on_insert = true,
                                                         .on_update = true,
                                                         .on_delete = false,
                                                         .when = "AFTER INSERT or UPDATE",
                                                         .how = with_transition_tables};

/// Gives access to a call of a trigger function.
class Trigger {
public:
    /// time_column() and uuid_column() find a column of the table. They raise 42703 if it does not exist, and
    /// 42804 if it has the wrong type. A time must be a timestamp or a timestamptz.
    TimeColumn time_column(const char* name) const;
    UuidColumn uuid_column(const char* name) const;
    /// text_column() finds a column of type text or varchar, and jsonb_column() a column of type jsonb. They
    /// return its number, and raise the same errors.
    int text_column(const char* name) const;
    int jsonb_column(const char* name) const;
    /// Finds a column of any type. Returns nothing if it does not exist.
    std::optional<int> find_column(const char* name) const;

    /// Raises 39P01 unless the table is the extension's table with that name, or a partition of it. A rule
    /// acts with the rights of the owner, and must not do so for the tables of others.
    void require_table(const char* name) const;

    /// table() returns the table, and table_schema() its schema.
    Oid table() const;
    Oid table_schema() const;
    /// Tells whether the table has that schema and that name.
    bool is_on(std::string_view schema, std::string_view table) const;
    /// Returns the table, which stays open for the duration of the statement.
    RelationData* relation() const;

protected:
    /// Raises 39P01 if the function was not called in the way that `firing` demands.
    Trigger(const Call& call, const Firing& firing);
    /// Returns the number of the column. Raises 42703 if it does not exist.
    int column(const char* name) const;
    /// Raises 42804. `wanted` is the type that the column must have.
    [[noreturn]] void raise_wrong_type(int column, const char* wanted) const;

    TriggerData* data_;
};

/// Returns the time in the precision that the column stores, for example rounded to seconds or milliseconds.
Timestamp rounded(const TimeColumn& column, Timestamp time);

/// Returns the shortest time that the column can distinguish, in microseconds.
std::int64_t resolution(const TimeColumn& column);

/// Gives access to a call for one row, before or after the row is written.
///
/// Both types of time count microseconds from the year 2000: timestamptz in UTC, and timestamp in the zone
/// that it represents. If that zone is UTC, as here, both have the same number.
class RowTrigger : public Trigger {
public:
    RowTrigger(const Call& call, const Firing& firing) : Trigger(call, firing) {}

    bool is_insert() const;
    bool is_delete() const;

    /// Tells whether the UPDATE changes any value.
    bool changes_row() const;
    /// Returns the name of a column, not in `except`, that the UPDATE changes. Returns nullptr if it changes
    /// none.
    const char* changed_column(std::span<const std::string_view> except) const;
    /// Tells whether the UPDATE changes the value of the column with that number.
    bool changes_column(int number) const;

    /// old_time() and old_uuid() return a value of the row before the change, and new_time() and new_uuid() a
    /// value of the row after it. They return nothing if the value is NULL.
    std::optional<Timestamp> old_time(const TimeColumn& column) const;
    std::optional<Timestamp> new_time(const TimeColumn& column) const;
    std::optional<Uuid> old_uuid(const UuidColumn& column) const;
    std::optional<Uuid> new_uuid(const UuidColumn& column) const;

    /// old_row() returns the row before an UPDATE or DELETE, and new_row() the row after an INSERT or UPDATE.
    /// As in any Row, columns count from 0.
    Row old_row() const;
    Row new_row() const;

    /// unchanged() returns the row that the statement made, which will be written. with_time() returns that
    /// row with another time in the column.
    Result unchanged() const;
    Result with_time(const TimeColumn& column, Timestamp time) const;

    /// Returns the result of a trigger that is fired after the change.
    Result done() const { return Result::pointer(nullptr); }
};

/// Receives the rows that a statement has changed, one by one. `before` is the row before the change (nullptr
/// for an INSERT), and `after` is the row after it (nullptr for a DELETE).
using ChangeReceiver = FunctionRef<void(const Row* before, const Row* after)>;

/// Gives access to a call for all rows that a statement has changed. Transition tables hold these rows.
class StatementTrigger : public Trigger {
public:
    StatementTrigger(const Call& call, const Firing& firing) : Trigger(call, firing) {}

    bool is_insert() const;
    bool is_delete() const;

    /// Passes every changed row to the receiver.
    void each_change(ChangeReceiver receive) const;

    /// Tells whether the UPDATE changed any value of the row.
    bool differ(const Row& before, const Row& after) const;

    Result done() const { return Result::pointer(nullptr); }
};

} // namespace agentchat::pg
