// Defines entry points: the call and the result of a SQL function in C++, and the guard that translates its
// exceptions.
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
struct MemoryContextData;

namespace agentchat::pg {

/// Holds the result of a SQL function: a Datum, or NULL.
struct Result {
    std::uintptr_t datum;
    bool is_null;

    static Result null() { return {0, true}; }
    static Result boolean(bool value) { return {static_cast<std::uintptr_t>(value), false}; }
    static Result integer(std::int32_t value) { return {static_cast<std::uintptr_t>(value), false}; }
    static Result pointer(const void* value) { return {reinterpret_cast<std::uintptr_t>(value), false}; }
};

/// uuid_result(), text_result() and bigint_result() return a value as the result of a SQL function, in newly
/// allocated memory if it does not fit into a Datum.
Result uuid_result(const Uuid& uuid);
Result bigint_result(std::int64_t value);
Result text_result(std::string_view text);

/// Gives access to the call of a SQL function. Arguments count from 0.
class Call {
public:
    explicit Call(FunctionCallInfoBaseData* fcinfo) : fcinfo_(fcinfo) {}

    /// Tells whether the argument is NULL.
    bool is_null(int argument) const;
    /// Raises 22004 if the argument is NULL. `name` is the name that users know.
    void require_not_null(int argument, const char* name) const;
    /// uuid(), boolean(), integer() and datum() return the value of an argument, which must not be NULL.
    Uuid uuid(int argument) const;
    bool boolean(int argument) const;
    std::int32_t integer(int argument) const;
    std::uintptr_t datum(int argument) const;
    /// Returns an interval in microseconds. Months have 30 days, as in SQL's comparisons. An interval that
    /// does not fit, such as infinity, becomes the largest or smallest number that does.
    std::int64_t microseconds(int argument) const;
    /// Returns a text argument, which must not be NULL. The text lives as long as the call.
    std::string_view text(int argument) const;

    /// Tells whether the argument is a column of the query, as in a policy. If it is, the value of once()
    /// ends with the query. If the argument is an expression without columns, PL/pgSQL keeps the value until
    /// the transaction ends.
    bool is_column(int argument) const;

    /// function() returns the called function, and function_schema() the schema that contains it.
    Oid function() const;
    Oid function_schema() const;

    /// Returns a value that the function computes only once for all its calls in a query, such as the calls
    /// for all rows of a statement. The first call makes the value with `make(T&)`. A function can have only
    /// one such value.
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

    /// Returns the memory that lives as long as the value of once().
    MemoryContextData* query_context() const;

    FunctionCallInfoBaseData* fcinfo() const { return fcinfo_; }

private:
    void* kept() const;
    void keep(void* value);
    void* allocate_for_query(std::size_t size) const;

    FunctionCallInfoBaseData* fcinfo_;
};

/// Copies the text of the exception. nullptr stands for an exception that is not a std::exception. A catch
/// block can call it safely: it allocates nothing and cannot fail.
void Remember(const std::exception* exception, OwnedReport& caught) noexcept;

/// Runs `body`, and translates a C++ exception into a PostgreSQL error. An exception that crossed a frame of
/// PostgreSQL would end the backend, and with it every session of the cluster. The error is raised only after
/// the catch block: a longjmp out of the block would leak the exception.
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
