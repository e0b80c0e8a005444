// Implements kept_statement.hpp: prepares statements, keeps them until a table changes, and runs them with
// the right privileges.
#include "pg/kept_statement.hpp"

#include "pg/error.hpp"
#include "pg/memory.hpp"
#include "pg/prelude.hpp"
#include "pg/session.hpp"

namespace agentchat::pg {

void KeptStatement::release(void* self) {
    --static_cast<KeptStatement*>(self)->running_;
}

namespace {

/// Raises 42809 unless both are tables, and 42501 unless they have the same owner. A view would run its
/// functions with the rights of the owner. A table of another owner would run its triggers with the rights of
/// this one.
void require_one_owner(Oid first, Oid second) {
    for (const Oid table : {first, second}) {
        const char kind = get_rel_relkind(table);
        if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
            raise({sqlstate::wrong_object_type, format("\"%s\" is not a table", get_rel_name(table)),
                   "agentchat needs a table with that name, not a view or a foreign table.",
                   "Run agentchat.check() to find the problems with the tables."});
    }
    if (relation_owner(first) != relation_owner(second))
        raise({sqlstate::insufficient_privilege, "the tables of agentchat belong to different owners",
               format("\"%s\" and \"%s\" have different owners.", get_rel_name(first), get_rel_name(second)),
               "Use ALTER TABLE ... OWNER TO ... to give them to one owner."});
}

} // namespace

const char* KeptStatement::text(Oid schema) const {
    return variant_text_ != nullptr ? variant_text_(schema, variant_) : text_(schema);
}

void KeptStatement::prepare(Oid schema, Oid first, Oid second) {
    if (prepared_) {
        prepared_ = false;
        statement_.discard();
    }
    watch_.stop();
    watch_.start(first, second);
    statement_ = Statement::prepare(text(schema), types_);
    // If planning fails, the statement is kept and fits no schema, and the next call frees it.
    schema_ = invalid_oid;
    statement_.keep();
    prepared_ = true;
    if (by_index_)
        statement_.plan_by_index();
    schema_ = schema;
    role_ = GetUserId();
    no_force_rls_ = no_force_rls();
}

template <typename Body>
void KeptStatement::run(Oid schema, Body body) {
    const Oid first = require_relation(schema, first_table_);
    const Oid second = require_relation(schema, second_table_);
    lock_against_change(first);
    lock_against_change(second);

    if (rights_ == Rights::owner)
        require_one_owner(first, second);

    connect();
    // The memory of the connection ends with the connection, by disconnect() or by an error.
    on_context_end(current_context(), release, this);
    ++running_;

    Oid caller;
    int security_context;
    GetUserIdAndSecContext(&caller, &security_context);
    if (rights_ == Rights::owner)
        SetUserIdAndSecContext(relation_owner(first),
                               security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    // A plan that is running cannot be replaced. In that case, this call prepares its own plan, which ends
    // with the call. PostgreSQL replans a statement for another role, though not by_index(), but not for a
    // change in how row-level security applies.
    const bool is_current = prepared_ && schema_ == schema && !watch_.changed() &&
                            no_force_rls_ == no_force_rls() && (!by_index_ || role_ == GetUserId());
    if (!is_current && running_ == 1)
        prepare(schema, first, second);
    body(is_current || running_ == 1 ? statement_ : Statement::prepare(text(schema), types_));
    // After an error, the end of the (sub)transaction restores the user.
    SetUserIdAndSecContext(caller, security_context);
    disconnect();
}

void KeptStatement::query(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver) {
    run(schema, [&](const Statement& statement) { statement.run(parameters, receiver); });
}

bool KeptStatement::exists(Oid schema, std::span<const Parameter> parameters) {
    bool found = false;
    run(schema, [&](const Statement& statement) { found = statement.exists(parameters); });
    return found;
}

bool KeptStatement::exists_latest(Oid schema, std::span<const Parameter> parameters) {
    bool found = false;
    Moment moment = Moment::now();
    run(schema, [&](const Statement& statement) {
        PushActiveSnapshot(moment.snapshot_);
        found = statement.exists(parameters);
        PopActiveSnapshot();
    });
    moment.end();
    return found;
}

Moment Moment::now() {
    // From now on, a snapshot sees the writes of earlier commands.
    CommandCounterIncrement();
    return Moment(RegisterSnapshot(GetLatestSnapshot()));
}

Moment Moment::of_transaction() {
    CommandCounterIncrement();
    return Moment(RegisterSnapshot(GetTransactionSnapshot()));
}

void Moment::end() {
    UnregisterSnapshot(snapshot_);
}

void KeptStatement::query_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters,
                             const RowReceiver& receiver) {
    run(schema, [&](const Statement& statement) {
        PushActiveSnapshot(moment.snapshot_);
        statement.run(parameters, receiver);
        PopActiveSnapshot();
    });
}

void KeptStatement::query_at_before(Oid schema, const Moment& moment, std::uint32_t command,
                                    std::span<const Parameter> parameters, const RowReceiver& receiver) {
    run(schema, [&](const Statement& statement) {
        PushCopiedSnapshot(moment.snapshot_);
        GetActiveSnapshot()->curcid = command;
        statement.run(parameters, receiver);
        PopActiveSnapshot();
    });
}

void KeptStatement::query_latest(Oid schema, std::span<const Parameter> parameters,
                                 const RowReceiver& receiver) {
    Moment moment = Moment::now();
    query_at(schema, moment, parameters, receiver);
    moment.end();
}

std::uint64_t KeptStatement::execute_latest(Oid schema, std::span<const Parameter> parameters) {
    std::uint64_t rows = 0;
    run(schema, [&](const Statement& statement) { rows = statement.execute_latest(parameters); });
    return rows;
}

std::uint64_t KeptStatement::execute_at(Oid schema, const Moment& moment,
                                        std::span<const Parameter> parameters) {
    std::uint64_t rows = 0;
    run(schema,
        [&](const Statement& statement) { rows = statement.execute_at(moment.snapshot_, parameters); });
    return rows;
}

void KeptStatement::execute_latest(Oid schema, std::span<const Parameter> parameters,
                                   const RowReceiver& receiver) {
    run(schema, [&](const Statement& statement) { statement.execute_latest(parameters, receiver); });
}

void KeptStatement::execute_at(Oid schema, const Moment& moment, std::span<const Parameter> parameters,
                               const RowReceiver& receiver) {
    run(schema,
        [&](const Statement& statement) { statement.execute_at(moment.snapshot_, parameters, receiver); });
}

} // namespace agentchat::pg
