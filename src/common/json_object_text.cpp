// Implements json_object_text.hpp: checks JSON text while parsing it.
#include "common/json_object_text.hpp"

#include <charconv>
#include <cstddef>
#include <system_error>

#include "common/json_events.hpp"
#include "pg/jsonb.hpp"
#include "pg/memory.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Checks JSON text while parsing it, without building a tree.
class ObjectFinder final : public JsonEvents {
public:
    bool Null() override { return depth_ > 0; }
    bool Boolean(bool) override { return depth_ > 0; }
    bool Number(std::string_view text) override {
        return depth_ > 0 && text.size() < 1000 && HasShortExponent(text);
    }
    bool String(std::string_view value) override { return depth_ > 0 && IsText(value); }
    bool StartObject() override { return ++depth_ < most_levels; }
    bool Key(std::string_view name) override { return IsText(name); }
    bool EndObject() override { return --depth_ >= 0; }
    bool StartArray() override { return depth_ > 0 && ++depth_ < most_levels; }
    bool EndArray() override { return --depth_ >= 0; }

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

    int depth_ = 0;
};

} // namespace

bool IsJsonObject(std::string_view text) {
    // The parser skips a byte order mark, but PostgreSQL does not.
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        return false;
    ObjectFinder finder;
    return ParseJson(text, finder);
}

std::optional<pg::JsonbView> json_object_in(std::string_view text) {
    if (!IsJsonObject(text))
        return std::nullopt;
    // jsonb_in() needs a zero byte after the text.
    const std::string_view copy = pg::copy_text(pg::current_context(), text);
    return pg::JsonbView::of(pg::jsonb_from_text(copy).datum);
}

} // namespace agentchat
