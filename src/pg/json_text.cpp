#include "pg/json_text.hpp"

#include <charconv>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "pg/error.hpp"
#include "pg/jsonb_stored.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

constexpr std::size_t smallest_room = 8192;

/// What a value of PostgreSQL's can hold at most (src/include/utils/memutils.h).
constexpr std::size_t size_limit = MaxAllocSize;

[[noreturn]] void raise_too_large() {
    raise({sqlstate::program_limit_exceeded, "the conversation is too large for a json value",
           format("It comes to more than %zu bytes.", size_limit),
           "Read it in pages: pass message_limit, and before_message for the pages before."});
}

// ---- escaping

/// A character as it stands in a JSON string: itself, or escaped as JSON.stringify and escape_json do.
struct Escape {
    std::uint8_t size;
    char text[7];
};

constexpr auto escapes = [] {
    std::array<Escape, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = {1, {static_cast<char>(c)}};
    for (std::size_t c = 0; c < 0x20; ++c)
        table[c] = {6, {'\\', 'u', '0', '0', "0123456789abcdef"[c >> 4], "0123456789abcdef"[c & 15]}};
    constexpr std::pair<char, char> short_forms[] = {{'"', '"'},  {'\\', '\\'}, {'\b', 'b'}, {'\t', 't'},
                                                     {'\n', 'n'}, {'\f', 'f'},  {'\r', 'r'}};
    for (const auto& [c, letter] : short_forms)
        table[static_cast<unsigned char>(c)] = {2, {'\\', letter}};
    return table;
}();

constexpr std::size_t longest_escape = 6;

/// Bytes at once: `copy` takes a block from one place to another and tells how many bytes of it come before
/// the first one that must be escaped. `to` needs room for the whole block.
#if defined(__SSE2__)
struct Block {
    static constexpr std::size_t size = 16;

    static std::size_t copy(char* to, const char* from) {
        const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        // No byte is below zero here: the smaller of it and 0x1f is itself if it is a control character.
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        const int found = _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
        return found == 0 ? size : static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found)));
    }
};
#elif defined(__aarch64__)
struct Block {
    static constexpr std::size_t size = 16;

    static std::size_t copy(char* to, const char* from) {
        const uint8x16_t bytes = vld1q_u8(reinterpret_cast<const std::uint8_t*>(from));
        vst1q_u8(reinterpret_cast<std::uint8_t*>(to), bytes);
        const uint8x16_t found =
            vorrq_u8(vcltq_u8(bytes, vdupq_n_u8(0x20)),
                     vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\'))));
        // Four bits of each byte in one number: the usual way around the missing movemask.
        const std::uint64_t nibbles =
            vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
        return nibbles == 0 ? size : static_cast<std::size_t>(std::countr_zero(nibbles)) / 4;
    }
};
#else
struct Block {
    static constexpr std::size_t size = 8;

    static std::size_t copy(char* to, const char* from) {
        std::memcpy(to, from, size);
        std::size_t clean = 0;
        while (clean < size && escapes[static_cast<unsigned char>(from[clean])].size == 1)
            ++clean;
        return clean;
    }
};
#endif

/// Characters that stay as they are at the beginning of a text that is shorter than a block, copied.
std::size_t copy_tail(char* to, std::string_view text) {
    std::size_t clean = 0;
    while (clean < text.size() && escapes[static_cast<unsigned char>(text[clean])].size == 1) {
        to[clean] = text[clean];
        ++clean;
    }
    return clean;
}

// ---- numbers

/// A decimal number as its digits, without zeros at either end, and the power of ten of the first one: 0.0123
/// is "123" and -2. Zero has no digits.
struct Decimal {
    bool is_negative = false;
    std::string_view digits;
    int exponent = 0;

