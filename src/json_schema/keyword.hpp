// The keywords of JSON Schema.
//
// Each keyword has a function that compiles it: it looks at the value of the keyword, and makes the rule that
// checks values. The files keywords_*.cpp define both functions of a keyword side by side.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "json_schema/compiler.hpp"
#include "json_schema/draft.hpp"
#include "json_schema/validation.hpp"

namespace agentchat {

/// Compiles a keyword of the schema at `place`. `path` is the path of the keyword, and `value` its value.
using CompileKeyword = void (*)(Compiler& compiler, Place& place, const JsonPath& path,
                                const pg::JsonbView& value);

struct Keyword {
    std::string_view name;
    CompileKeyword compile;
    /// The drafts that have the keyword in this form. In others, it has another entry or means nothing.
    Drafts drafts{};
};

std::span<const Keyword> keywords_for_any_value();
std::span<const Keyword> keywords_for_numbers();
std::span<const Keyword> keywords_for_strings();
std::span<const Keyword> keywords_for_arrays();
std::span<const Keyword> keywords_for_objects();
/// Keywords that combine schemas: `allOf` and the like, and `$ref`.
std::span<const Keyword> keywords_that_combine();
/// Keywords that check nothing: annotations, and places for schemas that others refer to.
std::span<const Keyword> keywords_without_rules();
/// Keywords that this extension does not support.
std::span<const Keyword> unsupported_keywords();

/// Finds a keyword of the draft. Returns nullptr if the draft does not have it.
const Keyword* find_keyword(std::string_view name, Draft draft);

// ---- for the functions that compile keywords

/// Returns the draft of the schema.
Draft draft_of(const Place& place);

/// Each require_...() notes a fault and returns false if the value is not as the name says.
bool require_string(Compiler& compiler, const JsonPath& path, const pg::JsonbView& value);
bool require_boolean(Compiler& compiler, const JsonPath& path, const pg::JsonbView& value);
bool require_number(Compiler& compiler, const JsonPath& path, const pg::JsonbView& value);
bool require_array(Compiler& compiler, const JsonPath& path, const pg::JsonbView& value);
bool require_object(Compiler& compiler, const JsonPath& path, const pg::JsonbView& value);

/// Returns a whole number that is at least 0. Notes a fault and returns 0 for any other value.
std::size_t require_count(Compiler& compiler, const JsonPath& path, const pg::JsonbView& value);

/// Returns the texts of an array of different strings. Notes a fault for any other value.
std::span<const std::string_view> require_names(Compiler& compiler, const JsonPath& path,
                                                const pg::JsonbView& value);

/// Compiles the schemas in an array that is not empty. Notes a fault for any other value.
std::span<const JsonSchema* const> require_schemas(Compiler& compiler, Place& place, const JsonPath& path,
                                                   const pg::JsonbView& value);
/// Does the same for schemas that check the same value as the place.
std::span<const JsonSchema* const> require_schemas_in_place(Compiler& compiler, Place& place,
                                                            const JsonPath& path, const pg::JsonbView& value);

/// The order of keys in jsonb: short keys first.
inline bool key_before(std::string_view a, std::string_view b) {
    return a.size() != b.size() ? a.size() < b.size() : a < b;
}

/// Finds keys in a list, both in the order of jsonb. All searches together read the list once.
template <typename T>
class KeySearch {
public:
    explicit KeySearch(std::span<const T> list) : list_(list) {}

    /// Returns the entry with the key, or nullptr. The key must come after those of earlier calls.
    const T* find(std::string_view key) {
        while (next_ < list_.size() && key_before(list_[next_].key, key))
            ++next_;
        return next_ < list_.size() && list_[next_].key == key ? &list_[next_] : nullptr;
    }

private:
    std::span<const T> list_;
    std::size_t next_ = 0;
};

} // namespace agentchat
