// A message as the table has it, for the shapes that read its parts.
#pragma once

#include <optional>
#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/values.hpp"

namespace agentchat {

/// Whatever is NULL, or of a type that it can't be read from, is absent: users can change the columns. It
/// lives as long as the row, or the current memory context.
struct StoredMessage {
    std::optional<std::string_view> id;
    std::optional<std::string_view> role;
    std::optional<std::string_view> content;
    std::optional<pg::JsonbView> parts;
    std::optional<pg::JsonbView> attachments;
    std::optional<std::string_view> reasoning;
    std::optional<pg::Timestamp> created_at;
};

} // namespace agentchat
