// Reads the parts of a stored message, whichever version of the AI SDK wrote them, and writes them in the
// form of today's.
#include "common/ui_part.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "common/part_format.hpp"
#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;
using Kind = UiPart::Kind;

/// Returns the value of the key; nothing if the key is absent or null.
std::optional<JsonbView> find(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && !value->is_null() ? value : std::nullopt;
}

/// Returns the value of the key; nothing if it is not an object.
std::optional<JsonbView> find_object(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && value->is_object() ? value : std::nullopt;
}

/// Returns the text under the key, or else under the key that an older AI SDK used.
std::optional<std::string_view> first_text(const JsonbView& object, std::string_view key,
                                           std::string_view older_key) {
    const std::optional<std::string_view> text = object.find_text(key);
    return text ? text : object.find_text(older_key);
}

bool is_true(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && value->is_boolean() && value->truth();
}

using PartList = pg::ArenaList<UiPart>;

/// Of a call: what was asked of the user, and the answer. It is the only key of a part under which the AI SDK
/// has an object with optional keys.
constexpr std::string_view approval_key = "approval";

// ---- reading

/// Returns a part of that kind with what every stored part has.
UiPart part_of_kind(Kind kind, const JsonbView& stored, bool is_current) {
    UiPart part;
    part.kind = kind;
    part.stored = stored;
    part.is_current = is_current;
    part.provider_metadata = find_object(stored, part_key::provider_metadata);
    return part;
}

void read_text(const JsonbView& stored, PartList& list) {
    UiPart part = part_of_kind(Kind::text, stored, true);
    part.text = stored.find_text(part_key::text);
    list.add(part);
}

/// Adds reasoning. AI SDK 4 keeps the text under `reasoning`, or in pieces under `details`, each with its
/// signature.
void read_reasoning(const JsonbView& stored, PartList& list) {
    const std::optional<std::string_view> text = stored.find_text(part_key::text);
    const std::optional<JsonbView> details = stored.find("details");
    if (text || !details || !details->is_array() || details->count() == 0) {
        UiPart part = part_of_kind(Kind::reasoning, stored, text.has_value());
        part.text = text ? text : stored.find_text(part_key::reasoning);
        if (!part.text)
            part.is_current = true;
        list.add(part);
        return;
    }
    for (pg::JsonbCursor cursor(*details); cursor.next();) {
        UiPart part = part_of_kind(Kind::reasoning, stored, false);
        part.text = cursor.value().find_text(part_key::text).value_or("");
        part.signature = cursor.value().find_text("signature");
        part.redacted_data = cursor.value().find_text(part_key::data);
        list.add(part);
    }
}

/// Adds a file. AI SDK 4 keeps the bytes in base64, or a data URL, under `data`, and the media type under
/// `mimeType`.
void read_file(const JsonbView& stored, PartList& list) {
    UiPart part = part_of_kind(Kind::file, stored, false);
    part.media_type = first_text(stored, part_key::media_type, part_key::mime_type);
    part.url = stored.find_text(part_key::url);
    part.filename = stored.find_text(part_key::filename);
    part.is_current = part.url.has_value() && stored.find_text(part_key::media_type).has_value();
    const std::optional<std::string_view> data = stored.find_text(part_key::data);
    part.provider_reference = find_object(stored, part_key::provider_reference);
    if (!part.url && !data && part.provider_reference)
        part.url = "";
    if (!part.url && data && part.media_type)
        part.url = data->starts_with(data_scheme) ? *data : data_url(*part.media_type, *data);
    // A file without a URL or a media type can't be shown: it is passed on as it is stored.
    if (!part.url || !part.media_type) {
        part.kind = Kind::other;
        part.is_current = true;
    }
    list.add(part);
}

