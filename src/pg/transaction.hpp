// What a session remembers for the length of a transaction.
#pragma once

#include <cstddef>
#include <type_traits>

#include "pg/function_ref.hpp"

struct HTAB;

namespace agentchat::pg {

/// The part of TransactionMap that does not depend on its types.
class TransactionMemory {
public:
    constexpr TransactionMemory(std::size_t key_size, std::size_t value_size) noexcept
        : key_size_(key_size), value_size_(value_size) {}

    /// The value of the key, for changing it.
    void* change(const void* key, bool& is_new);
    /// The same, but nullptr where there is none.
    void* change_if_there(const void* key);
    std::size_t size() const;
    void each(FunctionRef<void(const void* key, const void* value)> visit) const;

private:
    struct Undo;
    friend struct TransactionEvents;

    void begin();
    void remember(char* entry, int level, bool is_new);
    void roll_back(int level);
    void release(int level);
    std::size_t value_offset() const;
    int& level_of(char* entry) const;

    std::size_t key_size_;
    std::size_t value_size_;
    HTAB* table_ = nullptr;
    /// What a rollback to a savepoint has to undo, the latest first.
    Undo* undo_ = nullptr;
    TransactionMemory* next_ = nullptr;
    bool registered_ = false;
};

/// Values by their keys that end with the transaction, and that a rollback to a savepoint takes back to what
/// they were then. An object of it must have static storage duration: what is registered with PostgreSQL
/// stays so.
template <typename Key, typename Value>
class TransactionMap {
    static_assert(std::has_unique_object_representations_v<Key>, "keys are compared by their bytes");
    static_assert(std::is_trivially_copyable_v<Value> && alignof(Value) <= 8);

public:
    /// The key's value for changing it, which lives until the next call; `make(value)` gives a new one its
    /// content, and may raise errors.
    template <typename Make>
    Value& change(const Key& key, Make make) {
        bool is_new;
        auto* value = static_cast<Value*>(memory_.change(&key, is_new));
        if (is_new)
            make(*value);
        return *value;
    }

    Value* change_if_there(const Key& key) { return static_cast<Value*>(memory_.change_if_there(&key)); }

    /// How many keys there are.
    std::size_t size() const { return memory_.size(); }

    /// Calls `visit(key, value)` for each, which may not change the map.
    template <typename Visit>
    void each(Visit visit) const {
        memory_.each([&](const void* key, const void* value) {
            visit(*static_cast<const Key*>(key), *static_cast<const Value*>(value));
        });
    }

private:
    TransactionMemory memory_{sizeof(Key), sizeof(Value)};
};

} // namespace agentchat::pg
