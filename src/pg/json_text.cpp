// Implements json_text.hpp: escapes strings, and writes numbers in the form of PostgreSQL or of JavaScript.
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

/// The largest size of a value in PostgreSQL (src/include/utils/memutils.h).
constexpr std::size_t size_limit = MaxAllocSize;

// ---- escaping

/// Holds the form of a character in a JSON string: the character itself, or the escape that JSON.stringify()
/// and escape_json() write for it.
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

/// Handles sixteen bytes at once. copy() copies a block, and returns how many of its bytes precede the first
/// byte that needs an escape. `to` needs room for the whole block.
struct Block {
    static constexpr std::size_t size = 16;

    static std::size_t copy(char* to, const char* from) {
#if defined(__SSE2__)
        return copy(to, _mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
#elif defined(__aarch64__)
        return copy(to, vld1q_u8(reinterpret_cast<const std::uint8_t*>(from)));
#else
        std::memcpy(to, from, size);
        return clean_bytes(from, size);
#endif
    }

    /// Copies a text that is shorter than a block, and returns the same number. It never reads past the end
    /// of the text, because the memory there may not be mapped.
    static std::size_t copy_short(char* to, std::string_view text) {
#if defined(__SSE2__)
        const auto [low, high] = halves(text);
        const __m128i bytes = _mm_set_epi64x(static_cast<long long>(high), static_cast<long long>(low));
        return std::min(text.size(), copy(to, bytes));
#elif defined(__aarch64__)
        const auto [low, high] = halves(text);
        return std::min(text.size(),
                        copy(to, vreinterpretq_u8_u64(vcombine_u64(vcreate_u64(low), vcreate_u64(high)))));
#else
        text.copy(to, text.size());
        return clean_bytes(text.data(), text.size());
#endif
    }

private:
#if defined(__SSE2__)
    static std::size_t copy(char* to, __m128i bytes) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
        // A control character equals the smaller of itself and 0x1f.
        const __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(bytes, _mm_set1_epi8(0x1f)), bytes);
        const __m128i quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'));
        const __m128i backslash = _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'));
        const int found = _mm_movemask_epi8(_mm_or_si128(control, _mm_or_si128(quote, backslash)));
        return found == 0 ? size : static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(found)));
    }
#elif defined(__aarch64__)
    static std::size_t copy(char* to, uint8x16_t bytes) {
        vst1q_u8(reinterpret_cast<std::uint8_t*>(to), bytes);
        const uint8x16_t found =
            vorrq_u8(vcltq_u8(bytes, vdupq_n_u8(0x20)),
                     vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\'))));
        // Pack four bits of each byte into one number: the usual replacement for the missing movemask.
        const std::uint64_t nibbles =
            vget_lane_u64(vreinterpret_u64_u8(vshrn_n_u16(vreinterpretq_u16_u8(found), 4)), 0);
        return nibbles == 0 ? size : static_cast<std::size_t>(std::countr_zero(nibbles)) / 4;
    }
#endif

#if defined(__SSE2__) || defined(__aarch64__)
    template <typename Number>
    static std::uint64_t load(const char* from) {
        Number number;
        std::memcpy(&number, from, sizeof(number));
        return number;
    }

    /// Returns the bytes of the text, padded with zeros, as two numbers. It loads bytes from both ends, and a
    /// shift removes the overlap.
    static std::pair<std::uint64_t, std::uint64_t> halves(std::string_view text) {
        const std::size_t n = text.size();
        const char* from = text.data();
        if (n >= 8)
            return {load<std::uint64_t>(from),
                    n == 8 ? 0 : load<std::uint64_t>(from + n - 8) >> (8 * (16 - n))};
        if (n >= 4)
            return {load<std::uint32_t>(from) |
                        (n == 4 ? 0 : load<std::uint32_t>(from + n - 4) >> (8 * (8 - n)) << 32),
                    0};
        if (n == 0)
            return {0, 0};
        return {load<std::uint8_t>(from) | load<std::uint8_t>(from + n / 2) << (8 * (n / 2)) |
                    load<std::uint8_t>(from + n - 1) << (8 * (n - 1)),
                0};
    }
#else
    /// Counts the bytes before the first one that needs an escape.
    static std::size_t clean_bytes(const char* bytes, std::size_t count) {
        std::size_t clean = 0;
        while (clean < count && escapes[static_cast<unsigned char>(bytes[clean])].size == 1)
            ++clean;
        return clean;
    }
#endif
};

// ---- numbers

// The short form of a numeric (src/backend/utils/adt/numeric.c). That file does not export the form, which is
// the same in all versions since 9.1. A header of two bytes precedes the digits, whose base is 10,000. The
// first digit counts 10,000 to the power of the weight. Only numbers with more than 63 digits after the
// point, or with some 250 before it, have the long form.
constexpr std::uint16_t short_form_mask = 0xC000;
constexpr std::uint16_t short_form = 0x8000;
constexpr std::uint16_t short_sign = 0x2000;
constexpr std::uint16_t short_scale = 0x1F80;
constexpr int short_scale_shift = 7;
constexpr std::uint16_t short_weight_sign = 0x0040;
constexpr std::uint16_t short_weight = 0x003F;

