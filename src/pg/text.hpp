// Makes values of the type text. Only src/pg/ includes this.
#pragma once

#include <string_view>

#include "pg/prelude.hpp"

namespace agentchat::pg {

/// Returns a copy of the bytes as a value of the type text.
inline text* make_text(std::string_view bytes) {
    // cstring_to_text_with_len() in src/backend/utils/adt/varlena.c calls memcpy(), which must not get the
    // null pointer of an empty view, even for no bytes.
    return cstring_to_text_with_len(bytes.empty() ? "" : bytes.data(), static_cast<int>(bytes.size()));
}

} // namespace agentchat::pg
