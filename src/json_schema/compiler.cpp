// Implements compiler.hpp.
#include "json_schema/compiler.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "json_schema/keyword.hpp"
#include "json_schema/uri.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbCursor;
using pg::JsonbView;

/// Copies plain data into the context.
template <typename T>
T* keep(pg::MemoryContext context, const T& value) {
    return new (pg::allocate(context, sizeof(T))) T(value);
}

/// Tells whether the draft ignores the keywords beside `$ref`.
bool reference_stands_alone(Draft draft) {
    return draft <= Draft::draft_7;
}

/// Tells whether the schema is a `$ref` whose siblings do not count.
bool is_lone_reference(const Place& place) {
    return reference_stands_alone(place.resource->draft) && place.schema.find_text("$ref").has_value();
}

/// Tells whether a boolean may stand at that path in draft 4, which has no boolean schemas.
bool allows_boolean(Draft draft, const JsonPath& path) {
    return draft != Draft::draft_4 || path.key == "additionalProperties" || path.key == "additionalItems";
}

/// Returns the number of an element. Returns nothing if the step is not one.
std::optional<std::size_t> element_number(std::string_view step) {
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(step.data(), step.data() + step.size(), number);
    const bool is_number = error == std::errc() && end == step.data() + step.size();
    const bool is_canonical = step == "0" || !step.starts_with('0');
    return is_number && is_canonical ? std::optional(number) : std::nullopt;
}

/// Tells whether the text can name an anchor. Draft 2019-09 has colons in such names, and the later ones may
/// begin with an underscore: see $anchor in their meta-schemas.
bool is_anchor_name(std::string_view name, Draft draft) {
    const bool is_2019_09 = draft == Draft::draft_2019_09;
    const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    const auto is_any = [&](char c) {
        return is_letter(c) || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
               (c == ':' && is_2019_09);
    };
    return !name.empty() && (is_letter(name.front()) || (name.front() == '_' && !is_2019_09)) &&
           std::all_of(name.begin(), name.end(), is_any);
}

} // namespace

// ---- paths and faults

const JsonPath* Compiler::child_path(const JsonPath& path, std::string_view key) {
    return keep(scratch_, JsonPath::property(path, key));
}

const JsonPath* Compiler::child_path(const JsonPath& path, std::size_t index) {
    return keep(scratch_, JsonPath::element(path, index));
}

void Compiler::fault(const JsonPath& path, const char* text) {
    if (failed_)
        return;
    failed_ = true;
    fault_ = {json_pointer(context_, path), pg::copy_text(context_, text)};
}

const Pattern* Compiler::pattern(const JsonPath& path, std::string_view text) {
    const PatternResult result = compile_pattern(context_, text);
    if (result.fault != nullptr)
        fault(path, result.fault);
    return result.pattern;
}

std::span<const KeyedPattern> Compiler::property_patterns(Place& place) {
    constexpr std::string_view keyword = "patternProperties";
    const JsonbView list = place.schema.find(keyword).value_or(JsonbView{});
    if (!place.property_patterns.empty() || list.count() == 0 || !list.is_object())
        return place.property_patterns;
    auto* patterns = pg::allocate_array<KeyedPattern>(context_, list.count());
    std::size_t count = 0;
    for (JsonbCursor cursor(list); !failed_ && cursor.next();) {
        const JsonPath& path = *child_path(*child_path(*place.path, keyword), cursor.key());
        patterns[count++] = {cursor.key(), pattern(path, cursor.key())};
    }
    return place.property_patterns = {patterns, count};
}

// ---- schemas

const JsonSchema* Compiler::subschema(Place& place, const JsonPath& path, const JsonbView& value) {
    return compile_place(place.resource, path, value)->compiled;
}

const JsonSchema* Compiler::schema_in_place(Place& place, const JsonPath& path, const JsonbView& value) {
    Place* child = compile_place(place.resource, path, value);
    add_in_place(place, *child);
    return child->compiled;
}

void Compiler::add_in_place(Place& from, Place& to) {
    from.in_place = keep(scratch_, InPlace{&to, from.in_place});
}

Place* Compiler::compile_place(const Resource* resource, const JsonPath& path, const JsonbView& schema) {
    if (schema.is_object())
        if (Place* known = places_by_address_.find(schema.data()))
            return known;

    auto* compiled = keep(context_, JsonSchema{});
    auto* place = keep(scratch_, Place{schema, &path, resource, compiled, &compiled->rules});
    if (schema.is_boolean() && allows_boolean(resource->draft, path)) {
        compiled->is_false = !schema.truth();
    } else if (!schema.is_object()) {
        fault(path, resource->draft == Draft::draft_4 ? "must be a schema, which is an object in draft 4"
                                                      : "must be a schema, which is an object or a boolean");
    } else if (pg::stack_is_too_deep()) {
        fault(path, "is nested too deeply");
    } else if (!failed_) {
        places_.add(place);
        places_by_address_.add(schema.data(), place);
        compile_object(*place);
    }
    return place;
}

