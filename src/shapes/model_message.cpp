// What the formats for models share: which parts a model is told of, and how.
#include "shapes/model_message.hpp"

#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

using Kind = UiPart::Kind;

} // namespace

bool is_model_content(const UiPart& part) {
    switch (part.kind) {
    case Kind::text:
    case Kind::reasoning:
        return part.text.has_value();
    case Kind::file:
    case Kind::reasoning_file:
    case Kind::custom:
        return true;
    case Kind::tool:
        return part.state != ToolState::incomplete;
    case Kind::source_url:
    case Kind::source_document:
    case Kind::steering:
    case Kind::step_start:
    case Kind::data:
    case Kind::other:
        break;
    }
    return false;
}

bool is_answered_call(const UiPart& part) {
    return part.kind == Kind::tool && part.state != ToolState::incomplete && !part.is_provider_executed;
}

std::string_view text_of(std::span<const UiPart> parts, Kind kind) {
    std::size_t size = 0;
    for (const UiPart& part : parts)
        if (part.kind == kind && part.text)
            size += part.text->size();
    char* text = pg::allocate_array<char>(pg::current_context(), size);
    std::size_t end = 0;
    for (const UiPart& part : parts)
        if (part.kind == kind && part.text)
            end += part.text->copy(text + end, part.text->size());
    return {text, size};
}

std::optional<pg::JsonbView> metadata_of_texts(std::span<const UiPart> parts, std::string_view provider) {
    std::optional<pg::JsonbView> metadata;
    for (const UiPart& part : parts)
        if (part.kind == Kind::text && part.provider_metadata && part.provider_metadata->find(provider))
            metadata = part.provider_metadata;
    return metadata;
}

std::optional<pg::JsonbView> provider_option(const std::optional<pg::JsonbView>& metadata,
                                             std::string_view provider, std::string_view name) {
    const std::optional<pg::JsonbView> options = metadata ? metadata->find(provider) : std::nullopt;
    const std::optional<pg::JsonbView> option = options ? options->find(name) : std::nullopt;
    return option && !option->is_null() ? option : std::nullopt;
}

std::string_view error_of(const UiPart& part) {
    return part.error_text.value_or(default_error_of(part));
}

std::string_view default_error_of(const UiPart& part) {
    return part.state == ToolState::error ? "unknown error" : "Tool call execution denied.";
}

void write_result_text(const UiPart& part, pg::ValueWriter& writer) {
    if (part.state != ToolState::available)
        writer.string(error_of(part));
    else if (part.is_unavailable)
        writer.string("Tool output omitted because the tool is no longer available.");
    else if (part.output && part.output->is_string())
        writer.string(part.output->text());
    else
        writer.stringified(part.output.value_or(pg::JsonbView()));
}

} // namespace agentchat
