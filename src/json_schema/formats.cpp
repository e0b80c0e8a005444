// Implements formats.hpp.
//
// The patterns are those of zod. Where zod 3 and zod 4 differ, a string that either accepts is right, because
// a schema does not say which of them has written it. For formats of JSON Schema itself, a string is also
// right if the standard accepts it: for "time" and "date-time", zod has options that a schema cannot show.
#include "json_schema/formats.hpp"

#include <array>
#include <cstddef>

#include "pg/error.hpp"
#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::string_view date =
    R"((?:(?:\d\d[2468][048]|\d\d[13579][26]|\d\d0[48]|[02468][048]00|[13579][26]00)-02-29)"
    R"(|\d{4}-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12]\d|3[01])|(?:0[469]|11)-(?:0[1-9]|[12]\d|30))"
    R"(|02-(?:0[1-9]|1\d|2[0-8]))))";
constexpr std::string_view time =
    R"((?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)";

constexpr std::string_view ipv4 =
    R"((?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]\d|\d))";
// zod 3 allows a zone after fe80::, and a leading zero in the IPv4 address at the end.
constexpr std::string_view ipv6 =
    R"((?:(?:[\da-fA-F]{1,4}:){7}[\da-fA-F]{1,4}|(?:[\da-fA-F]{1,4}:){1,7}:)"
    R"(|(?:[\da-fA-F]{1,4}:){1,6}:[\da-fA-F]{1,4}|(?:[\da-fA-F]{1,4}:){1,5}(?::[\da-fA-F]{1,4}){1,2})"
    R"(|(?:[\da-fA-F]{1,4}:){1,4}(?::[\da-fA-F]{1,4}){1,3})"
    R"(|(?:[\da-fA-F]{1,4}:){1,3}(?::[\da-fA-F]{1,4}){1,4})"
    R"(|(?:[\da-fA-F]{1,4}:){1,2}(?::[\da-fA-F]{1,4}){1,5}|[\da-fA-F]{1,4}:(?::[\da-fA-F]{1,4}){1,6})"
    R"(|:(?:(?::[\da-fA-F]{1,4}){1,7}|:)|fe80:(?::[\da-fA-F]{0,4}){0,4}%[\da-zA-Z]+)"
    R"(|(?:(?:[\da-fA-F]{1,4}:){6}|::(?:[\da-fA-F]{1,4}:){0,5}|[\da-fA-F]{1,4}::(?:[\da-fA-F]{1,4}:){0,4})"
    R"(|(?:[\da-fA-F]{1,4}:){2}:(?:[\da-fA-F]{1,4}:){0,3}|(?:[\da-fA-F]{1,4}:){3}:(?:[\da-fA-F]{1,4}:){0,2})"
    R"(|(?:[\da-fA-F]{1,4}:){4}:(?:[\da-fA-F]{1,4}:)?|(?:[\da-fA-F]{1,4}:){5}:))"
    R"((?:(?:25[0-5]|(?:2[0-4]|1?\d)?\d)\.){3}(?:25[0-5]|(?:2[0-4]|1?\d)?\d)))";

// What new URL() of JavaScript accepts (https://url.spec.whatwg.org/), as far as a pattern can tell: without
// the tables of international domain names, and without line breaks in the host.
//
// Some schemes are special: they need a host, with or without slashes before it. A host whose last label is a
// number is an IPv4 address.
constexpr std::string_view url_special =
    R"((?:[hH][tT][tT][pP][sS]?|[wW][sS][sS]?|[fF][tT][pP]):[/\\]*(?:[^/\\?#]*@)?(?:)"
    R"((?!(?:[^/\\?#:]*\.)?(?:\d+|0[xX][\da-fA-F]*)\.?(?:[:/\\?#]|[\x00-\x20]*$)))"
    R"((?:[^\x00-\x20#%/:<>?@[\\\]^|\x7F]|%[\da-fA-F]{2})+)"
    R"(|(?:(?:0[xX][\da-fA-F]{0,2}|0*(?:25[0-5]|2[0-4]\d|1\d\d|\d{1,2}))\.){3})"
    R"((?:0[xX][\da-fA-F]{0,2}|0*(?:25[0-5]|2[0-4]\d|1\d\d|\d{1,2}))\.?)"
    R"(|(?:(?:0[xX][\da-fA-F]{0,2}|0*(?:25[0-5]|2[0-4]\d|1\d\d|\d{1,2}))\.){0,2})"
    R"((?:0[xX][\da-fA-F]{0,8}|\d{1,11})\.?)"
    R"(|\[)";
constexpr std::string_view url_port =
    R"((?::(?:0*(?:\d{1,4}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5]))?)?)";
constexpr std::string_view url_other =
    R"(|[fF][iI][lL][eE]:[\s\S]*)"
    R"(|(?!(?:[hH][tT][tT][pP][sS]?|[wW][sS][sS]?|[fF][tT][pP]|[fF][iI][lL][eE]):)[a-zA-Z][\da-zA-Z+.-]*:)"
    R"((?:(?!//)[\s\S]*|//(?:(?:[^/?#]*@)?(?:[^\x00\t\n\r #/:<>?@[\\\]^|]+|\[)";

// What most of them look like. The whole pattern takes 50 times as long.
constexpr std::string_view usual_url =
    R"(^https?://(?:[\da-z](?:[\da-z-]*[\da-z])?\.)+[a-z]{2,}(?::\d{1,4})?(?:[/?#]\S*)?$)";

