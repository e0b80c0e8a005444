// Implements caller.hpp and current_user_id(), which returns the user whom the claims of the JWT name.
// PostgREST, or another server, puts the claims into a setting.
#include "common/caller.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "common/json_events.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"
#include "pg/settings.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Holds the claim `sub`, up to the length that matters. Every text form of a UUID fits.
class Subject {
public:
    void Set(std::string_view text) noexcept {
        is_there_ = true;
        size_ = std::min(text.size(), sizeof(text_));
        std::memcpy(text_, text.data(), size_);
    }
    void Clear() noexcept { is_there_ = false; }

    bool is_there() const { return is_there_; }
    std::string_view text() const { return {text_, size_}; }

private:
    bool is_there_ = false;
    std::size_t size_ = 0;
    char text_[64] = {};
};

/// Finds `sub` in a JSON object. It builds no tree, and therefore allows any depth of nesting. If the object
/// has several such keys, the last one counts, as in jsonb.
class SubjectFinder final : public JsonEvents {
public:
    explicit SubjectFinder(Subject& subject) : subject_(subject) {}

    bool Null() override {
        if (IsSubject())
            subject_.Clear();
        return true;
    }
    bool Boolean(bool value) override { return Take(value ? "true" : "false"); }
    /// The e of an exponent is no digit of a UUID.
    bool Number(std::string_view text) override {
        return Take(text.find_first_of("eE") == std::string_view::npos ? text : "a number");
    }
    bool String(std::string_view value) override { return Take(value); }
    bool StartObject() override { return Open("{...}"); }
    bool Key(std::string_view name) override {
        if (depth_ == 1)
            at_subject_ = name == "sub";
        return true;
    }
    bool EndObject() override { return --depth_ >= 0; }
    bool StartArray() override { return Open("[...]"); }
    bool EndArray() override { return --depth_ >= 0; }

private:
    bool IsSubject() const { return depth_ == 1 && at_subject_; }

    bool Take(std::string_view value) {
        if (IsSubject())
            subject_.Set(value);
        return true;
    }

    bool Open(std::string_view instead) {
        Take(instead);
        ++depth_;
        return true;
    }

    Subject& subject_;
    int depth_ = 0;
    bool at_subject_ = false;
};

/// Parses the claims and finds their subject. Returns false if the text is not JSON.
bool FindSubject(std::string_view claims, Subject& subject) {
    SubjectFinder finder(subject);
    return ParseJson(claims, finder) == ParsedJson::accepted;
}

/// Remembers the last claims and their subject. A request asks for them several times, and parsing them takes
/// as long as a small query.
class LastClaims {
public:
    /// Tells whether these claims are the remembered ones. If so, it sets `subject`.
    bool Recall(std::string_view claims, Subject& subject) const noexcept {
        if (size_ == 0 || claims != std::string_view{text_, size_})
            return false;
        subject = subject_;
        return true;
    }
    void Keep(std::string_view claims, const Subject& subject) noexcept {
        if (claims.size() > sizeof(text_))
            return;
        size_ = claims.size();
        std::memcpy(text_, claims.data(), size_);
        subject_ = subject;
    }

private:
    std::size_t size_ = 0;
    char text_[4096] = {};
    Subject subject_;
};

constinit LastClaims last_claims{};

/// Reads the subject of the claims, from memory if possible. Returns false if the text is not JSON.
bool ReadSubject(std::string_view claims, Subject& subject) {
    if (last_claims.Recall(claims, subject))
        return true;
    if (!FindSubject(claims, subject))
        return false;
    last_claims.Keep(claims, subject);
    return true;
}

[[noreturn]] void raise_bad_claims(const char* detail) {
    // A cancelled query also ends the parsing of claims.
    pg::check_for_interrupts();
    pg::raise({pg::sqlstate::invalid_parameter_value, "the claims of the request do not name a user", detail,
               "The claim sub of the JWT must be the UUID of a user."});
}

/// Tells whether the setting is absent. An empty setting counts as absent: PostgreSQL leaves a setting empty
/// after the transaction that made it.
bool is_absent(const char* setting) {
    return setting == nullptr || setting[0] == '\0';
}

} // namespace

// Reads the older setting first, like auth.uid() of Supabase.
std::optional<pg::Uuid> caller() {
    Subject subject;
    const char* older = pg::setting("request.jwt.claim.sub");
    if (!is_absent(older)) {
        subject.Set(older);
    } else {
        const char* claims = pg::setting("request.jwt.claims");
        if (is_absent(claims))
            return std::nullopt;
        if (!ReadSubject(claims, subject))
            raise_bad_claims("The setting request.jwt.claims is not JSON.");
    }
    if (!subject.is_there())
        return std::nullopt;
    const std::optional<pg::Uuid> user = pg::parse_uuid(subject.text());
    if (!user)
        raise_bad_claims(pg::format("The claim sub is %s.", pg::quoted_excerpt(subject.text())));
    return user;
}

pg::Uuid user_argument(const pg::Call& call, int argument) {
    const std::optional<pg::Uuid> user = call.is_null(argument) ? caller() : call.uuid(argument);
    if (!user)
        pg::raise({pg::sqlstate::invalid_parameter_value, "no user given",
                   "Neither the argument user_id nor the claims of the request name a user.",
                   "Pass user_id, or sign in."});
    return *user;
}

pg::Result current_user_id(pg::Call&) {
    const std::optional<pg::Uuid> user = caller();
    return user ? pg::uuid_result(*user) : pg::Result::null();
}

} // namespace agentchat
