-- Installs pgTAP in the schema tap.
-- is_sql: whether the functions are those of src/schema/sql_edition/. scripts/test sets the variable edition.
\if :{?edition}
\else
    \set edition extension
\endif
SELECT :'edition' = 'sql' AS is_sql \gset
-- is_instrumented: whether sanitizers and the like take time and memory, as the variable instrumented says.
\if :{?instrumented}
\else
    \set instrumented ''
\endif
SELECT :'instrumented' <> '' AS is_instrumented \gset
CREATE SCHEMA tap;
CREATE EXTENSION pgtap SCHEMA tap;
