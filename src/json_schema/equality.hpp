// Compares JSON values by their content: 1 equals 1.0, and the order of keys does not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"

namespace agentchat {

/// Tells whether the values are equal.
bool json_equal(const pg::JsonbView& a, const pg::JsonbView& b);

/// Computes a hash. Equal values have the same hash.
std::uint64_t json_hash(const pg::JsonbView& value);

/// A value of an array, with its hash and its number in the array.
struct HashedValue {
    std::uint64_t hash;
    std::size_t index;
    pg::JsonbView value;
};

/// Fills the list with the elements of an array, sorted by their hashes and then by their numbers, and
/// returns it. Searching for a value, or for equal values, then needs no comparison of all pairs. Raises
/// 22023 if the array has too many elements for this.
std::span<const HashedValue> hash_elements(pg::ArenaList<HashedValue>& list, const pg::JsonbView& array);

/// Tells whether one of the values equals `value`.
bool contains_equal(std::span<const HashedValue> values, const pg::JsonbView& value);

/// Two elements of an array that are equal.
struct EqualPair {
    std::size_t first;
    std::size_t second;
};

/// Finds two equal values. Returns nothing if all values differ.
std::optional<EqualPair> find_equal_pair(std::span<const HashedValue> values);

} // namespace agentchat