void Compiler::compile_object(Place& place) {
    identify(place);
    const Draft draft = place.resource->draft;
    const bool is_reference = is_lone_reference(place);
    for (JsonbCursor cursor(place.schema); !failed_ && cursor.next();) {
        const std::string_view name = cursor.key();
        if (is_reference && name != "$ref" && name != "definitions")
            continue;
        if (const Keyword* keyword = find_keyword(name, draft))
            keyword->compile(*this, place, *child_path(*place.path, name), cursor.value());
    }
}

CompiledSchema Compiler::compile(const JsonbView& schema) {
    const JsonPath* root_path = keep(scratch_, JsonPath{});
    const auto* resource =
        keep(scratch_, Resource{.uri = {}, .draft = Draft::draft_2020_12, .root = nullptr, .next = nullptr});
    Place* root = compile_place(resource, *root_path, schema);
    // Schemas that only a reference reaches add references of their own.
    for (std::size_t i = 0; !failed_ && i < references_.size(); ++i) {
        pg::check_for_interrupts();
        const Reference reference = references_[i];
        if (Place* target = find_target(reference)) {
            reference.rule->target = target->compiled;
            add_in_place(*reference.place, *target);
        }
    }
    if (!failed_)
        find_cycle();
    return failed_ ? CompiledSchema{nullptr, fault_} : CompiledSchema{root->compiled, {}};
}

// ---- names of schemas

Draft Compiler::read_draft(const Place& place, Draft draft) {
    const std::optional<JsonbView> uri = place.schema.find("$schema");
    if (!uri)
        return draft;
    const std::optional<Draft> found = uri->is_string() ? find_draft(uri->text()) : std::nullopt;
    if (!found)
        fault(*child_path(*place.path, "$schema"), "must name draft 4, 6, 7, 2019-09 or 2020-12, such as "
                                                   "\"https://json-schema.org/draft/2020-12/schema\"");
    return found.value_or(draft);
}

void Compiler::identify(Place& place) {
    const bool is_root = place.resource->root == nullptr;
    const Resource& outer = *place.resource;
    if (is_root)
        add_resource(place, outer.uri, read_draft(place, outer.draft));

    const Draft draft = place.resource->draft;
    if (is_lone_reference(place))
        return;
    const std::string_view id_keyword = draft == Draft::draft_4 ? "id" : "$id";
    if (const std::optional<JsonbView> id = place.schema.find(id_keyword)) {
        const JsonPath* path = child_path(*place.path, id_keyword);
        if (require_string(*this, *path, *id))
            identify_by_id(place, *path, id->text());
    }
    if (draft >= Draft::draft_2019_09)
        identify_by_anchor(place, "$anchor");
    if (draft >= Draft::draft_2020_12)
        identify_by_anchor(place, "$dynamicAnchor");
}

void Compiler::identify_by_id(Place& place, const JsonPath& path, std::string_view id) {
    const auto [uri, fragment] = split_fragment(id);
    if (!fragment.empty() && place.resource->draft >= Draft::draft_2019_09)
        return fault(path, "must not have a fragment; use \"$anchor\"");
    if (!uri.empty())
        add_resource(place, resolve_uri(scratch_, place.resource->uri, uri),
                     read_draft(place, place.resource->draft));
    if (!fragment.empty())
        add_anchor(place, decode_percent(scratch_, fragment));
}

void Compiler::identify_by_anchor(Place& place, std::string_view keyword) {
    const std::optional<JsonbView> name = place.schema.find(keyword);
    if (!name)
        return;
    const Draft draft = place.resource->draft;
    if (name->is_string() && is_anchor_name(name->text(), draft))
        add_anchor(place, name->text());
    else
        fault(*child_path(*place.path, keyword),
              draft == Draft::draft_2019_09
                  ? "must be a name: a letter, and then letters, digits, \"_\", \"-\", \".\" or \":\""
                  : "must be a name: a letter or \"_\", and then letters, digits, \"_\", \"-\" or \".\"");
}

void Compiler::add_resource(Place& place, std::string_view uri, Draft draft) {
    const auto* resource = keep(scratch_, Resource{uri, draft, &place, resources_});
    resources_ = resource;
    place.resource = resource;
}

