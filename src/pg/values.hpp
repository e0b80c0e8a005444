// Defines values of SQL types, for files that do not see the headers of PostgreSQL.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

struct MemoryContextData;
struct pg_uuid_t;

namespace agentchat::pg {

using Oid = unsigned int;
inline constexpr Oid invalid_oid = 0;

struct Uuid {
    std::array<std::uint8_t, 16> bytes;
    bool operator==(const Uuid&) const = default;
};

/// A time in microseconds since 2000-01-01, as in the SQL types timestamp and timestamptz.
using Timestamp = std::int64_t;

/// Tells whether the time is finite and within the calendar of PostgreSQL.
bool is_finite(Timestamp timestamp);

/// Copies a uuid of PostgreSQL.
Uuid from_pg(const pg_uuid_t* uuid);

inline constexpr std::size_t uuid_text_size = 36;

/// Writes the uuid in the 36 characters of uuid_out.
void write_uuid(const Uuid& uuid, char* to);

/// Returns the 36 characters of uuid_out, in newly allocated memory of the context.
std::string_view uuid_text(MemoryContextData* context, const Uuid& uuid);

/// hash_bytes() and hash_uuid() compute a hash. The results are the same in all sessions, and depend on the
/// seed.
std::uint64_t hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed);
std::uint64_t hash_uuid(const Uuid& uuid, std::uint64_t seed);

/// Returns the value of a hexadecimal digit. Returns -1 for any other character.
int hex_digit(char c);

/// Parses a uuid like uuid_in. Returns nothing instead of raising an error.
std::optional<Uuid> parse_uuid(std::string_view text);

/// Makes a UUID of version 5 (RFC 9562). The name is a text of the database. Its bytes in UTF-8 count: the
/// same name in the same space gives the same UUID in every database, and in every other program.
Uuid uuid_v5(const Uuid& space, std::string_view name);

/// Converts a text of the database to UTF-8. The encoding SQL_ASCII says nothing about the bytes: they stay.
std::string_view in_utf8(std::string_view text);
/// Converts a text from UTF-8 to the encoding of the database.
std::string_view from_utf8(std::string_view text);

/// Returns a text in Unicode's normalization form KC: with composed characters, and with compatible forms
/// replaced. The encoding of the database must be UTF-8.
std::string_view in_nfkc(std::string_view text);

/// Tells whether the encoding of the database is UTF-8.
bool is_utf8_database();

/// Tells whether the bytes are UTF-8 that is also valid text in the encoding of the database.
bool is_utf8_text(std::string_view bytes) noexcept;

/// Makes new UUIDs of version 4, like gen_random_uuid(). Making many at once takes a fraction of the time.
void make_random_uuids(std::span<Uuid> uuids);

/// Counts the characters of a text in the encoding of the database.
std::size_t count_characters(std::string_view text);

/// Enough room for any timestamp as text (MAXDATELEN + 1).
inline constexpr std::size_t timestamp_text_room = 129;

/// Selects how a timestamp in UTC is written. All styles are ISO 8601.
enum class TimestampStyle : std::uint8_t {
    /// In the form of to_jsonb: without a zone, and without zeros at the end of the fraction.
    sql,
    /// With six digits in the fraction of the second, and Z.
    utc,
    /// In the form that JSON.stringify() writes for a Date, with milliseconds and Z. JavaScript has parsed
    /// the Date from PostgreSQL's JSON, which has a T.
    date_from_json,
    /// In the same form, but JavaScript has parsed the Date from PostgreSQL's text, which has a blank instead
    /// of the T. It parses odd years in another way.
    date_from_text,
};

/// Writes the timestamp, and returns its length. Returns 0 if a Date cannot hold the timestamp; JSON then has
/// null.
std::size_t write_timestamp(Timestamp timestamp, TimestampStyle style, char* to);

/// Parses a time in ISO 8601, in any style of write_timestamp(). The text may have a blank instead of the T,
/// and any zone. Without a zone, it is in UTC. A year after 9999 or before Christ may have a sign and six
/// digits, as in JavaScript. Returns nothing if the text is not such a time, or if PostgreSQL cannot store
/// it.
std::optional<Timestamp> parse_timestamp(std::string_view text);

} // namespace agentchat::pg
