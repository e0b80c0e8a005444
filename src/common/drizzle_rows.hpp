// The format drizzle: rows as Drizzle returns them, with keys in camelCase and with times as Date of
// JavaScript writes them.
#pragma once

#include "pg/row_shape.hpp"

namespace agentchat {

/// The style of rows that a query of Drizzle embeds in other rows.
extern const pg::RowStyle drizzle_embedded_rows;
/// The style of the outer rows, which others are embedded in. PostgreSQL gives Drizzle the times of these in
/// another form.
extern const pg::RowStyle drizzle_own_rows;

} // namespace agentchat
