// Defines settings of the extension, and reads any setting.
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

/// Defines the setting in PostgreSQL, when the library is loaded. `value` holds the default first, and the
/// value afterwards.
void define_setting(const IntegerSetting& setting, int* value);

/// Reserves the prefix: PostgreSQL refuses every other setting with it.
void reserve_settings(const char* prefix);

/// Returns the value of any setting; nullptr if it does not exist.
const char* setting(const char* name);

} // namespace agentchat::pg
