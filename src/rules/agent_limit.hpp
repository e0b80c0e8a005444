// Defines the setting of the agent limit.
#pragma once

namespace agentchat {

/// Defines agentchat.default_agent_limit. PostgreSQL calls it when it loads the library.
void define_agent_limit_setting();

} // namespace agentchat
