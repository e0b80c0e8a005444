// Implements nesting.hpp.
#include "json_schema/nesting.hpp"

#include "pg/error.hpp"
#include "pg/session.hpp"

#include "pg/pure.hpp"

namespace agentchat {

void check_nesting() {
    if (pg::stack_is_too_deep())
        pg::raise({pg::sqlstate::invalid_parameter_value, "a JSON value is nested too deeply", "",
                   "Nest it less deeply, or raise max_stack_depth."});
}

} // namespace agentchat
