// What a file part holds: a URL, or bytes.
#pragma once

#include <optional>
#include <string_view>

#include "shapes/ui_part.hpp"

namespace agentchat {

/// A file in the form in which models' providers take it: a URL, or bytes in base64.
struct FileContent {
    std::string_view media_type;
    /// A URL with the scheme http or https, as JavaScript's URL writes it.
    std::optional<std::string_view> url;
    /// The base64 in a `data:` URL, or a text that is not a URL: the AI SDK takes that for base64. Absent for
    /// any other URL.
    std::optional<std::string_view> data;
};

/// Returns what the file part holds, in the current memory context.
FileContent file_content(const UiPart& part);

/// Returns the media type to send with a file's bytes. `image/*` stands for any image: the AI SDK calls that
/// a JPEG.
std::string_view type_of_bytes(const FileContent& file);

/// Returns the text that the base64 stands for, in the current memory context; nothing if that is not text in
/// UTF-8. Like the AI SDK, it takes base64 and base64url, with or without padding.
std::optional<std::string_view> text_of_base64(std::string_view data);

} // namespace agentchat
