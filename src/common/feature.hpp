// Tells whether an optional feature is on. Each feature has tables of its own, which agentchat.enable()
// makes.
#pragma once

#include <cstdint>

#include "pg/values.hpp"

namespace agentchat {

enum class Feature : std::uint8_t { runs, search };

/// Tells whether the feature is on in that schema: a table exists, and has the trigger that
/// agentchat.disable() drops. It runs no query.
bool is_on(pg::Oid schema, Feature feature);

/// Raises 0A000 unless the feature is on.
void require_feature(pg::Oid schema, Feature feature);

} // namespace agentchat
