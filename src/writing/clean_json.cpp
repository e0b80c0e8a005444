// clean_json() converts JSON text to jsonb, and replaces the characters that jsonb cannot hold.
#include "common/clean_json_text.hpp"
#include "entry_points.hpp"
#include "pg/jsonb.hpp"

#include "pg/pure.hpp"

namespace agentchat {

pg::Result clean_json(pg::Call& call) {
    enum Argument : int { arg_json };
    return pg::jsonb_from_text(clean_json_text(call.text(arg_json)));
}

} // namespace agentchat
