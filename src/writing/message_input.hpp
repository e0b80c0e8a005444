// Reads the messages that append_messages() and create_conversation() are given: takes one of several
// formats, checks it, and takes the messages apart into columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "common/stored_message.hpp"
#include "pg/entry.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "pg/values.hpp"

namespace agentchat {

enum class InputFormat : std::uint8_t { rows, drizzle, ai_sdk, openai };

/// Returns the argument `format` of a call, by default ai-sdk. Raises 22023 if the name is unknown.
InputFormat input_format_argument(const pg::Call& call, int argument);

/// A column of messages that a message of the input may have a value for. The first four have a default.
enum class MessageColumn : std::uint8_t { parts, attachments, reasoning, created_at, content, role };

/// A set of columns.
class MessageColumns {
public:
    constexpr MessageColumns() = default;
    constexpr MessageColumns(std::initializer_list<MessageColumn> columns) {
        for (const MessageColumn column : columns)
            add(column);
    }
    static constexpr MessageColumns of_bits(std::uint32_t bits) {
        MessageColumns columns;
        columns.bits_ = bits;
        return columns;
    }

    constexpr void add(MessageColumn column) { bits_ |= 1U << static_cast<unsigned>(column); }
    constexpr void add(MessageColumns columns) { bits_ |= columns.bits_; }
    constexpr bool has(MessageColumn column) const {
        return (bits_ & 1U << static_cast<unsigned>(column)) != 0;
    }
    /// One bit for each column. The bit of the first column is 1.
    constexpr std::uint32_t bits() const { return bits_; }

private:
    std::uint32_t bits_ = 0;
};

/// The hint if a value is too large.
inline constexpr char append_less_hint[] = "Write fewer messages in a call, or smaller ones.";

/// The place of a message in the input, for errors.
struct InputPlace {
    std::size_t index;
    /// Whether the input is an array. Otherwise it is one object, the message itself.
    bool in_array;
};

/// A message as a row of the table. Its texts belong to the input, or to the memory context it was read into.
struct InputMessage {
    InputPlace place;
    /// The id in the input.
    std::optional<std::string_view> given_id;
    /// Returns the id if the client chose it: any text but a UUID. The parts then hold it.
    std::optional<std::string_view> client_id() const;
    std::string_view role;
    std::string_view content;
    std::optional<std::string_view> reasoning;
    /// jsonb Datums.
    std::optional<std::uintptr_t> parts;
    std::optional<std::uintptr_t> attachments;
    std::optional<pg::Timestamp> created_at;
    /// A jsonb object of the columns that users have added.
    std::optional<std::uintptr_t> others;
    /// The columns that it has a value for. If the message is already stored, the others stay unchanged.
    MessageColumns columns;

    /// Whether it is a UIMessage with parts, as get_conversation() returns them.
    bool is_ui_message = false;

    // Set by write_messages().

