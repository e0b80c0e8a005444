// Includes the headers of PostgreSQL, for the files of src/pg/ and for module.cpp.
//
// Every #if on the version of PostgreSQL that concerns a header is here. Standard headers come first, because
// port.h of PostgreSQL redefines printf and its relatives.
#pragma once

#include "pg/standard.hpp"

extern "C" {
#include <postgres.h>

#if PG_VERSION_NUM < 160000
// PGDLLEXPORT of PostgreSQL 15 does not export symbols from a library that is built with hidden symbols.
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

#include <access/detoast.h>
#include <access/genam.h>
#include <access/heapam.h>
#include <access/htup_details.h>
#include <access/multixact.h>
#include <access/relation.h>
#include <access/stratnum.h>
#include <access/table.h>
#include <access/tableam.h>
#include <access/xact.h>
#include <catalog/dependency.h>
#include <catalog/namespace.h>
#include <catalog/partition.h>
#include <catalog/pg_am.h>
#include <catalog/pg_class.h>
#include <catalog/pg_collation.h>
#include <catalog/pg_extension.h>
#include <catalog/pg_namespace.h>
#include <catalog/pg_proc.h>
#include <catalog/pg_type.h>
#include <commands/trigger.h>
#include <common/cryptohash.h>
#include <common/hashfn.h>
#include <common/sha1.h>
#include <executor/executor.h>
#include <executor/spi.h>
#include <fmgr.h>
#include <mb/pg_wchar.h>
#include <miscadmin.h>
#include <nodes/pg_list.h>
#include <nodes/primnodes.h>
#include <regex/regex.h>
#include <regex/regexport.h>
#include <storage/bufmgr.h>
#include <storage/latch.h>
#include <storage/lmgr.h>
#include <storage/lock.h>
#include <storage/proc.h>
#include <storage/procarray.h>
#include <tcop/pquery.h>
#include <utils/acl.h>
#include <utils/array.h>
#include <utils/builtins.h>
#include <utils/datetime.h>
#include <utils/datum.h>
#include <utils/fmgroids.h>
#include <utils/guc.h>
#include <utils/hsearch.h>
#include <utils/inval.h>
#include <utils/json.h>
#include <utils/jsonb.h>
#include <utils/lsyscache.h>
#include <utils/memutils.h>
#include <utils/numeric.h>
#include <utils/rel.h>
#include <utils/resowner.h>
#include <utils/rls.h>
#include <utils/snapmgr.h>
#include <utils/syscache.h>
#include <utils/timestamp.h>
#include <utils/tuplestore.h>
#include <utils/uuid.h>
#include <utils/wait_event.h>
#if PG_VERSION_NUM >= 160000
#include <varatt.h>
#endif
}