constexpr std::size_t digits_per_group = 4;

/// The size of the longest text of a number in short form: a sign, 64 groups, a point, and 63 more digits.
constexpr std::size_t short_number_room = 2 + 64 * digits_per_group + 64;

/// Writes one digit to the base of 10,000 as four decimal digits. Returns the end of the text.
char* write_group(unsigned group, char* to) {
    to[0] = static_cast<char>('0' + group / 1000);
    to[1] = static_cast<char>('0' + group / 100 % 10);
    to[2] = static_cast<char>('0' + group / 10 % 10);
    to[3] = static_cast<char>('0' + group % 10);
    return to + digits_per_group;
}

/// Writes the number in the form of numeric_out, and returns the size of the text. Returns 0 if the number
/// has the long form. For a small number, numeric_out spends most of its time on work that only large numbers
/// need.
std::size_t write_short_number(const JsonbView& number, char* to) {
    const auto load = [&](std::size_t offset) {
        std::uint16_t value;
        std::memcpy(&value, number.data() + offset, sizeof(value));
        return value;
    };
    const std::size_t start = VARHDRSZ + sizeof(std::uint16_t);
    const std::uint16_t header = load(VARHDRSZ);
    if ((header & short_form_mask) != short_form)
        return 0;
    const int weight = (header & short_weight_sign) != 0 ? (header & short_weight) - (short_weight + 1)
                                                         : header & short_weight;
    const int groups = static_cast<int>((number.size() - start) / sizeof(std::uint16_t));
    const auto group = [&](int i) -> unsigned {
        return i >= 0 && i < groups ? load(start + static_cast<std::size_t>(i) * sizeof(std::uint16_t)) : 0;
    };

    char* end = to;
    if ((header & short_sign) != 0)
        *end++ = '-';
    char* const first = end;
    for (int i = 0; i <= weight; ++i)
        end = write_group(group(i), end);
    const char* significant = std::find_if(first, end, [](char c) { return c != '0'; });
    end = std::copy(significant, static_cast<const char*>(end), first);
    if (end == first)
        *end++ = '0';

    const int scale = (header & short_scale) >> short_scale_shift;
    if (scale > 0) {
        *end++ = '.';
        char* const fraction = end;
        for (int i = weight + 1; end < fraction + scale; ++i)
            end = write_group(group(i), end);
        end = fraction + scale;
    }
    return static_cast<std::size_t>(end - to);
}

/// Holds a decimal number: its digits without zeros at either end, and the power of ten of the first digit.
/// 0.0123 is "123" and -2. Zero has an empty string of digits.
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

/// Parses a number in the form of numeric_out or of to_chars (chars_format::scientific). The digits go to
/// `room`, which must be at least as large as the text.
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

/// Writes the number according to Number::toString of ECMA-262, and returns the size of the text. The k of
/// the standard is the number of digits, and its n is exponent + 1.
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

/// Enough room for any double in JavaScript. The longest texts are "-0.0000012345678901234567" and
/// "-1.2345678901234567e-300".
constexpr std::size_t javascript_number_room = 40;

/// Writes the number in the form of JavaScript, and returns the size of the text. Returns 0 if a double
/// cannot hold exactly this number.
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

/// Tells whether JavaScript treats the key as an array index. Such keys come before all others, in the order
/// of their numbers. jsonb sorts them in the same order among themselves.
bool is_array_index(std::string_view key) {
    constexpr std::size_t most_digits = 10;
    if (key.empty() || key.size() > most_digits || (key.front() == '0' && key.size() > 1))
        return false;
    std::uint64_t number = 0;
    const auto read = std::from_chars(key.data(), key.data() + key.size(), number);
    return read.ec == std::errc() && read.ptr == key.data() + key.size() && number < 0xFFFFFFFF;
}

} // namespace

JsonText::JsonText(MemoryContext context, std::size_t expected_size, const char* too_large_hint)
    : room_(std::max(smallest_room, room_to_keep(expected_size))), too_large_hint_(too_large_hint) {
    static_assert(header_size == VARHDRSZ);
    buffer_ = static_cast<char*>(allocate(context, room_));
}

void JsonText::check_room(std::size_t more) const {
    if (more > size_limit - used_)
        raise({sqlstate::program_limit_exceeded, "result is too large for a json value",
               format("The result would have more than %zu bytes.", size_limit), too_large_hint_});
}

/// Grows the buffer for so many more bytes. It grows by half, to stay close to the size of its content.
void JsonText::grow(std::size_t more) {
    check_room(more);
    room_ = std::min(size_limit, std::max(used_ + more, room_ + room_ / 2));
    buffer_ = static_cast<char*>(reallocate(buffer_, room_));
}

