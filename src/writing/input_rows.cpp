// Reads messages in the formats rows, with the columns' names as keys, and drizzle, with the names of
// Drizzle's schema.
#include "writing/message_input.hpp"

#include <array>
#include <new>

#include "common/caller.hpp"
#include "common/drizzle_rows.hpp"
#include "common/message_id.hpp"
#include "pg/error.hpp"
#include "pg/relation.hpp"
#include "pg/row_shape.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// What a key of a message stands for.
enum class Field : std::uint8_t {
    id,
    conversation_id,
    role,
    content,
    parts,
    attachments,
    reasoning,
    created_at,
    /// A column that users have added.
    other,
};

/// A field, and its key in each of the formats.
struct NamedField {
    std::string_view rows;
    std::string_view drizzle;
    Field field;
};

constexpr std::array fields{
    NamedField{"id", "id", Field::id},
    NamedField{"role", "role", Field::role},
    NamedField{"parts", "parts", Field::parts},
    NamedField{"content", "content", Field::content},
    NamedField{"reasoning", "reasoning", Field::reasoning},
    NamedField{"created_at", "createdAt", Field::created_at},
    NamedField{"attachments", "attachments", Field::attachments},
    NamedField{"conversation_id", "conversationId", Field::conversation_id},
};

class RowsInput final : public InputReader {
public:
    RowsInput(pg::MemoryContext context, bool is_drizzle, pg::Oid schema,
              const std::optional<pg::Uuid>& conversation)
        : context_(context), is_drizzle_(is_drizzle), schema_(schema), conversation_(conversation) {}

    void read(const InputPlace& place, const pg::JsonbView& object, InputMessage& message) override {
        bool has_role = false;
        bool has_others = false;
        std::optional<pg::JsonbView> parts;
        for (pg::JsonbCursor cursor(object); cursor.next();) {
            const pg::JsonbView value = cursor.value();
            switch (field_of(cursor.key())) {
            case Field::id:
                message.given_id = input_text_or_null(place, ".id", value);
                break;
            case Field::conversation_id:
                check_conversation(place, value);
                break;
            case Field::role:
                message.role = input_role(place, value);
                has_role = true;
                break;
            case Field::content:
                if (const auto content = input_text_or_null(place, ".content", value)) {
                    message.content = *content;
                    message.columns.add(MessageColumn::content);
                }
                break;
            case Field::parts:
                message.parts = input_array_or_null(place, ".parts", value);
                message.columns.add(MessageColumn::parts);
                if (message.parts)
                    parts = value;
                break;
            case Field::attachments:
                message.attachments = input_array_or_null(place, ".attachments", value);
                message.columns.add(MessageColumn::attachments);
                break;
            case Field::reasoning:
                message.reasoning = input_text_or_null(place, ".reasoning", value);
                message.columns.add(MessageColumn::reasoning);
                break;
            case Field::created_at:
                read_time(place, value, message);
                break;
            case Field::other:
                has_others = true;
                break;
            }
        }
        if (!has_role)
            refuse(place, ".role", "is missing");
        message.columns.add(MessageColumn::role);
        if (parts) {
            derive(*parts, message);
            keep_client_id(*parts, message);
        }
        if (!message.columns.has(MessageColumn::content))
            refuse(place, ".content", "is missing, and the message has no parts to take it from");
        if (has_others)
            read_others(place, object, message);
    }

    std::span<const std::string_view> other_columns() const override { return {used_, used_count_}; }

private:
    Field field_of(std::string_view key) const {
        for (const NamedField& known : fields)
            if ((is_drizzle_ ? known.drizzle : known.rows) == key)
                return known.field;
        return Field::other;
    }

    /// Returns the path of a field in the message, for errors.
    const char* path_of(Field field) const {
        for (const NamedField& known : fields)
            if (known.field == field)
                return pg::format(".%s", (is_drizzle_ ? known.drizzle : known.rows).data());
        return "";
    }

    /// Raises PT409 if the message names another conversation.
    void check_conversation(const InputPlace& place, const pg::JsonbView& value) const {
        const char* path = path_of(Field::conversation_id);
        const std::optional<std::string_view> text = input_text_or_null(place, path, value);
        if (!text)
            return;
        std::optional<pg::Uuid> id = pg::parse_uuid(*text);
        if (!id)
            if (const std::optional<pg::Uuid> user = caller())
                id = uuid_of_name(*user, *text);
        if (!id)
            refuse(place, path, "must be a UUID");
        if (id != conversation_)
            refuse_for_other_conversation(place, path, *text);
    }

