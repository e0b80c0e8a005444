// A compiled schema: a list of rules, each of which one keyword has made.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "json_schema/path.hpp"
#include "json_schema/schema.hpp"
#include "pg/jsonb_view.hpp"

namespace agentchat {

class Validation;

/// A set of kinds of JSON values.
class KindSet {
public:
    constexpr KindSet(std::initializer_list<pg::JsonbView::Kind> kinds) {
        for (const pg::JsonbView::Kind kind : kinds)
            bits_ |= bit(kind);
    }

    static constexpr KindSet all() {
        using enum pg::JsonbView::Kind;
        return {null, string, number, boolean, array, object};
    }

    constexpr bool contains(pg::JsonbView::Kind kind) const { return (bits_ & bit(kind)) != 0; }
    constexpr void add(pg::JsonbView::Kind kind) { bits_ |= bit(kind); }

private:
    static constexpr std::uint8_t bit(pg::JsonbView::Kind kind) {
        return static_cast<std::uint8_t>(1U << static_cast<unsigned>(kind));
    }

    std::uint8_t bits_ = 0;
};

/// What a keyword demands. Keywords derive from it what their check needs.
struct Rule {
    /// Tells whether a value obeys the rule. If it does not, the validation notes the errors.
    using Check = bool (*)(Validation& validation, const Rule& rule, const pg::JsonbView& value,
                           const JsonPath& path);

    Check check;
    /// The kinds of values that the rule concerns. All others obey it.
    KindSet kinds = KindSet::all();
    const Rule* next = nullptr;
};

struct JsonSchema {
    /// Whether the schema is `false`, which no value fits. `true` and `{}` have no rules.
    bool is_false = false;
    const Rule* rules = nullptr;
};

} // namespace agentchat
