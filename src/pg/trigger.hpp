// Row triggers: the old and the new row, and the one that goes on.
#pragma once

#include "pg/entry.hpp"
#include "pg/values.hpp"

struct TriggerData;

namespace agentchat::pg {

/// The column of a row that holds a time.
struct TimeColumn {
    /// As PostgreSQL counts them, from 1.
    int number;
    /// Its precision as in timestamp(3); negative where it has none.
    int precision;
};

/// A call of a BEFORE UPDATE FOR EACH ROW trigger.
class UpdateTrigger {
public:
    /// Raises 39P01 where the function was called in any other way.
    static UpdateTrigger of(const Call& call);

    /// The column of that name. Raises 42703 where there is none, 42804 where it is neither a timestamp nor a
    /// timestamptz.
    TimeColumn time_column(const char* name) const;

    /// Whether the UPDATE changes any value.
    bool changes_row() const;

    /// As the row was; nothing where it was NULL. Both types count microseconds, the one from the year 2000
    /// in the zone that it stands for, the other from the year 2000 in UTC; where the former stands for UTC,
    /// as here, they are the same number.
    std::optional<Timestamp> old_time(const TimeColumn& column) const;

    /// The time as the column holds it, which may be to the second or millisecond only.
    Timestamp rounded(const TimeColumn& column, Timestamp time) const;

    /// The table that the trigger is on.
    Oid table() const;

    /// The new row as the UPDATE made it, or with another time in that column.
    Result unchanged() const;
    Result with_time(const TimeColumn& column, Timestamp time) const;

private:
    explicit UpdateTrigger(TriggerData* data) : data_(data) {}
    TriggerData* data_;
};

} // namespace agentchat::pg
