// Folds texts, so that letters of either case, with and without accents, are the same.
#pragma once

#include <cstddef>
#include <string_view>

namespace agentchat {

/// Returns the text of the database in UTF-8 and folded, in the current memory context: in lower case,
/// without accents, with compatible forms (full width, ligatures) replaced, without characters that are not
/// seen, and with one blank for each run of blanks. fold_table.hpp says what each character becomes. Bytes
/// that are not UTF-8 stay, which only the encoding SQL_ASCII can have.
std::string_view folded(std::string_view text);

/// Returns the number of bytes of the first character of a text in UTF-8, together with the characters behind
/// it that can melt into it. The text must not be empty. What such a piece becomes does not depend on the
/// rest of the text, but for blanks.
std::size_t first_piece(std::string_view utf8) noexcept;

} // namespace agentchat
