// What append_messages() and create_conversation() are given: messages in one of several formats, checked,
// and taken apart into columns.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>

#include "pg/entry.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/memory.hpp"
#include "pg/value_writer.hpp"
#include "pg/values.hpp"

namespace agentchat {

enum class InputFormat : std::uint8_t { rows, drizzle, ai_sdk, openai };

/// Raises 22023 where there is no format of that name.
InputFormat input_format(std::string_view name);
/// The argument `format` of a call, by default ai-sdk.
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
    /// One bit for each column, the first column's bit being 1.
    constexpr std::uint32_t bits() const { return bits_; }

private:
    std::uint32_t bits_ = 0;
};

/// What users are told to do if a value is too large.
inline constexpr char append_less_hint[] = "Write fewer messages in a call, or smaller ones.";

/// Where a message is in what was given.
struct InputPlace {
    std::size_t index;
    /// Otherwise it is the one object that was given.
    bool in_array;
};

/// A message as it goes into the table. Its texts are the input's, or in the memory it was read into.
struct InputMessage {
    InputPlace place;
    /// The id as given.
    std::optional<std::string_view> given_id;
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

/// The result of a tool call that is in none of the messages, so that it must have been appended before.
struct ToolResult {
    InputPlace place;
    std::string_view call_id;
    std::string_view output;
    /// How many messages of the input come before it.
    std::size_t messages_before;
};

struct InputMessages {
    std::span<InputMessage> messages;
    std::span<const ToolResult> results;
    /// The names of the users' own columns that any of them has.
    std::span<const std::string_view> other_columns;
};

/// Raises 22023 where something is not as the format has it, and PT409 where a message says that it is in
/// another conversation; nothing for one that is yet to be made.
InputMessages read_input(pg::MemoryContext context, const pg::JsonbView& input, InputFormat format,
                         pg::Oid schema, const std::optional<pg::Uuid>& conversation);

/// "messages[3].parts[0].type" for ".parts[0].type".
const char* input_path(const InputPlace& place, const char* path);

/// Raises 22023: `path` within the message (".parts[0].type") and what is wrong with what is there.
[[noreturn]] void refuse(const InputPlace& place, const char* path, const char* problem);
/// Raises PT409.
[[noreturn]] void refuse_for_other_conversation(const InputPlace& place, const char* path,
                                                std::string_view value);

// ---- for the formats

/// A string; 22023 for anything else.
std::string_view input_text(const InputPlace& place, const char* path, const pg::JsonbView& value);
/// The same, or nothing for null.
std::optional<std::string_view> input_text_or_null(const InputPlace& place, const char* path,
                                                   const pg::JsonbView& value);
/// An array as a Datum, or nothing for null.
std::optional<std::uintptr_t> input_array_or_null(const InputPlace& place, const char* path,
                                                  const pg::JsonbView& value);
/// One of the roles of the table.
std::string_view input_role(const InputPlace& place, const pg::JsonbView& value);

/// Puts texts together, in the current memory context; a single one is not copied.
class Joined {
public:
    void add(std::string_view text);
    /// Whether there were any.
    bool is_empty() const { return !text_; }
    std::optional<std::string_view> text() const { return text_; }

private:
    std::optional<std::string_view> text_;
    /// Of the text, once it is a copy.
    char* buffer_ = nullptr;
    std::size_t room_ = 0;
};

/// What a message's parts say, as the AI SDK puts it together: its text and reasoning parts without anything
/// between them.
struct SaidInParts {
    Joined content;
    Joined reasoning;
    /// Parts that are none are passed over.
    void take(const pg::JsonbView& part);
};

/// Reads messages one by one. It lives in a memory context.
class InputReader {
public:
    virtual void read(const InputPlace& place, const pg::JsonbView& object, InputMessage& message) = 0;
    virtual std::span<const std::string_view> other_columns() const { return {}; }

protected:
    ~InputReader() = default;
};

InputReader& rows_input(pg::MemoryContext context, bool is_drizzle, pg::Oid schema,
                        const std::optional<pg::Uuid>& conversation);
InputReader& ai_sdk_input(pg::MemoryContext context);

/// Here a message of the input is not always one of the table.
InputMessages read_openai_input(pg::MemoryContext context, const pg::JsonbView& input);

/// The messages of the input: its elements, or itself. 22023 where there are none that can be.
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
