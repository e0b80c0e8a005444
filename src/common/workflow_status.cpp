// Implements workflow_status.hpp.
#include "common/workflow_status.hpp"

#include <algorithm>
#include <array>

#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr std::array<std::string_view, 4> statuses{"pending", "running", "completed", "failed"};

struct Move {
    std::string_view from;
    std::string_view to;
    bool operator==(const Move&) const = default;
};

constexpr std::array<Move, 4> moves{{
    {"pending", "running"},
    {"running", "completed"},
    {"running", "failed"},
    {"failed", "running"},
}};

} // namespace

bool is_workflow_status(std::string_view status) {
    return std::find(statuses.begin(), statuses.end(), status) != statuses.end();
}

void check_workflow_move(const pg::Uuid& workflow, std::string_view from, std::string_view to) {
    const Move move{from, to};
    if (from == to || !is_workflow_status(from) || std::find(moves.begin(), moves.end(), move) != moves.end())
        return;
    char id[pg::uuid_text_size];
    pg::write_uuid(workflow, id);
    // PostgREST copies the message into the status line of HTTP: it must stay constant.
    pg::raise(
        {pg::sqlstate::conflict, "workflow cannot change to this status",
         pg::format("Workflow %.*s cannot change from %s to %s.", static_cast<int>(sizeof(id)), id,
                    pg::quoted_excerpt(from), pg::quoted_excerpt(to)),
         "A workflow goes from pending to running, from running to completed or failed, and from failed "
         "to running again."});
}

} // namespace agentchat
