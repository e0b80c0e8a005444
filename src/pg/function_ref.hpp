// Passes callbacks as plain data: a function and its state. Functions that pass a callback through C code of
// PostgreSQL use it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace agentchat::pg {

template <typename Signature>
class FunctionRef;

/// Refers to a lambda or another callable of the caller. The reference must not outlive the callable. A
/// callable that is written as an argument lives until the call returns. The callable must hold only plain
/// data, because an error of PostgreSQL jumps over it.
template <typename Return, typename... Arguments>
class FunctionRef<Return(Arguments...)> {
public:
    template <typename Callable>
    requires(!std::is_same_v<std::remove_cvref_t<Callable>, FunctionRef>)
        // NOLINTNEXTLINE(bugprone-forwarding-reference-overload): the constraint excludes copies
        FunctionRef(Callable&& callable)
        : call_([](void* state, Arguments... arguments) -> Return {
              return (*static_cast<std::remove_reference_t<Callable>*>(state))(
                  std::forward<Arguments>(arguments)...);
          }),
          state_(const_cast<void*>(static_cast<const void*>(std::addressof(callable)))) {
        static_assert(std::is_trivially_destructible_v<std::remove_reference_t<Callable>>,
                      "an error of PostgreSQL would skip its destructor");
    }

    Return operator()(Arguments... arguments) const {
        return call_(state_, std::forward<Arguments>(arguments)...);
    }

private:
    Return (*call_)(void* state, Arguments... arguments);
    void* state_;
};

} // namespace agentchat::pg
