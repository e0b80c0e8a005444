// Implements conversation_document.hpp. The documents write rows as jsonb, rows as JSON text, or messages in
// the form of a client library.
#include "reading/conversation_document.hpp"

#include <algorithm>
#include <array>
#include <new>
#include <span>

#include "common/format_name.hpp"
#include "pg/json_rows.hpp"
#include "pg/json_text.hpp"
#include "pg/jsonb.hpp"
#include "pg/value_writer.hpp"
#include "reading/message_row.hpp"
#include "shapes/message_shape.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Describes a format that is built from the contents of the messages.
struct MessageFormat {
    /// The key of the array of messages. If it is empty, the array is the whole result.
    std::string_view array_name;
    /// Makes the shape, which writes the messages to `writer`.
    MessageShape& (*make)(pg::MemoryContext context, pg::DocumentWriter& writer);
};

constexpr std::string_view messages_key = "messages";
constexpr std::string_view has_more_key = "has_more";

constexpr char too_large_hint[] =
    "Read the conversation in pages: pass message_limit, and before_message for earlier pages.";

constexpr MessageFormat ai_sdk_format{"", make_ui_messages};
constexpr MessageFormat openai_format{"", make_openai_messages};
constexpr MessageFormat openai_compatible_format{"", make_openai_compatible_messages};
constexpr MessageFormat anthropic_format{messages_key, make_anthropic_messages};

/// Returns the description of a format that is built from the contents of the messages. Returns nullptr for
/// the other formats.
const MessageFormat* message_format(ConversationFormat format) {
    switch (format) {
    case ConversationFormat::ai_sdk:
        return &ai_sdk_format;
    case ConversationFormat::openai:
        return &openai_format;
    case ConversationFormat::openai_compatible:
        return &openai_compatible_format;
    case ConversationFormat::anthropic:
        return &anthropic_format;
    case ConversationFormat::rows:
    case ConversationFormat::drizzle:
    case ConversationFormat::utc_rows:
        break;
    }
    return nullptr;
}

/// Returns the shapes of the rows in one of the other formats.
const ConversationShapes& row_shapes(ConversationFormat format, const ConversationStatements& statements) {
    if (format == ConversationFormat::drizzle)
        return statements.drizzle;
    return format == ConversationFormat::utc_rows ? statements.utc_rows : statements.rows;
}

/// Joins the fields of the conversation with added fields. An added field replaces a field of the same name,
/// like the operator || of jsonb: users may have added a column `messages`.
std::span<pg::JsonbField> with_fields(pg::MemoryContext context, std::span<const pg::JsonbField> own,
                                      std::span<const pg::JsonbField> added) {
    auto* fields = pg::allocate_array<pg::JsonbField>(context, own.size() + added.size());
    std::size_t count = 0;
    for (const pg::JsonbField& field : own) {
        bool replaced = false;
        for (const pg::JsonbField& other : added)
            replaced = replaced || other.name == field.name;
        if (!replaced)
            fields[count++] = field;
    }
    for (const pg::JsonbField& field : added)
        fields[count++] = field;
    return {fields, count};
}

/// Writes the rows of the tables unchanged, as jsonb.
class JsonbRowsDocument final : public ConversationDocument {
public:
    JsonbRowsDocument(const ConversationShapes& shapes, std::size_t expected_size, pg::MemoryContext context,
                      pg::MemoryContext result_context)
        : shapes_(shapes), expected_size_(expected_size), context_(context), result_context_(result_context) {
    }

    void take_conversation(const pg::Row& row) override {
        own_ = pg::jsonb_fields(context_, shapes_.conversation, row, too_large_hint);
        array_ = pg::JsonbArray::make(context_, result_context_, expected_size_, pg::jsonb_size(own_),
                                      too_large_hint);
        messages_.emplace(context_, shapes_.message, *array_);
    }
    void take_message(const pg::Row& row) override { messages_->append(row); }

    std::size_t size() const override { return array_->size(); }

    pg::Result finish(std::optional<bool> has_more) override {
        std::array<pg::JsonbField, 2> added;
        std::size_t count = 0;
        if (has_more)
            added[count++] = {has_more_key, pg::jsonb_boolean(*has_more)};
        added[count++] = {messages_key, pg::jsonb_array(*array_)};
        return pg::jsonb_object(with_fields(context_, own_, std::span(added).first(count)), *array_);
    }

private:
    const ConversationShapes& shapes_;
    std::size_t expected_size_;
    pg::MemoryContext context_;
    pg::MemoryContext result_context_;
    std::span<pg::JsonbField> own_;
    pg::JsonbArray* array_ = nullptr;
    std::optional<pg::JsonbRows> messages_;
};

/// Writes the rows of the tables unchanged, as JSON text.
class JsonRowsDocument final : public ConversationDocument {
public:
    JsonRowsDocument(const ConversationShapes& shapes, std::size_t expected_size, bool is_page,
                     pg::MemoryContext context, pg::MemoryContext result_context)
        : shapes_(shapes), expected_size_(expected_size), is_page_(is_page), context_(context),
          result_context_(result_context) {}