    bool operator==(const Decimal&) const = default;
};

std::string_view without_zeros_at_end(std::string_view digits) {
    const std::size_t last = digits.find_last_not_of('0');
    return digits.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

/// What numeric_out or to_chars (chars_format::scientific) has written. `room` is for its digits, and at
/// least as large as the text.
Decimal decimal_of(std::string_view text, char* room) {
    Decimal decimal;
    if (!text.empty() && text.front() == '-') {
        decimal.is_negative = true;
        text.remove_prefix(1);
    }
    int exponent = 0;
    if (const std::size_t e = text.find('e'); e != std::string_view::npos) {
        std::string_view power = text.substr(e + 1);
        if (power.front() == '+')
            power.remove_prefix(1);
        std::from_chars(power.data(), power.data() + power.size(), exponent);
        text = text.substr(0, e);
    }
    const std::size_t point = std::min(text.find('.'), text.size());
    std::size_t count = 0;
    for (const char c : text)
        if (c != '.')
            room[count++] = c;
    const std::string_view digits(room, count);
    const std::size_t first = std::min(digits.find_first_not_of('0'), count);
    decimal.digits = without_zeros_at_end(digits.substr(first));
    if (!decimal.digits.empty())
        decimal.exponent = exponent + static_cast<int>(point) - 1 - static_cast<int>(first);
    return decimal;
}

/// Number::toString of ECMA-262, with its k digits and n = exponent + 1.
std::size_t write_as_javascript(const Decimal& decimal, char* to) {
    char* const begin = to;
    const auto append = [&](std::string_view text) { to += text.copy(to, text.size()); };
    const auto zeros = [&](int count) {
        for (; count > 0; --count)
            *to++ = '0';
    };
    const std::string_view digits = decimal.digits;
    const int k = static_cast<int>(digits.size());
    const int n = decimal.exponent + 1;
    if (k == 0) {
        append("0");
        return 1;
    }
    if (decimal.is_negative)
        append("-");
    if (k <= n && n <= 21) {
        append(digits);
        zeros(n - k);
    } else if (0 < n && n <= 21) {
        append(digits.substr(0, static_cast<std::size_t>(n)));
        append(".");
        append(digits.substr(static_cast<std::size_t>(n)));
    } else if (-6 < n && n <= 0) {
        append("0.");
        zeros(-n);
        append(digits);
    } else {
        append(digits.substr(0, 1));
        if (k > 1) {
            append(".");
            append(digits.substr(1));
        }
        append(n > 0 ? "e+" : "e-");
        to = std::to_chars(to, to + 8, std::abs(n - 1)).ptr;
    }
    return static_cast<std::size_t>(to - begin);
}

/// Longer than any double in JavaScript, which are at most "-0.0000012345678901234567" or
/// "-1.2345678901234567e-300".
constexpr std::size_t javascript_number_room = 40;

/// Writes what JavaScript prints for the number, if that is the same number; 0 where a double cannot hold it.
std::size_t write_javascript_number(std::string_view number, char* to) {
    double nearest = 0;
    const auto read = std::from_chars(number.data(), number.data() + number.size(), nearest);
    if (read.ec != std::errc())
        return 0;
    char shortest[javascript_number_room];
    const auto written =
        std::to_chars(shortest, shortest + sizeof(shortest), nearest, std::chars_format::scientific);
    char digits[javascript_number_room];
    const Decimal as_double =
        decimal_of({shortest, static_cast<std::size_t>(written.ptr - shortest)}, digits);
    auto* room = static_cast<char*>(palloc(number.size()));
    const bool same = decimal_of(number, room) == as_double;
    pfree(room);
    return same ? write_as_javascript(as_double, to) : 0;
}

/// Whether JavaScript takes the key for an index of an array: such keys come before all others, in the order
/// of their numbers, which is jsonb's for these, too.
bool is_array_index(std::string_view key) {
    constexpr std::size_t most_digits = 10;
    if (key.empty() || key.size() > most_digits || (key.front() == '0' && key.size() > 1))
        return false;
    std::uint64_t number = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), number);
    return read.ec == std::errc() && read.ptr == key.data() + key.size() && number < 0xFFFFFFFF;
}

} // namespace

JsonText::JsonText(MemoryContext context, std::size_t expected_size)
    : room_(std::max(smallest_room, expected_size)) {
    static_assert(header_size == VARHDRSZ);
    buffer_ = static_cast<char*>(allocate(context, room_));
}

void JsonText::check_room(std::size_t more) const {
    if (more > size_limit - used_)
        raise_too_large();
}

/// By half, so that it is never much larger than what it holds.
void JsonText::grow(std::size_t more) {
    check_room(more);
    room_ = std::min(size_limit, std::max(used_ + more, room_ + room_ / 2));
    buffer_ = static_cast<char*>(reallocate(buffer_, room_));
}

