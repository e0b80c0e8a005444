// Knows the statuses of workflows, and from which status a workflow may move to which.
#pragma once

#include <string_view>

#include "pg/values.hpp"

namespace agentchat {

/// Tells whether a workflow can have that status.
bool is_workflow_status(std::string_view status);

/// Raises PT409 if a workflow may not move from one status to the other. A workflow may always keep its
/// status. It may move to any status from one that agentchat does not know: tables that agentchat has adopted
/// may have rows with others, which their owner must be able to mend.
void check_workflow_move(const pg::Uuid& workflow, std::string_view from, std::string_view to);

} // namespace agentchat