    /// The id in the table.
    pg::Uuid id{};
    /// Whether it is known to be already stored.
    bool is_stored = false;
    /// Whether it was inserted or found; if so, its created_at, and whether it must be updated.
    bool is_written = false;
    pg::Timestamp stored_at = 0;
    bool differs = false;
};

/// The result of a tool call that is in no message of the input: the call must be stored already.
struct ToolResult {
    InputPlace place;
    std::string_view call_id;
    std::string_view output;
    /// The mark of what OpenAI caches.
    std::optional<pg::JsonbView> cache_breakpoint;
    /// The number of messages before it in the input.
    std::size_t messages_before;
};

struct InputMessages {
    std::span<InputMessage> messages;
    std::span<const ToolResult> results;
    /// The names of the columns added by users that any of the messages has.
    std::span<const std::string_view> other_columns;
};

/// Reads the messages of the input. Raises 22023 if one does not match its format, and PT409 if one names
/// another conversation. create_conversation() has no `conversation` yet: then any name raises PT409.
InputMessages read_input(pg::MemoryContext context, const pg::JsonbView& input, InputFormat format,
                         pg::Oid schema, const std::optional<pg::Uuid>& conversation);

/// Returns the path in the input of a path in the message: "messages[3].parts[0].type" for ".parts[0].type".
const char* input_path(const InputPlace& place, const char* path);

/// Raises 22023 for the value at that path in the message (".parts[0].type"). `problem` completes the
/// sentence: "must be a string".
[[noreturn]] void refuse(const InputPlace& place, const char* path, const char* problem);
/// Raises PT409 for the value at that path.
[[noreturn]] void refuse_for_other_conversation(const InputPlace& place, const char* path,
                                                std::string_view value);

// ---- for the formats

/// Returns a string. Raises 22023 for any other value.
std::string_view input_text(const InputPlace& place, const char* path, const pg::JsonbView& value);
/// Returns a string, or nothing for null. Raises 22023 for any other value.
std::optional<std::string_view> input_text_or_null(const InputPlace& place, const char* path,
                                                   const pg::JsonbView& value);
/// Returns an array as a Datum, or nothing for null. Raises 22023 for any other value.
std::optional<std::uintptr_t> input_array_or_null(const InputPlace& place, const char* path,
                                                  const pg::JsonbView& value);
/// Returns a role that the table allows. Raises 22023 for any other value.
std::string_view input_role(const InputPlace& place, const pg::JsonbView& value);

/// Joins texts, in the current memory context. A single text is not copied.
class JoinedText {
public:
    void add(std::string_view text);
    /// The joined text; nothing if no text was added.
    std::optional<std::string_view> text() const { return text_; }

private:
    std::optional<std::string_view> text_;
    /// The text's own memory, once it is a copy.
    char* buffer_ = nullptr;
    std::size_t room_ = 0;
};

/// Writes the part that holds the id that the client chose.
void write_client_id(std::string_view id, pg::ValueWriter& writer);
/// Writes the parts into an open array. If the client chose an id, it follows them, and metadata at their end
/// stays the last part. A part at the end that holds an id from before is left out.
void write_parts(const pg::JsonbView& parts, const std::optional<std::string_view>& client_id,
                 pg::ValueWriter& writer);

/// The texts in a message's parts. Like the AI SDK, it joins the text parts, and the reasoning parts, without
/// separators.
struct PartTexts {
    JoinedText content;
    JoinedText reasoning;
    /// Adds the text of a part. Parts of other types have none.
    void add(const pg::JsonbView& part);
};

/// Reads messages one by one. It lives in a memory context.
class InputReader {
public:
    virtual void read(const InputPlace& place, const pg::JsonbView& object, InputMessage& message) = 0;
    /// The columns added by users that the messages have had so far.
    virtual std::span<const std::string_view> other_columns() const { return {}; }

protected:
    ~InputReader() = default;
};

/// Returns the reader of the formats rows and drizzle.
InputReader& rows_input(pg::MemoryContext context, bool is_drizzle, pg::Oid schema,
                        const std::optional<pg::Uuid>& conversation);
/// Returns the reader of the format ai-sdk.
InputReader& ai_sdk_input(pg::MemoryContext context);

/// Tells whether get_conversation() shows the stored message as this UIMessage. The stored one may have an
/// older form: its parts may be those of AI SDK 4, or be missing, and files may be in the column attachments.
bool is_shown_as(const StoredMessage& stored, const InputMessage& message);

/// Reads the format openai, in which results of tool calls are messages of their own.
InputMessages read_openai_input(pg::MemoryContext context, const pg::JsonbView& input);

/// Walks through the messages of the input: the elements of an array, or one object. Raises 22023 if one is
/// not an object, and 54000 if there are too many.
class InputObjects {
public:
    explicit InputObjects(const pg::JsonbView& input);
    bool next();
    std::size_t count() const { return place_.in_array ? input_.count() : 1; }
    const InputPlace& place() const { return place_; }
    const pg::JsonbView& object() const { return object_; }

private:
    pg::JsonbView input_;
    pg::JsonbCursor cursor_;
    pg::JsonbView object_;
    InputPlace place_;
    bool is_done_ = false;
};

} // namespace agentchat
