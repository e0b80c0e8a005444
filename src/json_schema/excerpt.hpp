// Writes JSON values in messages for models.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "pg/jsonb_view.hpp"

namespace agentchat {

/// Returns the value as JSON, such as `"abc"` or `[1, 2]`. It cuts a long text or number, and names a large
/// array or object only by its kind. The text lives in the current memory context.
const char* json_excerpt(const pg::JsonbView& value);

/// Returns the value with its kind, such as `the string "abc"` or `an array`.
const char* described(const pg::JsonbView& value);

/// Returns the number and the word for it, such as `1 element` or `2 elements`.
const char* counted(std::size_t count, const char* one, const char* many);

/// Writes alternatives: `"a", "b" or 3`. It cuts a long list, and says how many there are.
class AlternativesText {
public:
    explicit AlternativesText(std::size_t count) : count_(count) {}

    /// Adds the next alternative. Returns false if the list is long enough: the rest is then left out.
    bool add(const char* alternative);
    const char* text() const { return text_; }

private:
    std::size_t count_;
    std::size_t added_ = 0;
    const char* text_ = "";
};

} // namespace agentchat