void JsonText::string(std::string_view text) {
    // Room for the text as it is, both quotes, and a block beyond; each escape asks for more.
    reserve(text.size() + 2 + Block::size);
    buffer_[used_++] = '"';
    for (;;) {
        const bool is_block = text.size() >= Block::size;
        const std::size_t clean =
            is_block ? Block::copy(buffer_ + used_, text.data()) : copy_tail(buffer_ + used_, text);
        used_ += clean;
        text.remove_prefix(clean);
        if (text.empty())
            break;
        if (is_block && clean == Block::size)
            continue;
        const Escape& escape = escapes[static_cast<unsigned char>(text.front())];
        reserve(sizeof(escape.text) + text.size() + 1 + Block::size);
        std::memcpy(buffer_ + used_, escape.text, sizeof(escape.text));
        used_ += escape.size;
        text.remove_prefix(1);
    }
    buffer_[used_++] = '"';
}

void JsonText::uuid(const Uuid& uuid) {
    reserve(uuid_text_size + 2);
    buffer_[used_++] = '"';
    write_uuid(uuid, buffer_ + used_);
    used_ += uuid_text_size;
    buffer_[used_++] = '"';
}

void JsonText::timestamp(Timestamp timestamp, TimestampStyle style) {
    reserve(timestamp_text_room + 2);
    const std::size_t size = write_timestamp(timestamp, style, buffer_ + used_ + 1);
    if (size == 0) {
        null();
        return;
    }
    buffer_[used_] = '"';
    used_ += size + 1;
    buffer_[used_++] = '"';
}

void JsonText::integer(std::int64_t number) {
    constexpr std::size_t most_digits = 20;
    reserve(most_digits);
    used_ = static_cast<std::size_t>(std::to_chars(buffer_ + used_, buffer_ + room_, number).ptr - buffer_);
}

void JsonText::number(const JsonbView& number, JsonStyle style) {
    const std::string_view text = number.number_text();
    std::size_t written = 0;
    if (style == JsonStyle::javascript) {
        reserve(javascript_number_room);
        written = write_javascript_number(text, buffer_ + used_);
        used_ += written;
    }
    if (written == 0)
        raw(text);
    pfree(const_cast<char*>(text.data()));
}

void JsonText::array(const JsonbView& array, JsonStyle style) {
    raw('[');
    for (JsonbCursor cursor(array); cursor.next();) {
        if (cursor.index() > 0)
            raw(',');
        value(cursor.value(), style);
    }
    raw(']');
}

template <typename Wanted>
void JsonText::pairs(const JsonbView& object, JsonStyle style, bool& is_first, Wanted wanted) {
    for (JsonbCursor cursor(object); cursor.next();) {
        if (!wanted(cursor.key()))
            continue;
        if (!is_first)
            raw(',');
        is_first = false;
        string(cursor.key());
        raw(':');
        value(cursor.value(), style);
    }
}

void JsonText::object(const JsonbView& object, JsonStyle style) {
    bool is_first = true;
    raw('{');
    if (style == JsonStyle::exact) {
        pairs(object, style, is_first, [](std::string_view) { return true; });
    } else {
        pairs(object, style, is_first, is_array_index);
        pairs(object, style, is_first, [](std::string_view key) { return !is_array_index(key); });
    }
    raw('}');
}

void JsonText::value(const JsonbView& value, JsonStyle style) {
    // Containers lie within one another as deep as jsonb's parser went.
    check_stack_depth();
    switch (value.kind()) {
    case JsonbView::Kind::null:
        return null();
    case JsonbView::Kind::string:
        return string(value.text());
    case JsonbView::Kind::number:
        return number(value, style);
    case JsonbView::Kind::boolean:
        return boolean(value.truth());
    case JsonbView::Kind::array:
        return array(value, style);
    case JsonbView::Kind::object:
        return object(value, style);
    }
}

void JsonText::discard() {
    pfree(buffer_);
}

Result JsonText::finish() {
    // A buffer that is little too large stays as it is: glibc keeps memory for the next call or returns it to
    // the system by the size of what was freed last.
    char* text = used_ > room_ / 2 ? buffer_ : static_cast<char*>(reallocate(buffer_, used_));
    SET_VARSIZE(text, used_);
    return Result::pointer(text);
}

} // namespace agentchat::pg
