// Writes and parses timestamps as text: ISO 8601 in the forms of PostgreSQL and of JavaScript.
#include "pg/values.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// The texts "00" to "99".
constexpr auto decimal_pairs = [] {
    std::array<std::array<char, 2>, 100> pairs{};
    for (std::size_t number = 0; number < pairs.size(); ++number)
        pairs[number] = {static_cast<char>('0' + number / 10), static_cast<char>('0' + number % 10)};
    return pairs;
}();

char* write_two_digits(unsigned number, char* to) {
    std::memcpy(to, decimal_pairs[number].data(), 2);
    return to + 2;
}

static_assert(timestamp_text_room == MAXDATELEN + 1);

struct Date {
    int year;
    int month;
    int day;
};

bool is_date(TimestampStyle style) {
    return style == TimestampStyle::date_from_json || style == TimestampStyle::date_from_text;
}

/// Returns the date that JavaScript reads in "0001-02-03 04:05:06+0000". Returns nothing if JavaScript finds
/// none. The text has a blank instead of a T, and ECMAScript leaves the result for such texts to the
/// implementation. V8 treats the text as a date that people write (DayComposer in src/date/dateparser.cc). If
/// it begins with a number up to 31, it has the order month, day, year. A year of two digits is a recent one.
std::optional<Date> as_javascript_reads(Date date) {
    constexpr int most_days = 31;
    constexpr int most_months = 12;
    if (date.year > most_months && date.year <= most_days)
        return std::nullopt;
    if (date.year <= most_months)
        date = {date.day, date.year, date.month};
    if (date.year < 100)
        date.year += date.year < 50 ? 2000 : 1900;
    return date;
}

/// Writes a year. ISO 8601 has four digits. For later years, JavaScript writes a sign and six digits.
char* write_year(int year, char* to) {
    const auto number = static_cast<unsigned>(year);
    if (number > 9999) {
        *to++ = '+';
        to = write_two_digits(number / 10000, to);
    }
    to = write_two_digits(number / 100 % 100, to);
    return write_two_digits(number % 100, to);
}

/// Writes the fraction of the second: three digits, six digits, or all digits up to the last one that is not
/// zero.
char* write_fraction(unsigned microseconds, TimestampStyle style, char* to) {
    if (style == TimestampStyle::sql && microseconds == 0)
        return to;
    *to++ = '.';
    char* end = write_two_digits(microseconds / 10000, to);
    end = write_two_digits(microseconds / 100 % 100, end);
    end = write_two_digits(microseconds % 100, end);
    if (is_date(style))
        return to + 3;
    if (style == TimestampStyle::sql)
        while (end[-1] == '0')
            --end;
    return end;
}

/// Writes a time in the year 1 or later.
std::size_t write_date_time(Timestamp timestamp, TimestampStyle style, char* to) {
    std::int64_t day = timestamp / USECS_PER_DAY;
    std::int64_t time = timestamp % USECS_PER_DAY;
    if (time < 0) {
        time += USECS_PER_DAY;
        --day;
    }
    Date date;
    j2date(static_cast<int>(day) + POSTGRES_EPOCH_JDATE, &date.year, &date.month, &date.day);
    if (style == TimestampStyle::date_from_text && date.year < 100) {
        const std::optional<Date> read = as_javascript_reads(date);
        if (!read)
            return 0;
        date = *read;
    }
    const auto seconds = static_cast<unsigned>(time / USECS_PER_SEC);

    char* end = write_year(date.year, to);
    *end++ = '-';
    end = write_two_digits(static_cast<unsigned>(date.month), end);
    *end++ = '-';
    end = write_two_digits(static_cast<unsigned>(date.day), end);
    *end++ = 'T';
    end = write_two_digits(seconds / 3600, end);
    *end++ = ':';
    end = write_two_digits(seconds / 60 % 60, end);
    *end++ = ':';
    end = write_two_digits(seconds % 60, end);
    end = write_fraction(static_cast<unsigned>(time % USECS_PER_SEC), style, end);
    if (style != TimestampStyle::sql)
        *end++ = 'Z';
    return static_cast<std::size_t>(end - to);
}

