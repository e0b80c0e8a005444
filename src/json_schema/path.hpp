// Writes and reads JSON Pointers (RFC 6901), which name a place in a JSON value.
#pragma once

#include <cstddef>
#include <string_view>

#include "pg/memory.hpp"

namespace agentchat {

/// One step from a value to a child: the key of a property, or the number of an element. Steps are linked
/// from the end to the start. The root has no parent.
struct JsonPath {
    const JsonPath* parent = nullptr;
    std::string_view key;
    /// Used if `is_element`.
    std::size_t index = 0;
    bool is_element = false;
    /// The number of steps from the root.
    std::size_t depth = 0;

    static JsonPath property(const JsonPath& parent, std::string_view key) {
        return {&parent, key, 0, false, parent.depth + 1};
    }
    static JsonPath element(const JsonPath& parent, std::size_t index) {
        return {&parent, {}, index, true, parent.depth + 1};
    }
};

/// Writes the path as a JSON Pointer, in newly allocated memory of the context. The root is an empty text.
std::string_view json_pointer(pg::MemoryContext context, const JsonPath& path);

/// Replaces ~1 by / and ~0 by ~ in a step of a JSON Pointer. The result may be the step itself.
std::string_view decode_pointer_step(pg::MemoryContext context, std::string_view step);

} // namespace agentchat
