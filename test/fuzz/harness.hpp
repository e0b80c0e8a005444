// Runs a fuzz target in a process that has PostgreSQL's objects, but no cluster: memory contexts, errors,
// settings and the types work, and nothing else does. A target defines fuzz().
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "pg/function_ref.hpp"
#include "pg/jsonb_view.hpp"

namespace agentchat::fuzz {

/// Tries an input. Its bytes end where the memory ends that AddressSanitizer allows to read.
void fuzz(std::string_view input);

/// Ends the process with a report, if the condition does not hold. libFuzzer then keeps the input.
void require(bool condition, const char* what);
/// The same for two texts, which it prints.
void require_equal(std::string_view ours, std::string_view expected, const char* what);

/// Runs the work, and returns the SQLSTATE of the error that it raised, or nothing. An exception of C++
/// becomes an error, as in the entry points. The work must not use objects with destructors across a call
/// that may raise.
std::optional<std::string> error_of(pg::FunctionRef<void()> work);
/// Runs the work, and requires that it raises no error but those.
void allow_errors(std::initializer_list<std::string_view> sqlstates, pg::FunctionRef<void()> work);

/// Returns what PostgreSQL's parser makes of the text: a datum, or nothing if it raises an error.
std::optional<std::uintptr_t> parse_jsonb(std::string_view text);
/// Returns the bytes of the jsonb without the header of its length.
std::string_view bytes_of(std::uintptr_t jsonb);
/// Returns what PostgreSQL prints.
std::string_view jsonb_out(std::uintptr_t jsonb);
/// Requires that these are bytes that PostgreSQL itself would store: it prints the value, and makes the same
/// of the text.
void require_stored_form(std::uintptr_t jsonb, const char* what);

/// Makes a text of any bytes that a text of the database can hold: bytes that are not UTF-8, and the byte 0,
/// become ASCII.
std::string as_text(std::string_view bytes);

/// Takes an input apart.
class Input {
public:
    explicit Input(std::string_view bytes) : rest_(bytes) {}

    bool is_empty() const { return rest_.empty(); }
    /// Takes a byte, or 0 at the end.
    std::uint8_t byte();
    /// Takes a number of eight bytes.
    std::uint64_t number();
    /// Takes up to so many bytes.
    std::string_view bytes(std::size_t most);
    /// Takes what comes before the next separator, or all that is left.
    std::string_view before(char separator);
    std::string_view rest() const { return rest_; }

private:
    std::string_view rest_;
};

} // namespace agentchat::fuzz
