// Implements unicode_property.hpp. It knows all general categories, and of the other properties and of the
// scripts those that occur in schemas.
#include "json_schema/unicode_property.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "json_schema/unicode_tables.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A group of categories, whose names begin with the same letter.
struct CategoryGroup {
    std::string_view name;
    std::string_view long_name;
};

constexpr std::array<CategoryGroup, 7> groups = {{
    {"L", "Letter"},
    {"M", "Mark"},
    {"N", "Number"},
    {"P", "Punctuation"},
    {"S", "Symbol"},
    {"Z", "Separator"},
    {"C", "Other"},
}};

/// Other names of categories and groups (PropertyValueAliases.txt of Unicode).
struct Alias {
    std::string_view alias;
    std::string_view name;
};

constexpr std::array<Alias, 4> aliases = {{
    {"Combining_Mark", "M"},
    {"cntrl", "Cc"},
    {"digit", "Nd"},
    {"punct", "P"},
}};

void add_runs(CharacterSet& set, std::span<const std::uint32_t> runs) {
    pg::CodePoint at = 0;
    for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
        const pg::CodePoint first = at + runs[i];
        at = first + runs[i + 1];
        set.add(CodePointRange{first, at - 1});
    }
}

bool add_table(CharacterSet& set, std::span<const unicode::Table> tables, std::string_view name) {
    for (const unicode::Table& table : tables) {
        if (table.name == name) {
            add_runs(set, table.runs);
            return true;
        }
    }
    return false;
}

/// Adds the categories whose names begin with the prefix.
void add_categories(CharacterSet& set, std::string_view prefix) {
    for (const unicode::Category& category : unicode::categories) {
        if (category.name.starts_with(prefix))
            add_runs(set, category.runs);
    }
}

/// Adds the code points that have a category.
void add_assigned(CharacterSet& set) {
    add_categories(set, "");
}

/// Adds the code points that have no category.
void add_unassigned(CharacterSet& set) {
    CharacterSet assigned(set.context());
    add_assigned(assigned);
    assigned.normalize();
    set.add_complement(assigned.ranges());
}

std::string_view without_alias(std::string_view name) {
    for (const Alias& alias : aliases) {
        if (alias.alias == name)
            return alias.name;
    }
    return name;
}

bool add_category(CharacterSet& set, std::string_view wanted) {
    const std::string_view name = without_alias(wanted);
    if (name == "Cn" || name == "Unassigned") {
        add_unassigned(set);
        return true;
    }
    if (name == "LC" || name == "Cased_Letter") {
        for (const std::string_view part : {"Lu", "Ll", "Lt"})
            add_categories(set, part);
        return true;
    }
    for (const CategoryGroup& group : groups) {
        if (group.name != name && group.long_name != name)
            continue;
        add_categories(set, group.name);
        if (group.name == "C")
            add_unassigned(set);
        return true;
    }
    for (const unicode::Category& category : unicode::categories) {
        if (category.name == name || category.long_name == name) {
            add_runs(set, category.runs);
            return true;
        }
    }
    return false;
}

/// Adds a property that is either true or false of a code point.
bool add_binary(CharacterSet& set, std::string_view name) {
    if (name == "Any") {
        set.add(CodePointRange{0, pg::last_code_point});
    } else if (name == "ASCII") {
        set.add(CodePointRange{0, 0x7F});
    } else if (name == "ASCII_Hex_Digit" || name == "AHex") {
        set.add(CodePointRange{'0', '9'});
        set.add(CodePointRange{'A', 'F'});
        set.add(CodePointRange{'a', 'f'});
    } else if (name == "Assigned") {
        add_assigned(set);
    } else if (name == "Alphabetic" || name == "Alpha") {
        add_categories(set, "L");
        add_categories(set, "Nl");
        add_table(set, unicode::properties, "Alphabetic");
    } else if (name == "Uppercase" || name == "Upper") {
        add_categories(set, "Lu");
        add_table(set, unicode::properties, "Uppercase");
    } else if (name == "Lowercase" || name == "Lower") {
        add_categories(set, "Ll");
        add_table(set, unicode::properties, "Lowercase");
    } else {
        return add_table(set, unicode::properties, name);
    }
    return true;
}

} // namespace

bool add_unicode_property(CharacterSet& set, std::string_view property) {
    const std::size_t equals = property.find('=');
    if (equals == std::string_view::npos)
        return add_category(set, property) || add_binary(set, property);
    const std::string_view name = property.substr(0, equals);
    const std::string_view value = property.substr(equals + 1);
    if (name == "General_Category" || name == "gc")
        return add_category(set, value);
    return (name == "Script" || name == "sc") && add_table(set, unicode::scripts, value);
}

} // namespace agentchat
