// Compares and divides the numbers of jsonb exactly. They can have 131,072 digits before the decimal point
// and 16,383 after it.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "pg/jsonb_view.hpp"

namespace agentchat::pg {

/// Compares two numbers: 1 and 1.0 are equal.
std::strong_ordering compare_numbers(const JsonbView& a, const JsonbView& b);

/// Tells whether the number has no fraction, like 1 and 1.0.
bool is_whole_number(const JsonbView& number);

/// Tells whether the number is a multiple of `divisor`, which must not be 0.
bool is_multiple(const JsonbView& number, const JsonbView& divisor);

/// Returns a whole number that is at least 0. Returns the largest std::size_t for a number that is larger,
/// and nothing for any other number.
std::optional<std::size_t> whole_size(const JsonbView& number);

/// Tells whether the number is greater than 0.
bool is_positive(const JsonbView& number);

/// Computes a hash. Equal numbers have the same hash.
std::uint64_t hash_number(const JsonbView& number, std::uint64_t seed);

} // namespace agentchat::pg
