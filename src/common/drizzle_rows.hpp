// Defines the format drizzle: the rows that Drizzle returns. Their keys are in camelCase, and their times
// have the form that a Date of JavaScript writes.
#pragma once

#include "pg/row_shape.hpp"

namespace agentchat {

/// The style of the rows that a query of Drizzle embeds in other rows.
extern const pg::RowStyle drizzle_embedded_rows;
/// The style of the outer rows, which contain the embedded rows. PostgreSQL sends the times of outer rows to
/// Drizzle in another form.
extern const pg::RowStyle drizzle_own_rows;

} // namespace agentchat
