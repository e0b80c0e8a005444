// Reads messages in the format ai-sdk: the AI SDK's UIMessage with id, role, parts and metadata. Messages of
// AI SDK 4, with content instead of parts, are accepted, too.
#include "writing/message_input.hpp"

#include <array>
#include <cstdint>
#include <new>

#include "common/part_format.hpp"
#include "common/ui_part.hpp"
#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A key that parts of that type must have, with a string as its value. `instead` is its name in AI SDK 4.
struct RequiredKey {
    std::string_view type;
    std::string_view key;
    std::string_view instead = {};
};

/// The keys that get_conversation and the AI SDK need.
constexpr std::array required_keys{
    RequiredKey{part_type::text, part_key::text},
    RequiredKey{part_type::reasoning, part_key::text, part_key::reasoning},
    RequiredKey{part_type::file, part_key::url, part_key::data},
    RequiredKey{part_type::file, part_key::media_type, part_key::mime_type},
    RequiredKey{part_type::source_url, part_key::url},
    RequiredKey{part_type::source_url, part_key::source_id},
    RequiredKey{part_type::source_document, part_key::source_id},
    RequiredKey{part_type::source_document, part_key::media_type},
    RequiredKey{part_type::source_document, part_key::title},
    RequiredKey{part_type::dynamic_tool, part_key::tool_name},
    RequiredKey{part_type::dynamic_tool, part_key::tool_call_id},
};

/// Raises 22023 if the part has no string under the key, or under the key `instead`.
void check_part_text(const InputPlace& place, std::size_t index, const pg::JsonbView& part,
                     std::string_view key, std::string_view instead = "") {
    std::optional<pg::JsonbView> value = part.find(key);
    if (!value && !instead.empty())
        value = part.find(instead);
    if (!value || !value->is_string())
        refuse(place, pg::format(".parts[%zu].%s", index, key.data()), "must be a string");
}

/// Raises 22023 if the part lacks what its type needs. Parts of unknown types are stored unchanged.
void check_part(const InputPlace& place, std::size_t index, const pg::JsonbView& part) {
    if (!part.is_object())
        refuse(place, pg::format(".parts[%zu]", index), "must be an object");
    const std::optional<std::string_view> type = part.find_text(part_key::type);
    if (!type)
        refuse(place, pg::format(".parts[%zu].type", index), "must be a string");
    for (const RequiredKey& required : required_keys)
        if (required.type == *type)
            check_part_text(place, index, part, required.key, required.instead);
    if (*type == part_type::tool_invocation) {
        const std::optional<pg::JsonbView> invocation = part.find(part_key::tool_invocation);
        if (!invocation || !invocation->is_object())
            refuse(place, pg::format(".parts[%zu].toolInvocation", index), "must be an object");
    } else if (type->starts_with(part_type::tool_prefix)) {
        check_part_text(place, index, part, part_key::tool_call_id);
    }
}

/// Whether the value is a time that get_conversation put into metadata. It has six digits of the second, and
/// JavaScript's Date has three.
bool is_our_time(const pg::JsonbView& value) {
    constexpr std::string_view example = "2026-01-05T09:28:00.000000Z";
    const std::string_view text = value.text();
    return text.size() >= example.size() && text.ends_with("Z") && text[text.size() - 8] == '.' &&
           pg::parse_timestamp(text).has_value();
}

/// Whether get_conversation added this key to the metadata.
bool is_our_metadata(std::string_view key, const pg::JsonbView& value) {
    return key == metadata_key::created_at && is_our_time(value);
}

/// Whether there is metadata to store.
bool has_metadata(const std::optional<pg::JsonbView>& metadata) {
    if (!metadata || metadata->is_null())
        return false;
    if (!metadata->is_object())
        return true;
    for (pg::JsonbCursor cursor(*metadata); cursor.next();)
        if (!is_our_metadata(cursor.key(), cursor.value()))
            return true;
    return false;
}