/// A format, the parts of its pattern, and a faster pattern for most of the strings that it matches.
struct Format {
    std::string_view name;
    std::array<std::string_view, 12> pattern;
    std::string_view usual{};
};

constexpr std::array<Format, 24> formats = {{
    {"base64", {R"(^(?:[\da-zA-Z+/]{4})*(?:[\da-zA-Z+/]{2}==|[\da-zA-Z+/]{3}=)?$)"}},
    {"base64url", {R"(^(?:[\da-zA-Z_-]{4})*(?:[\da-zA-Z_-]{2}(?:==)?|[\da-zA-Z_-]{3}=?)?$)"}},
    {"cidrv4", {"^", ipv4, R"(/(?:3[0-2]|[12]?\d)$)"}},
    {"cidrv6", {"^", ipv6, R"(/(?:12[0-8]|1[01]\d|[1-9]?\d)$)"}},
    {"cuid", {R"(^[cC](?:[^\s-]{8,}|[\da-z]{6,})$)"}},
    {"cuid2", {R"(^[\da-z]+$)"}},
    {"date", {"^", date, "$"}},
    {"date-time", {"^", date, "T", time, "$"}},
    {"duration",
     {R"(^[-+]?P(?!$)(?:[-+]?\d+Y|[-+]?\d+[.,]\d+Y$)?(?:[-+]?\d+M|[-+]?\d+[.,]\d+M$)?)",
      R"((?:[-+]?\d+W|[-+]?\d+[.,]\d+W$)?(?:[-+]?\d+D|[-+]?\d+[.,]\d+D$)?)",
      R"((?:T(?=[\d+-])(?:[-+]?\d+H|[-+]?\d+[.,]\d+H$)?(?:[-+]?\d+M|[-+]?\d+[.,]\d+M$)?)",
      R"((?:[-+]?\d+(?:[.,]\d+)?S)?)?$)"}},
    {"e164", {R"(^\+[1-9]\d{6,14}$)"}},
    {"email", {R"(^(?:[\w'+-]+\.)*[\w'+-]*[\w+-]@(?:[\da-zA-Z][\da-zA-Z-]*\.)+[a-zA-Z]{2,}$)"}},
    {"emoji", {R"(^[\p{Extended_Pictographic}\p{Emoji_Component}]+$)"}},
    {"hostname",
     {R"(^(?=.{1,253}\.?$)[\da-zA-Z](?:[\da-zA-Z-]{0,61}[\da-zA-Z])?)",
      R"((?:\.[\da-zA-Z](?:[\da-zA-Z-]{0,61}[\da-zA-Z])?)*\.?$)"}},
    {"ipv4", {"^", ipv4, "$"}},
    {"ipv6", {"^", ipv6, "$"}},
    {"jwt", {R"(^[\w-]+\.[\w-]+\.[\w-]*$)"}},
    {"ksuid", {R"(^[\da-zA-Z]{27}$)"}},
    {"mac", {R"(^(?:[\dA-F]{2}:){5}[\dA-F]{2}$|^(?:[\da-f]{2}:){5}[\da-f]{2}$)"}},
    {"nanoid", {R"(^[\w-]{21}$)"}},
    {"time", {"^", time, "$"}},
    {"ulid", {R"(^[\dA-HJKMNP-TV-Za-hjkmnp-tv-z]{26}$)"}},
    {"uri",
     {R"(^[\x00-\x20]*(?:)", url_special, ipv6, R"(\]))", url_port, R"((?:[/\\?#][\s\S]*)?)", url_other, ipv6,
      R"(\]))", url_port, R"()?(?:[/?#][\s\S]*)?))[\x00-\x20]*$)"},
     usual_url},
    {"uuid", {R"(^[\da-fA-F]{8}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{4}-[\da-fA-F]{12}$)"}},
    {"xid", {R"(^[\da-vA-V]{20}$)"}},
}};

/// The compiled patterns, in a context of the session's.
std::array<const Pattern*, formats.size()> patterns{};
pg::MemoryContext kept_patterns = nullptr;

const Pattern* compile_known(std::string_view pattern) {
    const PatternResult result = compile_pattern(kept_patterns, pattern);
    if (result.fault != nullptr)
        pg::raise({pg::sqlstate::internal_error, "a format does not compile", result.fault});
    return result.pattern;
}

const Pattern* compile_format(const Format& format) {
    pg::ArenaList<char> pattern(pg::current_context());
    for (const std::string_view part : format.pattern) {
        for (const char c : part)
            pattern.add(c);
    }
    if (kept_patterns == nullptr) {
        const pg::MemoryContext context = pg::make_context(pg::current_context(), "agentchat formats");
        pg::keep_for_session(context);
        kept_patterns = context;
    }
    const Pattern* whole = compile_known({pattern.begin(), pattern.size()});
    if (format.usual.empty())
        return whole;
    return either_pattern(kept_patterns, *compile_known(format.usual), *whole);
}

} // namespace

const Pattern* format_pattern(std::string_view format) {
    for (std::size_t i = 0; i < formats.size(); ++i) {
        if (formats[i].name != format)
            continue;
        if (patterns[i] == nullptr)
            patterns[i] = compile_format(formats[i]);
        return patterns[i];
    }
    return nullptr;
}

} // namespace agentchat
