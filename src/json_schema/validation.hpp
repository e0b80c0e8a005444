// Checks a value by the rules of a schema, and notes the errors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "json_schema/equality.hpp"
#include "json_schema/path.hpp"
#include "json_schema/rule.hpp"
#include "json_schema/validate.hpp"
#include "pg/function_ref.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"

namespace agentchat {

/// How much an error says against an alternative of `anyOf` or `oneOf`.
enum class Weight : std::uint16_t {
    small = 1,
    /// A constant that tells alternatives apart, such as {"kind": {"const": "circle"}}.
    wrong_constant = 10,
    wrong_type = 100,
};

class Validation {
public:
    explicit Validation(pg::MemoryContext context)
        : context_(context), errors_(context), elements_(context) {}

    /// Tells whether the value fits the schema, and notes no errors. Stops at the first one.
    bool fits(const JsonSchema& schema, const pg::JsonbView& value, const JsonPath& path);

    /// Adds up the weights of all errors of the value, up to a limit. An error weighs less the deeper it is.
    std::size_t weigh(const JsonSchema& schema, const pg::JsonbView& value, const JsonPath& path);

    /// Checks the value. What becomes of its errors depends on the call that is in progress.
    bool check(const JsonSchema& schema, const pg::JsonbView& value, const JsonPath& path);

    /// Checks the name of a property. Errors are those of the object at `path`.
    bool check_name(const JsonSchema& schema, std::string_view name, const JsonPath& path);

    /// Notes an error, and returns false. The message is made only if it is needed. It begins with a verb,
    /// such as `must be`, because the value is the subject.
    bool fail(const JsonPath& path, pg::FunctionRef<const char*()> message, Weight weight = Weight::small);

    /// Tells whether to stop: further errors would change nothing.
    bool is_over() const { return purpose_ == Purpose::decide || is_full_; }
    /// Tells whether the errors are kept. If they are not, only their number or nothing of them matters.
    bool collects() const { return purpose_ == Purpose::collect; }

    pg::ArenaList<HashedValue>& elements() { return elements_; }

    /// Returns the errors, the last of which says if there were too many.
    std::span<const SchemaError> errors() const { return errors_.span(); }

private:
    enum class Purpose : std::uint8_t { decide, weigh, collect };

    pg::MemoryContext context_;
    Purpose purpose_ = Purpose::collect;
    pg::ArenaList<SchemaError> errors_;
    std::size_t text_size_ = 0;
    bool is_full_ = false;
    /// The name of a property, if the validation checks one.
    const std::string_view* name_ = nullptr;
    std::size_t weight_ = 0;
    std::size_t weighed_depth_ = 0;
    /// For the rule of uniqueItems, which uses it again for each array.
    pg::ArenaList<HashedValue> elements_;
};

} // namespace agentchat
