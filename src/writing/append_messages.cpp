// append_messages() writes messages to a conversation, in one call. A retry, which sends the same messages
// again, updates what is stored: message_writer.cpp tells new messages from those.
#include "common/conversation_id.hpp"
#include "entry_points.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "writing/conversation_lock.hpp"
#include "writing/message_input.hpp"
#include "writing/message_writer.hpp"
#include "writing/tool_calls.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Appends to the conversation that `find` finds.
pg::Result append_to(pg::Call& call, FindConversation find) {
    enum Argument : int { arg_conversation_id, arg_messages, arg_format, arg_check_tools };
    const InputFormat format = input_format_argument(call, arg_format);
    call.require_not_null(arg_conversation_id, "conversation_id");
    call.require_not_null(arg_messages, "messages");
    const pg::Uuid conversation = find(call, arg_conversation_id);
    const pg::Oid schema = call.function_schema();

    const pg::MemoryContext caller = pg::current_context();
    const pg::MemoryContext memory = pg::make_context(caller, "agentchat append_messages");
    pg::switch_to(memory);
    const pg::JsonbView messages = pg::JsonbView::of(call.datum(arg_messages));
    const InputMessages input = read_input(memory, messages, format, schema, conversation);
    if (!call.is_null(arg_check_tools) && call.boolean(arg_check_tools))
        check_tool_calls(memory, messages, format, schema);
    lock_conversation(schema, conversation);

    pg::DocumentWriter& document = pg::jsonb_document({memory, caller, 0, append_less_hint}, "");
    for (const InputMessage& message : write_messages(memory, schema, conversation, input)) {
        write_summary(message, document.begin_element());
        document.end_element();
    }
    const pg::Result result = document.finish();
    pg::switch_to(caller);
    pg::delete_context(memory);
    return result;
}

} // namespace

pg::Result append_messages(pg::Call& call) {
    return append_to(call, conversation_by_uuid);
}

pg::Result append_messages_by_name(pg::Call& call) {
    return append_to(call, conversation_by_name);
}

} // namespace agentchat
