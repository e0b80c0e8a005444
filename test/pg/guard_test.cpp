// Functions that throw, for test/pg/guard.t: what agentchat::pg::guarded() makes of it.
#include <new>
#include <stdexcept>
#include <string>

#include "pg/entry.hpp"
#include "pg/error.hpp"
#include "pg/prelude.hpp"

namespace {

using agentchat::pg::Failure;

/// Alive objects; their destructors must have run when the error is raised.
int alive = 0;

struct Counted {
    Counted() { ++alive; }
    ~Counted() { --alive; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

    std::string text = std::string(10000, 'x');
};

/// 2,000 characters of two bytes each: more than fits, and the room's end falls into the middle of one.
std::string LongText() {
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "é";
    return text;
}

[[noreturn]] void Throw(int what) {
    const Counted inner;
    switch (what) {
    case 0:
        throw std::bad_alloc();
    case 1:
        throw std::runtime_error(LongText());
    case 2:
        throw 42;
    case 3:
        throw Failure({"PT402", "agent limit reached", "The limit is 3.", "Archive an agent."});
    case 4: {
        const std::string text = LongText();
        throw Failure({"22023", text.c_str(), text.c_str(), text.c_str()});
    }
    default:
        throw Failure({"22023", "only a message"});
    }
}

} // namespace

extern "C" {
PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(throw_it);
PGDLLEXPORT Datum throw_it(PG_FUNCTION_ARGS) {
    const int what = PG_GETARG_INT32(0);
    return agentchat::pg::guarded([what]() -> Datum {
        const Counted outer;
        Throw(what);
    });
}

PG_FUNCTION_INFO_V1(objects_alive);
PGDLLEXPORT Datum objects_alive(PG_FUNCTION_ARGS) {
    (void)fcinfo;
    return Int32GetDatum(alive);
}
}
