// Implements provider_schema.hpp: walks through the keywords of a schema, and changes those that a provider
// refuses.
#include "agents/provider_schema.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "json_schema/path.hpp"
#include "pg/error.hpp"
#include "pg/function_ref.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// What the value of a keyword holds.
enum class Content : std::uint8_t {
    data,
    /// A schema, or an array of schemas.
    schemas,
    /// An object whose values are schemas.
    named_schemas,
};

Content content_of(std::string_view keyword) {
    using enum Content;
    constexpr struct {
        std::string_view keyword;
        Content content;
    } contents[] = {
        {"properties", named_schemas},
        {"patternProperties", named_schemas},
        {"definitions", named_schemas},
        {"$defs", named_schemas},
        {"dependencies", named_schemas},
        {"additionalProperties", schemas},
        {"additionalItems", schemas},
        {"items", schemas},
        {"contains", schemas},
        {"not", schemas},
        {"allOf", schemas},
        {"anyOf", schemas},
        {"oneOf", schemas},
        {"if", schemas},
        {"then", schemas},
        {"else", schemas},
    };
    const auto* found = std::find_if(std::begin(contents), std::end(contents),
                                     [&](const auto& known) { return known.keyword == keyword; });
    return found == std::end(contents) ? data : found->content;
}

/// Whether the regular expression looks ahead or behind: `(?=`, `(?!`, `(?<=` or `(?<!`.
bool looks_around(std::string_view pattern) {
    bool is_escaped = false;
    bool in_class = false;
    for (std::size_t i = 0; i < pattern.size(); ++i) {
        if (is_escaped) {
            is_escaped = false;
            continue;
        }
        switch (pattern[i]) {
        case '\\':
            is_escaped = true;
            break;
        case '[':
            in_class = true;
            break;
        case ']':
            in_class = false;
            break;
        case '(':
            for (const std::string_view start : {"(?=", "(?!", "(?<=", "(?<!"})
                if (!in_class && pattern.substr(i).starts_with(start))
                    return true;
            break;
        default:
            break;
        }
    }
    return false;
}

/// Whether OpenAI refuses the keyword, so that it is left out.
bool is_left_out(std::string_view keyword, const pg::JsonbView& value) {
    return keyword == "propertyNames" || (keyword == "pattern" && looks_around(value.text()));
}

/// Returns the only element of an array.
std::optional<pg::JsonbView> only_element(const std::optional<pg::JsonbView>& array) {
    if (!array || !array->is_array() || array->count() != 1)
        return std::nullopt;
    pg::JsonbCursor cursor(*array);
    cursor.next();
    return cursor.value();
}

/// Returns the reference of a schema that has `allOf` with a reference and nothing else.
std::optional<std::string_view> single_reference(const pg::JsonbView& schema) {
    std::optional<pg::JsonbView> element = only_element(schema.find("allOf"));
    // The element may itself be such a schema.
    while (element && element->is_object()) {
        std::size_t others = 0;
        for (pg::JsonbCursor cursor(*element); cursor.next();)
            others += cursor.key() != "$ref" && cursor.key() != "allOf" &&
                      !is_left_out(cursor.key(), cursor.value());
        if (others > 0)
            return std::nullopt;
        if (!element->find("allOf"))
            return element->find_text("$ref");
        element = only_element(element->find("allOf"));
    }
    return std::nullopt;
}

void write_schema(const pg::JsonbView& schema, pg::ValueWriter& writer);

/// Writes the value of a keyword, with the schemas in it.
void write_value(std::string_view keyword, const pg::JsonbView& value, pg::ValueWriter& writer) {
    const Content content = content_of(keyword);
    if (content == Content::named_schemas && value.is_object()) {
        writer.begin_object();
        for (pg::JsonbCursor cursor(value); cursor.next();) {
            writer.key(cursor.key());
            write_schema(cursor.value(), writer);
        }
        writer.end_object();
    } else if (content == Content::schemas && value.is_array()) {
        writer.begin_array();
        for (pg::JsonbCursor cursor(value); cursor.next();)
            write_schema(cursor.value(), writer);
        writer.end_array();
    } else if (content == Content::schemas) {
        write_schema(value, writer);
    } else {
        writer.value(value);
    }
}

