// Checks at compile time that PostgreSQL stores values as src/pg/ reads and writes them.
//
// Each check names the file of PostgreSQL that defines the layout, and the code here that relies on it. If a
// check fails on a new version of PostgreSQL, that code must change first. The headers do not tell
// everything. test/pg/layout.sql checks the rest on a running server, by the bytes that it stores.
#include "pg/prelude.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

namespace {

// ---- Datum and varlena (src/include/postgres.h, varatt.h and c.h)

static_assert(sizeof(Datum) == sizeof(std::uintptr_t),
              "files that do not see PostgreSQL's headers hold a Datum in a std::uintptr_t");
static_assert(VARHDRSZ == sizeof(std::uint32_t),
              "a document begins with a length of four bytes (jsonb.cpp, jsonb_view.cpp, json_text.cpp)");
static_assert(
    VARHDRSZ_SHORT == 1,
    "a short header has one byte; therefore the bytes behind it start at any address (jsonb_stored.hpp)");

// ---- jsonb (src/include/utils/jsonb.h)

static_assert(offsetof(Jsonb, root) == VARHDRSZ, "the root container follows the length (jsonb_view.cpp)");
static_assert(sizeof(JsonbContainer::header) == sizeof(std::uint32_t) &&
                  offsetof(JsonbContainer, header) == 0 &&
                  offsetof(JsonbContainer, children) == sizeof(std::uint32_t),
              "a container begins with a header of four bytes, and the JEntries follow (jsonb_stored.hpp)");
static_assert(
    JB_CMASK == 0x0FFFFFFF && JB_FSCALAR == 0x10000000 && JB_FOBJECT == 0x20000000 && JB_FARRAY == 0x40000000,
    "the header holds the number of children, and the kind (jsonb.cpp, row_shape.cpp, value_writer.cpp)");
static_assert(std::is_same_v<JEntry, std::uint32_t>, "a JEntry has four bytes (jsonb_stored.hpp)");
static_assert(
    JENTRY_OFFLENMASK == 0x0FFFFFFF && JENTRY_TYPEMASK == 0x70000000 && JENTRY_HAS_OFF == 0x80000000,
    "a JEntry holds a length or an offset, a type, and which of the two the number is (jsonb_stored.hpp)");
static_assert(JENTRY_ISSTRING == 0x00000000 && JENTRY_ISNUMERIC == 0x10000000 &&
                  JENTRY_ISBOOL_FALSE == 0x20000000 && JENTRY_ISBOOL_TRUE == 0x30000000 &&
                  JENTRY_ISNULL == 0x40000000 && JENTRY_ISCONTAINER == 0x50000000,
              "these are all types of a child (jsonb_stored.hpp, jsonb_view.cpp)");
static_assert(JB_OFFSET_STRIDE == 32, "every 32nd JEntry holds an offset (EntryWriter in jsonb_stored.hpp)");
static_assert(ALIGNOF_INT == 4,
              "numerics and containers start at multiples of INTALIGN, which is what padding() in "
              "jsonb_stored.hpp computes (convertJsonbScalar in src/backend/utils/adt/jsonb_util.c)");

// ---- timestamp and uuid (src/include/datatype/timestamp.h, utils/uuid.h and postgres_ext.h)

static_assert(std::is_same_v<::Timestamp, Timestamp> && USECS_PER_SEC == 1000000 &&
                  POSTGRES_EPOCH_JDATE == 2451545,
              "a timestamp counts microseconds since 2000-01-01 in 64 bits (timestamp_text.cpp)");
static_assert(sizeof(pg_uuid_t) == sizeof(Uuid::bytes) && sizeof(Uuid) == 16 && alignof(pg_uuid_t) == 1,
              "a uuid is sixteen bytes (from_pg() in values.cpp)");
static_assert(std::is_same_v<::Oid, Oid> && InvalidOid == invalid_oid,
              "values.hpp defines both for files that do not see PostgreSQL's headers");

} // namespace

} // namespace agentchat::pg
