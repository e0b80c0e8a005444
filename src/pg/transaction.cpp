// Implements transaction.hpp with a hash table and the transaction callbacks of PostgreSQL.
#include "pg/transaction.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

/// Holds a previous state of an entry. An entry of the hash table consists of its key, the depth of the
/// subtransaction that last changed it, and its value. The first change in a subtransaction adds the previous
/// entry to the undo list. Later changes in the same subtransaction do not.
struct TransactionMemory::Undo {
    Undo* next;
    /// The depth of the subtransaction whose rollback applies this undo entry.
    int level;
    bool was_new;
    /// Returns the whole entry, which follows in memory.
    char* entry() { return reinterpret_cast<char*>(this) + MAXALIGN(sizeof(Undo)); }
};

namespace {

TransactionMemory* memories = nullptr;

} // namespace

/// Handles the ends of transactions and subtransactions. These callbacks must not fail.
struct TransactionEvents {
    static void end_transaction(XactEvent event, void*) {
        if (event != XACT_EVENT_COMMIT && event != XACT_EVENT_ABORT && event != XACT_EVENT_PREPARE)
            return;
        // The end of the transaction frees the memory itself.
        for (TransactionMemory* memory = memories; memory != nullptr; memory = memory->next_) {
            memory->table_ = nullptr;
            memory->undo_ = nullptr;
        }
    }

    static void end_subtransaction(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
        const int level = GetCurrentTransactionNestLevel();
        for (TransactionMemory* memory = memories; memory != nullptr; memory = memory->next_) {
            if (event == SUBXACT_EVENT_ABORT_SUB)
                memory->roll_back(level);
            else if (event == SUBXACT_EVENT_COMMIT_SUB)
                memory->release(level);
        }
    }
};

std::size_t TransactionMemory::value_offset() const {
    return MAXALIGN(key_size_) + MAXALIGN(sizeof(int));
}

int& TransactionMemory::level_of(char* entry) const {
    return *reinterpret_cast<int*>(entry + MAXALIGN(key_size_));
}

void TransactionMemory::begin() {
    static bool called_back = false;
    if (!called_back) {
        RegisterXactCallback(TransactionEvents::end_transaction, nullptr);
        RegisterSubXactCallback(TransactionEvents::end_subtransaction, nullptr);
        called_back = true;
    }
    if (!registered_) {
        next_ = memories;
        memories = this;
        registered_ = true;
    }
    HASHCTL control{};
    control.keysize = key_size_;
    control.entrysize = value_offset() + value_size_;
    control.hcxt = TopTransactionContext;
    table_ = hash_create("agentchat transaction memory", 64, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

TransactionMemory::Undo* TransactionMemory::make_undo() const {
    const std::size_t size = MAXALIGN(sizeof(Undo)) + value_offset() + value_size_;
    return static_cast<Undo*>(MemoryContextAlloc(TopTransactionContext, size));
}

void TransactionMemory::remember(Undo* undo, char* entry, int level, bool is_new) {
    undo->next = undo_;
    undo->level = level;
    undo->was_new = is_new;
    std::memcpy(undo->entry(), entry, value_offset() + value_size_);
    undo_ = undo;
}

void* TransactionMemory::change(const void* key, bool& is_new) {
    if (table_ == nullptr)
        begin();
    const int level = GetCurrentTransactionNestLevel();
    if (void* value = change_if_there(key)) {
        is_new = false;
        return value;
    }
    // The memory comes first. Without it, the new entry would stay after a rollback to the savepoint, without
    // a value.
    Undo* undo = level > 1 ? make_undo() : nullptr;
    auto* entry = static_cast<char*>(hash_search(table_, key, HASH_ENTER, nullptr));
    level_of(entry) = level;
    is_new = true;
    if (undo != nullptr)
        remember(undo, entry, level, true);
    return entry + value_offset();
}

void* TransactionMemory::change_if_there(const void* key) {
    if (table_ == nullptr)
        return nullptr;
    auto* entry = static_cast<char*>(hash_search(table_, key, HASH_FIND, nullptr));
    if (entry == nullptr)
        return nullptr;
    const int level = GetCurrentTransactionNestLevel();
    if (level_of(entry) < level) {
        remember(make_undo(), entry, level, false);
        level_of(entry) = level;
    }
    return entry + value_offset();
}

std::size_t TransactionMemory::size() const {
    return table_ == nullptr ? 0 : static_cast<std::size_t>(hash_get_num_entries(table_));
}

void TransactionMemory::each(FunctionRef<void(const void* key, const void* value)> visit) const {
    if (table_ == nullptr)
        return;
    HASH_SEQ_STATUS scan;
    hash_seq_init(&scan, table_);
    while (auto* entry = static_cast<char*>(hash_seq_search(&scan)))
        visit(entry, entry + value_offset());
}

void TransactionMemory::roll_back(int level) {
    while (undo_ != nullptr && undo_->level >= level) {
        Undo* undo = undo_;
        undo_ = undo->next;
        if (undo->was_new) {
            hash_search(table_, undo->entry(), HASH_REMOVE, nullptr);
        } else if (void* entry = hash_search(table_, undo->entry(), HASH_FIND, nullptr)) {
            std::memcpy(entry, undo->entry(), value_offset() + value_size_);
        }
        pfree(undo);
    }
}

void TransactionMemory::release(int level) {
    const int parent = level - 1;
    for (Undo** link = &undo_; *link != nullptr && (*link)->level == level;) {
        Undo* undo = *link;
        auto* entry = static_cast<char*>(hash_search(table_, undo->entry(), HASH_FIND, nullptr));
        if (entry != nullptr)
            level_of(entry) = parent;
        // Drop the undo entry if the parent is the transaction itself, because nothing rolls back to its
        // beginning. Also drop it if the parent has its own undo entry.
        const bool parent_has = !undo->was_new && level_of(undo->entry()) == parent;
        if (parent == 1 || parent_has) {
            *link = undo->next;
            pfree(undo);
        } else {
            undo->level = parent;
            link = &undo->next;
        }
    }
}

} // namespace agentchat::pg