/// Writes the part that holds the metadata, which has no column of its own.
void write_metadata(const pg::JsonbView& metadata, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field(part_key::type, part_type::metadata);
    writer.key(part_key::data);
    if (metadata.is_object()) {
        writer.begin_object();
        for (pg::JsonbCursor cursor(metadata); cursor.next();) {
            if (!is_our_metadata(cursor.key(), cursor.value()))
                writer.field(cursor.key(), cursor.value());
        }
        writer.end_object();
    } else {
        writer.value(metadata);
    }
    writer.end_object();
}

/// The values of a message's keys. All other keys are ignored.
struct UIMessage {
    std::optional<pg::JsonbView> id;
    std::optional<pg::JsonbView> role;
    std::optional<pg::JsonbView> parts;
    std::optional<pg::JsonbView> metadata;
    // Of AI SDK 4.
    std::optional<pg::JsonbView> content;
    std::optional<pg::JsonbView> reasoning;
    std::optional<pg::JsonbView> tool_invocations;
    std::optional<pg::JsonbView> attachments;
};

struct UIMessageKey {
    std::string_view name;
    std::optional<pg::JsonbView> UIMessage::*value;
};

constexpr std::array message_keys{
    UIMessageKey{"id", &UIMessage::id},
    UIMessageKey{"role", &UIMessage::role},
    UIMessageKey{"parts", &UIMessage::parts},
    UIMessageKey{"metadata", &UIMessage::metadata},
    UIMessageKey{"content", &UIMessage::content},
    UIMessageKey{"reasoning", &UIMessage::reasoning},
    UIMessageKey{"toolInvocations", &UIMessage::tool_invocations},
    UIMessageKey{"experimental_attachments", &UIMessage::attachments},
};

UIMessage ui_message(const pg::JsonbView& object) {
    UIMessage message;
    for (pg::JsonbCursor cursor(object); cursor.next();)
        for (const UIMessageKey& key : message_keys)
            if (key.name == cursor.key())
                message.*key.value = cursor.value();
    return message;
}

class AiSdkInput final : public InputReader {
public:
    explicit AiSdkInput(pg::MemoryContext context) : writer_(pg::jsonb_writer(context, append_less_hint)) {}

    void read(const InputPlace& place, const pg::JsonbView& object, InputMessage& message) override {
        const UIMessage ui = ui_message(object);
        if (ui.id)
            message.given_id = input_text_or_null(place, ".id", *ui.id);
        if (!ui.role)
            refuse(place, ".role", "is missing");
        message.role = input_role(place, *ui.role);
        message.columns = {MessageColumn::role, MessageColumn::content, MessageColumn::parts,
                           MessageColumn::reasoning};
        if (ui.parts)
            read_parts(place, ui, message);
        else
            read_content(place, ui, message);
        if (ui.attachments) {
            message.attachments = input_array_or_null(place, ".experimental_attachments", *ui.attachments);
            message.columns.add(MessageColumn::attachments);
        }
    }

private:
    void read_parts(const InputPlace& place, const UIMessage& ui, InputMessage& message) {
        if (!ui.parts->is_array())
            refuse(place, ".parts", "must be an array");
        PartTexts found;
        for (pg::JsonbCursor cursor(*ui.parts); cursor.next();) {
            check_part(place, cursor.index(), cursor.value());
            found.add(cursor.value());
        }
        message.content = found.content.text().value_or("");
        message.reasoning = found.reasoning.text();
        message.is_ui_message = true;
        const std::optional<std::string_view> client_id = message.client_id();
        if (!has_metadata(ui.metadata) && !client_id) {
            message.parts = ui.parts->copy();
            return;
        }
        writer_.begin_array();
        write_parts(*ui.parts, client_id, writer_);
        if (has_metadata(ui.metadata))
            write_metadata(*ui.metadata, writer_);
        writer_.end_array();
        message.parts = writer_.finish();
    }

