// A row of the table messages, with the columns that the shapes read.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// A message's columns. A column is absent if it is NULL, or if its type can't be read: users can change the
/// columns. The values live as long as the row, or as the current memory context.
struct StoredMessage {
    std::optional<std::string_view> id;
    std::optional<std::string_view> role;
    std::optional<std::string_view> content;
    std::optional<pg::JsonbView> parts;
    std::optional<pg::JsonbView> attachments;
    std::optional<std::string_view> reasoning;
    std::optional<pg::Timestamp> created_at;
    std::optional<pg::Uuid> conversation;
};

} // namespace agentchat
