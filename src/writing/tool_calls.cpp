// Implements tool_calls.hpp: collects the calls of all messages, and checks them tool by tool.
#include "writing/tool_calls.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>

#include "agents/tool_schemas.hpp"
#include "common/json_object_text.hpp"
#include "common/part_format.hpp"
#include "json_schema/validate.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The path of a call in its message: `.parts[2]`.
struct CallPath {
    const char* list;
    std::size_t index;
};

struct ToolCall {
    std::string_view tool;
    /// The number of the call among all calls of the input.
    std::size_t number;
    InputPlace place;
    CallPath path;
    /// The path of the input in the call: `.input`.
    const char* input_path;
    pg::JsonbView input;
};

/// Returns the path of a call in the input: `messages[0].parts[2].input`, or without the end.
const char* path_of(const ToolCall& call, const char* end) {
    return input_path(call.place, pg::format("%s[%zu]%s", call.path.list, call.path.index, end));
}

bool is_true(const pg::JsonbView& object, std::string_view key) {
    const std::optional<pg::JsonbView> value = object.find(key);
    return value && value->truth();
}

/// Collects the calls of messages.
class CallCollector {
public:
    explicit CallCollector(pg::MemoryContext context) : calls_(context) {}

    void take_message(const InputPlace& message, const pg::JsonbView& object, InputFormat format) {
        place_ = message;
        if (format == InputFormat::openai)
            return take(object, "tool_calls", ".tool_calls", &CallCollector::take_openai_call);
        const std::optional<pg::JsonbView> parts = object.find("parts");
        // AI SDK 4 repeats the calls of the parts in toolInvocations.
        if (parts && !parts->is_null())
            take(object, "parts", ".parts", &CallCollector::take_part);
        else if (format == InputFormat::ai_sdk)
            take(object, "toolInvocations", ".toolInvocations", &CallCollector::take_bare_invocation);
    }

    std::span<ToolCall> calls() { return calls_.span(); }

private:
    using Take = void (CallCollector::*)(const CallPath& path, const pg::JsonbView& element);

    void take(const pg::JsonbView& object, std::string_view key, const char* path, Take take_element) {
        const std::optional<pg::JsonbView> list = object.find(key);
        if (!list || !list->is_array())
            return;
        for (pg::JsonbCursor cursor(*list); cursor.next();)
            (this->*take_element)({path, cursor.index()}, cursor.value());
    }

    void take_part(const CallPath& path, const pg::JsonbView& part) {
        const std::string_view type = part.find_text(part_key::type).value_or("");
        if (type == part_type::tool_invocation) {
            if (const std::optional<pg::JsonbView> call = part.find(part_key::tool_invocation))
                take_invocation(path, *call, ".toolInvocation.args");
            return;
        }
        const std::optional<std::string_view> tool =
            type == part_type::dynamic_tool ? part.find_text(part_key::tool_name) : tool_name_in(type);
        const std::string_view state = part.find_text(part_key::state).value_or("");
        const std::optional<pg::JsonbView> input = part.find(part_key::input);
        if (tool && state != call_state::input_streaming && !is_true(part, "providerExecuted") &&
            !(state == call_state::output_error && may_be_refused(part, type, input)))
            add(path, *tool, ".input", input.value_or(pg::JsonbView()));
    }

    /// Tells whether the AI SDK may have refused the input of a failed call. It stores a refused input as
    /// rawInput. If no tool has the name, it stores a dynamic tool, which looks like one whose run has
    /// failed.
    static bool may_be_refused(const pg::JsonbView& part, std::string_view type,
                               const std::optional<pg::JsonbView>& input) {
        const bool has_input = input && !input->is_null();
        return type == part_type::dynamic_tool || (!has_input && part.find(part_key::raw_input));
    }

    /// Takes a call of AI SDK 4.
    void take_invocation(const CallPath& path, const pg::JsonbView& call, const char* input_path) {
        const std::optional<std::string_view> tool = call.find_text(part_key::tool_name);
        if (tool && call.find_text(part_key::state) != "partial-call")
            add(path, *tool, input_path, call.find("args").value_or(pg::JsonbView()));
    }

    void take_bare_invocation(const CallPath& path, const pg::JsonbView& call) {
        take_invocation(path, call, ".args");
    }

