// Entry points: SQL functions in C++, their arguments and results, and the guard around them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string_view>

#include "pg/error.hpp"
#include "pg/values.hpp"

struct FunctionCallInfoBaseData;

namespace agentchat::pg {

/// What a SQL function returns: a Datum, or NULL.
struct Result {
    std::uintptr_t datum;
    bool is_null;

    static Result null() { return {0, true}; }
    static Result pointer(const void* value) { return {reinterpret_cast<std::uintptr_t>(value), false}; }
};

/// The call of a SQL function. Arguments are numbered from 0.
class Call {
public:
    explicit Call(FunctionCallInfoBaseData* fcinfo) : fcinfo_(fcinfo) {}

    bool is_null(int argument) const;
    Uuid uuid(int argument) const;
    std::int32_t integer(int argument) const;
    /// The text lives as long as the call.
    std::string_view text(int argument) const;

    /// The schema that the called function is in.
    Oid function_schema() const;

    FunctionCallInfoBaseData* fcinfo() const { return fcinfo_; }

private:
    FunctionCallInfoBaseData* fcinfo_;
};

/// Keeps what the exception says; nullptr stands for one that is no std::exception. For catch blocks: it
/// allocates nothing and cannot fail.
void Remember(const std::exception* exception, OwnedReport& caught) noexcept;

/// Runs `body`, and turns a C++ exception into a PostgreSQL error. No exception may cross a PostgreSQL frame:
/// it would end the backend, and with it the cluster's every session. The error is raised after the catch
/// block, because a longjmp out of it would leak the exception.
template <typename Body>
auto guarded(Body&& body) -> decltype(body()) {
    OwnedReport caught;
    try {
        return body();
    } catch (const std::exception& exception) {
        Remember(&exception, caught);
    } catch (...) {
        Remember(nullptr, caught);
    }
    raise(caught.view());
}

} // namespace agentchat::pg
