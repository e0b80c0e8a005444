#include "common/json_object_text.hpp"

#include <charconv>
#include <cstddef>
#include <string>
#include <system_error>

#include <nlohmann/json.hpp>

#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Looks at JSON as it is parsed, without building a tree of it.
class ObjectFinder {
public:
    using Json = nlohmann::json;

    // What nlohmann's parser calls; false ends it.
    // NOLINTBEGIN(readability-identifier-naming)
    bool null() { return depth_ > 0; }
    bool boolean(bool) { return depth_ > 0; }
    bool number_integer(Json::number_integer_t) { return depth_ > 0; }
    bool number_unsigned(Json::number_unsigned_t) { return depth_ > 0; }
    bool number_float(Json::number_float_t, const std::string& text) {
        return depth_ > 0 && text.size() < 1000 && HasShortExponent(text);
    }
    bool string(const std::string& value) { return depth_ > 0 && IsText(value); }
    bool binary(const Json::binary_t&) { return false; }
    bool start_object(std::size_t) { return ++depth_ < most_levels; }
    bool key(const std::string& name) { return IsText(name); }
    bool end_object() { return --depth_ >= 0; }
    bool start_array(std::size_t) { return depth_ > 0 && ++depth_ < most_levels; }
    bool end_array() { return --depth_ >= 0; }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }
    // NOLINTEND(readability-identifier-naming)

private:
    static constexpr int most_levels = 1000;

    /// What an escape stands for may have no place in the database's encoding.
    static bool IsText(const std::string& value) { return pg::is_utf8_text(value); }

    /// A double that is so small is 0, but PostgreSQL has no room for all the zeros, not even for those of
    /// 0e-20000.
    static bool HasShortExponent(const std::string& number) {
        constexpr int most = 10000;
        const std::size_t e = number.find_first_of("eE");
        if (e == std::string::npos)
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
    // The parser skips a byte order mark, which PostgreSQL does not.
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    if (text.starts_with(byte_order_mark))
        return false;
    ObjectFinder finder;
    return nlohmann::json::sax_parse(text, &finder);
}

} // namespace agentchat
