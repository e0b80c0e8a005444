// Parses JSON text that is not jsonb yet, without building a tree of it.
#pragma once

#include <string_view>

namespace agentchat {

/// Receives what a JSON text consists of, in its order. Each function returns whether to go on.
class JsonEvents {
public:
    virtual bool Null() = 0;
    virtual bool Boolean(bool value) = 0;
    /// The text of an integer may differ from the one that was parsed: -0 becomes 0.
    virtual bool Number(std::string_view text) = 0;
    virtual bool String(std::string_view value) = 0;
    virtual bool StartObject() = 0;
    virtual bool Key(std::string_view name) = 0;
    virtual bool EndObject() = 0;
    virtual bool StartArray() = 0;
    virtual bool EndArray() = 0;

protected:
    ~JsonEvents() = default;
};

/// Hands the parts of the text to `events`. Returns whether the text is JSON and every event returned true.
bool ParseJson(std::string_view text, JsonEvents& events);

} // namespace agentchat