constexpr Timestamp year_1 = -63082281600 * USECS_PER_SEC;
constexpr Timestamp year_10000 = 252455616000 * USECS_PER_SEC;

/// Writes infinities, years BC and years after 9999 in the form of a Date.
std::size_t write_odd_date(Timestamp timestamp, TimestampStyle style, char* to) {
    // In "infinity+0000", V8 finds the year 0 and no zone. The zone of servers is UTC.
    constexpr std::string_view year_0 = "2000-01-01T00:00:00.000Z";
    if (TIMESTAMP_NOT_FINITE(timestamp))
        return year_0.copy(to, year_0.size());
    // The last millisecond of a Date is 8.64e15 (Time Values and Time Range, ECMA-262).
    constexpr Timestamp last_of_dates = 8640000000000000 - 946684800000;
    if (style == TimestampStyle::date_from_json || timestamp < year_1 || timestamp / 1000 > last_of_dates)
        return 0;
    return write_date_time(timestamp, style, to);
}

/// Writes infinities, years BC and years after 9999 in the form of PostgreSQL, with the digits and the zone
/// of the style.
std::size_t write_odd_timestamp(Timestamp timestamp, TimestampStyle style, char* to) {
    JsonEncodeDateTime(to, Int64GetDatum(timestamp), TIMESTAMPOID, nullptr);
    const std::size_t size = std::strlen(to);
    if (style == TimestampStyle::sql || !is_finite(timestamp))
        return size;
    const std::string_view text(to, size);
    const std::string_view era = text.ends_with(" BC") ? " BC" : "";
    const std::size_t seconds_end = std::min(text.find('.'), size - era.size());
    const std::int64_t fraction = timestamp % USECS_PER_SEC;
    char* end = write_fraction(static_cast<unsigned>(fraction < 0 ? fraction + USECS_PER_SEC : fraction),
                               style, to + seconds_end);
    *end++ = 'Z';
    end += era.copy(end, era.size());
    return static_cast<std::size_t>(end - to);
}

} // namespace

std::size_t write_timestamp(Timestamp timestamp, TimestampStyle style, char* to) {
    // Write years of four digits here. That is several times faster than EncodeDateTime.
    if (timestamp >= year_1 && timestamp < year_10000)
        return write_date_time(timestamp, style, to);
    return is_date(style) ? write_odd_date(timestamp, style, to) : write_odd_timestamp(timestamp, style, to);
}

namespace {

/// Reads a text from its beginning, piece by piece.
class TextReader {
public:
    explicit TextReader(std::string_view text) : rest_(text) {}

    bool is_at_end() const { return rest_.empty(); }
    bool is_at_digit() const { return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; }

    /// Skips the expected text. Returns false if another text comes next.
    bool take(std::string_view expected) {
        if (!rest_.starts_with(expected))
            return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    /// Reads a number that has from `least` to `most` digits.
    std::optional<int> number(std::size_t least, std::size_t most) {
        std::size_t size = 0;
        int value = 0;
        for (; size < most && is_at_digit(); ++size) {
            value = value * 10 + (rest_.front() - '0');
            rest_.remove_prefix(1);
        }
        return size >= least ? std::optional(value) : std::nullopt;
    }
    std::optional<int> number(std::size_t size) { return number(size, size); }

private:
    std::string_view rest_;
};

/// Reads a date such as "2026-01-05". The year may have more digits. It may also have a sign and six digits,
/// as in JavaScript; the year 0 is then 1 BC. `year_is_plain` tells whether BC may follow at the end.
struct ReadDate {
    int year;
    int month;
    int day;
    bool year_is_plain;

