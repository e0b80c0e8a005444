// Values of SQL types, without PostgreSQL's headers.
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

/// Whether it is a time that PostgreSQL has: neither infinity nor beyond the end of its calendar.
bool is_finite(Timestamp timestamp);

Uuid from_pg(const pg_uuid_t* uuid);

inline constexpr std::size_t uuid_text_size = 36;

/// Writes the 36 characters that uuid_out gives.
void write_uuid(const Uuid& uuid, char* to);

/// The same, in that memory context.
std::string_view uuid_text(MemoryContextData* context, const Uuid& uuid);

/// The same in all sessions; another one for each seed.
std::uint64_t hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed);
std::uint64_t hash_uuid(const Uuid& uuid, std::uint64_t seed);

/// What uuid_in makes of the text, or nothing where it would raise an error.
std::optional<Uuid> parse_uuid(std::string_view text);

/// UUID version 5 (RFC 9562): the same name in the same space is always the same UUID.
Uuid uuid_v5(const Uuid& space, std::string_view name);

/// Whether the bytes are text in UTF-8 that the database can hold, in whose encoding it is then, too.
bool is_utf8_text(std::string_view bytes) noexcept;

/// Makes new UUIDs of version 4, as gen_random_uuid() does: for many at once that takes a small part of the
/// time.
void make_random_uuids(std::span<Uuid> uuids);

/// The characters of a text in the database's encoding.
std::size_t count_characters(std::string_view text);

/// Room for any timestamp as text (MAXDATELEN + 1).
inline constexpr std::size_t timestamp_text_room = 129;

/// How a timestamp, which holds UTC, is written. All are ISO 8601.
enum class TimestampStyle : std::uint8_t {
    /// As to_jsonb does: without a zone, the fraction without zeros at its end.
    sql,
    /// Six digits of the second, and Z.
    utc,
    /// As JSON.stringify() writes the Date that JavaScript reads from the time in PostgreSQL's JSON, with a
    /// T:
    /// milliseconds, and Z.
    date_from_json,
    /// As JSON.stringify() writes the Date that JavaScript reads from the time in PostgreSQL's text, with a
    /// blank.
    /// JavaScript reads odd years in another way then.
    date_from_text,
};

/// Writes the timestamp; its length. 0 where JSON has null for it: it is none that a Date can be.
std::size_t write_timestamp(Timestamp timestamp, TimestampStyle style, char* to);

/// The time of a text in ISO 8601, in UTC: what write_timestamp writes, in any style. It may have a blank for
/// the T, and any zone, or none where it is UTC; a year may have a sign and six digits, as JavaScript writes
/// those beyond 9999 and before Christ. Nothing where it is no such time, or one that PostgreSQL does not
/// have.
std::optional<Timestamp> parse_timestamp(std::string_view text);

} // namespace agentchat::pg
