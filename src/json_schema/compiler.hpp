// Compiles the keywords of schemas, and finds the schemas that `$ref` names.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>
#include <span>
#include <string_view>

#include "json_schema/address_map.hpp"
#include "json_schema/draft.hpp"
#include "json_schema/path.hpp"
#include "json_schema/pattern.hpp"
#include "json_schema/rule.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"

namespace agentchat {

struct Place;

/// A schema with a URI of its own: the root, or a schema with `$id`. Its `$ref`s are relative to the URI.
struct Resource {
    std::string_view uri;
    Draft draft;
    const Place* root;
    const Resource* next;
};

/// A name that `$anchor`, or in older drafts `$id`, gives to a place of a resource.
struct Anchor {
    const Resource* resource;
    std::string_view name;
    Place* place;
    const Anchor* next;
};

/// A schema that checks the same value as another one, which contains it or refers to it.
struct InPlace {
    Place* place;
    const InPlace* next;
};

struct KeyedPattern {
    std::string_view key;
    const Pattern* pattern;
};

/// A schema while it is compiled.
struct Place {
    pg::JsonbView schema;
    const JsonPath* path;
    const Resource* resource;
    JsonSchema* compiled;
    const Rule** next_rule;
    const InPlace* in_place = nullptr;
    /// The patterns of `patternProperties`, once a keyword has asked for them.
    std::span<const KeyedPattern> property_patterns{};
    /// How far the search for cycles is.
    enum class Search : std::uint8_t { waiting, open, done } search = Search::waiting;
};

struct ReferenceRule : Rule {
    const JsonSchema* target = nullptr;
};

/// A `$ref` whose target is not yet known.
struct Reference {
    Place* place;
    const JsonPath* path;
    std::string_view uri;
    ReferenceRule* rule;
};

class Compiler {
public:
    /// Compiles into `context`, and keeps what only the compilation needs in `scratch`.
    Compiler(pg::MemoryContext context, pg::MemoryContext scratch)
        : context_(context), scratch_(scratch), places_(scratch), places_by_address_(scratch),
          references_(scratch) {}

    CompiledSchema compile(const pg::JsonbView& schema);

    pg::MemoryContext context() const { return context_; }
    pg::MemoryContext scratch() const { return scratch_; }

    /// Notes the first fault. Nothing that is compiled afterwards matters.
    void fault(const JsonPath& path, const char* text);
    bool failed() const { return failed_; }

    /// Makes the path of a child.
    const JsonPath* child_path(const JsonPath& path, std::string_view key);
    const JsonPath* child_path(const JsonPath& path, std::size_t index);

    /// subschema() compiles a schema that checks other values than the place: its elements or properties.
    /// schema_in_place() compiles one that checks the same value.
    const JsonSchema* subschema(Place& place, const JsonPath& path, const pg::JsonbView& value);
    const JsonSchema* schema_in_place(Place& place, const JsonPath& path, const pg::JsonbView& value);

    /// Adds a rule to the place.
    template <typename T>
    T* add_rule(Place& place, const T& rule) {
        auto* added = new (pg::allocate(context_, sizeof(T))) T(rule);
        *place.next_rule = added;
        place.next_rule = &added->next;
        return added;
    }

    /// Notes a `$ref`, whose target is found when all schemas are known.
    void refer(const Reference& reference) { references_.add(reference); }

    /// Compiles the pattern. Returns nullptr and notes a fault if it is not one.
    const Pattern* pattern(const JsonPath& path, std::string_view text);
    /// Returns the patterns in `patternProperties` of the place, in the order of jsonb.
    std::span<const KeyedPattern> property_patterns(Place& place);

private:
    Place* compile_place(const Resource* resource, const JsonPath& path, const pg::JsonbView& schema);
    void compile_object(Place& place);
    /// Notes the names of the schema: `$id` and `$anchor`.
    void identify(Place& place);
    void identify_by_id(Place& place, const JsonPath& path, std::string_view id);
    void identify_by_anchor(Place& place, std::string_view keyword);
    void add_resource(Place& place, std::string_view uri, Draft draft);
    void add_anchor(Place& place, std::string_view name);

    /// Returns the draft that the schema names, or `draft` if it names none.
    Draft read_draft(const Place& place, Draft draft);
    /// Returns nullptr and notes a fault if the reference leads nowhere.
    Place* find_target(const Reference& reference);
    const Resource* find_resource(std::string_view uri) const;
    Place* find_anchor(const Resource& resource, std::string_view name) const;
    /// Finds the schema at the pointer, and compiles it if no keyword has done so.
    Place* find_pointer(const Resource& resource, const JsonPath& reference, std::string_view pointer);
    void add_in_place(Place& from, Place& to);
    /// Notes a fault if a schema contains or refers to itself for the same value.
    void find_cycle();
    void find_cycle_from(Place& start);

    pg::MemoryContext context_;
    pg::MemoryContext scratch_;
    /// The schemas that are objects, in the order in which they were found, and by the addresses of their
    /// bytes.
    pg::ArenaList<Place*> places_;
    AddressMap<Place> places_by_address_;
    pg::ArenaList<Reference> references_;
    const Resource* resources_ = nullptr;
    const Anchor* anchors_ = nullptr;
    bool failed_ = false;
    SchemaFault fault_;
};

} // namespace agentchat
