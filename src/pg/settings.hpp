// Settings: the extension's own, and those that others hand something over in.
#pragma once

namespace agentchat::pg {

/// Makes agentchat's own known to PostgreSQL; to be called when the library is loaded.
void define_settings();

/// agentchat.default_agent_limit: how many agents a user without a subscription may have; -1 is no limit.
int default_agent_limit();

/// The value of any setting; nullptr where there is none of that name.
const char* setting(const char* name);

} // namespace agentchat::pg
