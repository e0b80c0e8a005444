// What the formats for models share: which parts a model is told of, and how. It follows
// convertToModelMessages of the AI SDK.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "common/ui_part.hpp"
#include "pg/jsonb_view.hpp"
#include "pg/value_writer.hpp"

namespace agentchat {

/// Whether the part holds something that the assistant said or did, and that a model is told of. A call
/// without a result is left over from an interrupted stream: no provider takes it.
bool is_model_content(const UiPart& part);

/// Whether the part is a call that the application answered. A call that the provider answered itself is not.
bool is_answered_call(const UiPart& part);

/// Calls `take_step(step)` for each step of the assistant, which is the parts between two step-starts, and
/// `take_user(parts)` for what the user said between two steps.
template <typename TakeStep, typename TakeUser>
void each_step(std::span<UiPart> parts, TakeStep take_step, TakeUser take_user) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i <= parts.size(); ++i) {
        const bool is_end = i == parts.size();
        const bool is_steering = !is_end && parts[i].kind == UiPart::Kind::steering;
        if (!is_end && !is_steering && parts[i].kind != UiPart::Kind::step_start)
            continue;
        if (i > begin)
            take_step(parts.subspan(begin, i - begin));
        if (is_steering)
            take_user(std::span(parts[i].steering, parts[i].steering_count));
        begin = i + 1;
    }
}

/// Returns all texts, or all reasoning, as one text in the current memory context.
std::string_view text_of(std::span<const UiPart> parts, UiPart::Kind kind = UiPart::Kind::text);

/// Returns the metadata of the last text that has some for that provider: the metadata of all texts as one.
std::optional<pg::JsonbView> metadata_of_texts(std::span<const UiPart> parts, std::string_view provider);

/// Returns what the metadata holds for that provider under that name; nothing if it is absent or null.
std::optional<pg::JsonbView> provider_option(const std::optional<pg::JsonbView>& metadata,
                                             std::string_view provider, std::string_view name);

/// Returns what the model is told of a call that has failed, or that the user has not allowed.
std::string_view error_of(const UiPart& part);
/// Returns what it is told if nobody has given a reason.
std::string_view default_error_of(const UiPart& part);

/// Writes, as a string, what the model is told of the result of a tool.
void write_result_text(const UiPart& part, pg::ValueWriter& writer);

} // namespace agentchat
