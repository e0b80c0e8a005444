// The extension itself, as the catalog has it.
#pragma once

#include "pg/values.hpp"

namespace agentchat::pg {

/// The schema of the tables and of what users call.
Oid extension_schema();

} // namespace agentchat::pg
