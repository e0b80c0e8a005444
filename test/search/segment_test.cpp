// Searches in random segments of the index of grams, for test/search/segment.t.
#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pg/prelude.hpp"
#include "search/character.hpp"
#include "search/segment.hpp"

namespace {

using namespace agentchat;

using Message = std::vector<std::string>;
using Bytes = std::vector<std::uint8_t>;
using Buckets = std::map<std::uint32_t, Bytes>;

std::mt19937_64 numbers;

std::size_t below(std::size_t limit) {
    return numbers() % limit;
}

/// Few characters, so that messages share grams: ASCII, Chinese, emoji, and bytes that are no UTF-8.
const std::vector<std::vector<std::string>> alphabets = {
    {"a", "b"},
    {"a", "b", "c", "d", "e", "f", "g", "h", "i", " "},
    {"京", "大", "学", "東", "a", " "},
    {"😀", "🚀", "é", "x"},
    {"\xe4", "\xba", "\xac", "\xf0", "\x9f", "\xff", "a"},
};

std::string random_text(const std::vector<std::string>& alphabet) {
    std::string text;
    for (std::size_t i = below(below(50) == 0 ? 10000 : 60); i > 0; --i)
        text += alphabet[below(alphabet.size())];
    return text;
}

std::vector<Message> random_messages() {
    const auto& alphabet = alphabets[below(alphabets.size())];
    std::vector<Message> messages(below(8) == 0 ? below(segment_positions + 1) : below(100));
    for (Message& message : messages)
        for (std::size_t i = below(4); i > 0; --i)
            message.push_back(random_text(alphabet));
    return messages;
}

/// The keys of a message, taken apart in the plainest way.
std::set<GramKey> plain_keys(const Message& message) {
    std::set<GramKey> keys;
    for (std::string_view text : message) {
        std::vector<std::uint32_t> codes;
        while (!text.empty()) {
            const Character character = first_character(text);
            codes.push_back(character.code);
            text.remove_prefix(character.size);
        }
        if (codes.size() == 1)
            keys.insert(gram_key(codes[0], 0, 0));
        for (std::size_t i = 0; i + 1 < codes.size(); ++i)
            keys.insert(gram_key(codes[i], codes[i + 1], i + 2 < codes.size() ? codes[i + 2] : 0));
    }
    return keys;
}

bool has_term(const Message& message, const std::string& term) {
    return std::any_of(message.begin(), message.end(),
                       [&](const std::string& text) { return text.find(term) != std::string::npos; });
}

std::span<const std::uint8_t> bucket_in(const Buckets& buckets, std::uint32_t number) {
    const auto found = buckets.find(number);
    return found == buckets.end() ? std::span<const std::uint8_t>() : found->second;
}

/// Returns the messages that may have a term.
PositionSet candidates(const Buckets& buckets, const std::string& term, std::uint32_t messages) {
    const TermGrams grams(term);
    PositionSet result = PositionSet::all(messages);
    if (grams.has_pair()) {
        PositionSet found;
        read_pair_postings(bucket_in(buckets, bucket_of_pair(grams.pair())), grams.pair(), found);
        result.intersect(found);
    }
    for (const GramKey key : grams.keys()) {
        PositionSet found;
        read_postings(bucket_in(buckets, bucket_of(key)), key, found);
        result.intersect(found);
    }
    return result;
}

/// Returns a part of a message, cut anywhere, even within a character.
std::string random_term(const std::vector<Message>& messages) {
    const Message& message = messages[below(messages.size())];
    if (message.empty())
        return "ab";
    const std::string& text = message[below(message.size())];
    return text.substr(below(text.size() + 1), below(20));
}

const char* fault_of_keys(const std::vector<Message>& messages, GramSet& set, SegmentBuilder& builder) {
    for (std::uint32_t position = 0; position < messages.size(); ++position) {
        set.clear();
        for (const std::string& text : messages[position])
            set.add(text);
        const std::set<GramKey> expected = plain_keys(messages[position]);
        if (!std::equal(set.keys().begin(), set.keys().end(), expected.begin(), expected.end()))
            return "the keys of a message differ";
        builder.add(position, set.keys());
    }
    return nullptr;
}

const char* fault_of_postings(const std::vector<Message>& messages, const Buckets& buckets) {
    std::map<GramKey, PositionSet> expected;
    std::map<PairKey, PositionSet> expected_pairs;
    for (std::uint32_t position = 0; position < messages.size(); ++position)
        for (const GramKey key : plain_keys(messages[position])) {
            expected[key].set(position);
            expected_pairs[pair_of(key)].set(position);
        }
    for (const auto& [key, positions] : expected) {
        PositionSet found;
        if (!read_postings(bucket_in(buckets, bucket_of(key)), key, found) || found != positions)
            return "the postings of a key differ";
    }
    for (const auto& [pair, positions] : expected_pairs) {
        PositionSet found;
        if (!read_pair_postings(bucket_in(buckets, bucket_of_pair(pair)), pair, found) || found != positions)
            return "the postings of a pair differ";
    }
    return nullptr;
}

const char* fault_of_searches(const std::vector<Message>& messages, const Buckets& buckets) {
    for (int i = 0; i < 20; ++i) {
        const std::string term = random_term(messages);
        const PositionSet found = candidates(buckets, term, static_cast<std::uint32_t>(messages.size()));
        for (std::uint32_t position = 0; position < messages.size(); ++position)
            if (has_term(messages[position], term) && !found.has(position))
                return "a search misses a message";
    }
    return nullptr;
}

/// Changes and cuts buckets. Each is at the end of its memory, so that a checker of memory sees what reads
/// on.
void read_damaged(const Buckets& buckets) {
    for (const auto& [number, bytes] : buckets) {
        Bytes damaged(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(below(bytes.size() + 1)));
        for (std::size_t i = below(4); i > 0 && !damaged.empty(); --i)
            damaged[below(damaged.size())] = static_cast<std::uint8_t>(numbers());
        damaged.shrink_to_fit();
        PositionSet found;
        read_postings(damaged, static_cast<GramKey>(numbers()), found);
        for (std::uint32_t pair = number << 6; pair < (number + 1) << 6; ++pair)
            read_pair_postings(damaged, static_cast<PairKey>(pair), found);
    }
}

const char* fault_of_round(GramSet& set, SegmentBuilder& builder) {
    const std::vector<Message> messages = random_messages();
    if (messages.empty())
        return nullptr;
    if (const char* fault = fault_of_keys(messages, set, builder))
        return fault;
    Buckets buckets;
    builder.finish([&](std::uint32_t bucket, std::span<const std::uint8_t> bytes) {
        buckets[bucket] = Bytes(bytes.begin(), bytes.end());
    });
    if (const char* fault = fault_of_postings(messages, buckets))
        return fault;
    read_damaged(buckets);
    return fault_of_searches(messages, buckets);
}

const char* fault_of_position_sets() {
    for (std::uint32_t count = 0; count <= segment_positions; ++count) {
        const PositionSet set = PositionSet::all(count);
        std::uint32_t next = 0;
        set.for_each_ascending(
            [&](std::uint32_t position) { next += position == next ? 1 : segment_positions; });
        std::uint32_t left = count;
        set.for_each_descending([&](std::uint32_t position) { left -= position + 1 == left ? 1 : 0; });
        if (next != count || left != 0 || set.count() != count || set.is_empty() != (count == 0))
            return "a set of positions differs";
    }
    return nullptr;
}

Datum text_or_null(const char* text, FunctionCallInfo fcinfo) {
    if (text == nullptr)
        PG_RETURN_NULL();
    return CStringGetTextDatum(text);
}

} // namespace

