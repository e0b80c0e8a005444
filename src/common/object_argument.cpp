#include "common/object_argument.hpp"

#include "pg/error.hpp"
#include "pg/jsonb_view.hpp"

#include "pg/pure.hpp"

namespace agentchat {

std::optional<std::uintptr_t> object_argument(const pg::Call& call, int argument, const char* name) {
    if (call.is_null(argument))
        return std::nullopt;
    if (!pg::JsonbView::of(call.datum(argument)).is_object())
        pg::raise({pg::sqlstate::invalid_parameter_value, pg::format("%s must be a JSON object", name), "",
                   "Wrap the value in an object."});
    return call.datum(argument);
}

} // namespace agentchat