/// Adds a source of AI SDK 4: {"type": "source", "source": {"sourceType": "url", "id", "url", "title"}}.
void read_source(const JsonbView& stored, PartList& list) {
    const std::optional<JsonbView> source = find_object(stored, "source");
    const std::optional<std::string_view> url = source ? source->find_text(part_key::url) : std::nullopt;
    if (!url) {
        list.add(part_of_kind(Kind::other, stored, true));
        return;
    }
    UiPart part = part_of_kind(Kind::source_url, stored, false);
    part.url = url;
    part.source_id = source->find_text("id").value_or(*url);
    part.title = source->find_text(part_key::title);
    part.provider_metadata = find_object(*source, part_key::provider_metadata);
    list.add(part);
}

/// Whether the user has said no to the call.
bool is_refused(const JsonbView& stored) {
    const std::optional<JsonbView> approval = find_object(stored, approval_key);
    const std::optional<JsonbView> approved = approval ? approval->find("approved") : std::nullopt;
    return approved && approved->is_boolean() && !approved->truth();
}

/// Returns the state that the name stands for in AI SDK 5 and later. A preliminary output is not complete
/// yet. A call that the user has allowed has no result yet, either.
ToolState tool_state(std::string_view name, const JsonbView& stored) {
    if (name == call_state::output_available)
        return is_true(stored, "preliminary") ? ToolState::incomplete : ToolState::available;
    if (name == call_state::output_error)
        return ToolState::error;
    if (name == call_state::output_denied)
        return ToolState::denied;
    // The provider is still to be told that it must not run its own tool.
    if (name == call_state::approval_responded && is_refused(stored) && !is_true(stored, "providerExecuted"))
        return ToolState::refused;
    return ToolState::incomplete;
}

/// Adds a call of AI SDK 4: {"type": "tool-invocation", "toolInvocation": {"state", "toolCallId", "toolName",
/// "args", "result"}}. Returns false, and adds nothing, if it lacks its name or id.
bool read_tool_invocation(const JsonbView& stored, PartList& list) {
    const std::optional<JsonbView> call = find_object(stored, part_key::tool_invocation);
    const std::optional<std::string_view> name = call ? call->find_text(part_key::tool_name) : std::nullopt;
    const std::optional<std::string_view> id = call ? call->find_text(part_key::tool_call_id) : std::nullopt;
    if (!name || !id)
        return false;
    UiPart part = part_of_kind(Kind::tool, stored, false);
    part.tool_name = *name;
    part.tool_call_id = *id;
    part.input = call->find("args");
    const std::string_view state = call->find_text(part_key::state).value_or("call");
    if (state == "result") {
        part.state_name = call_state::output_available;
        part.state = ToolState::available;
        part.output = call->find("result");
    } else {
        part.state_name = state == "partial-call" ? call_state::input_streaming : call_state::input_available;
    }
    list.add(part);
    return true;
}

/// Adds a call of AI SDK 5 and later. Without an id, models can't be told of it.
void read_tool(const JsonbView& stored, std::string_view name, bool is_dynamic, PartList& list) {
    UiPart part = part_of_kind(Kind::tool, stored, true);
    const std::optional<std::string_view> id = stored.find_text(part_key::tool_call_id);
    if (!id)
        part.kind = Kind::other;
    part.tool_name = name;
    part.tool_call_id = id.value_or("");
    part.state_name = stored.find_text(part_key::state).value_or("");
    part.state = tool_state(part.state_name, stored);
    part.input = find(stored, part_key::input);
    part.output = stored.find(part_key::output);
    part.error_text = stored.find_text(part_key::error_text);
    if (part.state == ToolState::error && !part.input)
        part.input = find(stored, part_key::raw_input);
    if (part.state == ToolState::denied || part.state == ToolState::refused)
        if (const std::optional<JsonbView> approval = find_object(stored, approval_key))
            part.error_text = approval->find_text("reason");
    part.is_provider_executed = is_true(stored, "providerExecuted");
    const std::optional<JsonbView> dynamic = stored.find("dynamic");
    part.is_unavailable = is_dynamic && dynamic && dynamic->is_boolean() && !dynamic->truth();
    // convertToModelMessages chooses the metadata of the call and of its result in the same way.
    const std::optional<JsonbView> of_call = find_object(stored, "callProviderMetadata");
    const std::optional<JsonbView> of_result = find_object(stored, "resultProviderMetadata");
    part.provider_metadata = of_call || part.state != ToolState::error ? of_call : of_result;
    part.result_metadata = of_result && part.is_provider_executed ? of_result : of_call;
    list.add(part);
}

