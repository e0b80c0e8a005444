// Fuzzes the parser of claims: the caller is the UUID that PostgreSQL's own jsonb and uuid find in the same
// text.
#include <cmath>
#include <cstdlib>

#include "common/caller.hpp"
#include "pg/error.hpp"
#include "pg/prelude.hpp"
#include "test/fuzz/harness.hpp"

namespace agentchat::fuzz {

namespace {

void set(const char* name, const char* value) {
    SetConfigOption(name, value, PGC_USERSET, PGC_S_SESSION);
}

/// What the claims say.
struct Claims {
    bool is_json = false;
    /// The claim `sub` as `->>` returns it.
    std::optional<std::string_view> subject;
    bool is_number = false;
    /// The claim as a uuid, if it is one.
    std::optional<pg::Uuid> user;
};

std::optional<pg::Uuid> uuid_in(std::string_view text) {
    const char* copy = pnstrdup(text.data(), text.size());
    std::optional<pg::Uuid> uuid;
    error_of(
        [&] { uuid = pg::from_pg(DatumGetUUIDP(DirectFunctionCall1(::uuid_in, CStringGetDatum(copy)))); });
    return uuid;
}

/// jsonb_object_field_text() calls for no catalog.
Claims read_claims(std::string_view written) {
    Claims claims;
    const std::optional<std::uintptr_t> json = parse_jsonb(written);
    if (!json)
        return claims;
    claims.is_json = true;
    const std::optional<pg::JsonbView> subject = pg::JsonbView::of(*json).find("sub");
    claims.is_number = subject && subject->is_number();
    LOCAL_FCINFO(call, 2);
    InitFunctionCallInfoData(*call, nullptr, 2, InvalidOid, nullptr, nullptr);
    call->args[0] = {*json, false};
    call->args[1] = {PointerGetDatum(cstring_to_text("sub")), false};
    const Datum found = jsonb_object_field_text(call);
    if (call->isnull)
        return claims;
    claims.subject = TextDatumGetCString(found);
    claims.user = uuid_in(*claims.subject);
    return claims;
}

/// jsonb cannot hold everything that is JSON, and a number out of its range. Which text is JSON, json_in()
/// knows.
bool is_json(std::string_view text) {
    const char* copy = pnstrdup(text.data(), text.size());
    return !error_of([&] { DirectFunctionCall1(json_in, CStringGetDatum(copy)); });
}

/// Tells whether a number of the JSON is too large for a double. The parser of claims refuses it, which
/// PostgreSQL's does not.
bool has_too_large_number(const std::string& json) {
    bool is_in_string = false;
    for (const char* at = json.c_str(); *at != '\0'; ++at) {
        if (*at == '"')
            is_in_string = !is_in_string;
        else if (is_in_string && *at == '\\')
            ++at;
        else if (!is_in_string && *at >= '0' && *at <= '9') {
            char* end = nullptr;
            if (std::isinf(std::strtod(at, &end)))
                return true;
            at = end - 1;
        }
    }
    return false;
}

void try_claims(const std::string& text) {
    set("request.jwt.claims", text.c_str());
    std::optional<pg::Uuid> user;
    const std::optional<std::string> error = error_of([&] { user = caller(); });
    if (error)
        require_equal(*error, pg::sqlstate::invalid_parameter_value, "an error that no page documents");

    // Again, from memory.
    std::optional<pg::Uuid> again;
    require(error_of([&] { again = caller(); }) == error && again == user,
            "the same claims name another user");

    if (text.empty()) {
        require(!error && !user, "no claims name a user");
        return;
    }
    const Claims claims = read_claims(text);
    if (!claims.is_json) {
        require(error || is_json(text), "a text that is not JSON is taken for claims");
        return;
    }
    if (!error) {
        require(user == claims.user && user.has_value() == claims.subject.has_value(),
                "the claims name another user");
        return;
    }
    // PostgreSQL writes numbers without an exponent. With it, 32 digits can be a UUID, which no token means.
    require(claims.subject.has_value() != claims.user.has_value() || claims.is_number ||
                has_too_large_number(text),
            "claims are refused that name a user, or none");
}

void try_older_setting(const std::string& text) {
    set("request.jwt.claim.sub", text.c_str());
    std::optional<pg::Uuid> user;
    const bool is_refused = error_of([&] { user = caller(); }).has_value();
    set("request.jwt.claim.sub", "");
    if (!text.empty())
        require(user == uuid_in(text) && is_refused == !user, "the older setting names another user");
}

} // namespace

/// Makes UUIDs as likely as any character: the byte 1, which no JSON has, stands for one.
void fuzz(std::string_view bytes) {
    constexpr std::string_view uuid = "0b0b0b0b-0000-4000-8000-00000000000b";
    std::string text = as_text(bytes);
    for (std::size_t at = text.find('\1'); at != std::string::npos; at = text.find('\1', at))
        text.replace(at, 1, uuid);
    try_claims(text);
    try_older_setting(text);
}

} // namespace agentchat::fuzz