    /// Reads a message of AI SDK 4 without parts. It is stored without parts, too, if it has neither tool
    /// calls nor metadata nor an id that the client chose: get_conversation makes parts of content, reasoning
    /// and attachments. Tool calls, metadata and the id are stored in parts only. If the message needs parts,
    /// these hold everything, the attachments as well.
    void read_content(const InputPlace& place, const UIMessage& ui, InputMessage& message) {
        if (!ui.content)
            refuse(place, ".parts", "is missing");
        message.content = input_text(place, ".content", *ui.content);
        if (ui.reasoning)
            message.reasoning = input_text_or_null(place, ".reasoning", *ui.reasoning);
        const bool has_tools = ui.tool_invocations && !ui.tool_invocations->is_null();
        if (has_tools)
            check_tool_invocations(place, *ui.tool_invocations);
        const std::optional<std::string_view> client_id = message.client_id();
        if (!has_tools && !has_metadata(ui.metadata) && !client_id)
            return;

        writer_.begin_array();
        if (message.reasoning)
            write_text(part_type::reasoning, *message.reasoning);
        if (has_tools)
            for (pg::JsonbCursor cursor(*ui.tool_invocations); cursor.next();)
                write_tool_invocation(cursor.value());
        if (!message.content.empty() || (!message.reasoning && !has_tools && !ui.attachments))
            write_text(part_type::text, message.content);
        if (ui.attachments)
            for (pg::JsonbCursor cursor(*ui.attachments); cursor.next();)
                write_attachment(cursor.value());
        if (client_id)
            write_client_id(*client_id, writer_);
        if (has_metadata(ui.metadata))
            write_metadata(*ui.metadata, writer_);
        writer_.end_array();
        message.parts = writer_.finish();
    }

    static void check_tool_invocations(const InputPlace& place, const pg::JsonbView& invocations) {
        if (!invocations.is_array())
            refuse(place, ".toolInvocations", "must be an array");
        for (pg::JsonbCursor cursor(invocations); cursor.next();)
            if (!cursor.value().is_object())
                refuse(place, pg::format(".toolInvocations[%zu]", cursor.index()), "must be an object");
    }

    void write_text(std::string_view type, std::string_view text) {
        writer_.begin_object();
        writer_.field(part_key::type, type);
        writer_.field(part_key::text, text);
        writer_.end_object();
    }

    /// Writes an attachment of AI SDK 4, {"url", "name", "contentType"}, as a file. Without a URL, it can't
    /// be shown.
    void write_attachment(const pg::JsonbView& attachment) {
        const std::optional<std::string_view> url = attachment.find_text(part_key::url);
        if (!url)
            return;
        writer_.begin_object();
        writer_.field(part_key::type, part_type::file);
        writer_.field(part_key::media_type,
                      attachment.find_text("contentType").value_or("application/octet-stream"));
        writer_.field(part_key::url, *url);
        writer_.optional_field(part_key::filename, attachment.find_text("name"));
        writer_.end_object();
    }

    void write_tool_invocation(const pg::JsonbView& invocation) {
        writer_.begin_object();
        writer_.field(part_key::type, part_type::tool_invocation);
        writer_.field(part_key::tool_invocation, invocation);
        writer_.end_object();
    }

    pg::JsonbWriter& writer_;
};

} // namespace

bool is_shown_as(const StoredMessage& stored, const InputMessage& message) {
    if (stored.role != message.role || message.columns.has(MessageColumn::attachments))
        return false;
    const UiParts shown = read_parts(stored);
    pg::JsonbWriter& writer = pg::jsonb_writer(pg::current_context(), append_less_hint);
    writer.begin_array();
    for (const UiPart& part : shown.parts)
        write_part(part, writer);
    // A caller who names the message by its UUID leaves the id that the client chose as it is.
    if (shown.given_id && shown.given_id == message.client_id())
        write_client_id(*shown.given_id, writer);
    if (has_metadata(shown.metadata))
        write_metadata(*shown.metadata, writer);
    writer.end_array();
    return pg::JsonbView::of(writer.finish()).bytes() == pg::JsonbView::of(*message.parts).bytes();
}

InputReader& ai_sdk_input(pg::MemoryContext context) {
    return *new (pg::allocate(context, sizeof(AiSdkInput))) AiSdkInput(context);
}

} // namespace agentchat