    void take_openai_call(const CallPath& path, const pg::JsonbView& call) {
        const bool is_custom = call.find_text("type") == "custom";
        const pg::JsonbView function = call.find(is_custom ? "custom" : "function").value_or(pg::JsonbView());
        const std::string_view name = function.find_text("name").value_or("");
        const std::string_view key = is_custom ? "input" : "arguments";
        add(path, name, is_custom ? ".custom.input" : ".function.arguments",
            is_custom ? function.find(key).value_or(pg::JsonbView())
                      : called_with(function.find(key).value_or(pg::JsonbView())));
    }

    /// Returns the input of a call as it will be stored: the object in the text of its arguments, or, if the
    /// text contains none, the text.
    static pg::JsonbView called_with(const pg::JsonbView& arguments) {
        const std::string_view text = arguments.text();
        return json_object_in(text.empty() ? "{}" : text).value_or(arguments);
    }

    void add(const CallPath& path, std::string_view tool, const char* input_path,
             const pg::JsonbView& input) {
        calls_.add({tool, calls_.size(), place_, path, input_path, input});
    }

    pg::ArenaList<ToolCall> calls_;
    InputPlace place_{};
};

/// The first call of the input that is wrong.
struct WrongCall {
    const ToolCall* call = nullptr;
    /// Whether a tool of that name exists.
    bool has_tool = false;
    /// What is wrong in the input, for a DETAIL.
    const char* errors = "";
};

/// Lists the errors in one sentence: `at "/city", must be a string, but is 5; and 2 more errors`.
const char* listed(std::span<const SchemaError> errors) {
    constexpr std::size_t most_errors = 5;
    const char* list = "";
    for (const SchemaError& error : errors.first(std::min(errors.size(), most_errors)))
        list = pg::format("%s%s%s %.*s", list, list[0] == '\0' ? "" : "; ",
                          error.path.empty() ? "the input" : pg::quoted_excerpt(error.path),
                          static_cast<int>(error.message.size()), error.message.data());
    if (errors.size() <= most_errors)
        return list;
    return pg::format("%s; and %zu more", list, errors.size() - most_errors);
}

/// Checks the calls of one tool, and keeps the first wrong one if it comes before `wrong`.
void check_calls(pg::Oid schema, std::span<const ToolCall> calls, WrongCall& wrong) {
    const auto is_late = [&](const ToolCall& call) {
        return wrong.call != nullptr && wrong.call->number < call.number;
    };
    if (is_late(calls.front()))
        return;
    const std::optional<ToolSchema> tool = find_tool_schema(schema, calls.front().tool);
    if (!tool) {
        wrong = {&calls.front(), false, ""};
        return;
    }
    for (const ToolCall& call : calls) {
        pg::check_for_interrupts();
        if (is_late(call))
            return;
        if (fits_json_schema(*tool->schema, call.input))
            continue;
        wrong = {&call, true, listed(find_schema_errors(pg::current_context(), *tool->schema, call.input))};
        return;
    }
}

[[noreturn]] void raise_wrong(const WrongCall& wrong) {
    const ToolCall& call = *wrong.call;
    const char* tool = pg::quoted_excerpt(call.tool);
    if (!wrong.has_tool)
        pg::raise({pg::sqlstate::invalid_parameter_value, "a tool call names an unknown tool",
                   pg::format("%s calls %s. No tool that the caller may see has this name.",
                              path_of(call, ""), tool),
                   "Nothing was written. Insert the tool into agent_tools, or leave check_tools out."});
    pg::raise(
        {pg::sqlstate::invalid_parameter_value, "a tool call does not match the tool's schema",
         pg::format("%s is not a valid input of %s: %s.", path_of(call, call.input_path), tool, wrong.errors),
         "Nothing was written. Let the model correct the call, or leave check_tools out."});
}

} // namespace

void check_tool_calls(pg::MemoryContext context, const pg::JsonbView& input, InputFormat format,
                      pg::Oid schema) {
    CallCollector collector(context);
    for (InputObjects objects(input); objects.next();)
        collector.take_message(objects.place(), objects.object(), format);

    const std::span<ToolCall> calls = collector.calls();
    std::sort(calls.begin(), calls.end(), [](const ToolCall& a, const ToolCall& b) {
        return std::tie(a.tool, a.number) < std::tie(b.tool, b.number);
    });
    WrongCall wrong;
    for (std::size_t begin = 0, end = 0; begin < calls.size(); begin = end) {
        while (end < calls.size() && calls[end].tool == calls[begin].tool)
            ++end;
        check_calls(schema, calls.subspan(begin, end - begin), wrong);
    }
    if (wrong.call != nullptr)
        raise_wrong(wrong);
}

} // namespace agentchat
