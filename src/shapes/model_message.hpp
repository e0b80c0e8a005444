// What the formats for models share: which parts a model is told of, and how. It follows
// convertToModelMessages of the AI SDK.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"
#include "shapes/ui_part.hpp"

namespace agentchat {

/// Whether the part holds something that the assistant said or did, and that a model is told of. A call
/// without a result is left over from an interrupted stream: no provider takes it.
bool is_model_content(const UiPart& part);

/// Whether the part is a call that the application answered. A call that the provider answered itself is not.
bool is_answered_call(const UiPart& part);

/// Calls `take(step)` for each step of the assistant: the parts between two step-starts.
template <typename Take>
void each_step(std::span<const UiPart> parts, Take take) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= parts.size(); ++i) {
        if (i < parts.size() && parts[i].kind != UiPart::Kind::step_start)
            continue;
        if (i > begin)
            take(parts.subspan(begin, i - begin));
        begin = i + 1;
    }
}

/// Returns all texts as one, in the current memory context.
std::string_view text_of(std::span<const UiPart> parts);

/// Returns the metadata of the last text that has some for that provider: the metadata of all texts as one.
std::optional<pg::JsonbView> metadata_of_texts(std::span<const UiPart> parts, std::string_view provider);

/// Returns what the metadata holds for that provider under that name; nothing if it is absent or null.
std::optional<pg::JsonbView> provider_option(const std::optional<pg::JsonbView>& metadata,
                                             std::string_view provider, std::string_view name);

/// Writes, as a string, what the model is told of the result of a tool.
void write_result_text(const UiPart& part, pg::ValueWriter& writer);

} // namespace agentchat
