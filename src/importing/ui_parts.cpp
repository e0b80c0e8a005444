// ui_parts() brings the parts of a message that comes from elsewhere to the form of today's AI SDK.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "common/part_format.hpp"
#include "common/ui_part.hpp"
#include "entry_points.hpp"
#include "pg/memory.hpp"
#include "pg/session.hpp"
#include "pg/value_writer.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using pg::JsonbView;
using Kind = UiPart::Kind;

// ---- validity

/// Returns the value of the key; nothing if the key is absent or null. write_part() leaves nulls out.
std::optional<JsonbView> find(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = object.find(key);
    return value && !value->is_null() ? value : std::nullopt;
}

bool is_text(const JsonbView& object, std::string_view key) {
    return object.find_text(key).has_value();
}

bool is_text_or_absent(const JsonbView& object, std::string_view key) {
    return is_text(object, key) || !find(object, key);
}

bool is_boolean_or_absent(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = find(object, key);
    return !value || value->is_boolean();
}

bool is_object_or_absent(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> value = find(object, key);
    return !value || value->is_object();
}

/// Whether the key holds an object for each provider, or is absent.
bool is_metadata_or_absent(const JsonbView& object, std::string_view key) {
    const std::optional<JsonbView> metadata = find(object, key);
    if (!metadata)
        return true;
    if (!metadata->is_object())
        return false;
    for (pg::JsonbCursor cursor(*metadata); cursor.next();)
        if (!cursor.value().is_object())
            return false;
    return true;
}

/// The AI SDK's states of a tool call, and what it demands of the user's answer in each.
struct StateRule {
    std::string_view name;
    enum class Answer : std::uint8_t { none, requested, given, yes, yes_or_none, no } answer;
};

using Answer = StateRule::Answer;

constexpr std::array<StateRule, 7> state_rules{{
    {call_state::input_streaming, Answer::none},
    {call_state::input_available, Answer::none},
    {"approval-requested", Answer::requested},
    {call_state::approval_responded, Answer::given},
    {call_state::output_available, Answer::yes_or_none},
    {call_state::output_error, Answer::yes_or_none},
    {call_state::output_denied, Answer::no},
}};

bool is_valid_answer(const std::optional<JsonbView>& approval, Answer expected) {
    if (!approval)
        return expected == Answer::none || expected == Answer::yes_or_none;
    if (expected == Answer::none || !is_text(*approval, "id") || !is_text_or_absent(*approval, "reason") ||
        !is_text_or_absent(*approval, "signature"))
        return false;
    const std::optional<JsonbView> approved = find(*approval, "approved");
    if (expected == Answer::requested)
        return !approved && !find(*approval, "reason");
    if (!approved || !approved->is_boolean())
        return false;
    return expected == Answer::given || approved->truth() == (expected != Answer::no);
}

bool is_valid_call(const JsonbView& call) {
    const std::string_view state = call.find_text(part_key::state).value_or("");
    const auto* const rule = std::find_if(state_rules.begin(), state_rules.end(),
                                          [&](const StateRule& known) { return known.name == state; });
    if (rule == state_rules.end() || !is_valid_answer(find(call, "approval"), rule->answer))
        return false;
    const bool has_error = state == call_state::output_error;
    const bool may_have_output = state == call_state::output_available;
    return (has_error ? is_text(call, part_key::error_text) : !find(call, part_key::error_text)) &&
           (may_have_output || !find(call, part_key::output)) &&
           (state != call_state::input_streaming || is_text_or_absent(call, part_key::raw_input)) &&
           is_text_or_absent(call, "title") && is_boolean_or_absent(call, "providerExecuted") &&
           is_boolean_or_absent(call, "preliminary") && is_boolean_or_absent(call, "dynamic") &&
           is_object_or_absent(call, "toolMetadata") && is_metadata_or_absent(call, "callProviderMetadata") &&
           is_metadata_or_absent(call, "resultProviderMetadata");
}

bool is_valid_text(const JsonbView& text) {
    const std::string_view state = text.find_text(part_key::state).value_or("");
    return is_text(text, part_key::text) && is_text_or_absent(text, "id") &&
           (state == "streaming" || state == "done" || !find(text, part_key::state));
}

/// Whether validateUIMessages() of the AI SDK accepts the part in the form that write_part() gives it.
bool is_valid(const UiPart& part) {
    if (!part.stored)
        return true;
    const JsonbView& stored = *part.stored;
    if (!is_metadata_or_absent(stored, part_key::provider_metadata))
        return false;
    switch (part.kind) {
    case Kind::text:
    case Kind::reasoning:
        return !part.is_current || is_valid_text(stored);
    case Kind::file:
        return is_text_or_absent(stored, part_key::filename);
    case Kind::tool:
        return !part.is_current || is_valid_call(stored);
    case Kind::source_url:
        return !part.is_current || (is_text(stored, part_key::source_id) && is_text(stored, part_key::url) &&
                                    is_text_or_absent(stored, part_key::title));
    case Kind::source_document:
        return is_text(stored, part_key::source_id) && is_text(stored, part_key::media_type) &&
               is_text(stored, part_key::title) && is_text_or_absent(stored, part_key::filename);
    case Kind::data:
        return stored.find(part_key::data) && is_text_or_absent(stored, "id");
    case Kind::reasoning_file:
        return is_text(stored, part_key::media_type) && is_text(stored, part_key::url);
    case Kind::custom:
        return is_text(stored, "kind");
    case Kind::steering:
        return is_text(stored, "id") && part.steering_count > 0;
    case Kind::step_start:
        return true;
    case Kind::other:
        break;
    }
    return false;
}

