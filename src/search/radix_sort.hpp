// Sorts many numbers faster than std::sort().
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace agentchat {

/// Sorts numbers by four of their bytes, from the bit `lowest_bit` on. Numbers that are equal in these keep
/// their order. It distributes the numbers by one byte after the other, the lowest first. A byte that all
/// numbers share takes no time: the grams of one script have such bytes. `scratch` is as long as `numbers`.
template <typename Number>
void radix_sort(std::span<Number> numbers, std::span<Number> scratch, unsigned lowest_bit) noexcept {
    constexpr std::size_t digits = 4;
    constexpr std::size_t values = 256;
    const auto digit_of = [&](Number number, std::size_t digit) {
        return static_cast<std::uint8_t>(number >> (lowest_bit + 8 * digit));
    };
    std::array<std::array<std::uint32_t, values>, digits> counts{};
    for (const Number number : numbers)
        for (std::size_t digit = 0; digit < digits; ++digit)
            ++counts[digit][digit_of(number, digit)];
    std::span<Number> from = numbers;
    std::span<Number> to = scratch;
    for (std::size_t digit = 0; digit < digits && !from.empty(); ++digit) {
        if (counts[digit][digit_of(from[0], digit)] == from.size())
            continue;
        std::uint32_t next = 0;
        for (std::uint32_t& count : counts[digit])
            next += std::exchange(count, next);
        for (const Number number : from)
            to[counts[digit][digit_of(number, digit)]++] = number;
        std::swap(from, to);
    }
    if (from.data() != numbers.data())
        std::copy(from.begin(), from.end(), numbers.begin());
}

} // namespace agentchat
