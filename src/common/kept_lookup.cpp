#include "common/kept_lookup.hpp"

#include "pg/extension.hpp"

#include "pg/pure.hpp"

namespace agentchat {

void KeptLookup::prepare(pg::Oid function) {
    // If the extension is created again, possibly in another schema, its functions have new OIDs.
    if (function_ == function) {
        pg::lock_against_change(table_);
        if (!watch_.changed())
            return;
    }
    function_ = pg::invalid_oid;
    watch_.stop();
    table_ = pg::require_relation(pg::extension_schema(), table_name_);
    pg::lock_against_change(table_);
    watch_.start(table_, table_);
    lookup_ = pg::UuidLookup::prepare(table_, key_column_, value_column_);
    function_ = function;
}

std::optional<pg::Uuid> KeptLookup::find(pg::Oid function, const pg::Uuid& key) {
    prepare(function);
    return lookup_.find(key);
}

} // namespace agentchat
