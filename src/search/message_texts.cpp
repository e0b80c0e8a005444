// Implements message_texts.hpp.
#include "search/message_texts.hpp"

#include <optional>

#include "common/find_message.hpp"
#include "common/ui_part.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// The columns after those that the header names.
enum Column : int { column_role = searched_created_at + 1, column_content, column_parts, column_reasoning };

std::optional<std::string_view> text_of(const pg::Row& row, int column) {
    return row.is_null(column) ? std::nullopt : std::optional(row.text(column));
}

/// Collects texts.
class Texts {
public:
    explicit Texts(pg::ArenaList<MessageText>& texts) : texts_(texts) {}

    void add(TextKind kind, const std::optional<std::string_view>& text) {
        if (text && !text->empty())
            texts_.add({kind, *text});
    }

    /// Adds the strings and numbers of a value of any depth.
    void add_leaves(TextKind kind, const std::optional<pg::JsonbView>& value) {
        if (!value)
            return;
        if (add_leaf(kind, *value))
            return;
        pg::ArenaList<pg::JsonbCursor> open(pg::current_context());
        open.add(pg::JsonbCursor(*value));
        while (!open.is_empty()) {
            if (!open.last().next()) {
                open.remove_last();
                continue;
            }
            const pg::JsonbView child = open.last().value();
            if (!add_leaf(kind, child))
                open.add(pg::JsonbCursor(child));
        }
    }

    void add_part(const UiPart& part, SearchIn in) {
        for (std::size_t i = 0; i < part.steering_count; ++i)
            add_part(part.steering[i], in);
        if (part.kind == UiPart::Kind::text)
            add(TextKind::text, part.text);
        if (in == SearchIn::text)
            return;
        if (part.kind == UiPart::Kind::reasoning)
            add(TextKind::reasoning, part.text);
        if (part.kind != UiPart::Kind::tool)
            return;
        add_leaves(TextKind::tool, part.input);
        add_leaves(TextKind::tool, part.output);
        add(TextKind::tool, part.error_text);
    }

private:
    /// Adds a value that is no container. Returns false for a container.
    bool add_leaf(TextKind kind, const pg::JsonbView& value) {
        if (value.is_array() || value.is_object())
            return false;
        if (value.is_number())
            add(kind, value.number_text());
        else
            add(kind, value.text());
        return true;
    }

    pg::ArenaList<MessageText>& texts_;
};

} // namespace

const char* searched_columns_list(pg::Oid schema, SearchIn in) {
    const pg::Oid messages = pg::require_relation(schema, "messages");
    // content has what is said; only a row that another program wrote may have it in its parts alone.
    return pg::format("m.id, %s, m.role::pg_catalog.text, m.content::pg_catalog.text, %s, %s",
                      pg::time_in_utc(messages, "created_at", "m.created_at"),
                      in == SearchIn::all ? "m.parts::pg_catalog.jsonb"
                                          : "CASE WHEN m.content::pg_catalog.text OPERATOR(pg_catalog.=) '' "
                                            "THEN m.parts::pg_catalog.jsonb END",
                      in == SearchIn::all ? "m.reasoning::pg_catalog.text" : "NULL::pg_catalog.text");
}

StoredMessage read_searched(const pg::Row& row) {
    StoredMessage message;
    message.role = text_of(row, column_role);
    message.content = text_of(row, column_content);
    if (!row.is_null(column_parts))
        message.parts = pg::JsonbView::of(row.datum(column_parts));
    message.reasoning = text_of(row, column_reasoning);
    return message;
}

void add_texts(const StoredMessage& message, SearchIn in, pg::ArenaList<MessageText>& texts) {
    Texts collected(texts);
    collected.add(TextKind::text, message.content);
    if (in == SearchIn::all)
        collected.add(TextKind::reasoning, message.reasoning);
    if (!message.parts)
        return;
    StoredMessage stored;
    stored.role = message.role;
    stored.parts = message.parts;
    for (const UiPart& part : read_parts(stored).parts)
        collected.add_part(part, in);
}

} // namespace agentchat
