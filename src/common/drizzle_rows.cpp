// Implements drizzle_rows.hpp: turns the names of columns into keys in camelCase.
#include "common/drizzle_rows.hpp"

#include <cstddef>
#include <span>
#include <string_view>

#include "pg/memory.hpp"

#include "pg/pure.hpp"

namespace agentchat {

namespace {

/// Turns `created_at` into `createdAt`. It keeps an underscore at either end, and an underscore that is not
/// followed by a small letter or a digit.
std::string_view camel_case(pg::MemoryContext context, std::string_view name) {
    char* camel = pg::allocate_array<char>(context, name.size());
    std::size_t size = 0;
    for (std::size_t i = 0; i < name.size(); ++i) {
        const bool joins = name[i] == '_' && size > 0 && i + 1 < name.size();
        const char next = joins ? name[i + 1] : '\0';
        if (next >= 'a' && next <= 'z') {
            camel[size++] = static_cast<char>(next - 'a' + 'A');
            ++i;
        } else if (next >= '0' && next <= '9') {
            camel[size++] = next;
            ++i;
        } else {
            camel[size++] = name[i];
        }
    }
    return {camel, size};
}

/// Gives the fields keys in camelCase. A column keeps its own name if its new key equals the name or the new
/// key of another column. Otherwise one value would be lost: users may have both created_at and "createdAt".
void set_camel_case_keys(std::span<pg::RowShape::Field> fields, pg::MemoryContext context) {
    auto* camels = pg::allocate_array<std::string_view>(context, fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i)
        camels[i] = camel_case(context, fields[i].key);
    const auto is_taken = [&](std::size_t i) {
        for (std::size_t other = 0; other < fields.size(); ++other)
            if (other != i && (camels[i] == fields[other].key || camels[i] == camels[other]))
                return true;
        return false;
    };
    auto* taken = pg::allocate_array<bool>(context, fields.size());
    for (std::size_t i = 0; i < fields.size(); ++i)
        taken[i] = is_taken(i);
    for (std::size_t i = 0; i < fields.size(); ++i)
        if (!taken[i])
            fields[i].key = camels[i];
}

} // namespace

constinit const pg::RowStyle drizzle_embedded_rows{set_camel_case_keys, pg::TimestampStyle::date_from_json};
constinit const pg::RowStyle drizzle_own_rows{set_camel_case_keys, pg::TimestampStyle::date_from_text};

} // namespace agentchat
