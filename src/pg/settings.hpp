// Defines settings of the extension, and reads any setting.
#pragma once

namespace agentchat::pg {

/// Describes a setting that holds a whole number. Only superusers may change it.
struct IntegerSetting {
    const char* name;
    const char* description;
    const char* details;
    int least;
    int most;
};

/// Defines the setting in PostgreSQL when the library is loaded. `value` first holds the default, and
/// afterwards the current value.
void define_setting(const IntegerSetting& setting, int* value);

/// Reserves the prefix: PostgreSQL refuses every other setting with it.
void reserve_settings(const char* prefix);

/// Returns the value of any setting. Returns nullptr if the setting does not exist.
const char* setting(const char* name);

} // namespace agentchat::pg
