// Implements extension.hpp: looks up the extension in pg_extension.
#include "pg/extension.hpp"

#include "pg/prelude.hpp"

namespace agentchat::pg {

Oid extension_schema() {
    Relation extensions = table_open(ExtensionRelationId, AccessShareLock);
    ScanKeyData name;
    ScanKeyInit(&name, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
                CStringGetDatum("agentchat"));
    SysScanDesc scan = systable_beginscan(extensions, ExtensionNameIndexId, true, nullptr, 1, &name);
    HeapTuple extension = systable_getnext(scan);
    if (!HeapTupleIsValid(extension))
        elog(ERROR, "extension \"agentchat\" is not installed");
    const Oid schema = reinterpret_cast<Form_pg_extension>(GETSTRUCT(extension))->extnamespace;
    systable_endscan(scan);
    table_close(extensions, AccessShareLock);
    return schema;
}

} // namespace agentchat::pg
