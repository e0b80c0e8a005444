// Implements harness.hpp, and the functions that libFuzzer calls.
#include "test/fuzz/harness.hpp"

#include <algorithm>
#include <cstdio>

#include "pg/entry.hpp"
#include "pg/prelude.hpp"

extern "C" {
#include <catalog/pg_authid.h>
#include <tcop/tcopprot.h>
}

namespace agentchat::fuzz {

namespace {

MemoryContext input_context = nullptr;

/// The message of the last error, for reports.
std::string last_error;

/// Takes the messages of PostgreSQL. Those of memory contexts tell of writes behind a chunk (AllocSetCheck in
/// src/backend/utils/mmgr/aset.c), which AddressSanitizer misses if they end within the alignment.
void take_message(ErrorData* message) {
    message->output_to_server = false;
    if (message->elevel == WARNING && message->message != nullptr)
        require(std::strstr(message->message, "past chunk end") == nullptr &&
                    std::strstr(message->message, "problem in alloc set") == nullptr,
                message->message);
}

/// Does what main() and InitPostgres() do before the first statement, as far as no cluster is needed.
void start_postgres() {
    MemoryContextInit();
    (void)set_stack_base();
    InitializeGUCOptions();
    // AddressSanitizer makes frames larger. The stack has 8 MB.
    SetConfigOption("max_stack_depth", "4MB", PGC_SUSET, PGC_S_OVERRIDE);
    emit_log_hook = take_message;
    whereToSendOutput = DestNone;
    SetDatabaseEncoding(PG_UTF8);
    SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, 0);
    // pg_cryptohash_create() notes what it makes there.
    CurrentResourceOwner = ResourceOwnerCreate(nullptr, "fuzz");
    input_context = AllocSetContextCreate(TopMemoryContext, "fuzz", ALLOCSET_DEFAULT_SIZES);
}

/// Forgets the error, and returns its SQLSTATE.
std::string take_error() {
    MemoryContextSwitchTo(input_context);
    const ErrorData* error = CopyErrorData();
    FlushErrorState();
    last_error = error->message;
    return unpack_sql_state(error->sqlerrcode);
}

} // namespace

void require(bool condition, const char* what) {
    if (condition)
        return;
    if (!last_error.empty())
        fprintf(stderr, "the last error was: %s\n", last_error.c_str());
    fprintf(stderr, "FOUND: %s\n", what);
    std::abort();
}

void require_equal(std::string_view ours, std::string_view expected, const char* what) {
    if (ours == expected)
        return;
    const auto print = [](const char* name, std::string_view text) {
        fprintf(stderr, "%s (%zu bytes): ", name, text.size());
        for (const char c : text)
            fprintf(stderr, c >= ' ' && c < 0x7f ? "%c" : "<%02x>", static_cast<unsigned char>(c));
        fputc('\n', stderr);
    };
    print("ours", ours);
    print("expected", expected);
    require(false, what);
}

std::optional<std::string> error_of(pg::FunctionRef<void()> work) {
    MemoryContext caller = CurrentMemoryContext;
    // Volatile, as its value must survive the longjmp.
    volatile bool has_failed = false;
    PG_TRY();
    {
        pg::guarded([&] { work(); });
    }
    PG_CATCH();
    { has_failed = true; }
    PG_END_TRY();
    if (!has_failed)
        return std::nullopt;
    std::string sqlstate = take_error();
    MemoryContextSwitchTo(caller);
    return sqlstate;
}

void allow_errors(std::initializer_list<std::string_view> sqlstates, pg::FunctionRef<void()> work) {
    const std::optional<std::string> error = error_of(work);
    if (error && std::find(sqlstates.begin(), sqlstates.end(), *error) == sqlstates.end())
        require_equal(*error, "", "an error that no page documents");
}

std::optional<std::uintptr_t> parse_jsonb(std::string_view text) {
    const char* copy = pnstrdup(text.data(), text.size());
    std::uintptr_t jsonb = 0;
    const bool has_failed =
        error_of([&] { jsonb = DirectFunctionCall1(jsonb_in, CStringGetDatum(copy)); }).has_value();
    return has_failed ? std::nullopt : std::optional(jsonb);
}

std::string_view bytes_of(std::uintptr_t jsonb) {
    const char* value = DatumGetPointer(jsonb);
    return {VARDATA(value), VARSIZE(value) - VARHDRSZ};
}

std::string_view jsonb_out(std::uintptr_t jsonb) {
    Jsonb* value = DatumGetJsonbP(jsonb);
    return JsonbToCString(nullptr, &value->root, VARSIZE(value));
}

void require_stored_form(std::uintptr_t jsonb, const char* what) {
    const std::optional<std::uintptr_t> again = parse_jsonb(jsonb_out(jsonb));
    require(again.has_value(), what);
    require_equal(bytes_of(jsonb), bytes_of(*again), what);
}

std::string as_text(std::string_view bytes) {
    std::string text(bytes);
    for (std::size_t at = 0; at < text.size();) {
        const auto* from = reinterpret_cast<const unsigned char*>(text.data()) + at;
        const auto size = static_cast<std::size_t>(pg_utf_mblen(from));
        if (text[at] != '\0' && size <= text.size() - at && pg_utf8_islegal(from, static_cast<int>(size))) {
            at += size;
            continue;
        }
        text[at] = text[at] == '\0' ? '0' : static_cast<char>(text[at] & 0x7f);
        // 0x80 would become the byte 0.
        if (text[at] == '\0')
            text[at] = '0';
        ++at;
    }
    return text;
}

std::uint8_t Input::byte() {
    const std::string_view taken = bytes(1);
    return taken.empty() ? 0 : static_cast<std::uint8_t>(taken.front());
}

std::uint64_t Input::number() {
    std::uint64_t number = 0;
    const std::string_view taken = bytes(sizeof(number));
    std::memcpy(&number, taken.data(), taken.size());
    return number;
}

std::string_view Input::bytes(std::size_t most) {
    const std::string_view taken = rest_.substr(0, most);
    rest_.remove_prefix(taken.size());
    return taken;
}

std::string_view Input::before(char separator) {
    const std::string_view taken = rest_.substr(0, rest_.find(separator));
    rest_.remove_prefix(std::min(rest_.size(), taken.size() + 1));
    return taken;
}

} // namespace agentchat::fuzz

extern "C" int LLVMFuzzerInitialize(int*, char***) {
    agentchat::fuzz::start_postgres();
    return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace agentchat::fuzz;
    MemoryContextSwitchTo(input_context);
    last_error.clear();
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::optional<std::string> error = error_of([&] { fuzz(input); });
    if (error)
        require_equal(*error, "", "an error that the target did not expect");
    MemoryContextSwitchTo(TopMemoryContext);
    MemoryContextReset(input_context);
    return 0;
}
