// Implements ParseJson() with the parser of nlohmann_json. Only this file includes that library: its header
// takes as long to compile as ten of our files.
#include "common/json_events.hpp"

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>

#include <nlohmann/json.hpp>

#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Translates the events of nlohmann's parser into ours.
class Translator {
public:
    using Json = nlohmann::json;

    explicit Translator(JsonEvents& events) : events_(events) {}

    // NOLINTBEGIN(readability-identifier-naming): the names that nlohmann's parser calls
    bool null() { return events_.Null(); }
    bool boolean(bool value) { return events_.Boolean(value); }
    bool number_integer(Json::number_integer_t value) { return events_.Number(std::to_string(value)); }
    bool number_unsigned(Json::number_unsigned_t value) { return events_.Number(std::to_string(value)); }
    bool number_float(Json::number_float_t, const std::string& text) { return events_.Number(text); }
    bool string(const std::string& value) { return events_.String(value); }
    bool binary(const Json::binary_t&) { return false; }
    bool start_object(std::size_t) { return events_.StartObject(); }
    bool key(const std::string& name) { return events_.Key(name); }
    bool end_object() { return events_.EndObject(); }
    bool start_array(std::size_t) { return events_.StartArray(); }
    bool end_array() { return events_.EndArray(); }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) { return false; }
    // NOLINTEND(readability-identifier-naming)

private:
    JsonEvents& events_;
};

/// Thrown to leave the parser.
struct Cancelled {};

/// Reads the text, and looks from time to time whether the query is cancelled: one string can be as long as
/// the largest jsonb.
class Reader {
public:
    // NOLINTBEGIN(readability-identifier-naming): the names of the standard library
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;
    // NOLINTEND(readability-identifier-naming)

    explicit Reader(const char* at) : at_(at) {}

    reference operator*() const { return *at_; }
    Reader& operator++() {
        ++at_;
        StopIfCancelled();
        return *this;
    }
    bool operator==(const Reader&) const = default;

private:
    void StopIfCancelled() const {
        constexpr std::uintptr_t distance = 0x10000;
        if (reinterpret_cast<std::uintptr_t>(at_) % distance == 0 && pg::is_cancelled())
            throw Cancelled();
    }

    const char* at_;
};

} // namespace

ParsedJson ParseJson(std::string_view text, JsonEvents& events) {
    // The parser skips a byte order mark, but neither JavaScript nor PostgreSQL does.
    if (text.starts_with("\xEF\xBB\xBF"))
        return ParsedJson::refused;
    Translator translator(events);
    try {
        const Reader begin(text.data());
        const Reader end(text.data() + text.size());
        return nlohmann::json::sax_parse(begin, end, &translator) ? ParsedJson::accepted
                                                                  : ParsedJson::refused;
    } catch (const Cancelled&) {
        return ParsedJson::cancelled;
    }
}

} // namespace agentchat
