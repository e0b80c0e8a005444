// Defines errors for functions in both regimes.
//
// A function named in snake_case may raise an error of PostgreSQL, which is a longjmp. Therefore it holds
// only plain data, and never an object whose destructor matters. A function named in CamelCase may throw. It
// calls only those snake_case functions that are declared noexcept: they neither throw nor raise.
// scripts/lint/regimes.js checks this. Entry points (entry.hpp) translate exceptions into errors of
// PostgreSQL.
#pragma once

#include <cstddef>
#include <exception>
#include <string_view>

namespace agentchat::pg {

/// Holds the text of an error: SQLSTATE, message, detail (the values) and hint (what the user can do). The
/// error omits empty fields.
struct Report {
    const char* sqlstate;
    const char* message;
    const char* detail = "";
    const char* hint = "";
};

/// Raises an error of PostgreSQL.
[[noreturn]] void raise(const Report& report);

/// Sends a warning to the client and to the server log, and returns.
void warn(const Report& report);

/// Formats a text like psprintf(). The text lives in the current memory context.
const char* format(const char* pattern, ...) __attribute__((format(printf, 1, 2)));

/// Returns the characters that the first `most_bytes` bytes of the text hold whole.
std::string_view first_characters(std::string_view text, std::size_t most_bytes);

/// Returns `text` in double quotes, for a DETAIL. It truncates a long text.
const char* quoted_excerpt(std::string_view text);

/// Owns the texts of a Report, in arrays of fixed size. It is plain data: copying it cannot fail, and an
/// error can jump over it.
class OwnedReport {
public:
    /// Copies the report. It truncates texts that do not fit, and allocates nothing.
    void Copy(const Report& report) noexcept;
    Report view() const { return {sqlstate_, message_, detail_, hint_}; }

private:
    char sqlstate_[6];
    char message_[256];
    char detail_[1024];
    char hint_[512];
};

/// The exception that CamelCase functions throw. It holds the complete text of the error of PostgreSQL.
class Failure : public std::exception {
public:
    explicit Failure(const Report& report) noexcept { report_.Copy(report); }
    const char* what() const noexcept override { return report_.view().message; }
    Report Describe() const noexcept { return report_.view(); }

private:
    OwnedReport report_;
};

namespace sqlstate {
inline constexpr char payment_required[] = "PT402"; // PostgREST answers with HTTP status 402
inline constexpr char not_found[] = "PT404";        // 404
inline constexpr char conflict[] = "PT409";         // 409
inline constexpr char invalid_parameter_value[] = "22023";
inline constexpr char null_value_not_allowed[] = "22004";
inline constexpr char warning[] = "01000";
inline constexpr char foreign_key_violation[] = "23503"; // 409
inline constexpr char unique_violation[] = "23505";
inline constexpr char serialization_failure[] = "40001";
inline constexpr char trigger_protocol_violated[] = "39P01";
inline constexpr char insufficient_privilege[] = "42501";
inline constexpr char wrong_object_type[] = "42809";
inline constexpr char undefined_table[] = "42P01";
inline constexpr char undefined_column[] = "42703";
inline constexpr char invalid_column_reference[] = "42P10";
inline constexpr char datatype_mismatch[] = "42804";
inline constexpr char object_in_use[] = "55006";
inline constexpr char feature_not_supported[] = "0A000"; // 400
inline constexpr char program_limit_exceeded[] = "54000";
inline constexpr char out_of_memory[] = "53200";
inline constexpr char internal_error[] = "XX000";
} // namespace sqlstate

} // namespace agentchat::pg