void JsonText::string(std::string_view text) {
    // Reserve room for the text without escapes, for both quotes, and for one more block or escape. Each
    // escape reserves again.
    constexpr std::size_t beyond = 2 + Block::size;
    static_assert(Block::size >= sizeof(Escape::text));
    reserve(text.size() + beyond);
    // Use local variables. A character may be stored anywhere; therefore the compiler would reload members
    // after each character.
    char* to = buffer_ + used_;
    const char* from = text.data();
    std::size_t left = text.size();
    *to++ = '"';
    for (;;) {
        const bool is_block = left >= Block::size;
        const std::size_t clean = is_block ? Block::copy(to, from) : Block::copy_short(to, {from, left});
        to += clean;
        from += clean;
        left -= clean;
        if (left == 0)
            break;
        if (clean == Block::size)
            continue;
        if (static_cast<std::size_t>(buffer_ + room_ - to) < left + sizeof(Escape::text) + beyond) {
            used_ = static_cast<std::size_t>(to - buffer_);
            grow(left + sizeof(Escape::text) + beyond);
            to = buffer_ + used_;
        }
        const Escape& escape = escapes[static_cast<unsigned char>(*from)];
        std::memcpy(to, escape.text, sizeof(escape.text));
        to += escape.size;
        ++from;
        --left;
    }
    *to++ = '"';
    used_ = static_cast<std::size_t>(to - buffer_);
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
    reserve(short_number_room);
    const std::size_t size = write_short_number(number, buffer_ + used_);
    if (style == JsonStyle::exact && size > 0) {
        used_ += size;
        return;
    }
    const std::string_view text =
        size > 0 ? copy_text(CurrentMemoryContext, {buffer_ + used_, size}) : number.number_text();
    std::size_t written = 0;
    if (style == JsonStyle::javascript) {
        written = write_javascript_number(text, buffer_ + used_);
        used_ += written;
    }
    if (written == 0)
        raw(text);
    pfree(const_cast<char*>(text.data()));
}

void JsonText::array(const char* container, std::size_t count, JsonStyle style) {
    const stored::Children children(container, count);
    std::size_t offset = 0;
    raw('[');
    for (std::size_t i = 0; i < count; ++i) {
        CHECK_FOR_INTERRUPTS();
        if (i > 0)
            raw(',');
        child(children.at(i, offset), style);
    }
    raw(']');
}

template <typename Wanted>
void JsonText::pairs(const char* container, std::size_t count, JsonStyle style, bool& is_first,
                     Wanted wanted) {
    const stored::Children children(container, 2 * count);
    std::size_t key_offset = 0;
    std::size_t value_offset = count == 0 ? 0 : children.end_of(count - 1);
    for (std::size_t i = 0; i < count; ++i) {
        CHECK_FOR_INTERRUPTS();
        const stored::Child key = children.at(i, key_offset);
        const stored::Child value = children.at(count + i, value_offset);
        if (!wanted(std::string_view(key.data, key.size)))
            continue;
        if (!is_first)
            raw(',');
        is_first = false;
        string({key.data, key.size});
        raw(':');
        child(value, style);
    }
}

void JsonText::object(const char* container, std::size_t count, JsonStyle style) {
    bool is_first = true;
    raw('{');
    if (style == JsonStyle::exact) {
        pairs(container, count, style, is_first, [](std::string_view) { return true; });
    } else {
        pairs(container, count, style, is_first, is_array_index);
        pairs(container, count, style, is_first, [](std::string_view key) { return !is_array_index(key); });
    }
    raw('}');
}

void JsonText::child(const stored::Child& child, JsonStyle style) {
    switch (child.type) {
    case JENTRY_ISSTRING:
        return string({child.data, child.size});
    case JENTRY_ISNUMERIC:
        return number(JsonbView::of_child(child.type, child.data, child.size), style);
    case JENTRY_ISBOOL_TRUE:
        return boolean(true);
    case JENTRY_ISBOOL_FALSE:
        return boolean(false);
    case JENTRY_ISCONTAINER:
        break;
    default:
        return null();
    }
    // Containers can be nested as deeply as the parser of jsonb allows.
    check_stack_depth();
    const std::uint32_t header = stored::load_uint32(child.data);
    const std::size_t count = header & JB_CMASK;
    if ((header & JB_FOBJECT) != 0)
        object(child.data, count, style);
    else
        array(child.data, count, style);
}

void JsonText::value(const JsonbView& value, JsonStyle style) {
    child({stored::entry_type(value), value.data(), value.size()}, style);
}

void JsonText::discard() {
    pfree(buffer_);
}

Result JsonText::finish() {
    // Growing such a large buffer copies nothing: the C library remaps its pages.
    const std::size_t room = room_to_keep(used_);
    if (room > room_ || room <= room_ / 2)
        buffer_ = static_cast<char*>(reallocate(buffer_, room));
    SET_VARSIZE(buffer_, used_);
    return Result::pointer(buffer_);
}

} // namespace agentchat::pg