    void read_time(const InputPlace& place, const pg::JsonbView& value, InputMessage& message) const {
        const char* path = is_drizzle_ ? ".createdAt" : ".created_at";
        const std::optional<std::string_view> text = input_text_or_null(place, path, value);
        if (!text)
            return;
        message.created_at = pg::parse_timestamp(*text);
        if (!message.created_at)
            refuse(place, path, "must be a time in ISO 8601");
        message.columns.add(MessageColumn::created_at);
    }

    /// Adds the id that the client chose to the parts. A message without parts has no place for it.
    void keep_client_id(const pg::JsonbView& parts, InputMessage& message) {
        const std::optional<std::string_view> id = message.client_id();
        if (!id)
            return;
        if (parts_writer_ == nullptr)
            parts_writer_ = &pg::jsonb_writer(context_, append_less_hint);
        parts_writer_->begin_array();
        write_parts(parts, id, *parts_writer_);
        parts_writer_->end_array();
        message.parts = parts_writer_->finish();
    }

    /// Sets content and reasoning from the parts if the message does not have them.
    static void derive(const pg::JsonbView& parts, InputMessage& message) {
        if (message.columns.has(MessageColumn::content) && message.columns.has(MessageColumn::reasoning))
            return;
        PartTexts found;
        for (pg::JsonbCursor cursor(parts); cursor.next();)
            found.add(cursor.value());
        if (!message.columns.has(MessageColumn::content))
            message.content = found.content.text().value_or("");
        if (!message.columns.has(MessageColumn::reasoning))
            message.reasoning = found.reasoning.text();
        message.columns.add({MessageColumn::content, MessageColumn::reasoning});
    }

    /// Reads the columns that users have added. They are looked up when the first message has one.
    void read_others(const InputPlace& place, const pg::JsonbView& object, InputMessage& message) {
        if (writer_ == nullptr)
            look_up_columns();
        writer_->begin_object();
        for (pg::JsonbCursor cursor(object); cursor.next();) {
            if (field_of(cursor.key()) != Field::other)
                continue;
            const pg::Column& column = column_of(place, cursor.key());
            // Messages from get_conversation have generated columns, too.
            if (column.is_generated)
                continue;
            use(column.name);
            writer_->key(column.name);
            writer_->value(cursor.value());
        }
        writer_->end_object();
        message.others = writer_->finish();
    }

    void look_up_columns() {
        const std::span<pg::Column> columns =
            pg::read_columns(context_, pg::require_relation(schema_, "messages"));
        columns_ = columns;
        shape_ = pg::RowShape::make(context_, columns, is_drizzle_ ? drizzle_embedded_rows : pg::sql_rows);
        used_ = pg::allocate_array<std::string_view>(context_, columns.size());
        writer_ = &pg::jsonb_writer(context_, append_less_hint);
    }

    /// Returns the column that a key stands for. Raises 22023 if the key stands for none.
    const pg::Column& column_of(const InputPlace& place, std::string_view key) const {
        for (const pg::RowShape::Field& field : shape_.fields())
            if (field.key == key)
                return columns_[static_cast<std::size_t>(field.column)];
        refuse(place, "",
               pg::format("has the key %s, which is not a column of messages", pg::quoted_excerpt(key)));
    }

    /// Adds the column to other_columns().
    void use(std::string_view column) {
        for (const std::string_view used : other_columns())
            if (used == column)
                return;
        used_[used_count_++] = column;
    }

    pg::MemoryContext context_;
    bool is_drizzle_;
    pg::Oid schema_;
    std::optional<pg::Uuid> conversation_;

    std::span<const pg::Column> columns_;
    pg::RowShape shape_{};
    std::string_view* used_ = nullptr;
    std::size_t used_count_ = 0;
    pg::JsonbWriter* writer_ = nullptr;
    pg::JsonbWriter* parts_writer_ = nullptr;
};

} // namespace

InputReader& rows_input(pg::MemoryContext context, bool is_drizzle, pg::Oid schema,
                        const std::optional<pg::Uuid>& conversation) {
    return *new (pg::allocate(context, sizeof(RowsInput)))
        RowsInput(context, is_drizzle, schema, conversation);
}

} // namespace agentchat
