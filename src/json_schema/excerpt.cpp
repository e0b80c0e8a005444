// Implements excerpt.hpp.
#include "json_schema/excerpt.hpp"

#include <cstring>

#include "pg/error.hpp"
#include "pg/json_text.hpp"
#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;

constexpr std::size_t most_digits = 60;
/// Larger arrays and objects are not written.
constexpr std::size_t most_bytes = 200;

const char* number_excerpt(const JsonbView& number) {
    const std::string_view text = number.number_text();
    return text.size() <= most_digits
               ? text.data()
               : pg::format("%.*s... (%zu digits)", static_cast<int>(most_digits), text.data(), text.size());
}

const char* container_excerpt(const JsonbView& container) {
    if (container.size() > most_bytes)
        return container.is_array() ? "an array" : "an object";
    pg::JsonText text(pg::current_context());
    text.value(container);
    const std::string_view copy = pg::copy_text(pg::current_context(), text.view());
    text.discard();
    return copy.data();
}

} // namespace

const char* json_excerpt(const JsonbView& value) {
    switch (value.kind()) {
    case JsonbView::Kind::null:
        return "null";
    case JsonbView::Kind::boolean:
        return value.truth() ? "true" : "false";
    case JsonbView::Kind::string:
        return pg::quoted_excerpt(value.text());
    case JsonbView::Kind::number:
        return number_excerpt(value);
    case JsonbView::Kind::array:
    case JsonbView::Kind::object:
        break;
    }
    return container_excerpt(value);
}

const char* described(const JsonbView& value) {
    switch (value.kind()) {
    case JsonbView::Kind::array:
        return "an array";
    case JsonbView::Kind::object:
        return "an object";
    case JsonbView::Kind::string:
        return pg::format("the string %s", json_excerpt(value));
    case JsonbView::Kind::number:
        return pg::format("the number %s", json_excerpt(value));
    case JsonbView::Kind::boolean:
    case JsonbView::Kind::null:
        break;
    }
    return json_excerpt(value);
}

const char* counted(std::size_t count, const char* one, const char* many) {
    return pg::format("%zu %s", count, count == 1 ? one : many);
}

bool AlternativesText::add(const char* alternative) {
    constexpr std::size_t most_text = 400;
    if (added_ > 0 && std::strlen(text_) + std::strlen(alternative) > most_text) {
        text_ = pg::format("%s or others (%zu in all)", text_, count_);
        return false;
    }
    ++added_;
    text_ =
        added_ == 1 ? alternative : pg::format("%s%s %s", text_, added_ == count_ ? " or" : ",", alternative);
    return true;
}

} // namespace agentchat