/// Returns the kind of a part of which nothing but its type is read.
Kind kind_of_type(std::string_view type) {
    if (type == part_type::step_start)
        return Kind::step_start;
    if (type == part_type::source_url)
        return Kind::source_url;
    if (type == part_type::source_document)
        return Kind::source_document;
    if (type == part_type::reasoning_file)
        return Kind::reasoning_file;
    if (type == part_type::custom)
        return Kind::custom;
    return type.starts_with(part_type::data_prefix) ? Kind::data : Kind::other;
}

/// Adds what the user said in the middle of the assistant's message: texts and files.
void read_steering(const JsonbView& stored, PartList& list) {
    UiPart part = part_of_kind(Kind::steering, stored, true);
    PartList said(pg::current_context());
    const std::optional<JsonbView> parts = stored.find("parts");
    if (parts && parts->is_array())
        for (pg::JsonbCursor cursor(*parts); cursor.next();) {
            const std::optional<std::string_view> type = cursor.value().find_text(part_key::type);
            if (type == part_type::text)
                read_text(cursor.value(), said);
            else if (type == part_type::file)
                read_file(cursor.value(), said);
        }
    part.steering = said.begin();
    part.steering_count = said.size();
    list.add(part);
}

/// Adds the stored part: as several parts if AI SDK 4 kept several in one.
void read_part(const JsonbView& stored, PartList& list) {
    const std::string_view type = stored.find_text(part_key::type).value_or("");
    if (type == part_type::text)
        return read_text(stored, list);
    if (type == part_type::reasoning)
        return read_reasoning(stored, list);
    if (type == part_type::file)
        return read_file(stored, list);
    if (type == "source")
        return read_source(stored, list);
    if (type == part_type::steering_message)
        return read_steering(stored, list);
    if (type == part_type::tool_invocation && read_tool_invocation(stored, list))
        return;
    if (type == part_type::dynamic_tool)
        if (const std::optional<std::string_view> name = stored.find_text(part_key::tool_name))
            return read_tool(stored, *name, true, list);
    if (const std::optional<std::string_view> name = tool_name_in(type))
        return read_tool(stored, *name, false, list);
    list.add(part_of_kind(kind_of_type(type), stored, true));
}

UiPart made_of_text(Kind kind, std::string_view text) {
    UiPart part;
    part.kind = kind;
    part.text = text;
    return part;
}

/// Returns the URLs of the files among the parts, in order.
std::span<const std::string_view> urls_of(const PartList& list) {
    std::string_view* const urls = pg::allocate_array<std::string_view>(pg::current_context(), list.size());
    std::size_t count = 0;
    for (const UiPart& part : list)
        if (part.kind == Kind::file && part.url)
            urls[count++] = *part.url;
    std::sort(urls, urls + count);
    return {urls, count};
}

/// Adds the files that AI SDK 4 keeps beside the text, {"url", "name", "contentType"}, if they are not among
/// the parts.
void read_attachments(const JsonbView& attachments, PartList& list) {
    const std::span<const std::string_view> urls = urls_of(list);
    for (pg::JsonbCursor cursor(attachments); cursor.next();) {
        const JsonbView attachment = cursor.value();
        UiPart part;
        part.kind = Kind::file;
        part.url = attachment.find_text(part_key::url);
        part.media_type =
            first_text(attachment, part_key::media_type, "contentType").value_or("application/octet-stream");
        part.filename = first_text(attachment, part_key::filename, "name");
        if (part.url && !std::binary_search(urls.begin(), urls.end(), *part.url))
            list.add(part);
    }
}

