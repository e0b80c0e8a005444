// Defines the symbols that PostgreSQL looks up in the library: the magic block, and an entry point for each
// SQL function.
#include "entry_points.hpp"
#include "pg/entry.hpp"
#include "pg/prelude.hpp"
#include "pg/settings.hpp"
#include "rules/agent_limit.hpp"

extern "C" {
#if PG_VERSION_NUM >= 180000
PG_MODULE_MAGIC_EXT(.name = "agentchat", .version = AGENTCHAT_VERSION);
#else
PG_MODULE_MAGIC;
#endif
}

// The prefix makes the names unique. All loaded libraries see the symbols of one another.
#define AGENTCHAT_ENTRY_POINT(function)                                                                      \
    extern "C" {                                                                                             \
    PG_FUNCTION_INFO_V1(agentchat_##function);                                                               \
    PGDLLEXPORT Datum agentchat_##function(PG_FUNCTION_ARGS) {                                               \
        agentchat::pg::Call call(fcinfo);                                                                    \
        const agentchat::pg::Result result =                                                                 \
            agentchat::pg::guarded([&] { return agentchat::function(call); });                               \
        fcinfo->isnull = result.is_null;                                                                     \
        return result.datum;                                                                                 \
    }                                                                                                        \
    }

AGENTCHAT_ENTRY_POINT(advance_workflow)
AGENTCHAT_ENTRY_POINT(agent_usage)
AGENTCHAT_ENTRY_POINT(append_chunks)
AGENTCHAT_ENTRY_POINT(append_messages)
AGENTCHAT_ENTRY_POINT(append_messages_by_name)
AGENTCHAT_ENTRY_POINT(auth_user_avatar_url)
AGENTCHAT_ENTRY_POINT(auth_user_name)
AGENTCHAT_ENTRY_POINT(check_agent_definition_tools)
AGENTCHAT_ENTRY_POINT(check_agent_instance_links)
AGENTCHAT_ENTRY_POINT(check_artifact_links)
AGENTCHAT_ENTRY_POINT(check_tool_schema)
AGENTCHAT_ENTRY_POINT(check_workflow_links)
AGENTCHAT_ENTRY_POINT(check_workflow_status)
AGENTCHAT_ENTRY_POINT(clean_json)
AGENTCHAT_ENTRY_POINT(count_tokens)
AGENTCHAT_ENTRY_POINT(create_conversation)
AGENTCHAT_ENTRY_POINT(current_user_id)
AGENTCHAT_ENTRY_POINT(default_agent_limit)
AGENTCHAT_ENTRY_POINT(enforce_agent_limit)
AGENTCHAT_ENTRY_POINT(export_conversation)
AGENTCHAT_ENTRY_POINT(finish_run)
AGENTCHAT_ENTRY_POINT(fork_conversation)
AGENTCHAT_ENTRY_POINT(fork_conversation_by_name)
AGENTCHAT_ENTRY_POINT(get_agent)
AGENTCHAT_ENTRY_POINT(get_context)
AGENTCHAT_ENTRY_POINT(get_context_by_name)
AGENTCHAT_ENTRY_POINT(get_conversation)
AGENTCHAT_ENTRY_POINT(get_conversation_by_name)
AGENTCHAT_ENTRY_POINT(get_conversation_json)
AGENTCHAT_ENTRY_POINT(get_conversation_json_by_name)
AGENTCHAT_ENTRY_POINT(has_words)
AGENTCHAT_ENTRY_POINT(heartbeat_run)
AGENTCHAT_ENTRY_POINT(index_messages)
AGENTCHAT_ENTRY_POINT(index_moved_conversation)
AGENTCHAT_ENTRY_POINT(index_new_messages)
AGENTCHAT_ENTRY_POINT(json_schema_error)
AGENTCHAT_ENTRY_POINT(list_conversations)
AGENTCHAT_ENTRY_POINT(owns_conversation)
AGENTCHAT_ENTRY_POINT(owns_run)
AGENTCHAT_ENTRY_POINT(protect_chunks)
AGENTCHAT_ENTRY_POINT(protect_run)
AGENTCHAT_ENTRY_POINT(protect_tool)
AGENTCHAT_ENTRY_POINT(protect_user)
AGENTCHAT_ENTRY_POINT(read_chunks)
AGENTCHAT_ENTRY_POINT(read_chunks_by_name)
AGENTCHAT_ENTRY_POINT(recover_run)
AGENTCHAT_ENTRY_POINT(recover_run_by_name)
AGENTCHAT_ENTRY_POINT(require_feature)
AGENTCHAT_ENTRY_POINT(search_messages)
AGENTCHAT_ENTRY_POINT(set_created_at)
AGENTCHAT_ENTRY_POINT(set_updated_at)
AGENTCHAT_ENTRY_POINT(start_run)
AGENTCHAT_ENTRY_POINT(start_run_by_name)
AGENTCHAT_ENTRY_POINT(stop_run)
AGENTCHAT_ENTRY_POINT(stop_run_by_name)
AGENTCHAT_ENTRY_POINT(sync_auth_user)
AGENTCHAT_ENTRY_POINT(touch_conversations)
AGENTCHAT_ENTRY_POINT(truncate_conversation)
AGENTCHAT_ENTRY_POINT(truncate_conversation_by_name)
AGENTCHAT_ENTRY_POINT(update_conversation)
AGENTCHAT_ENTRY_POINT(update_conversation_by_name)
AGENTCHAT_ENTRY_POINT(ui_parts)
AGENTCHAT_ENTRY_POINT(validate_tool_input)

extern "C" {
// NOLINTBEGIN(bugprone-reserved-identifier): PostgreSQL's name
PGDLLEXPORT void _PG_init(void);

/// _PG_init() defines the settings of the extension. PostgreSQL calls it when it loads the library.
void _PG_init(void) {
    // If an error ends this function, PostgreSQL calls it again (internal_load_library() in
    // src/backend/utils/fmgr/dfmgr.c), but refuses to define a setting twice.
    static bool is_defined = false;
    if (!is_defined)
        agentchat::define_agent_limit_setting();
    is_defined = true;
    agentchat::pg::reserve_settings("agentchat");
}
// NOLINTEND(bugprone-reserved-identifier)
}
