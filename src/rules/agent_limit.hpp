// How many agents a user may have.
#pragma once

namespace agentchat {

/// Makes agentchat.default_agent_limit known to PostgreSQL, when the library is loaded.
void define_agent_limit_setting();

} // namespace agentchat
