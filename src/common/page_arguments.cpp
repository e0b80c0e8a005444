#include "common/page_arguments.hpp"

#include "common/object_argument.hpp"
#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"

#include "pg/pure.hpp"

namespace agentchat {

std::int32_t page_size_argument(const pg::Call& call, int argument, std::int32_t largest) {
    constexpr std::int32_t default_size = 20;
    const std::int32_t size = call.is_null(argument) ? default_size : call.integer(argument);
    if (size < 1 || size > largest)
        pg::raise({pg::sqlstate::invalid_parameter_value,
                   pg::format("page_size must be between 1 and %d", largest),
                   pg::format("The value is %d.", size),
                   pg::format("Leave it out for pages of %d.", default_size)});
    return size;
}

std::optional<std::uintptr_t> filter_argument(const pg::Call& call, int argument) {
    const std::optional<std::uintptr_t> filter = object_argument(call, argument, "filter");
    return filter && pg::JsonbView::of(*filter).count() > 0 ? filter : std::nullopt;
}

} // namespace agentchat
