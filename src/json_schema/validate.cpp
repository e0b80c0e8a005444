// Implements validate.hpp and validation.hpp.
#include "json_schema/validate.hpp"

#include <cstddef>

#include "json_schema/nesting.hpp"
#include "json_schema/validation.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Errors whose texts are larger are left out.
constexpr std::size_t most_text = 10'000'000;
/// weigh() stops here: a value with more errors is far from the schema in any case.
constexpr std::size_t most_weight = 10'000;

} // namespace

bool Validation::check(const JsonSchema& schema, const pg::JsonbView& value, const JsonPath& path) {
    check_nesting();
    pg::check_for_interrupts();
    if (schema.is_false)
        return fail(path, [] { return "is not allowed"; });
    bool fits = true;
    for (const Rule* rule = schema.rules; rule != nullptr; rule = rule->next) {
        if (!rule->kinds.contains(value.kind()) || rule->check(*this, *rule, value, path))
            continue;
        fits = false;
        if (is_over())
            break;
    }
    return fits;
}

bool Validation::fits(const JsonSchema& schema, const pg::JsonbView& value, const JsonPath& path) {
    const Purpose purpose = purpose_;
    purpose_ = Purpose::decide;
    const bool fits = check(schema, value, path);
    purpose_ = purpose;
    return fits;
}

std::size_t Validation::weigh(const JsonSchema& schema, const pg::JsonbView& value, const JsonPath& path) {
    const Purpose purpose = purpose_;
    purpose_ = Purpose::weigh;
    weight_ = 0;
    weighed_depth_ = path.depth;
    check(schema, value, path);
    purpose_ = purpose;
    is_full_ = false;
    return weight_;
}

bool Validation::check_name(const JsonSchema& schema, std::string_view name, const JsonPath& path) {
    name_ = &name;
    const bool fits = check(schema, pg::JsonbView::of_text(name), path);
    name_ = nullptr;
    return fits;
}

bool Validation::fail(const JsonPath& path, pg::FunctionRef<const char*()> message, Weight weight) {
    if (purpose_ == Purpose::decide || is_full_)
        return false;
    if (purpose_ == Purpose::weigh) {
        const std::size_t depth = path.depth - weighed_depth_;
        const bool is_deep = depth > (weight == Weight::wrong_constant ? 1 : 0);
        weight_ += is_deep ? 1 : static_cast<std::size_t>(weight);
        is_full_ = weight_ >= most_weight;
        return false;
    }
    if (text_size_ > most_text) {
        errors_.add({"", "has more errors, which are left out"});
        is_full_ = true;
        return false;
    }
    const char* text = message();
    if (name_ != nullptr)
        text = pg::format("has the property name %s, which %s", pg::quoted_excerpt(*name_), text);
    errors_.add({json_pointer(context_, path), text});
    text_size_ += errors_.last().path.size() + errors_.last().message.size();
    return false;
}

bool fits_json_schema(const JsonSchema& schema, const pg::JsonbView& value) {
    return Validation(pg::current_context()).fits(schema, value, JsonPath{});
}

std::span<const SchemaError> find_schema_errors(pg::MemoryContext context, const JsonSchema& schema,
                                                const pg::JsonbView& value) {
    Validation validation(context);
    const JsonPath root;
    if (validation.fits(schema, value, root))
        return {};
    validation.check(schema, value, root);
    return validation.errors();
}

} // namespace agentchat
