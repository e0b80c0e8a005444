// What a file part refers to.
#pragma once

#include <optional>
#include <string_view>

#include "shapes/ui_part.hpp"

namespace agentchat {

/// A file as a model's provider takes it: by a URL, or as its bytes in base64.
struct FileContent {
    std::string_view media_type;
    /// Of http or https, as JavaScript's URL writes it.
    std::optional<std::string_view> url;
    /// The base64 of a data: URL; or what is no URL, which the AI SDK takes for base64, too. Nothing for any
    /// other URL.
    std::optional<std::string_view> data;
};

/// Returns the media type to send with a file's bytes. `image/*` stands for any image: the AI SDK calls that
/// a JPEG.
std::string_view type_of_bytes(const FileContent& file);

/// In the current memory context.
FileContent file_content(const UiPart& part);

/// The text that the base64 stands for, in the current memory context; nothing where it is no valid text.
std::optional<std::string_view> text_of_base64(std::string_view data);

} // namespace agentchat
