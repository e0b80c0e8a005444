#include "pg/kept_statement.hpp"

#include "pg/memory.hpp"
#include "pg/prelude.hpp"

namespace agentchat::pg {

void KeptStatement::release(void* self) {
    --static_cast<KeptStatement*>(self)->running_;
}

void KeptStatement::prepare(Oid schema, Oid first, Oid second) {
    if (prepared_) {
        prepared_ = false;
        statement_.discard();
    }
    watch_.stop();
    watch_.start(first, second);
    statement_ = Statement::prepare(text_(schema), types_);
    statement_.keep();
    schema_ = schema;
    prepared_ = true;
}

template <typename Body>
void KeptStatement::run(Oid schema, Body body) {
    const Oid first = require_relation(schema, first_table_);
    const Oid second = require_relation(schema, second_table_);
    lock_against_change(first);
    lock_against_change(second);

    connect();
    // The connection's memory ends with it, whether by disconnect() or by an error.
    on_context_end(current_context(), release, this);
    ++running_;

    Oid caller;
    int security_context;
    GetUserIdAndSecContext(&caller, &security_context);
    if (rights_ == Rights::owner)
        SetUserIdAndSecContext(relation_owner(first),
                               security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
    // While it runs, PostgreSQL plans it anew by itself where it must; only its text stays.
    if (running_ == 1 && (!prepared_ || schema_ != schema || watch_.changed()))
        prepare(schema, first, second);
    body();
    // After an error, the end of the (sub)transaction does this.
    SetUserIdAndSecContext(caller, security_context);
    disconnect();
}

void KeptStatement::query(Oid schema, std::span<const Parameter> parameters, const RowReceiver& receiver) {
    run(schema, [&] { statement_.run(parameters, receiver); });
}

void KeptStatement::query_latest(Oid schema, std::span<const Parameter> parameters,
                                 const RowReceiver& receiver) {
    run(schema, [&] {
        // A snapshot sees what earlier commands have written.
        CommandCounterIncrement();
        PushActiveSnapshot(GetLatestSnapshot());
        statement_.run(parameters, receiver);
        PopActiveSnapshot();
    });
}

void KeptStatement::execute_latest(Oid schema, std::span<const Parameter> parameters) {
    run(schema, [&] { statement_.execute_latest(parameters); });
}

} // namespace agentchat::pg