extern "C" {
PG_MODULE_MAGIC;

/// Returns the first fault in so many rounds, or null.
PG_FUNCTION_INFO_V1(random_segments);
PGDLLEXPORT Datum random_segments(PG_FUNCTION_ARGS) {
    numbers.seed(static_cast<std::uint64_t>(PG_GETARG_INT32(0)));
    GramSet set(pg::current_context());
    SegmentBuilder builder(pg::current_context());
    const char* fault = fault_of_position_sets();
    for (std::int32_t round = PG_GETARG_INT32(1); round > 0 && fault == nullptr; --round)
        fault = fault_of_round(set, builder);
    return text_or_null(fault, fcinfo);
}

/// Returns the number of bytes of an index of texts, and the number of candidates for a word.
PG_FUNCTION_INFO_V1(segment_bytes);
PGDLLEXPORT Datum segment_bytes(PG_FUNCTION_ARGS) {
    const auto size = static_cast<std::uint32_t>(PG_GETARG_INT32(0));
    GramSet set(pg::current_context());
    SegmentBuilder builder(pg::current_context());
    numbers.seed(size);
    for (std::uint32_t position = 0; position < segment_positions; ++position) {
        set.clear();
        std::string text;
        while (text.size() < size)
            text += static_cast<char>('a' + below(26));
        set.add(text);
        builder.add(position, set.keys());
    }
    std::int64_t bytes = 0;
    builder.finish([&](std::uint32_t, std::span<const std::uint8_t> bucket) {
        bytes += static_cast<std::int64_t>(bucket.size());
    });
    PG_RETURN_INT64(bytes);
}
}
