// Messages as the AI SDK's UIMessage: id, role, parts, metadata. Those of its version 4, with content instead
// of parts, are taken, too.
#include "writing/message_input.hpp"

#include <array>
#include <cstdint>
#include <new>

#include "common/part_format.hpp"
#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// A key that parts of that type must have, with a string. `instead` is its name in AI SDK 4.
struct RequiredKey {
    std::string_view type;
    std::string_view key;
    std::string_view instead = "";
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

void check_part_text(const InputPlace& place, std::size_t index, const pg::JsonbView& part,
                     std::string_view key, std::string_view instead = "") {
    std::optional<pg::JsonbView> value = part.find(key);
    if (!value && !instead.empty())
        value = part.find(instead);
    if (!value || !value->is_string())
        refuse(place, pg::format(".parts[%zu].%s", index, key.data()), "must be a string");
}

/// Parts of unknown types are kept as they are.
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

/// Whether it is the time that get_conversation puts into metadata: no Date of JavaScript has six digits.
bool is_our_time(const pg::JsonbView& value) {
    constexpr std::string_view example = "2026-01-05T09:28:00.000000Z";
    const std::string_view text = value.text();
    return text.size() >= example.size() && text.ends_with("Z") && text[text.size() - 8] == '.' &&
           pg::parse_timestamp(text).has_value();
}

bool is_our_metadata(std::string_view key, const pg::JsonbView& value) {
    return key == metadata_key::created_at && is_our_time(value);
}

/// Whether there is any to keep.
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

/// Metadata has no column: it is kept as a last part.
void write_metadata(const pg::JsonbView& metadata, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.key(part_key::type);
    writer.string(part_type::metadata);
    writer.key(part_key::data);
    if (metadata.is_object()) {
        writer.begin_object();
        for (pg::JsonbCursor cursor(metadata); cursor.next();) {
            if (is_our_metadata(cursor.key(), cursor.value()))
                continue;
            writer.key(cursor.key());
            writer.value(cursor.value());
        }
        writer.end_object();
    } else {
        writer.value(metadata);
    }
    writer.end_object();
}

/// The keys of a message that matter.
struct UIMessage {
    std::optional<pg::JsonbView> id;
    std::optional<pg::JsonbView> role;
    std::optional<pg::JsonbView> parts;
    std::optional<pg::JsonbView> metadata;
    // Of version 4.
    std::optional<pg::JsonbView> content;
    std::optional<pg::JsonbView> reasoning;
    std::optional<pg::JsonbView> tool_invocations;
    std::optional<pg::JsonbView> attachments;

    explicit UIMessage(const pg::JsonbView& object) {
        for (pg::JsonbCursor cursor(object); cursor.next();)
            if (std::optional<pg::JsonbView>* field = field_of(cursor.key()))
                *field = cursor.value();
    }

private:
    std::optional<pg::JsonbView>* field_of(std::string_view key) {
        if (key == "id")
            return &id;
        if (key == "role")
            return &role;
        if (key == "parts")
            return &parts;
        if (key == "metadata")
            return &metadata;
        if (key == "content")
            return &content;
        if (key == "reasoning")
            return &reasoning;
        if (key == "toolInvocations")
            return &tool_invocations;
        if (key == "experimental_attachments")
            return &attachments;
        return nullptr;
    }
};

class AiSdkInput final : public InputReader {
public:
    explicit AiSdkInput(pg::MemoryContext context) : writer_(pg::jsonb_writer(context, append_less_hint)) {}

    void read(const InputPlace& place, const pg::JsonbView& object, InputMessage& message) override {
        const UIMessage ui(object);
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
        SaidInParts found;
        for (pg::JsonbCursor cursor(*ui.parts); cursor.next();) {
            check_part(place, cursor.index(), cursor.value());
            found.take(cursor.value());
        }
        message.content = found.content.text().value_or("");
        message.reasoning = found.reasoning.text();
        if (!has_metadata(ui.metadata)) {
            message.parts = ui.parts->copy();
            return;
        }
        writer_.begin_array();
        for (pg::JsonbCursor cursor(*ui.parts); cursor.next();)
            writer_.value(cursor.value());
        write_metadata(*ui.metadata, writer_);
        writer_.end_array();
        message.parts = writer_.finish();
    }

    /// Of version 4. get_conversation makes parts of content, reasoning and attachments; tool calls and
    /// metadata are nowhere but in parts.
    void read_content(const InputPlace& place, const UIMessage& ui, InputMessage& message) {
        if (!ui.content)
            refuse(place, ".parts", "is missing");
        message.content = input_text(place, ".content", *ui.content);
        if (ui.reasoning)
            message.reasoning = input_text_or_null(place, ".reasoning", *ui.reasoning);
        const bool has_tools = ui.tool_invocations && !ui.tool_invocations->is_null();
        if (has_tools)
            check_tool_invocations(place, *ui.tool_invocations);
        if (!has_tools && !has_metadata(ui.metadata))
            return;

        writer_.begin_array();
        if (message.reasoning)
            write_text(part_type::reasoning, *message.reasoning);
        if (has_tools)
            for (pg::JsonbCursor cursor(*ui.tool_invocations); cursor.next();)
                write_tool_invocation(cursor.value());
        if (!message.content.empty())
            write_text(part_type::text, message.content);
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
        writer_.key(part_key::type);
        writer_.string(type);
        writer_.key(part_key::text);
        writer_.string(text);
        writer_.end_object();
    }

    void write_tool_invocation(const pg::JsonbView& invocation) {
        writer_.begin_object();
        writer_.key(part_key::type);
        writer_.string(part_type::tool_invocation);
        writer_.key(part_key::tool_invocation);
        writer_.value(invocation);
        writer_.end_object();
    }

    pg::JsonbWriter& writer_;
};

} // namespace

InputReader& ai_sdk_input(pg::MemoryContext context) {
    return *new (pg::allocate(context, sizeof(AiSdkInput))) AiSdkInput(context);
}

} // namespace agentchat
