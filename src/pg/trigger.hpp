// Triggers: the rows that a statement changes, one by one before it or all of them after it.
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

/// A column of the trigger's table, as PostgreSQL counts them, from 1.
struct TimeColumn {
    int number;
    /// Its precision as in timestamp(3); negative where it has none.
    int precision;
};
struct UuidColumn {
    int number;
};

/// How a trigger function wants to be fired, and the words for it in CREATE TRIGGER.
struct Firing {
    bool before;
    bool for_each_row;
    bool on_insert;
    bool on_update;
    bool on_delete;
    const char* when;
    const char* how;
};

/// A call of a trigger function.
class Trigger {
public:
    /// The columns of the trigger's table. Raises 42703 where there is none of that name, 42804 where it is
    /// of another type (a time: neither timestamp nor timestamptz).
    TimeColumn time_column(const char* name) const;
    UuidColumn uuid_column(const char* name) const;
    /// For a text (or varchar) and a jsonb; their numbers.
    int text_column(const char* name) const;
    int jsonb_column(const char* name) const;
    /// For any type; nothing where there is none of that name.
    std::optional<int> find_column(const char* name) const;

    /// Raises 39P01 where the trigger's table is not the extension's of that name, or a part of it: what a
    /// rule does in the owner's name is not to be had for tables of others.
    void require_table(const char* name) const;

    Oid table() const;
    Oid table_schema() const;
    /// Whether that is the table's name.
    bool is_on(std::string_view schema, std::string_view table) const;
    /// The table as it is open for the statement.
    RelationData* relation() const;

protected:
    /// Raises 39P01 where the function was called otherwise.
    Trigger(const Call& call, const Firing& firing);
    int column(const char* name) const;
    [[noreturn]] void raise_wrong_type(int column, const char* wanted) const;

    TriggerData* data_;
};

/// The time as the column holds it, which may be to the second or millisecond only.
Timestamp rounded(const TimeColumn& column, Timestamp time);

/// The shortest time that the column can tell apart, in microseconds.
std::int64_t resolution(const TimeColumn& column);

/// A call for one row that is about to be written, or was.
///
/// Both types of time count microseconds, timestamp from the year 2000 in the zone that it stands for,
/// timestamptz from the year 2000 in UTC; where the former stands for UTC, as here, they are the same number.
class RowTrigger : public Trigger {
public:
    RowTrigger(const Call& call, const Firing& firing) : Trigger(call, firing) {}

    bool is_insert() const;
    bool is_delete() const;

    /// Whether the UPDATE changes any value.
    bool changes_row() const;
    /// The name of a column that the UPDATE changes, `except` apart; nullptr where there is none.
    const char* changed_column(std::span<const std::string_view> except) const;

    /// A value of the row as an UPDATE finds it, or as it will be written; nothing where that is NULL.
    std::optional<Timestamp> old_time(const TimeColumn& column) const;
    std::optional<Timestamp> new_time(const TimeColumn& column) const;
    std::optional<Uuid> old_uuid(const UuidColumn& column) const;
    std::optional<Uuid> new_uuid(const UuidColumn& column) const;

    /// The row before an UPDATE or DELETE, and after an INSERT or UPDATE. As any Row, it counts columns from
    /// 0.
    Row old_row() const;
    Row new_row() const;

    /// The row that goes on: as the statement made it, or with another time in that column.
    Result unchanged() const;
    Result with_time(const TimeColumn& column, Timestamp time) const;

    /// For a trigger that is fired after the row was written.
    Result done() const { return Result::pointer(nullptr); }
};

/// Takes the rows that a statement has changed, one by one: as they were (null for an INSERT) and as they are
/// (null for a DELETE).
using ChangeReceiver = FunctionRef<void(const Row* before, const Row* after)>;

/// A call for all rows that a statement has changed, which are in transition tables.
class StatementTrigger : public Trigger {
public:
    StatementTrigger(const Call& call, const Firing& firing) : Trigger(call, firing) {}

    bool is_insert() const;
    bool is_delete() const;

    void each_change(ChangeReceiver receive) const;

    /// Whether the UPDATE changed any value of the row.
    bool differ(const Row& before, const Row& after) const;

    Result done() const { return Result::pointer(nullptr); }
};

} // namespace agentchat::pg
