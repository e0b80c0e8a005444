// Ends a recursion over values that users have written before the stack is full.
#pragma once

namespace agentchat {

/// Raises 22023 if the calls are nested too deeply for the stack.
void check_nesting();

} // namespace agentchat