    static std::optional<ReadDate> read(TextReader& text) {
        const bool minus = text.take("-");
        const bool sign = minus || text.take("+");
        const std::optional<int> year = sign ? text.number(6) : text.number(4, 6);
        if (!year || !text.take("-"))
            return std::nullopt;
        const std::optional<int> month = text.number(2);
        if (!month || *month < 1 || *month > 12 || !text.take("-"))
            return std::nullopt;
        const std::optional<int> day = text.number(2);
        if (!day)
            return std::nullopt;
        if (!sign && *year == 0)
            return std::nullopt;
        return ReadDate{minus ? -*year : *year, *month, *day, !sign};
    }

    /// Checks roughly that the date is in the calendar of PostgreSQL. This prevents overflow.
    bool is_valid() const {
        constexpr int first_year = -4713;
        constexpr int last_year = 294276;
        return year >= first_year && year <= last_year && day >= 1 &&
               day <= day_tab[isleap(year) ? 1 : 0][month - 1];
    }
};

/// Reads a time such as "09:28:00.123456", and returns it in microseconds. It rounds further digits. A
/// fraction follows seconds only: PostgreSQL takes "09:28.5" for minutes and seconds, and JavaScript for no
/// time.
std::optional<std::int64_t> read_time_of_day(TextReader& text) {
    const std::optional<int> hour = text.number(2);
    if (!hour || *hour > 23 || !text.take(":"))
        return std::nullopt;
    const std::optional<int> minute = text.number(2);
    if (!minute || *minute > 59)
        return std::nullopt;
    std::optional<int> second = 0;
    std::int64_t nanoseconds = 0;
    if (text.take(":")) {
        second = text.number(2);
        if (!second || *second > 59)
            return std::nullopt;
        if (text.take(".")) {
            if (!text.is_at_digit())
                return std::nullopt;
            for (int unit = 100000000; text.is_at_digit(); unit /= 10)
                nanoseconds += std::int64_t{*text.number(1)} * unit;
        }
    }
    return ((*hour * 60 + *minute) * 60 + *second) * USECS_PER_SEC + (nanoseconds + 500) / 1000;
}

/// Reads a zone ("Z", "+01", "+0100", "+01:00" or nothing), and returns it in microseconds east of UTC.
std::optional<std::int64_t> read_zone(TextReader& text) {
    if (text.take("Z") || text.take("z"))
        return 0;
    const bool west = text.take("-");
    if (!west && !text.take("+"))
        return 0;
    const std::optional<int> hours = text.number(2);
    if (!hours || *hours > 15)
        return std::nullopt;
    std::optional<int> minutes = 0;
    if (text.take(":") || text.is_at_digit())
        minutes = text.number(2);
    if (!minutes || *minutes > 59)
        return std::nullopt;
    const std::int64_t offset = (*hours * 60 + *minutes) * USECS_PER_MINUTE;
    return west ? -offset : offset;
}

} // namespace

std::optional<Timestamp> parse_timestamp(std::string_view text) {
    if (text == "infinity")
        return DT_NOEND;
    if (text == "-infinity")
        return DT_NOBEGIN;

    TextReader reader(text);
    std::optional<ReadDate> date = ReadDate::read(reader);
    if (!date)
        return std::nullopt;
    std::optional<std::int64_t> time = 0;
    std::optional<std::int64_t> zone = 0;
    if (reader.take("T") || reader.take("t") || reader.take(" ")) {
        time = read_time_of_day(reader);
        zone = read_zone(reader);
    }
    if (!time || !zone)
        return std::nullopt;
    if (date->year_is_plain && reader.take(" BC"))
        date->year = 1 - date->year;
    if (!reader.is_at_end() || !date->is_valid())
        return std::nullopt;
    const std::int64_t day = date2j(date->year, date->month, date->day) - POSTGRES_EPOCH_JDATE;
    const Timestamp timestamp = day * USECS_PER_DAY + *time - *zone;
    return IS_VALID_TIMESTAMP(timestamp) ? std::optional(timestamp) : std::nullopt;
}

} // namespace agentchat::pg
