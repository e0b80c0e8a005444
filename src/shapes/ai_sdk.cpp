// Writes the format ai-sdk: an array of UIMessages that validateUIMessages of the AI SDK accepts.
#include <new>

#include "common/message_id.hpp"
#include "common/part_format.hpp"
#include "common/ui_part.hpp"
#include "shapes/message_shape.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

class UiMessages final : public MessageShape {
public:
    explicit UiMessages(pg::DocumentWriter& writer) : document_(writer) {}

    /// Ignores the system prompt: UIMessages have no place for it. It goes to the model apart from them.
    void begin(std::optional<std::string_view>) override {}
    void end() override {}

    void take(const StoredMessage& message) override {
        const UiParts parts = read_parts(message);
        pg::ValueWriter& writer = document_.begin_element();
        writer.begin_object();
        writer.field("id", shown_id(message, parts.given_id));
        writer.field("role", message.role.value_or(""));
        write_metadata(message, parts.metadata, writer);
        writer.key("parts");
        writer.begin_array();
        for (const UiPart& part : parts.parts)
            write_part(part, writer);
        writer.end_array();
        writer.end_object();
        document_.end_element();
    }

private:
    /// Returns the id that the client chose, if it names this message. A copy of the message has another
    /// UUID, and the part could hold any text.
    static std::string_view shown_id(const StoredMessage& message,
                                     const std::optional<std::string_view>& given) {
        const std::string_view id = message.id.value_or("");
        const bool is_its_name = given && message.conversation &&
                                 message_uuid(*message.conversation, *given) == pg::parse_uuid(id);
        return is_its_name ? *given : id;
    }

    /// Writes the metadata that the application gave, and adds the time when the message was written unless
    /// the application gave one.
    static void write_metadata(const StoredMessage& message, const std::optional<pg::JsonbView>& given,
                               pg::ValueWriter& writer) {
        writer.key("metadata");
        if (given && !given->is_object())
            return writer.value(*given);
        writer.begin_object();
        bool has_time = !message.created_at;
        if (given)
            for (pg::JsonbCursor cursor(*given); cursor.next();) {
                writer.field(cursor.key(), cursor.value());
                has_time = has_time || cursor.key() == metadata_key::created_at;
            }
        if (!has_time) {
            writer.key(metadata_key::created_at);
            writer.timestamp(*message.created_at, pg::TimestampStyle::utc);
        }
        writer.end_object();
    }

    pg::DocumentWriter& document_;
};

} // namespace

MessageShape& make_ui_messages(pg::MemoryContext context, pg::DocumentWriter& writer) {
    return *new (pg::allocate(context, sizeof(UiMessages))) UiMessages(writer);
}

} // namespace agentchat
