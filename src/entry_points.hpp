// The SQL functions, each as the file of its noun defines it. pg/module.cpp gives them to PostgreSQL.
#pragma once

#include "pg/entry.hpp"

namespace agentchat {

pg::Result get_conversation(pg::Call& call);
pg::Result set_updated_at(pg::Call& call);

} // namespace agentchat
