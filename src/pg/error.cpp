// Implements error.hpp: raises errors of PostgreSQL, and formats their texts.
#include "pg/error.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Copies a C string into an array. If the string does not fit, the function truncates it between two
/// characters.
template <std::size_t room>
void CopyText(char (&to)[room], const char* from) noexcept {
    std::size_t size = std::strlen(from);
    if (size >= room) {
        size = room - 1;
        // Go back to the start of a character. The texts are ASCII or UTF-8.
        while (size > 0 && (static_cast<unsigned char>(from[size]) & 0xC0) == 0x80)
            --size;
    }
    std::memcpy(to, from, size);
    to[size] = '\0';
}

/// Sets the fields of an error inside ereport(). The return value has no meaning.
int report_fields(const Report& report) {
    const char* s = report.sqlstate;
    errcode(MAKE_SQLSTATE(s[0], s[1], s[2], s[3], s[4]));
    errmsg_internal("%s", report.message);
    if (report.detail[0] != '\0')
        errdetail_internal("%s", report.detail);
    if (report.hint[0] != '\0')
        errhint("%s", report.hint);
    return 0;
}

} // namespace

void OwnedReport::Copy(const Report& report) noexcept {
    CopyText(sqlstate_, report.sqlstate);
    CopyText(message_, report.message);
    CopyText(detail_, report.detail);
    CopyText(hint_, report.hint);
}

void raise(const Report& report) {
    ereport(ERROR, report_fields(report));
    pg_unreachable();
}

void warn(const Report& report) {
    ereport(WARNING, report_fields(report));
}

const char* format(const char* pattern, ...) {
    StringInfoData text;
    initStringInfo(&text);
    for (;;) {
        va_list args;
        va_start(args, pattern);
        const int needed = appendStringInfoVA(&text, pattern, args);
        va_end(args);
        if (needed == 0)
            return text.data;
        enlargeStringInfo(&text, needed);
    }
}

std::string_view first_characters(std::string_view text, std::size_t most_bytes) {
    const int size = static_cast<int>(std::min<std::size_t>(text.size(), PG_INT32_MAX));
    const int most = static_cast<int>(std::min<std::size_t>(most_bytes, PG_INT32_MAX));
    return text.substr(0, static_cast<std::size_t>(pg_mbcliplen(text.data(), size, most)));
}

const char* quoted_excerpt(std::string_view text) {
    constexpr std::size_t most_bytes = 120;
    const std::string_view start = first_characters(text, most_bytes);
    return format("\"%.*s%s\"", static_cast<int>(start.size()), start.data(),
                  start.size() < text.size() ? "..." : "");
}

} // namespace agentchat::pg
