// Fuzzes what converts the parts of messages: the four formats made of parts, in both encodings, and
// ui_parts().
//
// The input is a JSON array of messages, as rows of the table, or any JSON, which becomes the parts of one
// message. All that is written is JSON with unique keys, and says the same as text and as jsonb. What
// ui_parts() writes it leaves as it is.
#include <array>

#include "common/stored_message.hpp"
#include "entry_points.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/prelude.hpp"
#include "shapes/message_shape.hpp"
#include "test/fuzz/harness.hpp"

namespace agentchat::fuzz {

namespace {

using pg::JsonbView;

/// A message is given as an object with its columns; anything else is its parts.
StoredMessage stored_message(const JsonbView& given) {
    StoredMessage message;
    message.id = "0b0b0b0b-0000-4000-8000-00000000000b";
    message.role = "assistant";
    message.content = "";
    message.created_at = 0;
    if (!given.find("role") && !given.find("parts")) {
        message.parts = given;
        return message;
    }
    if (const auto role = given.find_text("role"))
        message.role = role;
    if (const auto content = given.find_text("content"))
        message.content = content;
    message.reasoning = given.find_text("reasoning");
    message.parts = given.find("parts");
    message.attachments = given.find("attachments");
    return message;
}

struct Format {
    std::string_view array_name;
    MessageShape& (*make)(pg::MemoryContext context, pg::DocumentWriter& writer);
};

constexpr std::array formats{Format{"", make_ui_messages}, Format{"", make_openai_messages},
                             Format{"", make_openai_compatible_messages},
                             Format{"messages", make_anthropic_messages}};

/// Does what get_conversation() does with the rows: what a shape allocates for a message is gone with the
/// next one.
std::uintptr_t write_messages(const JsonbView& messages, const Format& format, pg::DocumentWriter& writer) {
    const pg::MemoryContext context = CurrentMemoryContext;
    const pg::MemoryContext scratch = pg::make_context(context, "message");
    MessageShape& shape = format.make(context, writer);
    const auto in_scratch = [&](auto work) {
        pg::switch_to(scratch);
        work();
        pg::switch_to(context);
        pg::reset_context(scratch);
    };
    in_scratch([&] { shape.begin(messages.find_text("system")); });
    if (messages.is_array()) {
        for (pg::JsonbCursor cursor(messages); cursor.next();)
            in_scratch([&] {
                // The row, too, is gone.
                shape.take(stored_message(JsonbView::of(cursor.value().copy())));
            });
    } else {
        in_scratch([&] { shape.take(stored_message(messages)); });
    }
    in_scratch([&] { shape.end(); });
    return writer.finish().datum;
}

void try_format(const JsonbView& messages, const Format& format) {
    const pg::DocumentMemory memory{CurrentMemoryContext, CurrentMemoryContext, 0, ""};
    const std::uintptr_t jsonb =
        write_messages(messages, format, pg::jsonb_document(memory, format.array_name));
    require_stored_form(jsonb, "a format writes jsonb that PostgreSQL would store in another form");
    const std::uintptr_t json =
        write_messages(messages, format, pg::json_document(memory, format.array_name));
    const std::optional<std::uintptr_t> parsed = parse_jsonb(TextDatumGetCString(json));
    require(parsed.has_value(), "a format writes text that is not JSON");
    require_equal(jsonb_out(*parsed), jsonb_out(jsonb), "a format writes another text than jsonb");
}

std::uintptr_t ui_parts_of(std::uintptr_t parts) {
    LOCAL_FCINFO(fcinfo, 2);
    InitFunctionCallInfoData(*fcinfo, nullptr, 2, InvalidOid, nullptr, nullptr);
    fcinfo->args[0] = {parts, false};
    fcinfo->args[1] = {PointerGetDatum(cstring_to_text("fuzz")), false};
    pg::Call call(fcinfo);
    return ui_parts(call).datum;
}

void try_ui_parts(std::uintptr_t parts) {
    const std::uintptr_t written = ui_parts_of(parts);
    require_stored_form(written, "ui_parts() writes jsonb that PostgreSQL would store in another form");
    const JsonbView view = JsonbView::of(written);
    require(view.is_array(), "ui_parts() returns no array");
    for (pg::JsonbCursor cursor(view); cursor.next();)
        require(cursor.value().find_text("type").has_value(), "ui_parts() writes a part without a type");
    require_equal(jsonb_out(ui_parts_of(written)), jsonb_out(written),
                  "ui_parts() changes what it has written");
}

} // namespace

void fuzz(std::string_view bytes) {
    const std::optional<std::uintptr_t> json = parse_jsonb(as_text(bytes));
    if (!json)
        return;
    // 54001: nested too deeply for the stack.
    allow_errors({"54001"}, [&] {
        for (const Format& format : formats)
            try_format(JsonbView::of(*json), format);
        try_ui_parts(*json);
    });
}

} // namespace agentchat::fuzz
