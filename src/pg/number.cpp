// Implements number.hpp with the functions of numeric.
#include "pg/number.hpp"

#include <cstring>
#include <limits>

#include "pg/memory.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

/// Gives access to a number as a numeric. It is plain data: release() frees the copy, if it made one.
class NumericValue {
public:
    /// A stored numeric is aligned to four bytes only in a value whose header has four bytes. If it is not
    /// aligned, it is copied.
    explicit NumericValue(const JsonbView& number) {
        if (reinterpret_cast<std::uintptr_t>(number.data()) % alignof(std::uint32_t) == 0) {
            datum_ = PointerGetDatum(number.data());
            return;
        }
        copy_ = palloc(number.size());
        std::memcpy(copy_, number.data(), number.size());
        datum_ = PointerGetDatum(copy_);
    }

    Datum datum() const { return datum_; }
    void release() {
        if (copy_ != nullptr)
            pfree(copy_);
    }

private:
    void* copy_ = nullptr;
    Datum datum_;
};

/// Calls `action(Datum)`, and frees the numeric afterwards.
template <typename Action>
auto with_numeric(const JsonbView& number, Action action) {
    NumericValue value(number);
    const auto result = action(value.datum());
    value.release();
    return result;
}

/// Returns -1, 0 or 1.
int sign(Datum value) {
    const Datum result = DirectFunctionCall1(numeric_sign, value);
    const int number = DatumGetInt32(DirectFunctionCall1(numeric_int4, result));
    pfree(DatumGetPointer(result));
    return number;
}

} // namespace

std::strong_ordering compare_numbers(const JsonbView& a, const JsonbView& b) {
    return with_numeric(a, [&](Datum x) {
        return with_numeric(
            b, [&](Datum y) { return DatumGetInt32(DirectFunctionCall2(numeric_cmp, x, y)) <=> 0; });
    });
}

bool is_whole_number(const JsonbView& number) {
    return with_numeric(number, [](Datum value) {
        return DatumGetInt32(DirectFunctionCall1(numeric_min_scale, value)) == 0;
    });
}

bool is_multiple(const JsonbView& number, const JsonbView& divisor) {
    return with_numeric(number, [&](Datum x) {
        return with_numeric(divisor, [&](Datum y) {
            const Datum rest = DirectFunctionCall2(numeric_mod, x, y);
            const bool is_zero = sign(rest) == 0;
            pfree(DatumGetPointer(rest));
            return is_zero;
        });
    });
}

bool is_positive(const JsonbView& number) {
    return with_numeric(number, sign) > 0;
}

std::optional<std::size_t> whole_size(const JsonbView& number) {
    if (with_numeric(number, sign) < 0 || !is_whole_number(number))
        return std::nullopt;
    return with_numeric(number, [](Datum value) {
        const Datum largest = DirectFunctionCall1(int8_numeric, Int64GetDatum(PG_INT64_MAX));
        const bool fits = DatumGetBool(DirectFunctionCall2(numeric_le, value, largest));
        pfree(DatumGetPointer(largest));
        return fits ? static_cast<std::size_t>(DatumGetInt64(DirectFunctionCall1(numeric_int8, value)))
                    : std::numeric_limits<std::size_t>::max();
    });
}

std::uint64_t hash_number(const JsonbView& number, std::uint64_t seed) {
    return with_numeric(number, [&](Datum value) {
        return DatumGetUInt64(DirectFunctionCall2(hash_numeric_extended, value,
                                                  Int64GetDatum(static_cast<std::int64_t>(seed))));
    });
}

} // namespace agentchat::pg