void Compiler::add_anchor(Place& place, std::string_view name) {
    anchors_ = keep(scratch_, Anchor{place.resource, name, &place, anchors_});
}

// ---- references

const Resource* Compiler::find_resource(std::string_view uri) const {
    for (const Resource* resource = resources_; resource != nullptr; resource = resource->next)
        if (resource->uri == uri)
            return resource;
    return nullptr;
}

Place* Compiler::find_anchor(const Resource& resource, std::string_view name) const {
    for (const Anchor* anchor = anchors_; anchor != nullptr; anchor = anchor->next)
        if (anchor->resource == &resource && anchor->name == name)
            return anchor->place;
    return nullptr;
}

Place* Compiler::find_pointer(const Resource& resource, const JsonPath& reference, std::string_view pointer) {
    JsonbView value = resource.root->schema;
    const JsonPath* path = resource.root->path;
    const Resource* inner = &resource;
    while (!pointer.empty()) {
        pointer.remove_prefix(1);
        const std::string_view step = decode_pointer_step(scratch_, pointer.substr(0, pointer.find('/')));
        pointer.remove_prefix(std::min(pointer.size(), pointer.find('/')));

        std::optional<JsonbView> child;
        if (value.is_array()) {
            if (const std::optional<std::size_t> index = element_number(step)) {
                child = value.element(*index);
                path = child_path(*path, *index);
            }
        } else {
            child = value.find(step);
            path = child_path(*path, step);
        }
        if (!child) {
            fault(reference, "refers to a place that the schema does not have");
            return nullptr;
        }
        value = *child;
        if (const Place* known = value.is_object() ? places_by_address_.find(value.data()) : nullptr)
            inner = known->resource;
    }
    return compile_place(inner, *path, value);
}

Place* Compiler::find_target(const Reference& reference) {
    const auto [uri, escaped_fragment] = split_fragment(reference.uri);
    const Resource* resource = reference.place->resource;
    if (!uri.empty())
        resource = find_resource(resolve_uri(scratch_, resource->uri, uri));
    if (resource == nullptr) {
        fault(*reference.path,
              pg::format("refers to %s, which is not in this schema: remote references are not "
                         "supported",
                         pg::quoted_excerpt(uri)));
        return nullptr;
    }
    const std::string_view fragment = decode_percent(scratch_, escaped_fragment);
    if (fragment.empty() || fragment.starts_with('/'))
        return find_pointer(*resource, *reference.path, fragment);
    Place* place = find_anchor(*resource, fragment);
    if (place == nullptr)
        fault(*reference.path, pg::format("refers to the anchor %s, which the schema does not have",
                                          pg::quoted_excerpt(escaped_fragment)));
    return place;
}

// ---- cycles

void Compiler::find_cycle() {
    for (Place* place : places_)
        if (place->search == Place::Search::waiting && !failed_)
            find_cycle_from(*place);
}

// The search keeps its own stack: chains of references can be longer than the stack of calls.
void Compiler::find_cycle_from(Place& start) {
    struct Step {
        Place* place;
        const InPlace* next;
    };
    pg::ArenaList<Step> steps(scratch_);
    start.search = Place::Search::open;
    steps.add({&start, start.in_place});
    while (!steps.is_empty()) {
        pg::check_for_interrupts();
        Step& step = steps.last();
        if (step.next == nullptr) {
            step.place->search = Place::Search::done;
            steps.remove_last();
            continue;
        }
        Place& place = *step.next->place;
        step.next = step.next->next;
        if (place.search == Place::Search::open)
            return fault(*place.path,
                         "refers to itself for the same value: checking a value would never end");
        if (place.search == Place::Search::waiting) {
            place.search = Place::Search::open;
            steps.add({&place, place.in_place});
        }
    }
}

// ---- the interface

CompiledSchema compile_json_schema(pg::MemoryContext context, const JsonbView& schema) {
    const pg::MemoryContext scratch = pg::make_context(context, "agentchat compilation of a schema");
    const CompiledSchema compiled = Compiler(context, scratch).compile(schema);
    pg::delete_context(scratch);
    return compiled;
}

const char* fault_detail(const SchemaFault& fault) {
    constexpr std::size_t most_bytes = 1000;
    if (fault.path.empty())
        return pg::format("At the root: %.*s.", static_cast<int>(fault.text.size()), fault.text.data());
    const std::string_view path = pg::first_characters(fault.path, most_bytes);
    return pg::format("At %.*s%s: %.*s.", static_cast<int>(path.size()), path.data(),
                      path.size() < fault.path.size() ? "..." : "", static_cast<int>(fault.text.size()),
                      fault.text.data());
}

} // namespace agentchat
