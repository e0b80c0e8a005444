// Remembers values until the transaction ends.
#pragma once

#include <cstddef>
#include <type_traits>

#include "pg/function_ref.hpp"

struct HTAB;

namespace agentchat::pg {

/// Implements the part of TransactionMap that does not depend on its types.
class TransactionMemory {
public:
    constexpr TransactionMemory(std::size_t key_size, std::size_t value_size) noexcept
        : key_size_(key_size), value_size_(value_size) {}

    /// Returns the value of the key, which the caller may change. It adds the key if it is missing, and
    /// `is_new` tells whether it did.
    void* change(const void* key, bool& is_new);
    /// Returns the value of the key, which the caller may change. Returns nullptr if the key is missing.
    void* change_if_there(const void* key);
    /// Counts the keys.
    std::size_t size() const;
    /// Calls `visit` for each key and its value.
    void each(FunctionRef<void(const void* key, const void* value)> visit) const;

private:
    struct Undo;
    friend struct TransactionEvents;

    /// Makes the table. The first change of a transaction calls it.
    void begin();
    /// Allocates an undo entry.
    Undo* make_undo() const;
    /// Adds the entry to the undo list.
    void remember(Undo* undo, char* entry, int level, bool is_new);
    /// Undoes the changes of the subtransaction at that depth.
    void roll_back(int level);
    /// Assigns the changes of the subtransaction at that depth to its parent.
    void release(int level);
    std::size_t value_offset() const;
    /// Returns the depth of the subtransaction that last changed the entry.
    int& level_of(char* entry) const;

    std::size_t key_size_;
    std::size_t value_size_;
    HTAB* table_ = nullptr;
    /// The changes that a rollback to a savepoint must undo, the latest first.
    Undo* undo_ = nullptr;
    TransactionMemory* next_ = nullptr;
    bool registered_ = false;
};

/// Holds a map that ends with the transaction. A rollback to a savepoint restores the values of that time.
/// The object must have static storage duration, because its registration with PostgreSQL is permanent.
template <typename Key, typename Value>
class TransactionMap {
    static_assert(std::has_unique_object_representations_v<Key>, "keys are compared by their bytes");
    static_assert(std::is_trivially_copyable_v<Value> && alignof(Value) <= 8);

public:
    /// Returns the value of the key, which the caller may change until the next call. If the key is missing,
    /// `make(value)` fills a new value. It may raise errors.
    template <typename Make>
    Value& change(const Key& key, Make make) {
        bool is_new;
        auto* value = static_cast<Value*>(memory_.change(&key, is_new));
        if (is_new)
            make(*value);
        return *value;
    }

    /// Returns the value of the key, which the caller may change until the next call. Returns nullptr if the
    /// key is missing.
    Value* change_if_there(const Key& key) { return static_cast<Value*>(memory_.change_if_there(&key)); }

    /// Counts the keys.
    std::size_t size() const { return memory_.size(); }

    /// Calls `visit(key, value)` for each key. It must not change the map.
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
