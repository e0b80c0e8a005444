// The extension itself, as the catalog describes it.
#pragma once

#include "pg/values.hpp"

namespace agentchat::pg {

/// Returns the schema of the tables and of the functions that users call.
Oid extension_schema();

} // namespace agentchat::pg
