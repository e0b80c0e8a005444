// Fuzzes what writes JSON text: it is the text that PostgreSQL writes, and its parser makes the same jsonb of
// it.
#include <vector>

#include "pg/json_text.hpp"
#include "pg/prelude.hpp"
#include "test/fuzz/harness.hpp"

namespace agentchat::fuzz {

namespace {

using pg::JsonbView;
using pg::JsonText;

/// Leaves out the blanks that JsonbToCString() writes after commas and colons.
std::string without_blanks(std::string_view json) {
    std::string compact;
    bool is_in_string = false;
    for (std::size_t i = 0; i < json.size(); ++i) {
        if (is_in_string && json[i] == '\\')
            compact += json[i++];
        else if (json[i] == '"')
            is_in_string = !is_in_string;
        else if (!is_in_string && json[i] == ' ')
            continue;
        compact += json[i];
    }
    return compact;
}

void try_value(std::uintptr_t jsonb) {
    JsonText exact(CurrentMemoryContext);
    exact.value(JsonbView::of(jsonb));
    require_equal(exact.view(), without_blanks(jsonb_out(jsonb)), "the text differs from that of PostgreSQL");

    JsonText javascript(CurrentMemoryContext);
    javascript.value(JsonbView::of(jsonb), pg::JsonStyle::javascript);
    const std::optional<std::uintptr_t> parsed = parse_jsonb(javascript.view());
    require(parsed.has_value(), "the text in the style of JavaScript is not JSON");
    require(compareJsonbContainers(&DatumGetJsonbP(*parsed)->root, &DatumGetJsonbP(jsonb)->root) == 0,
            "the text in the style of JavaScript has another value");
}

/// The text begins and ends where the memory does: reading sixteen bytes at a time must not leave it.
void try_string(std::string_view bytes) {
    const std::string text = as_text(bytes);
    const std::vector<char> exact(text.begin(), text.end());
    JsonText ours(CurrentMemoryContext);
    ours.string({exact.data(), exact.size()});
    StringInfoData theirs;
    initStringInfo(&theirs);
    escape_json(&theirs, text.c_str());
    require_equal(ours.view(), {theirs.data, static_cast<std::size_t>(theirs.len)},
                  "string() escapes in another way");
}

std::string quoted(std::string_view text) {
    return '"' + std::string(text) + '"';
}

void try_integer(std::int64_t number) {
    JsonText ours(CurrentMemoryContext);
    ours.integer(number);
    require_equal(ours.view(), std::to_string(number), "integer() writes another number");
}

void try_uuid(Input& input) {
    pg::Uuid uuid{};
    const std::string_view bytes = input.bytes(uuid.bytes.size());
    std::copy(bytes.begin(), bytes.end(), uuid.bytes.begin());
    JsonText ours(CurrentMemoryContext);
    ours.uuid(uuid);
    const char* theirs = DatumGetCString(DirectFunctionCall1(uuid_out, PointerGetDatum(uuid.bytes.data())));
    require_equal(ours.view(), quoted(theirs), "uuid() writes another text");
    require(pg::parse_uuid(theirs) == uuid, "parse_uuid() reads another uuid");
}

void try_timestamp(pg::Timestamp timestamp) {
    if (!pg::is_finite(timestamp))
        timestamp = timestamp < 0 ? DT_NOBEGIN : DT_NOEND;
    JsonText ours(CurrentMemoryContext);
    ours.timestamp(timestamp, pg::TimestampStyle::sql);
    char theirs[MAXDATELEN + 1];
    JsonEncodeDateTime(theirs, TimestampGetDatum(timestamp), TIMESTAMPOID, nullptr);
    require_equal(ours.view(), quoted(theirs), "timestamp() writes another text");

    // Dates of JavaScript have milliseconds only.
    char text[pg::timestamp_text_room];
    for (const pg::TimestampStyle style : {pg::TimestampStyle::sql, pg::TimestampStyle::utc}) {
        const std::size_t size = pg::write_timestamp(timestamp, style, text);
        if (pg::is_finite(timestamp) && size > 0 &&
            std::string_view(text, size).find("BC") == std::string_view::npos)
            require(pg::parse_timestamp({text, size}) == timestamp, "parse_timestamp() reads another time");
    }
    for (const pg::TimestampStyle style :
         {pg::TimestampStyle::date_from_json, pg::TimestampStyle::date_from_text})
        require(pg::write_timestamp(timestamp, style, text) < pg::timestamp_text_room, "a time is too long");
}

/// Whether the year has a sign, as in JavaScript. PostgreSQL would take it for a zone.
bool has_signed_year(std::string_view text) {
    return text.starts_with('+') || text.starts_with('-');
}

/// Writes +00 for Z. PostgreSQL reads the names of zones from a file of the installation, which is not there.
std::string with_zone_in_numbers(std::string text) {
    const std::size_t zone = text.find_first_of("Zz");
    return zone == std::string::npos ? text : text.replace(zone, 1, "+00");
}

/// PostgreSQL reads a text that parse_timestamp() reads as the same time.
void try_time_text(const std::string& text) {
    const std::optional<pg::Timestamp> ours = pg::parse_timestamp(text);
    // PostgreSQL refuses longer texts, such as those with a hundred digits after the point.
    if (!ours || has_signed_year(text) || text.size() > MAXDATELEN)
        return;
    const std::string in_numbers = with_zone_in_numbers(text);
    const char* copy = in_numbers.c_str();
    pg::Timestamp theirs = 0;
    const auto read = [&] {
        theirs = DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in, CStringGetDatum(copy),
                                                         ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1)));
    };
    require(!error_of(read), "parse_timestamp() reads a time that PostgreSQL refuses");
    // PostgreSQL rounds a fraction of more than six digits as a double.
    require(*ours - theirs <= 1 && theirs - *ours <= 1,
            "parse_timestamp() reads another time than PostgreSQL");
}

} // namespace

void fuzz(std::string_view bytes) {
    Input input(bytes);
    switch (input.byte() % 4) {
    case 0:
        return try_string(input.rest());
    case 1:
        try_integer(static_cast<std::int64_t>(input.number()));
        try_timestamp(static_cast<pg::Timestamp>(input.number()));
        return try_uuid(input);
    case 2:
        return try_time_text(as_text(input.rest()));
    default:
        if (const std::optional<std::uintptr_t> jsonb = parse_jsonb(as_text(input.rest())))
            try_value(*jsonb);
    }
}

} // namespace agentchat::fuzz