bool has_kind(const PartList& list, Kind kind) {
    return std::any_of(list.begin(), list.end(), [&](const UiPart& part) { return part.kind == kind; });
}

/// Adds reasoning before everything else in the first step.
void add_reasoning(std::string_view text, PartList& list) {
    list.add(made_of_text(Kind::reasoning, text));
    UiPart* const first = list.begin() + (list[0].kind == Kind::step_start ? 1 : 0);
    std::rotate(first, list.end() - 1, list.end());
}

/// Adds what the columns hold and the parts don't: rows of AI SDK 4 have their files in a column of their
/// own.
void read_columns(const StoredMessage& message, PartList& list) {
    if (message.reasoning && !message.reasoning->empty() && !has_kind(list, Kind::reasoning))
        add_reasoning(*message.reasoning, list);
    if (message.content && !message.content->empty() && !has_kind(list, Kind::text))
        list.add(made_of_text(Kind::text, *message.content));
    if (message.attachments && message.attachments->is_array())
        read_attachments(*message.attachments, list);
}

// ---- writing

/// Whether null under this key is a value. Under any other key it stands for a key that is absent.
bool may_be_null(const UiPart& part, std::string_view key) {
    return key == part_key::input || key == "rawInput" || key == part_key::data ||
           (key == part_key::output && part.state_name == call_state::output_available);
}

/// Returns the keys that the AI SDK demands of a call. A stored call may lack them: JSON.stringify leaves out
/// the `undefined` that a tool returned.
std::span<const std::string_view> required_keys(const UiPart& part) {
    static constexpr std::array<std::string_view, 2> keys{part_key::input, part_key::output};
    if (part.kind != Kind::tool || part.state_name == call_state::input_streaming ||
        part.state_name == call_state::output_error)
        return {};
    return std::span(keys).first(part.state_name == call_state::output_available ? 2 : 1);
}

bool lacks_key(const UiPart& part, const JsonbView& object) {
    const std::span<const std::string_view> keys = required_keys(part);
    return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return !object.find(key); });
}

/// Whether the pair is an optional key with null. These are not written: to the AI SDK, null is a value of
/// the wrong type.
bool is_left_out(const UiPart& part, const pg::JsonbCursor& pair) {
    return pair.value().is_null() && !may_be_null(part, pair.key());
}

bool has_null(const UiPart& part, const JsonbView& object) {
    for (pg::JsonbCursor cursor(object); cursor.next();)
        if (is_left_out(part, cursor))
            return true;
    return false;
}

bool has_null_in_approval(const UiPart& part, const JsonbView& object) {
    const std::optional<JsonbView> approval = find_object(object, approval_key);
    return approval && has_null(part, *approval);
}

void write_approval(const UiPart& part, const JsonbView& approval, pg::ValueWriter& writer) {
    writer.begin_object();
    for (pg::JsonbCursor cursor(approval); cursor.next();)
        if (!is_left_out(part, cursor))
            writer.field(cursor.key(), cursor.value());
    writer.end_object();
}

void write_pairs_without_nulls(const UiPart& part, const JsonbView& object, pg::ValueWriter& writer) {
    for (pg::JsonbCursor cursor(object); cursor.next();) {
        if (is_left_out(part, cursor))
            continue;
        writer.key(cursor.key());
        if (cursor.key() == approval_key && cursor.value().is_object())
            write_approval(part, cursor.value(), writer);
        else
            writer.value(cursor.value());
    }
}

/// Writes a stored part without its optional keys that are null, and with the keys that it lacks.
void write_mended(const UiPart& part, const JsonbView& object, pg::ValueWriter& writer) {
    writer.begin_object();
    write_pairs_without_nulls(part, object, writer);
    for (const std::string_view key : required_keys(part))
        if (!object.find(key))
            writer.field(key, JsonbView());
    writer.end_object();
}

