// Implements json_object_text.hpp: checks JSON text while parsing it.
#include "common/json_object_text.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

#include "common/json_events.hpp"
#include "pg/jsonb.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Checks that JSON text is an object while parsing it, without building a tree.
class ObjectFinder : public JsonEvents {
public:
    bool Null() override { return depth_ > 0; }
    bool Boolean(bool) override { return depth_ > 0; }
    bool Number(std::string_view) override { return depth_ > 0; }
    bool String(std::string_view) override { return depth_ > 0; }
    bool StartObject() override { return ++depth_ > 0; }
    bool Key(std::string_view) override { return true; }
    bool EndObject() override { return --depth_ >= 0; }
    bool StartArray() override { return depth_ > 0 && ++depth_ > 0; }
    bool EndArray() override { return --depth_ >= 0; }

protected:
    int depth_ = 0;
};

/// Checks that jsonb can hold the object, too.
class StorableObjectFinder final : public ObjectFinder {
public:
    bool Number(std::string_view text) override {
        return depth_ > 0 && text.size() < 1000 && HasShortExponent(text);
    }
    bool String(std::string_view value) override { return depth_ > 0 && IsText(value); }
    bool Key(std::string_view name) override { return IsText(name); }
    bool StartObject() override { return ++depth_ < most_levels; }
    bool StartArray() override { return depth_ > 0 && ++depth_ < most_levels; }

private:
    static constexpr int most_levels = 1000;

    /// Tells whether the database can store the text. An escape may stand for a character that does not exist
    /// in the encoding of the database.
    static bool IsText(std::string_view value) { return pg::is_utf8_text(value); }

    /// Tells whether the exponent is small enough. A tiny double is 0, but PostgreSQL cannot store all its
    /// zeros, not even those of 0e-20000.
    static bool HasShortExponent(std::string_view number) {
        constexpr int most = 10000;
        const std::size_t e = number.find_first_of("eE");
        if (e == std::string_view::npos)
            return true;
        const char* begin = number.data() + e + (number[e + 1] == '+' ? 2 : 1);
        int exponent = 0;
        const auto read = std::from_chars(begin, number.data() + number.size(), exponent);
        return read.ec == std::errc() && -most < exponent && exponent < most;
    }
};

// ---- JSON that the parser refuses although JavaScript accepts it

bool IsDigit(char c) {
    return c >= '0' && c <= '9';
}

bool IsHexDigit(char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// Tells whether the text begins with the escape of a code unit.
bool StartsWithCodeUnit(std::string_view text) {
    return text.size() >= 6 && text.starts_with("\\u") &&
           std::all_of(text.begin() + 2, text.begin() + 6, IsHexDigit);
}

/// Returns text with other strings and numbers, which is JSON if and only if this text is. Escapes become the
/// letter u, strings keep only ASCII, and at most two digits in a row are left: the parser refuses surrogates
/// outside pairs, bytes that are not UTF-8, and numbers above the largest double.
std::string Simplified(std::string_view text) {
    std::string simple;
    simple.reserve(text.size());
    bool is_in_string = false;
    std::size_t digits = 0;
    while (!text.empty()) {
        std::size_t taken = 1;
        digits = !is_in_string && IsDigit(text.front()) ? digits + 1 : 0;
        if (text.front() == '"') {
            is_in_string = !is_in_string;
            simple += '"';
        } else if (is_in_string && StartsWithCodeUnit(text)) {
            taken = 6;
            simple += 'u';
        } else if (is_in_string && text.front() == '\\') {
            taken = std::min<std::size_t>(2, text.size());
            simple += text.substr(0, taken);
        } else if (digits <= 2 && !(is_in_string && (text.front() & 0x80) != 0)) {
            simple += text.front();
        }
        text.remove_prefix(taken);
    }
    return simple;
}

/// Takes any JSON.
class AnyJson final : public JsonEvents {
public:
    bool Null() override { return true; }
    bool Boolean(bool) override { return true; }
    bool Number(std::string_view) override { return true; }
    bool String(std::string_view) override { return true; }
    bool StartObject() override { return true; }
    bool Key(std::string_view) override { return true; }
    bool EndObject() override { return true; }
    bool StartArray() override { return true; }
    bool EndArray() override { return true; }
};

/// Parses the text, and tells whether the finder accepts it.
ParsedJson ParseFor(std::string_view text, JsonEvents&& finder) {
    return ParseJson(text, finder);
}

ParsedJson ParseStorableObject(std::string_view text) {
    return ParseFor(text, StorableObjectFinder());
}

ParsedJson ParseAnyObject(std::string_view text) {
    return ParseFor(Simplified(text), ObjectFinder());
}

ParsedJson ParseAny(std::string_view text) {
    return ParseFor(Simplified(text), AnyJson());
}

/// Tells whether the text is accepted. Ends the call if the query is cancelled.
bool is_accepted(std::string_view text, ParsedJson (*parse)(std::string_view text)) {
    for (;;) {
        const ParsedJson parsed = parse(text);
        if (parsed != ParsedJson::cancelled)
            return parsed == ParsedJson::accepted;
        pg::check_for_interrupts();
    }
}

} // namespace

bool is_json_object(std::string_view text) {
    return is_accepted(text, ParseAnyObject);
}

bool is_json_text(std::string_view text) {
    return is_accepted(text, ParseAny);
}

std::optional<pg::JsonbView> json_object_in(std::string_view text) {
    if (!is_accepted(text, ParseStorableObject))
        return std::nullopt;
    // jsonb_in() needs a zero byte after the text.
    const std::string_view copy = pg::copy_text(pg::current_context(), text);
    return pg::JsonbView::of(pg::jsonb_from_text(copy).datum);
}

} // namespace agentchat
