#include "common/feature.hpp"

#include <array>
#include <cstddef>

#include "pg/error.hpp"
#include "pg/relation.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// What shows that a feature is on.
struct FeatureSign {
    const char* name;
    const char* table;
    const char* trigger;
    /// The message of the error. PostgREST copies it into the status line of HTTP: it must stay constant.
    const char* off;
};

/// The features, in the order of the enumeration.
constexpr std::array signs{
    FeatureSign{"runs", "runs", "agentchat_protect_run", "the feature runs is off"},
};

} // namespace

void require_feature(pg::Oid schema, Feature feature) {
    const FeatureSign& sign = signs[static_cast<std::size_t>(feature)];
    const pg::Oid table = pg::find_relation(schema, sign.table);
    if (table != pg::invalid_oid && pg::has_trigger(table, sign.trigger))
        return;
    pg::raise({pg::sqlstate::feature_not_supported, sign.off,
               table == pg::invalid_oid
                   ? pg::format("The table %s does not exist.", pg::qualified_name(schema, sign.table))
                   : pg::format("The table %s lacks the trigger %s.", pg::qualified_name(schema, sign.table),
                                sign.trigger),
               pg::format("To switch it on, run as the owner of the tables: SELECT * FROM "
                          "agentchat.enable('%s');",
                          sign.name)});
}

} // namespace agentchat
