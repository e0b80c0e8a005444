// Implements message_row.hpp. A column may be missing, contain NULL or have another type.
#include "reading/message_row.hpp"

#include <span>

#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Reads a value of a row. The value is absent if the column does not exist or contains NULL.
class Value {
public:
    Value(const pg::Row& row, std::span<const pg::ColumnKind> kinds, int column)
        : row_(row), column_(column),
          kind_(is_there(row, kinds, column) ? std::optional(kinds[static_cast<std::size_t>(column)])
                                             : std::nullopt) {}

    /// Returns the value as text if it is a text, a uuid, or a value that to_jsonb converts to a string, such
    /// as an enum.
    std::optional<std::string_view> text() const {
        if (kind_ == pg::ColumnKind::text)
            return row_.text(column_);
        if (kind_ == pg::ColumnKind::uuid)
            return pg::uuid_text(pg::current_context(), row_.uuid(column_));
        const std::optional<pg::JsonbView> value = json();
        if (!value || !value->is_string())
            return std::nullopt;
        return value->text();
    }

    std::optional<pg::JsonbView> json() const {
        if (kind_ != pg::ColumnKind::jsonb)
            return std::nullopt;
        return pg::JsonbView::of(row_.datum(column_));
    }

    std::optional<pg::Uuid> uuid() const {
        if (kind_ != pg::ColumnKind::uuid)
            return std::nullopt;
        return row_.uuid(column_);
    }

    std::optional<pg::Timestamp> timestamp() const {
        if (kind_ != pg::ColumnKind::timestamp)
            return std::nullopt;
        return row_.timestamp(column_);
    }

private:
    static bool is_there(const pg::Row& row, std::span<const pg::ColumnKind> kinds, int column) {
        return column < static_cast<int>(kinds.size()) && !row.is_null(column);
    }

    const pg::Row& row_;
    int column_;
    std::optional<pg::ColumnKind> kind_;
};

/// Removes the blanks that a column of type char(n) adds.
std::optional<std::string_view> role_of(const std::optional<std::string_view>& text) {
    return text ? std::optional(text->substr(0, text->find_last_not_of(' ') + 1)) : std::nullopt;
}

} // namespace

StoredMessage read_message(const ConversationStatements& statements, const pg::Row& row) {
    const MessageColumns& columns = statements.message_fields;
    const auto value = [&](int column) { return Value(row, statements.message_kinds, column); };
    return {value(columns.id).text(),
            role_of(value(columns.role).text()),
            value(columns.content).text(),
            value(columns.parts).json(),
            value(columns.attachments).json(),
            value(columns.reasoning).text(),
            value(columns.created_at).timestamp(),
            value(columns.conversation_id).uuid()};
}

std::optional<std::string_view> read_system_prompt(const ConversationStatements& statements,
                                                   const pg::Row& row) {
    return Value(row, statements.conversation_kinds, statements.system_prompt_column).text();
}

} // namespace agentchat
