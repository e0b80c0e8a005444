// Declares the SQL functions that are written in C++. The file with the function's name, or with the name of
// its subject, defines the function. module.cpp exports it to PostgreSQL.
//
// A function with an argument conversation_id has two entry points. `..._by_name` takes the name of the
// conversation as a text. The other takes its UUID. SQL of version 0.1.0 calls get_conversation() with a
// uuid.
#pragma once

#include "pg/entry.hpp"

namespace agentchat {

pg::Result advance_workflow(pg::Call& call);
pg::Result agent_usage(pg::Call& call);
pg::Result append_chunks(pg::Call& call);
pg::Result append_messages(pg::Call& call);
pg::Result append_messages_by_name(pg::Call& call);
pg::Result auth_user_avatar_url(pg::Call& call);
pg::Result auth_user_name(pg::Call& call);
pg::Result check_agent_definition_tools(pg::Call& call);
pg::Result check_agent_instance_links(pg::Call& call);
pg::Result check_artifact_links(pg::Call& call);
pg::Result check_tool_schema(pg::Call& call);
pg::Result check_workflow_links(pg::Call& call);
pg::Result check_workflow_status(pg::Call& call);
pg::Result clean_json(pg::Call& call);
pg::Result count_tokens(pg::Call& call);
pg::Result create_conversation(pg::Call& call);
pg::Result current_user_id(pg::Call& call);
pg::Result default_agent_limit(pg::Call& call);
pg::Result enforce_agent_limit(pg::Call& call);
pg::Result export_conversation(pg::Call& call);
pg::Result finish_run(pg::Call& call);
pg::Result fork_conversation(pg::Call& call);
pg::Result fork_conversation_by_name(pg::Call& call);
pg::Result get_agent(pg::Call& call);
pg::Result get_context(pg::Call& call);
pg::Result get_context_by_name(pg::Call& call);
pg::Result get_conversation(pg::Call& call);
pg::Result get_conversation_by_name(pg::Call& call);
pg::Result get_conversation_json(pg::Call& call);
pg::Result get_conversation_json_by_name(pg::Call& call);
pg::Result has_words(pg::Call& call);
pg::Result heartbeat_run(pg::Call& call);
pg::Result index_messages(pg::Call& call);
pg::Result index_moved_conversation(pg::Call& call);
pg::Result index_new_messages(pg::Call& call);
pg::Result json_schema_error(pg::Call& call);
pg::Result list_conversations(pg::Call& call);
pg::Result owns_conversation(pg::Call& call);
pg::Result owns_run(pg::Call& call);
pg::Result protect_chunks(pg::Call& call);
pg::Result protect_run(pg::Call& call);
pg::Result protect_tool(pg::Call& call);
pg::Result protect_user(pg::Call& call);
pg::Result read_chunks(pg::Call& call);
pg::Result read_chunks_by_name(pg::Call& call);
pg::Result recover_run(pg::Call& call);
pg::Result recover_run_by_name(pg::Call& call);
pg::Result require_feature(pg::Call& call);
pg::Result search_messages(pg::Call& call);
pg::Result set_created_at(pg::Call& call);
pg::Result set_updated_at(pg::Call& call);
pg::Result start_run(pg::Call& call);
pg::Result start_run_by_name(pg::Call& call);
pg::Result stop_run(pg::Call& call);
pg::Result stop_run_by_name(pg::Call& call);
pg::Result sync_auth_user(pg::Call& call);
pg::Result touch_conversations(pg::Call& call);
pg::Result truncate_conversation(pg::Call& call);
pg::Result truncate_conversation_by_name(pg::Call& call);
pg::Result update_conversation(pg::Call& call);
pg::Result update_conversation_by_name(pg::Call& call);
pg::Result ui_parts(pg::Call& call);
pg::Result validate_tool_input(pg::Call& call);

} // namespace agentchat
