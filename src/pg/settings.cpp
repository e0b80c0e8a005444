// Implements settings.hpp with the GUC functions of PostgreSQL.
#include "pg/settings.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

void define_setting(const IntegerSetting& setting, int* value) {
    DefineCustomIntVariable(setting.name, setting.description, setting.details, value, *value, setting.least,
                            setting.most, PGC_SUSET, 0, nullptr, nullptr, nullptr);
}

void reserve_settings(const char* prefix) {
    MarkGUCPrefixReserved(prefix);
}

const char* setting(const char* name) {
    return GetConfigOption(name, true, false);
}

} // namespace agentchat::pg
