// Settings: the extension's own, and those in which others hand something over.
#pragma once

namespace agentchat::pg {

/// A setting that holds a whole number. Only superusers may change it.
struct IntegerSetting {
    const char* name;
    const char* description;
    const char* details;
    int least;
    int most;
};

/// Makes the setting known to PostgreSQL, when the library is loaded. `value` has its default, and holds its
/// value from then on.
void define_setting(const IntegerSetting& setting, int* value);

/// Refuses every other setting of that prefix from then on.
void reserve_settings(const char* prefix);

/// The value of any setting; nullptr if there is none of that name.
const char* setting(const char* name);

} // namespace agentchat::pg