/// Writes the provider metadata, or builds it from what an older AI SDK kept elsewhere.
void write_metadata(const UiPart& part, pg::ValueWriter& writer) {
    writer.optional_field(part_key::provider_metadata, part.provider_metadata);
    if (part.provider_metadata || (!part.signature && !part.redacted_data))
        return;
    writer.key(part_key::provider_metadata);
    writer.begin_object();
    writer.key(provider::anthropic);
    writer.begin_object();
    writer.optional_field(provider_key::signature, part.signature);
    writer.optional_field(provider_key::redacted_data, part.redacted_data);
    writer.end_object();
    writer.end_object();
}

/// Returns the type of a part that is built; empty for kinds that never are.
std::string_view type_of_built(const UiPart& part) {
    switch (part.kind) {
    case Kind::text:
        return part_type::text;
    case Kind::reasoning:
        return part_type::reasoning;
    case Kind::file:
        return part_type::file;
    case Kind::source_url:
        return part_type::source_url;
    case Kind::tool:
        return tool_call_type(part.tool_name);
    case Kind::source_document:
    case Kind::reasoning_file:
    case Kind::custom:
    case Kind::steering:
    case Kind::step_start:
    case Kind::data:
    case Kind::other:
        break;
    }
    return {};
}

/// Builds a part from what an older AI SDK or the columns had.
void write_built(const UiPart& part, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field(part_key::type, type_of_built(part));
    writer.optional_field(part_key::text, part.text);
    writer.optional_field(part_key::media_type, part.media_type);
    writer.optional_field(part_key::source_id, part.source_id);
    writer.optional_field(part_key::url, part.url);
    writer.optional_field(part_key::filename, part.filename);
    writer.optional_field(part_key::provider_reference, part.provider_reference);
    writer.optional_field(part_key::title, part.title);
    if (part.kind == Kind::tool) {
        writer.field(part_key::tool_call_id, part.tool_call_id);
        writer.field(part_key::state, part.state_name);
        writer.field(part_key::input, part.input.value_or(JsonbView()));
        if (part.state == ToolState::available)
            writer.field(part_key::output, part.output.value_or(JsonbView()));
    }
    write_metadata(part, writer);
    writer.end_object();
}

} // namespace

UiParts read_parts(const StoredMessage& message) {
    PartList list(pg::current_context());
    UiParts result{};
    if (message.parts && message.parts->is_array()) {
        const std::size_t count = message.parts->count();
        // The part before the last one, if it may hold the id. The last part decides.
        std::optional<JsonbView> held;
        for (pg::JsonbCursor cursor(*message.parts); cursor.next();) {
            const JsonbView part = cursor.value();
            const std::string_view type = part.find_text(part_key::type).value_or("");
            const bool is_last = cursor.index() + 1 == count;
            if (cursor.index() + 2 == count && type == part_type::message_id) {
                held = part;
            } else if (is_last && type == part_type::metadata) {
                result.metadata = part.find(part_key::data).value_or(JsonbView());
                if (held)
                    result.given_id = held->find_text(part_key::data);
            } else {
                if (held)
                    read_part(*held, list);
                held.reset();
                if (is_last && type == part_type::message_id)
                    result.given_id = part.find_text(part_key::data);
                else
                    read_part(part, list);
            }
        }
    }
    read_columns(message, list);
    const bool has_parts = message.parts && message.parts->is_array();
    if (list.is_empty() && !has_parts)
        list.add(made_of_text(Kind::text, ""));
    result.parts = list.span();
    return result;
}

std::span<UiPart> read_stored_part(const JsonbView& stored) {
    PartList list(pg::current_context());
    read_part(stored, list);
    return list.span();
}

void write_part(const UiPart& part, pg::ValueWriter& writer) {
    if (!part.is_current)
        write_built(part, writer);
    else if (part.kind != Kind::other &&
             (has_null(part, *part.stored) || has_null_in_approval(part, *part.stored) ||
              lacks_key(part, *part.stored)))
        write_mended(part, *part.stored, writer);
    else
        writer.value(*part.stored);
}

} // namespace agentchat
