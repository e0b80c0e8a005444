// What messages are to models, whoever's: convertToModelMessages of the AI SDK.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"
#include "shapes/ui_part.hpp"

namespace agentchat {

/// Whether the assistant has said or done something with the part that a model is told of. A call without a
/// result is what an interrupted stream leaves behind: no provider takes it.
bool is_model_content(const UiPart& part);

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

/// All texts in one, in the current memory context.
std::string_view text_of(std::span<const UiPart> parts);

/// Writes, as a string, what the model is told of the result of a tool.
void write_tool_output(const UiPart& part, pg::ValueWriter& writer);

/// What the metadata says to a provider under that name; nothing where that is null.
std::optional<pg::JsonbView> provider_option(const std::optional<pg::JsonbView>& metadata,
                                             std::string_view provider, std::string_view name);

} // namespace agentchat
