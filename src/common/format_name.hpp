// Finds a format by the name that a caller passes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "pg/error.hpp"

namespace agentchat {

/// Pairs a format with its name.
template <typename Format>
struct NamedFormat {
    std::string_view name;
    Format format;
};

/// Lists the names of the formats in the form "a, b, c", for an error.
template <typename Format>
const char* format_names(std::span<const NamedFormat<Format>> formats) {
    const char* names = "";
    for (const NamedFormat<Format>& known : formats)
        names = pg::format("%s%s%.*s", names, names[0] == '\0' ? "" : ", ",
                           static_cast<int>(known.name.size()), known.name.data());
    return names;
}

/// Returns the format with that name. If the name is unknown, raises 22023 and lists the valid names.
template <typename Format, std::size_t count>
Format find_format(const NamedFormat<Format> (&formats)[count], std::string_view name) {
    for (const NamedFormat<Format>& known : formats)
        if (known.name == name)
            return known.format;
    pg::raise({pg::sqlstate::invalid_parameter_value, "unknown format",
               pg::format("The format is %s.", pg::quoted_excerpt(name)),
               pg::format("Valid formats: %s.", format_names<Format>(formats))});
}

} // namespace agentchat
