// Entry points: SQL functions in C++, their arguments and results, and the guard around them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <string_view>
#include <type_traits>

#include "pg/error.hpp"
#include "pg/values.hpp"

struct FunctionCallInfoBaseData;

namespace agentchat::pg {

/// What a SQL function returns: a Datum, or NULL.
struct Result {
    std::uintptr_t datum;
    bool is_null;

    static Result null() { return {0, true}; }
    static Result boolean(bool value) { return {static_cast<std::uintptr_t>(value), false}; }
    static Result integer(std::int32_t value) { return {static_cast<std::uintptr_t>(value), false}; }
    static Result pointer(const void* value) { return {reinterpret_cast<std::uintptr_t>(value), false}; }
};

/// A uuid and a text in memory of their own.
Result uuid_result(const Uuid& uuid);
Result text_result(std::string_view text);

/// The call of a SQL function. Arguments are numbered from 0.
class Call {
public:
    explicit Call(FunctionCallInfoBaseData* fcinfo) : fcinfo_(fcinfo) {}

    bool is_null(int argument) const;
    /// Raises 22004 where it is; `name` is what users know the argument by.
    void require_not_null(int argument, const char* name) const;
    Uuid uuid(int argument) const;
    std::int32_t integer(int argument) const;
    std::uintptr_t datum(int argument) const;
    /// The text lives as long as the call.
    std::string_view text(int argument) const;

    /// Whether the argument is a column of the query's, as in a policy: then what once() has made ends with
    /// the query. PL/pgSQL keeps an expression without columns for the length of a transaction.
    bool is_column(int argument) const;

    /// The called function, and the schema that it is in.
    Oid function() const;
    Oid function_schema() const;

    /// What the function finds out once for all calls of a query, as for all rows of a statement: made by
    /// `make(T&)` in the first call. A function can have one such thing.
    template <typename T, typename Make>
    T& once(Make make) {
        static_assert(std::is_trivially_destructible_v<T>, "nothing runs destructors in a memory context");
        auto* value = static_cast<T*>(kept());
        if (value == nullptr) {
            value = static_cast<T*>(allocate_for_query(sizeof(T)));
            make(*value);
            keep(value);
        }
        return *value;
    }

    FunctionCallInfoBaseData* fcinfo() const { return fcinfo_; }

private:
    void* kept() const;
    void keep(void* value);
    void* allocate_for_query(std::size_t size) const;

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