// ---- what ModelMessages have and UIMessages don't

bool is_url(std::string_view text) {
    return text.starts_with(data_scheme) || text.starts_with("https://") || text.starts_with("http://");
}

/// Returns the file of a ModelMessage: {"type": "image", "image", "mimeType"} or {"type": "file", "data",
/// "mimeType"}, with a URL or with base64. Returns nothing for any other part.
std::optional<UiPart> model_file(const JsonbView& stored, std::string_view type) {
    const bool is_image = type == "image";
    const std::optional<std::string_view> data = stored.find_text(is_image ? "image" : part_key::data);
    if (!data || (!is_image && type != part_type::file) || is_text(stored, part_key::url))
        return std::nullopt;
    std::optional<std::string_view> media_type = stored.find_text(part_key::media_type);
    if (!media_type)
        media_type = stored.find_text(part_key::mime_type);
    if (!media_type && is_image)
        media_type = "image/*";
    if (!media_type)
        return std::nullopt;
    UiPart part;
    part.kind = Kind::file;
    part.media_type = media_type;
    part.filename = stored.find_text(part_key::filename);
    part.url = is_url(*data) ? *data : data_url(*media_type, *data);
    return part;
}

/// Returns the reasoning of a ModelMessage that carries what the provider recognises it by: {"type":
/// "reasoning", "text", "signature"} or {"type": "redacted-reasoning", "data"}. Returns nothing for any other
/// part.
std::optional<UiPart> model_reasoning(const JsonbView& stored, std::string_view type) {
    UiPart part;
    part.kind = Kind::reasoning;
    if (type == "redacted-reasoning") {
        part.text = "";
        part.redacted_data = stored.find_text(part_key::data);
        return part.redacted_data ? std::optional(part) : std::nullopt;
    }
    part.text = stored.find_text(part_key::text);
    part.signature = stored.find_text(provider_key::signature);
    if (type != part_type::reasoning || !part.text || !part.signature)
        return std::nullopt;
    return part;
}

// ---- writing

class PartsWriter {
public:
    explicit PartsWriter(std::string_view source)
        : source_(source), writer_(pg::jsonb_writer(pg::current_context(), "The message is too large.")) {
        writer_.begin_array();
    }

    enum class Place : std::uint8_t { in_message, in_text };

    /// Writes a part. Some parts of older AI SDKs become several.
    void add(const JsonbView& stored, Place place) {
        pg::check_for_interrupts();
        const std::string_view type = stored.find_text(part_key::type).value_or("");
        if (const std::optional<UiPart> file = model_file(stored, type))
            return write_part(*file, writer_);
        if (const std::optional<UiPart> reasoning = model_reasoning(stored, type))
            return write_part(*reasoning, writer_);
        const std::optional<JsonbView> text = stored.find(part_key::text);
        // The migration of Vercel's template put the content of a user's ModelMessage there. That content has
        // no such texts itself: texts in texts in texts would overflow the stack.
        if (type == part_type::text && text && text->is_array() && place == Place::in_message)
            return add_all(*text, Place::in_text);
        const std::span<UiPart> parts = read_stored_part(stored);
        if (!std::all_of(parts.begin(), parts.end(), is_valid)) {
            // The text stays one that people read, search for and send to models.
            if (type == part_type::text && text && text->is_string())
                add_text(text->text());
            return keep(stored);
        }
        for (const UiPart& part : parts)
            write_part(part, writer_);
    }

    void add_all(const JsonbView& parts, Place place) {
        for (pg::JsonbCursor cursor(parts); cursor.next();)
            if (cursor.value().is_string())
                add_text(cursor.value().text());
            else
                add(cursor.value(), place);
    }

    void add_text(std::string_view text) {
        writer_.begin_object();
        writer_.field(part_key::type, part_type::text);
        writer_.field(part_key::text, text);
        writer_.end_object();
    }

    std::uintptr_t finish() {
        writer_.end_array();
        return writer_.finish();
    }

private:
    /// Writes a data part that holds a part which the AI SDK would refuse.
    void keep(const JsonbView& stored) {
        writer_.begin_object();
        writer_.field(part_key::type, "data-imported");
        writer_.key(part_key::data);
        writer_.begin_object();
        writer_.field("source", source_);
        writer_.field("part", stored);
        writer_.end_object();
        writer_.end_object();
    }

    std::string_view source_;
    pg::JsonbWriter& writer_;
};

} // namespace

pg::Result ui_parts(pg::Call& call) {
    enum Argument : int { arg_parts, arg_source };
    const JsonbView parts = JsonbView::of(call.datum(arg_parts));
    PartsWriter writer(call.text(arg_source));
    if (parts.is_string())
        writer.add_text(parts.text());
    else if (parts.is_array() && parts.count() > 0)
        writer.add_all(parts, PartsWriter::Place::in_message);
    else if (parts.is_array() || parts.is_null())
        // The AI SDK refuses messages without parts.
        writer.add_text("");
    else
        writer.add(parts, PartsWriter::Place::in_message);
    return {writer.finish(), false};
}

} // namespace agentchat
