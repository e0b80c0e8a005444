// What a file part holds: a URL, or bytes.
#pragma once

#include <optional>
#include <string_view>

#include "common/ui_part.hpp"

namespace agentchat {

/// A file in the form in which models' providers take it: its id with the provider, a URL, or bytes in
/// base64. All are absent if the part holds something else, such as a path.
struct FileContent {
    std::string_view media_type;
    /// The id under which the provider stores the file. Then the others are absent.
    std::optional<std::string_view> id;
    /// A URL with the scheme http or https, as JavaScript's URL writes it.
    std::optional<std::string_view> url;
    /// The base64 in a `data:` URL, or base64 that stands where the URL belongs.
    std::optional<std::string_view> data;
};

/// Returns what the file part holds for that provider, in the current memory context. The bytes of an image
/// decide on its media type, as in the AI SDK.
FileContent file_content(const UiPart& part, std::string_view provider);

/// Whether the file is an image of a type that OpenAI and Anthropic take: JPEG, PNG, GIF or WebP. A type
/// without a subtype, `image/*`, will do for a file that the provider fetches itself.
bool is_usual_image(const FileContent& file);

/// Whether the file's media type begins with that type and a slash, or is that type.
bool is_of_type(const FileContent& file, std::string_view type);

/// Returns the text that the base64 in FileContent::data stands for, in the current memory context; nothing
/// if that is not text in UTF-8.
std::optional<std::string_view> text_of_base64(std::string_view data);

} // namespace agentchat
