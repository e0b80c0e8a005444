#include "writing/message_input.hpp"

#include <algorithm>
#include <cstring>

#include "common/format_name.hpp"
#include "common/part_format.hpp"
#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

InputFormat input_format_argument(const pg::Call& call, int argument) {
    constexpr NamedFormat<InputFormat> formats[] = {{"rows", InputFormat::rows},
                                                    {"drizzle", InputFormat::drizzle},
                                                    {"ai-sdk", InputFormat::ai_sdk},
                                                    {"openai", InputFormat::openai}};
    return call.is_null(argument) ? InputFormat::ai_sdk : find_format(formats, call.text(argument));
}

namespace {

constexpr char nothing_was_written[] =
    "Nothing was written. Correct the message, and send all messages again.";

} // namespace

const char* input_path(const InputPlace& place, const char* path) {
    return place.in_array ? pg::format("messages[%zu]%s", place.index, path) : pg::format("messages%s", path);
}

void refuse(const InputPlace& place, const char* path, const char* problem) {
    pg::raise({pg::sqlstate::invalid_parameter_value, "message does not match its format",
               pg::format("%s %s.", input_path(place, path), problem), nothing_was_written});
}

void refuse_for_other_conversation(const InputPlace& place, const char* path, std::string_view value) {
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise({pg::sqlstate::conflict, "message belongs to another conversation",
               pg::format("%s is %s.", input_path(place, path), pg::quoted_excerpt(value)),
               "Nothing was written. Give the message another id, or none."});
}

std::string_view input_text(const InputPlace& place, const char* path, const pg::JsonbView& value) {
    if (!value.is_string())
        refuse(place, path, "must be a string");
    return value.text();
}

std::optional<std::string_view> input_text_or_null(const InputPlace& place, const char* path,
                                                   const pg::JsonbView& value) {
    if (value.is_null())
        return std::nullopt;
    if (!value.is_string())
        refuse(place, path, "must be a string or null");
    return value.text();
}

std::optional<std::uintptr_t> input_array_or_null(const InputPlace& place, const char* path,
                                                  const pg::JsonbView& value) {
    if (value.is_null())
        return std::nullopt;
    if (!value.is_array())
        refuse(place, path, "must be an array or null");
    return value.copy();
}

std::string_view input_role(const InputPlace& place, const pg::JsonbView& value) {
    const std::string_view role = value.text();
    if (role != "user" && role != "assistant" && role != "system")
        refuse(place, ".role", "must be user, assistant or system");
    return role;
}

void JoinedText::add(std::string_view text) {
    if (!text_ || text_->empty()) {
        text_ = text;
        return;
    }
    const std::size_t size = text_->size();
    if (buffer_ == nullptr || room_ - size < text.size()) {
        room_ = std::max<std::size_t>(2 * size, size + text.size());
        char* larger = pg::allocate_array<char>(pg::current_context(), room_);
        text_->copy(larger, size);
        buffer_ = larger;
    }
    text.copy(buffer_ + size, text.size());
    text_ = {buffer_, size + text.size()};
}

std::optional<std::string_view> InputMessage::client_id() const {
    const bool is_client_id = given_id && !given_id->empty() && !pg::parse_uuid(*given_id);
    return is_client_id ? given_id : std::nullopt;
}

void write_client_id(std::string_view id, pg::ValueWriter& writer) {
    writer.begin_object();
    writer.field(part_key::type, part_type::message_id);
    writer.field(part_key::data, id);
    writer.end_object();
}

void write_parts(const pg::JsonbView& parts, const std::optional<std::string_view>& client_id,
                 pg::ValueWriter& writer) {
    const std::size_t count = parts.count();
    // The part before the last one, if it may hold an id from before. The last part decides.
    std::optional<pg::JsonbView> held;
    bool is_id_written = !client_id;
    for (pg::JsonbCursor cursor(parts); cursor.next();) {
        pg::check_for_interrupts();
        const pg::JsonbView part = cursor.value();
        const std::optional<std::string_view> type = part.find_text(part_key::type);
        const bool is_last = cursor.index() + 1 == count;
        const bool is_id = client_id && type == part_type::message_id;
        if (is_id && cursor.index() + 2 == count) {
            held = part;
            continue;
        }
        if (is_last && type == part_type::metadata && client_id) {
            write_client_id(*client_id, writer);
            is_id_written = true;
        } else if (held) {
            writer.value(*held);
        }
        if (!is_last || !is_id)
            writer.value(part);
    }
    if (!is_id_written)
        write_client_id(*client_id, writer);
}

