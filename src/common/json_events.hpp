// Parses JSON text that is not yet jsonb, without building a tree.
#pragma once

#include <string_view>

namespace agentchat {

/// Receives the parts of a JSON text, in their order. Each function returns whether to continue.
class JsonEvents {
public:
    virtual bool Null() = 0;
    virtual bool Boolean(bool value) = 0;
    /// Receives a number. The text of an integer may differ from the parsed one: -0 becomes 0.
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

/// Passes the parts of the text to `events`. Returns true if the text is JSON and every event returned true.
bool ParseJson(std::string_view text, JsonEvents& events);

} // namespace agentchat
