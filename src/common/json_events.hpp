// Parses JSON text that is not yet jsonb, without building a tree.
#pragma once

#include <cstdint>
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

/// The outcome of ParseJson(): every event returned true; the text is not JSON, or an event returned false;
/// or the query was cancelled before the end.
enum class ParsedJson : std::uint8_t { accepted, refused, cancelled };

/// Passes the parts of the text to `events`.
ParsedJson ParseJson(std::string_view text, JsonEvents& events);

} // namespace agentchat
