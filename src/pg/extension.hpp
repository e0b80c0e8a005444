// Looks up the extension itself in the catalog.
#pragma once

#include "pg/values.hpp"

namespace agentchat::pg {

/// Returns the schema that contains the tables and the functions that users call.
Oid extension_schema();

} // namespace agentchat::pg
