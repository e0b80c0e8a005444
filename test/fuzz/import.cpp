// Fuzzes what reads conversations that come from elsewhere: the readers of messages in the formats rows,
// drizzle, ai-sdk and openai, clean_json(), through which the files of other programs go, and JSON text
// within JSON.
#include <array>

#include "common/clean_json_text.hpp"
#include "common/json_object_text.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/prelude.hpp"
#include "test/fuzz/harness.hpp"
#include "writing/message_input.hpp"

namespace agentchat::fuzz {

namespace {

using pg::JsonbView;

// ---- messages

constexpr std::array<std::string_view, 10> columns{
    "id",        "role",       "parts",       "content",        "reasoning",
    "createdAt", "created_at", "attachments", "conversationId", "conversation_id"};

/// A key that is none of these would be looked up in the catalog, which is not there.
bool has_other_columns(const JsonbView& message) {
    bool has_others = false;
    for (pg::JsonbCursor cursor(message); cursor.next();)
        has_others =
            has_others || std::find(columns.begin(), columns.end(), cursor.key()) == columns.end() ||
            (cursor.key().find('_') != std::string_view::npos) !=
                (message.find("createdAt").has_value() || message.find("conversationId").has_value());
    return has_others;
}

bool is_among(std::string_view text, std::initializer_list<std::string_view> texts) {
    return std::find(texts.begin(), texts.end(), text) != texts.end();
}

void check_text(const std::optional<std::string_view>& text) {
    require(!text || pg::is_utf8_text(*text), "a column gets bytes that are not text");
}

void check_json(const std::optional<std::uintptr_t>& datum, bool is_array) {
    if (!datum)
        return;
    require_stored_form(*datum, "a column gets jsonb that PostgreSQL would store in another form");
    const JsonbView view = JsonbView::of(*datum);
    require(is_array ? view.is_array() : view.is_object(), "a column gets a value of another kind");
}

/// Checks what the table demands of a row.
void check_message(const InputMessage& message) {
    require(is_among(message.role, {"user", "assistant", "system"}), "a message has another role");
    check_text(message.content);
    check_text(message.reasoning);
    check_text(message.given_id);
    check_json(message.parts, true);
    check_json(message.attachments, true);
    check_json(message.others, false);
}

void try_format(const JsonbView& input, InputFormat format) {
    const InputMessages read = read_input(CurrentMemoryContext, input, format, InvalidOid, std::nullopt);
    for (const InputMessage& message : read.messages)
        check_message(message);
    for (const ToolResult& result : read.results) {
        require(result.messages_before <= read.messages.size(), "a result is behind all messages");
        check_text(result.output);
    }
}

bool needs_catalog(const JsonbView& input) {
    if (!input.is_array())
        return has_other_columns(input);
    bool needs = false;
    for (pg::JsonbCursor cursor(input); cursor.next();)
        needs = needs || has_other_columns(cursor.value());
    return needs;
}

void try_messages(std::uintptr_t datum) {
    const JsonbView input = JsonbView::of(datum);
    for (const InputFormat format :
         {InputFormat::ai_sdk, InputFormat::openai, InputFormat::rows, InputFormat::drizzle}) {
        const bool is_rows = format == InputFormat::rows || format == InputFormat::drizzle;
        if (!is_rows || !needs_catalog(input))
            allow_errors({pg::sqlstate::invalid_parameter_value, pg::sqlstate::conflict,
                          pg::sqlstate::program_limit_exceeded, "54001"},
                         [&] { try_format(input, format); });
    }
}

// ---- JSON text

std::optional<std::uintptr_t> cleaned(std::string_view text) {
    LOCAL_FCINFO(fcinfo, 1);
    InitFunctionCallInfoData(*fcinfo, nullptr, 1, InvalidOid, nullptr, nullptr);
    fcinfo->args[0] = {PointerGetDatum(cstring_to_text_with_len(text.data(), static_cast<int>(text.size()))),
                       false};
    std::uintptr_t jsonb = 0;
    const bool has_failed = error_of([&] {
                                pg::Call call(fcinfo);
                                jsonb = clean_json(call).datum;
                            }).has_value();
    return has_failed ? std::nullopt : std::optional(jsonb);
}

void try_clean_json(std::string_view text, const std::optional<std::uintptr_t>& parsed) {
    const std::optional<std::uintptr_t> clean = cleaned(text);
    require(clean || !parsed, "clean_json() refuses JSON that jsonb can hold");
    if (parsed)
        require_equal(bytes_of(*clean), bytes_of(*parsed), "clean_json() changes JSON that jsonb can hold");
    else if (clean)
        require_stored_form(*clean, "clean_json() writes jsonb that PostgreSQL would store in another form");
}

void try_json_text(std::string_view text, const std::optional<std::uintptr_t>& parsed) {
    const std::optional<JsonbView> object = json_object_in(text);
    if (object)
        require(parsed && object->is_object() && object->bytes() == JsonbView::of(*parsed).bytes(),
                "json_object_in() finds another object than PostgreSQL");
    const bool is_object = is_json_object(text);
    const bool is_json = is_json_text(text);
    require(is_object || !object, "a text that has an object is none");
    require(is_json || !is_object, "an object is not JSON");
    if (parsed) {
        require(is_json, "a text is not JSON, but PostgreSQL reads it");
        require(is_object == JsonbView::of(*parsed).is_object(),
                "PostgreSQL reads the text as another kind of value");
    }
}

} // namespace

void fuzz(std::string_view bytes) {
    const std::string text = as_text(bytes);
    const std::optional<std::uintptr_t> parsed = parse_jsonb(text);
    try_clean_json(text, parsed);
    try_json_text(text, parsed);
    if (parsed)
        try_messages(*parsed);
}

} // namespace agentchat::fuzz