    void take_conversation(const pg::Row& row) override {
        text_.emplace(result_context_, expected_size_, too_large_hint);
        messages_.emplace(context_, shapes_.message, *text_);
        constexpr std::array replaced{messages_key, has_more_key};
        pg::JsonRows(context_, shapes_.conversation, *text_)
            .begin(row, std::span(replaced).first(is_page_ ? 2 : 1));
        text_->raw(R"(,"messages":[)");
    }
    void take_message(const pg::Row& row) override {
        if (has_messages_)
            text_->raw(',');
        has_messages_ = true;
        messages_->append(row);
    }

    std::size_t size() const override { return text_->size(); }

    pg::Result finish(std::optional<bool> has_more) override {
        text_->raw(']');
        if (has_more) {
            text_->raw(R"(,"has_more":)");
            text_->boolean(*has_more);
        }
        text_->raw('}');
        return text_->finish();
    }

private:
    const ConversationShapes& shapes_;
    std::size_t expected_size_;
    bool is_page_;
    pg::MemoryContext context_;
    pg::MemoryContext result_context_;
    std::optional<pg::JsonText> text_;
    std::optional<pg::JsonRows> messages_;
    bool has_messages_ = false;
};

/// Writes a document that a shape builds from the contents of the messages.
class ShapedDocument final : public ConversationDocument {
public:
    ShapedDocument(const ConversationStatements& statements, const MessageFormat& format, Encoding encoding,
                   pg::MemoryContext context, pg::MemoryContext result_context)
        : statements_(statements), format_(format), encoding_(encoding), context_(context),
          result_context_(result_context), scratch_(pg::make_context(context, "agentchat message")) {}

    void take_conversation(const pg::Row& row) override {
        const bool is_json = encoding_ == Encoding::json;
        const SizeEstimate& expected = is_json ? statements_.json_size : statements_.jsonb_size;
        const pg::DocumentMemory memory{context_, result_context_, expected.size(), too_large_hint};
        writer_ = is_json ? &pg::json_document(memory, format_.array_name)
                          : &pg::jsonb_document(memory, format_.array_name);
        shape_ = &format_.make(context_, *writer_);
        in_scratch([&] { shape_->begin(read_system_prompt(statements_, row)); });
    }
    void take_message(const pg::Row& row) override {
        in_scratch([&] { shape_->take(read_message(statements_, row)); });
    }

    std::size_t size() const override { return writer_->size(); }

    pg::Result finish(std::optional<bool> has_more) override {
        in_scratch([&] { shape_->end(); });
        if (has_more && !format_.array_name.empty()) {
            writer_->begin_field(has_more_key).boolean(*has_more);
            writer_->end_field();
        }
        return writer_->finish();
    }

private:
    /// Runs `work` in the scratch context, and then frees what it allocated there.
    template <typename Work>
    void in_scratch(Work work) {
        pg::MemoryContext caller = pg::switch_to(scratch_);
        work();
        pg::switch_to(caller);
        pg::reset_context(scratch_);
    }

    const ConversationStatements& statements_;
    const MessageFormat& format_;
    Encoding encoding_;
    pg::MemoryContext context_;
    pg::MemoryContext result_context_;
    pg::MemoryContext scratch_;
    pg::DocumentWriter* writer_ = nullptr;
    MessageShape* shape_ = nullptr;
};

} // namespace

ConversationDocument& make_document(ConversationFormat format, Encoding encoding,
                                    const ConversationStatements& statements, bool is_page,
                                    pg::MemoryContext context, pg::MemoryContext result_context) {
    if (const MessageFormat* of_messages = message_format(format))
        return *new (pg::allocate(context, sizeof(ShapedDocument)))
            ShapedDocument(statements, *of_messages, encoding, context, result_context);
    const ConversationShapes& shapes = row_shapes(format, statements);
    if (encoding == Encoding::json)
        return *new (pg::allocate(context, sizeof(JsonRowsDocument)))
            JsonRowsDocument(shapes, statements.json_size.size(), is_page, context, result_context);
    return *new (pg::allocate(context, sizeof(JsonbRowsDocument)))
        JsonbRowsDocument(shapes, statements.jsonb_size.size(), context, result_context);
}

ConversationFormat conversation_format(std::string_view name) {
    constexpr NamedFormat<ConversationFormat> formats[] = {
        {"rows", ConversationFormat::rows},
        {"drizzle", ConversationFormat::drizzle},
        {"ai-sdk", ConversationFormat::ai_sdk},
        {"openai", ConversationFormat::openai},
        {"openai-compatible", ConversationFormat::openai_compatible},
        {"anthropic", ConversationFormat::anthropic},
    };
    return find_format(formats, name);
}

} // namespace agentchat