void PartTexts::add(const pg::JsonbView& part) {
    const std::optional<std::string_view> type = part.find_text(part_key::type);
    if (type == part_type::text) {
        if (const auto text = part.find_text(part_key::text))
            content.add(*text);
    } else if (type == part_type::reasoning) {
        // AI SDK 4 had another key for it.
        auto text = part.find_text(part_key::text);
        if (!text)
            text = part.find_text(part_key::reasoning);
        if (text)
            reasoning.add(*text);
    }
}

InputObjects::InputObjects(const pg::JsonbView& input)
    : input_(input), cursor_(input), place_{0, input.is_array()} {
    // All messages of a call are in memory at the same time, and in one transaction.
    constexpr std::size_t most_messages = 100000;
    if (!input.is_array() && !input.is_object())
        pg::raise({pg::sqlstate::invalid_parameter_value, "message does not match its format",
                   "messages must be an array of objects, or one object.", nothing_was_written});
    if (count() > most_messages)
        pg::raise({pg::sqlstate::program_limit_exceeded, "too many messages for one call",
                   pg::format("The call has %zu messages; at most %zu are allowed.", count(), most_messages),
                   "Append them in several calls."});
}

bool InputObjects::next() {
    pg::check_for_interrupts();
    if (place_.in_array) {
        if (!cursor_.next())
            return false;
        place_.index = cursor_.index();
        object_ = cursor_.value();
    } else if (is_done_) {
        return false;
    } else {
        object_ = input_;
    }
    is_done_ = true;
    if (!object_.is_object())
        refuse(place_, "", "must be an object");
    return true;
}

namespace {

/// Gives messages without a time one between those of their neighbours, if some of the call have one. Those
/// after the last message with a time are new, and get the time of the transaction.
void give_missing_times(std::span<InputMessage> messages) {
    const auto has_time = [](const InputMessage& message) { return message.created_at.has_value(); };
    const auto first = std::find_if(messages.begin(), messages.end(), has_time);
    if (first == messages.end())
        return;
    const auto set_time = [](InputMessage& message, pg::Timestamp time) {
        message.created_at = time;
        message.columns.add(MessageColumn::created_at);
    };
    for (auto next = first; next != messages.begin(); --next) {
        const pg::Timestamp time = *next->created_at;
        set_time(*(next - 1), pg::is_finite(time) && pg::is_finite(time - 1) ? time - 1 : time);
    }
    // The trigger on messages moves each of several equal times behind the one before.
    const auto end = std::find_if(messages.rbegin(), messages.rend(), has_time).base();
    for (auto message = first; message != end; ++message)
        if (!message->created_at)
            set_time(*message, *(message - 1)->created_at);
}

} // namespace

InputMessages read_input(pg::MemoryContext context, const pg::JsonbView& input, InputFormat format,
                         pg::Oid schema, const std::optional<pg::Uuid>& conversation) {
    if (format == InputFormat::openai)
        return read_openai_input(context, input);
    InputReader& reader = format == InputFormat::ai_sdk
                              ? ai_sdk_input(context)
                              : rows_input(context, format == InputFormat::drizzle, schema, conversation);
    InputObjects objects(input);
    auto* messages = pg::allocate_array<InputMessage>(context, objects.count());
    std::size_t count = 0;
    while (objects.next()) {
        InputMessage message{};
        message.place = objects.place();
        reader.read(objects.place(), objects.object(), message);
        messages[count++] = message;
    }
    give_missing_times({messages, count});
    return {{messages, count}, {}, reader.other_columns()};
}

} // namespace agentchat
