// Implements regex.hpp with PostgreSQL's engine (src/backend/regex/).
#include "pg/regex.hpp"

#include <algorithm>
#include <type_traits>

#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "pg/values.hpp"

namespace agentchat::pg {

static_assert(sizeof(CodePoint) == sizeof(pg_wchar) && std::is_same_v<CodePoint, pg_wchar>,
              "the engine reads characters of the type pg_wchar");

struct Regex {
    // pg_regexec() takes a pointer that is not const, and changes nothing in it.
    mutable regex_t compiled;
};

namespace {

constexpr CodePoint replacement_character = 0xFFFD;

constexpr char too_complex[] = "it is too complex for the regular expression engine of PostgreSQL";

/// The end of the code point that starts at `at`, and the code point.
struct Decoded {
    std::size_t end;
    CodePoint code_point;
};

/// Decodes the character of UTF-8 that starts at a byte beyond ASCII.
Decoded decode(std::string_view text, std::size_t at) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data()) + at;
    const auto size = static_cast<std::size_t>(pg_utf_mblen(bytes));
    if (size > text.size() - at || !pg_utf8_islegal(bytes, static_cast<int>(size)))
        return {at + 1, replacement_character};
    return {at + size, utf8_to_unicode(bytes)};
}

/// Writes the code points of UTF-8, and returns how many they are. There is room for one for each byte.
std::size_t decode_all(std::string_view text, CodePoint* to) {
    constexpr std::size_t bytes_between_interrupts = 1 << 20;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        CHECK_FOR_INTERRUPTS();
        const std::size_t pause = std::min(text.size(), at + bytes_between_interrupts);
        while (at < pause) {
            const auto byte = static_cast<unsigned char>(text[at]);
            const Decoded decoded = byte < 0x80 ? Decoded{at + 1, byte} : decode(text, at);
            to[count++] = decoded.code_point;
            at = decoded.end;
        }
    }
    return count;
}

/// Returns the words for an error of the engine. An interrupt has ended the call already, if it could.
const char* fault_of(int error) {
    CHECK_FOR_INTERRUPTS();
    if (error == REG_ETOOBIG)
        return too_complex;
    constexpr std::size_t room = 100;
    char message[room];
    pg_regerror(error, nullptr, message, room);
    return format("the regular expression engine of PostgreSQL says: %s", message);
}

// PostgreSQL 15 compiles into memory of malloc(). From 16 on, it is memory of the context, which needs no
// care (src/include/regex/regcustom.h).
constexpr bool uses_malloc = PG_VERSION_NUM < 160000;

/// Frees a compiled expression.
void free_regex(void* regex) {
    regex_t& compiled = static_cast<Regex*>(regex)->compiled;
    // pg_regfree() calls through re_fns (regfree.c), which pg_regcomp() sets at its start.
    if (compiled.re_fns != nullptr)
        pg_regfree(&compiled);
}

} // namespace

std::span<CodePoint> code_points(MemoryContext context, std::string_view text) {
    const std::string_view utf8 = in_utf8(text);
    // A string of jsonb has up to 256 MB, which are 1 GB of code points: more than palloc() gives.
    auto* points = static_cast<CodePoint*>(
        MemoryContextAllocHuge(context, std::max<std::size_t>(1, utf8.size()) * sizeof(CodePoint)));
    return {points, decode_all(utf8, points)};
}

RegexResult compile_regex(MemoryContext context, std::span<const CodePoint> are, std::size_t states) {
    // The callback comes first: registering it later could fail, and nothing would free the memory.
    auto* regex = static_cast<Regex*>(MemoryContextAllocZero(context, sizeof(Regex)));
    if (uses_malloc) // not constexpr: clang++ would find free_regex() unused
        on_context_end(context, free_regex, regex);
    const MemoryContext previous = MemoryContextSwitchTo(context);
    // REG_NOSUB and no place for matches: the engine then only asks whether there is one.
    constexpr CodePoint nothing = 0; // pg_regcomp() does not take a null pointer for an empty ARE
    const int error = pg_regcomp(&regex->compiled, are.empty() ? &nothing : are.data(), are.size(),
                                 REG_ADVANCED | REG_NOSUB, C_COLLATION_OID);
    MemoryContextSwitchTo(previous);
    if (error != REG_OKAY)
        return {nullptr, fault_of(error)};
    // A match allocates up to 16 bytes for each color, a class of characters that the ARE does not tell
    // apart, in each of up to four sets for each state (newdfa() in rege_dfa.c). From PostgreSQL 16 on, an
    // array of more than 1 GB raises XX000.
    constexpr std::size_t bytes_per_state_and_color = std::size_t{4} * 16;
    const auto colors = static_cast<std::size_t>(pg_reg_getnumcolors(&regex->compiled));
    if (states > MaxAllocSize / bytes_per_state_and_color / colors)
        return {nullptr, too_complex};
    return {regex, nullptr};
}

RegexMatch match_regex(const Regex& regex, std::string_view text) {
    const std::span<CodePoint> points = code_points(CurrentMemoryContext, text);
    // For back references, the engine allocates a pointer for each character (citerdissect() in regexec.c).
    // palloc() raises XX000 above 1 GB.
    const bool has_back_references = (regex.compiled.re_info & REG_UBACKREF) != 0;
    const bool is_too_long = has_back_references && points.size() >= MaxAllocSize / sizeof(void*);
    const int outcome =
        is_too_long ? REG_ETOOBIG
                    : pg_regexec(&regex.compiled, points.data(), points.size(), 0, nullptr, 0, nullptr, 0);
    pfree(points.data());
    if (outcome == REG_OKAY || outcome == REG_NOMATCH)
        return {outcome == REG_OKAY, nullptr};
    return {false, is_too_long ? "the text is too long for back references" : fault_of(outcome)};
}

} // namespace agentchat::pg
