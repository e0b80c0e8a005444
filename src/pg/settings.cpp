#include "pg/settings.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

namespace {

int default_limit = 1;

} // namespace

void define_settings() {
    DefineCustomIntVariable("agentchat.default_agent_limit",
                            "How many agents a user without an active subscription may have.",
                            "-1 is no limit. Archived agents do not count.", &default_limit, 1, -1,
                            PG_INT32_MAX, PGC_SUSET, 0, nullptr, nullptr, nullptr);
    MarkGUCPrefixReserved("agentchat");
}

int default_agent_limit() {
    return default_limit;
}

const char* setting(const char* name) {
    return GetConfigOption(name, true, false);
}

} // namespace agentchat::pg
