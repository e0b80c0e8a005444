// The format drizzle: rows as Drizzle returns them, with keys in camelCase and times as JavaScript's Date.
#pragma once

#include "pg/row_shape.hpp"

namespace agentchat {

/// The style of rows that a query of Drizzle embeds in others.
extern const pg::RowStyle drizzle_embedded_rows;
/// The style of the rows that others are embedded in. PostgreSQL gives Drizzle their times in another form.
extern const pg::RowStyle drizzle_own_rows;

} // namespace agentchat
