// agentchat.check_agent_definition_tools() refuses agent definitions that name tools which do not exist.
//
// It works like the check of a foreign key: it locks the tools so that nobody deletes or renames them before
// the transaction ends. protect_tool() is the other half.
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "common/uuid_set.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/kept_statement.hpp"
#include "pg/memory.hpp"
#include "pg/relation.hpp"
#include "pg/session.hpp"
#include "pg/trigger.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Finds the tools with the ids in $1 and those with the names in $2, and locks them against changes of their
/// keys. Foreign keys take the same lock (RI_FKey_check in src/backend/utils/adt/ri_triggers.c). It lets
/// other sessions change the description or the schema of a tool.
const char* tools_statement(pg::Oid schema) {
    return pg::format("SELECT t.id, t.name::pg_catalog.text FROM %s t "
                      "WHERE t.id OPERATOR(pg_catalog.=) ANY ($1) OR t.name OPERATOR(pg_catalog.=) ANY ($2) "
                      "FOR KEY SHARE OF t",
                      pg::qualified_name(schema, "agent_tools"));
}
constexpr std::array tools_parameters{pg::ParameterType::uuids, pg::ParameterType::texts};
constexpr std::array tools_kinds{pg::ColumnKind::uuid, pg::ColumnKind::text};
constinit pg::KeptStatement tools("agent_tools", "agent_definitions", pg::Rights::owner, tools_statement,
                                  tools_parameters);

using Names = pg::ArenaList<std::string_view>;

bool contains(std::span<const pg::Uuid> sorted, const pg::Uuid& id) {
    return std::binary_search(sorted.begin(), sorted.end(), id,
                              [](const pg::Uuid& a, const pg::Uuid& b) { return a.bytes < b.bytes; });
}

void sort_unique(Names& names) {
    std::sort(names.begin(), names.end());
    names.shorten(static_cast<std::size_t>(std::unique(names.begin(), names.end()) - names.begin()));
}

const char* kind_name(const pg::JsonbView& value) {
    using enum pg::JsonbView::Kind;
    switch (value.kind()) {
    case string:
        return "a string";
    case number:
        return "a number";
    case boolean:
        return "a boolean";
    case array:
        return "an array";
    case object:
        return "an object";
    case null:
        break;
    }
    return "null";
}

[[noreturn]] void raise_not_strings(const char* detail) {
    pg::raise({pg::sqlstate::invalid_parameter_value, "agent_definitions.tools must be an array of strings",
               detail, "Name each tool by its id or its name."});
}

/// Raises 22023 unless the value is an array of strings.
void require_strings(const pg::JsonbView& value) {
    if (!value.is_array())
        raise_not_strings(pg::format("The value is %s.", kind_name(value)));
    for (pg::JsonbCursor cursor(value); cursor.next();)
        if (!cursor.value().is_string())
            raise_not_strings(pg::format("tools[%zu] is %s.", cursor.index(), kind_name(cursor.value())));
}

/// Lists the names for a DETAIL, and counts those that it leaves out.
const char* listed(std::span<const std::string_view> names) {
    constexpr std::size_t most_names = 20;
    const char* list = "";
    for (std::size_t i = 0; i < std::min(names.size(), most_names); ++i)
        list = pg::format("%s%s%s", list, i == 0 ? "" : ", ", pg::quoted_excerpt(names[i]));
    if (names.size() <= most_names)
        return list;
    return pg::format("%s, and %zu more", list, names.size() - most_names);
}

[[noreturn]] void raise_missing(std::span<const std::string_view> names) {
    pg::raise({pg::sqlstate::foreign_key_violation, "agent_definitions.tools names tools that do not exist",
               pg::format("Missing: %s.", listed(names)),
               "Insert the tools into agent_tools first, or name existing tools by id or name."});
}

/// Raises 23503 if the array names tools that do not exist. A text that looks like a UUID can also be a name.
void check_tools(pg::Oid schema, const pg::JsonbView& array) {
    const pg::MemoryContext context = pg::current_context();
    UuidSet ids;
    Names names(context);
    for (pg::JsonbCursor cursor(array); cursor.next();) {
        names.add(cursor.value().text());
        if (const std::optional<pg::Uuid> id = pg::parse_uuid(names.last()))
            ids.add(*id);
    }
    if (names.is_empty())
        return;
    sort_unique(names);

    auto* wanted = pg::allocate_array<std::optional<std::string_view>>(context, names.size());
    std::uninitialized_copy(names.begin(), names.end(), wanted);
    UuidSet found_ids;
    Names found_names(context);
    tools.execute_latest(
        schema, std::array{pg::Parameter::uuids(ids.sorted()), pg::Parameter::texts({wanted, names.size()})},
        {[&](const pg::Row& row) {
             found_ids.add(row.uuid(0));
             found_names.add(pg::copy_text(context, row.text(1)));
         },
         tools_kinds});
    sort_unique(found_names);

    const std::span<const pg::Uuid> existing_ids = found_ids.sorted();
    Names missing(context);
    for (const std::string_view name : names.span()) {
        const std::optional<pg::Uuid> id = pg::parse_uuid(name);
        if (!(id && contains(existing_ids, *id)) &&
            !std::binary_search(found_names.begin(), found_names.end(), name))
            missing.add(name);
    }
    if (!missing.is_empty())
        raise_missing(missing.span());
}

} // namespace

pg::Result check_agent_definition_tools(pg::Call& call) {
    const pg::RowTrigger trigger(call, pg::after_row_insert_or_update);
    trigger.require_table("agent_definitions");
    const int column = call.once<int>([&](int& number) { number = trigger.jsonb_column("tools"); });
    const pg::Row row = trigger.new_row();
    if (row.is_null(column - 1) || !(trigger.is_insert() || trigger.changes_column(column)) ||
        pg::is_restore(trigger.table()))
        return trigger.done();

    const pg::JsonbView value = pg::JsonbView::of(row.datum(column - 1));
    require_strings(value);
    check_tools(trigger.table_schema(), value);
    return trigger.done();
}

} // namespace agentchat
