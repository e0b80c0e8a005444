// Implements values.hpp: uuids, hashes and encodings.
#include "pg/values.hpp"

#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "pg/text.hpp"

namespace agentchat::pg {

namespace {

/// The texts "00" to "ff", which are both digits of a byte.
constexpr auto hex_pairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {"0123456789abcdef"[byte >> 4], "0123456789abcdef"[byte & 15]};
    return pairs;
}();

/// Raises XX000 if a step of the hash has failed.
void check_hash(int outcome, pg_cryptohash_ctx* hash) {
    if (outcome < 0)
        elog(ERROR, "could not compute SHA-1: %s", pg_cryptohash_error(hash));
}

} // namespace

std::uint64_t hash_bytes(std::span<const std::uint8_t> bytes, std::uint64_t seed) {
    return hash_bytes_extended(bytes.data(), static_cast<int>(bytes.size()), seed);
}

std::uint64_t hash_uuid(const Uuid& uuid, std::uint64_t seed) {
    return hash_bytes(uuid.bytes, seed);
}

std::string_view in_utf8(std::string_view text) {
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || text.empty())
        return text;
    auto* source = reinterpret_cast<unsigned char*>(const_cast<char*>(text.data()));
    const unsigned char* converted =
        pg_do_encoding_conversion(source, static_cast<int>(text.size()), encoding, PG_UTF8);
    // A result that is the source itself has no zero byte behind it.
    return converted == source ? text : std::string_view(reinterpret_cast<const char*>(converted));
}

std::string_view from_utf8(std::string_view text) {
    const int encoding = GetDatabaseEncoding();
    if (encoding == PG_UTF8 || encoding == PG_SQL_ASCII || text.empty())
        return text;
    const char* converted = pg_any_to_server(text.data(), static_cast<int>(text.size()), PG_UTF8);
    return converted == text.data() ? text : std::string_view(converted);
}

std::string_view in_nfkc(std::string_view text) {
    const Datum normalized = DirectFunctionCall2(unicode_normalize_func, PointerGetDatum(make_text(text)),
                                                 PointerGetDatum(cstring_to_text("NFKC")));
    return {VARDATA_ANY(DatumGetPointer(normalized)), VARSIZE_ANY_EXHDR(DatumGetPointer(normalized))};
}

bool is_utf8_database() {
    return GetDatabaseEncoding() == PG_UTF8;
}

bool is_utf8_text(std::string_view bytes) noexcept {
    const int encoding = GetDatabaseEncoding();
    const int size = static_cast<int>(bytes.size());
    // In other encodings, only ASCII has the same bytes.
    return encoding == PG_UTF8 ? pg_verify_mbstr(PG_UTF8, bytes.data(), size, true)
                               : std::none_of(bytes.begin(), bytes.end(),
                                              [](char c) { return c == '\0' || (c & 0x80) != 0; });
}

std::size_t count_characters(std::string_view text) {
    return static_cast<std::size_t>(pg_mbstrlen_with_len(text.data(), static_cast<int>(text.size())));
}

bool is_finite(Timestamp timestamp) {
    return !TIMESTAMP_NOT_FINITE(timestamp) && IS_VALID_TIMESTAMP(timestamp);
}

Uuid from_pg(const pg_uuid_t* uuid) {
    Uuid result;
    std::memcpy(result.bytes.data(), uuid->data, UUID_LEN);
    return result;
}

void write_uuid(const Uuid& uuid, char* to) {
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *to++ = '-';
        std::memcpy(to, hex_pairs[uuid.bytes[i]].data(), 2);
        to += 2;
    }
}

std::string_view uuid_text(MemoryContextData* context, const Uuid& uuid) {
    auto* text = static_cast<char*>(MemoryContextAlloc(context, uuid_text_size));
    write_uuid(uuid, text);
    return {text, uuid_text_size};
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

// Follows string_to_uuid in src/backend/utils/adt/uuid.c: the text may have braces, and a hyphen after every
// fourth digit. uuid_in has soft errors only since PostgreSQL 16.
std::optional<Uuid> parse_uuid(std::string_view text) {
    const bool braces = !text.empty() && text.front() == '{';
    if (braces)
        text.remove_prefix(1);

    Uuid uuid;
    for (std::size_t i = 0; i < uuid.bytes.size(); ++i) {
        if (text.size() < 2)
            return std::nullopt;
        const int high = hex_digit(text[0]);
        const int low = hex_digit(text[1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        uuid.bytes[i] = static_cast<std::uint8_t>(high * 16 + low);
        text.remove_prefix(2);
        if (i % 2 == 1 && i + 1 < uuid.bytes.size() && !text.empty() && text.front() == '-')
            text.remove_prefix(1);
    }

    if (text != (braces ? std::string_view("}") : std::string_view()))
        return std::nullopt;
    return uuid;
}

Uuid uuid_v5(const Uuid& space, std::string_view name) {
    const std::string_view utf8 = in_utf8(name);
    std::uint8_t digest[SHA1_DIGEST_LENGTH];
    pg_cryptohash_ctx* hash = pg_cryptohash_create(PG_SHA1);
    check_hash(pg_cryptohash_init(hash), hash);
    check_hash(pg_cryptohash_update(hash, space.bytes.data(), space.bytes.size()), hash);
    check_hash(pg_cryptohash_update(hash, reinterpret_cast<const std::uint8_t*>(utf8.data()), utf8.size()),
               hash);
    check_hash(pg_cryptohash_final(hash, digest, sizeof(digest)), hash);
    pg_cryptohash_free(hash);

    Uuid uuid;
    std::memcpy(uuid.bytes.data(), digest, uuid.bytes.size());
    uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x50); // version 5
    uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80); // the variant of RFC 9562
    return uuid;
}

void make_random_uuids(std::span<Uuid> uuids) {
    if (!uuids.empty() && !pg_strong_random(uuids.data(), uuids.size_bytes()))
        raise({sqlstate::internal_error, "could not generate random values"});
    for (Uuid& uuid : uuids) {
        uuid.bytes[6] = static_cast<std::uint8_t>((uuid.bytes[6] & 0x0F) | 0x40); // version 4
        uuid.bytes[8] = static_cast<std::uint8_t>((uuid.bytes[8] & 0x3F) | 0x80); // the variant of RFC 9562
    }
}

} // namespace agentchat::pg
