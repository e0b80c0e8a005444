// Folds texts, so that letters of either case, with and without accents, are the same.
#pragma once

#include <string_view>

namespace agentchat {

/// Returns the text of the database in UTF-8 and folded, in the current memory context: in lower case,
/// without accents, with compatible forms (full width, ligatures) replaced, without characters that are not
/// seen, and with one blank for each run of blanks. fold_table.hpp says what each character becomes. Bytes
/// that are not UTF-8 stay, which only the encoding SQL_ASCII can have.
std::string_view folded(std::string_view text);

} // namespace agentchat
