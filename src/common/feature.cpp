#include "common/feature.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/extension.hpp"
#include "pg/relation.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// What shows that a feature is on.
struct FeatureSign {
    const char* name;
    const char* table;
    const char* trigger;
    /// The message of the error. The npm package recognises it.
    const char* off;
};

/// The features, in the order of the enumeration.
constexpr std::array signs{
    FeatureSign{"runs", "runs", "agentchat_protect_run", "the feature runs is off"},
    FeatureSign{"search", "messages", "agentchat_update_search_on_insert", "the feature search is off"},
};

} // namespace

namespace {

/// Returns the feature with that name. Raises 22023 if no feature has it.
Feature feature_named(std::string_view name) {
    const auto* found =
        std::find_if(signs.begin(), signs.end(), [&](const FeatureSign& sign) { return sign.name == name; });
    if (found == signs.end())
        pg::raise({pg::sqlstate::invalid_parameter_value, "unknown feature",
                   pg::format("The feature is %s.", pg::quoted_excerpt(name)),
                   "agentchat.features() lists the features."});
    return static_cast<Feature>(found - signs.begin());
}

} // namespace

bool is_on(pg::Oid schema, Feature feature) {
    const FeatureSign& sign = signs[static_cast<std::size_t>(feature)];
    const pg::Oid table = pg::find_relation(schema, sign.table);
    return table != pg::invalid_oid && pg::has_trigger(table, sign.trigger);
}

void require_feature(pg::Oid schema, Feature feature) {
    if (is_on(schema, feature))
        return;
    const FeatureSign& sign = signs[static_cast<std::size_t>(feature)];
    const pg::Oid table = pg::find_relation(schema, sign.table);
    pg::raise({pg::sqlstate::feature_not_supported, sign.off,
               table == pg::invalid_oid
                   ? pg::format("The table %s does not exist.", pg::qualified_name(schema, sign.table))
                   : pg::format("The table %s lacks the trigger %s.", pg::qualified_name(schema, sign.table),
                                sign.trigger),
               pg::format("To switch it on, run as the owner of the tables: SELECT * FROM "
                          "agentchat.enable('%s');",
                          sign.name)});
}

pg::Result require_feature(pg::Call& call) {
    require_feature(pg::extension_schema(), feature_named(call.text(0)));
    return pg::Result::null();
}

} // namespace agentchat
