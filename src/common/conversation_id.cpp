// Implements conversation_id.hpp: parses a UUID, or computes one from the id of the client.
#include "common/conversation_id.hpp"

#include <cstddef>
#include <optional>

#include "common/caller.hpp"
#include "common/message_id.hpp"
#include "pg/error.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

constexpr char argument_name[] = "conversation_id";

/// Raises 22023 if the id is empty or too long. A text of any length would give a UUID, but only a mistake
/// makes such an id.
void check_id(std::string_view id, const char* argument) {
    constexpr std::size_t most_characters = 255;
    if (id.empty())
        pg::raise({pg::sqlstate::invalid_parameter_value, pg::format("%s must not be empty", argument), "",
                   "Pass the UUID of a conversation, or the id that the client chose."});
    if (id.size() > most_characters && pg::count_characters(id) > most_characters)
        pg::raise({pg::sqlstate::invalid_parameter_value,
                   pg::format("%s must have at most %zu characters", argument, most_characters),
                   pg::format("The value is %s.", pg::quoted_excerpt(id)),
                   "Pass the UUID of a conversation, or the id that the client chose."});
}

} // namespace

pg::Uuid conversation_uuid(const pg::Uuid& user, std::string_view id, const char* argument) {
    check_id(id, argument);
    return uuid_of_name(user, id);
}

pg::Uuid conversation_by_uuid(const pg::Call& call, int argument) {
    return call.uuid(argument);
}

pg::Uuid conversation_by_name(const pg::Call& call, int argument) {
    const std::string_view name = call.text(argument);
    if (const std::optional<pg::Uuid> uuid = pg::parse_uuid(name))
        return *uuid;
    check_id(name, argument_name);
    const std::optional<pg::Uuid> user = caller();
    if (!user)
        pg::raise({pg::sqlstate::invalid_parameter_value, "conversation_id is not a UUID",
                   pg::format("The value is %s. The claims of the request name no user who could have "
                              "chosen this id.",
                              pg::quoted_excerpt(name)),
                   "Pass the UUID of the conversation, which create_conversation() returns, or sign in."});
    return conversation_uuid(*user, name, argument_name);
}

} // namespace agentchat
