// Values of SQL types, for files that do not see the headers of PostgreSQL.
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

/// Microseconds since 2000-01-01, as in the SQL types timestamp and timestamptz.
using Timestamp = std::int64_t;

/// Tells whether the time is finite and within the calendar of PostgreSQL.
bool is_finite(Timestamp timestamp);

/// Copies a uuid of PostgreSQL.
Uuid from_pg(const pg_uuid_t* uuid);

inline constexpr std::size_t uuid_text_size = 36;

/// Writes the 36 characters of uuid_out.
void write_uuid(const Uuid& uuid, char* to);

/// Does the same in newly allocated memory of the context.
std::string_view uuid_text(MemoryContextData* context, const Uuid& uuid);

/// Hash bytes and a uuid. The results are the same in all sessions, and differ by seed.
std::uint64_t hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed);
std::uint64_t hash_uuid(const Uuid& uuid, std::uint64_t seed);

/// Parses a uuid as uuid_in does, but returns nothing instead of an error.
std::optional<Uuid> parse_uuid(std::string_view text);

/// Makes a UUID of version 5 (RFC 9562). The same name in the same space always gives the same UUID.
Uuid uuid_v5(const Uuid& space, std::string_view name);

/// Tells whether the bytes are UTF-8 that is also valid text in the encoding of the database.
bool is_utf8_text(std::string_view bytes) noexcept;

/// Makes new UUIDs of version 4, as gen_random_uuid() does. Many at once take a fraction of the time.
void make_random_uuids(std::span<Uuid> uuids);

/// Counts the characters of a text in the encoding of the database.
std::size_t count_characters(std::string_view text);

/// Room for any timestamp as text (MAXDATELEN + 1).
inline constexpr std::size_t timestamp_text_room = 129;

/// How a timestamp, which holds UTC, is written. All styles are ISO 8601.
enum class TimestampStyle : std::uint8_t {
    /// As to_jsonb does: without a zone, and without zeros at the end of the fraction.
    sql,
    /// With six digits of the second, and Z.
    utc,
    /// As JSON.stringify() writes the Date that JavaScript parses from JSON of PostgreSQL, which has a T:
    /// milliseconds, and Z.
    date_from_json,
    /// The same for text of PostgreSQL, which has a blank instead of the T. For odd years, JavaScript parses
    /// it in another way.
    date_from_text,
};

/// Writes the timestamp and returns its length. It returns 0 if JSON has null for it, because a Date cannot
/// hold it.
std::size_t write_timestamp(Timestamp timestamp, TimestampStyle style, char* to);

/// Parses a time in ISO 8601, in UTC, in any style of write_timestamp(). The text may have a blank instead of
/// the T, and any zone; without a zone, it is UTC. As in JavaScript, a year after 9999 or before Christ may
/// have a sign and six digits. Returns nothing if the text is not such a time, or if PostgreSQL cannot hold
/// it.
std::optional<Timestamp> parse_timestamp(std::string_view text);

} // namespace agentchat::pg