/// Writes the keywords of a schema that OpenAI takes and that `is_wanted`.
void write_keywords(const pg::JsonbView& schema, pg::FunctionRef<bool(std::string_view keyword)> is_wanted,
                    pg::ValueWriter& writer) {
    for (pg::JsonbCursor cursor(schema); cursor.next();) {
        if (is_left_out(cursor.key(), cursor.value()) || !is_wanted(cursor.key()))
            continue;
        writer.key(cursor.key());
        write_value(cursor.key(), cursor.value(), writer);
    }
}

/// Writes the keywords of a schema that `is_wanted`, with a reference in place of an `allOf` that has nothing
/// else.
void write_referring(const pg::JsonbView& schema, pg::FunctionRef<bool(std::string_view keyword)> is_wanted,
                     pg::ValueWriter& writer) {
    const std::optional<std::string_view> reference = single_reference(schema);
    const auto stays = [&](std::string_view keyword) {
        return is_wanted(keyword) && !(reference && (keyword == "allOf" || keyword == "$ref"));
    };
    write_keywords(schema, stays, writer);
    if (is_wanted("$ref"))
        writer.optional_field("$ref", reference);
}

/// Writes a schema that is not the root, or another value as it is.
void write_schema(const pg::JsonbView& schema, pg::ValueWriter& writer) {
    // Nobody writes so deep a schema for a model. It stays as it is.
    if (!schema.is_object() || pg::stack_is_too_deep())
        return writer.value(schema);
    writer.begin_object();
    write_referring(
        schema, [](std::string_view) { return true; }, writer);
    writer.end_object();
}

/// Returns what a reference to a definition of the schema names.
std::optional<pg::JsonbView> find_definition(const pg::JsonbView& schema, std::string_view reference) {
    for (const std::string_view keyword : {"definitions", "$defs"}) {
        const std::string_view start = pg::format("#/%s/", keyword.data());
        const std::optional<pg::JsonbView> definitions = schema.find(keyword);
        if (!reference.starts_with(start) || !definitions)
            continue;
        const std::optional<pg::JsonbView> found =
            definitions->find(decode_pointer_step(pg::current_context(), reference.substr(start.size())));
        return found && found->is_object() ? found : std::nullopt;
    }
    return std::nullopt;
}

/// Completes the root of a schema: its type must be "object", and OpenAI demands `properties` of an object.
void write_demanded(const std::optional<pg::JsonbView>& type, bool has_properties, pg::ValueWriter& writer) {
    if (!type)
        writer.field("type", "object");
    if ((type && type->text() != "object") || has_properties)
        return;
    writer.key("properties");
    writer.begin_object();
    writer.end_object();
}

} // namespace

void write_anthropic_schema(const pg::JsonbView& schema, pg::ValueWriter& writer) {
    writer.begin_object();
    for (pg::JsonbCursor cursor(schema); cursor.next();)
        writer.field(cursor.key(), cursor.value());
    write_demanded(schema.find("type"), schema.find("properties").has_value(), writer);
    writer.end_object();
}

void write_openai_schema(const pg::JsonbView& schema, pg::ValueWriter& writer) {
    const std::optional<std::string_view> reference = single_reference(schema);
    const std::optional<pg::JsonbView> base = reference ? find_definition(schema, *reference) : std::nullopt;
    const auto is_own = [&](std::string_view keyword) {
        return schema.find(keyword).has_value() && !(base && keyword == "allOf");
    };
    const auto find = [&](std::string_view keyword) {
        return is_own(keyword) || !base ? schema.find(keyword) : base->find(keyword);
    };
    writer.begin_object();
    write_keywords(schema, is_own, writer);
    if (base)
        write_referring(
            *base, [&](std::string_view keyword) { return !is_own(keyword); }, writer);
    write_demanded(find("type"), find("properties").has_value(), writer);
    writer.end_object();
}

} // namespace agentchat
