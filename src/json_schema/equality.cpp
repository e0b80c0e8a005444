// Implements equality.hpp on stored jsonb, whose keys are sorted and unique.
#include "json_schema/equality.hpp"

#include <algorithm>
#include <compare>
#include <string_view>

#include "json_schema/nesting.hpp"
#include "pg/error.hpp"
#include "pg/number.hpp"
#include "pg/session.hpp"
#include "pg/values.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbCursor;
using pg::JsonbView;

std::uint64_t hash_text(std::string_view text, std::uint64_t seed) {
    return pg::hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, seed);
}

std::uint64_t hash_onto(std::uint64_t seed, const JsonbView& value) {
    check_nesting();
    // Values of different kinds start from different seeds.
    seed = seed * 31 + static_cast<std::uint64_t>(value.kind());
    switch (value.kind()) {
    case JsonbView::Kind::null:
        return seed;
    case JsonbView::Kind::boolean:
        return 2 * seed + static_cast<std::uint64_t>(value.truth());
    case JsonbView::Kind::string:
        return hash_text(value.text(), seed);
    case JsonbView::Kind::number:
        return pg::hash_number(value, seed);
    case JsonbView::Kind::array:
    case JsonbView::Kind::object:
        break;
    }
    for (JsonbCursor cursor(value); cursor.next();) {
        if (value.is_object())
            seed = hash_text(cursor.key(), seed);
        seed = hash_onto(seed, cursor.value());
    }
    return hash_text({}, seed + value.count());
}

bool hash_before(const HashedValue& a, const HashedValue& b) {
    return a.hash != b.hash ? a.hash < b.hash : a.index < b.index;
}

} // namespace

bool json_equal(const JsonbView& a, const JsonbView& b) {
    check_nesting();
    if (a.kind() != b.kind())
        return false;
    switch (a.kind()) {
    case JsonbView::Kind::null:
        return true;
    case JsonbView::Kind::boolean:
        return a.truth() == b.truth();
    case JsonbView::Kind::string:
        return a.text() == b.text();
    case JsonbView::Kind::number:
        return a.bytes() == b.bytes() || std::is_eq(pg::compare_numbers(a, b));
    case JsonbView::Kind::array:
    case JsonbView::Kind::object:
        break;
    }
    if (a.count() != b.count())
        return false;
    JsonbCursor other(b);
    for (JsonbCursor cursor(a); cursor.next();)
        if (!other.next() || cursor.key() != other.key() || !json_equal(cursor.value(), other.value()))
            return false;
    return true;
}

std::uint64_t json_hash(const JsonbView& value) {
    return hash_onto(0, value);
}

std::span<const HashedValue> hash_elements(pg::ArenaList<HashedValue>& list, const JsonbView& array) {
    // A list takes at most 1 GB.
    constexpr std::size_t most_elements = 16'000'000;
    if (array.count() > most_elements)
        pg::raise(
            {pg::sqlstate::invalid_parameter_value, "an array has too many elements to compare them",
             pg::format("The array has %zu elements. The limit is %zu.", array.count(), most_elements)});
    list.shorten(0);
    for (JsonbCursor cursor(array); cursor.next();)
        list.add({json_hash(cursor.value()), cursor.index(), cursor.value()});
    std::sort(list.begin(), list.end(), hash_before);
    return list.span();
}

bool contains_equal(std::span<const HashedValue> values, const JsonbView& value) {
    const std::uint64_t hash = json_hash(value);
    const auto* found = std::lower_bound(values.data(), values.data() + values.size(), hash,
                                         [](const HashedValue& v, std::uint64_t h) { return v.hash < h; });
    for (; found != values.data() + values.size() && found->hash == hash; ++found)
        if (json_equal(found->value, value))
            return true;
    return false;
}

std::optional<EqualPair> find_equal_pair(std::span<const HashedValue> values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
        pg::check_for_interrupts();
        for (std::size_t j = i + 1; j < values.size() && values[j].hash == values[i].hash; ++j)
            if (json_equal(values[i].value, values[j].value))
                return EqualPair{values[i].index, values[j].index};
    }
    return std::nullopt;
}

} // namespace agentchat
