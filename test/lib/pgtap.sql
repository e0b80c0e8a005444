-- Installs pgTAP in the schema tap.
-- is_sql: whether the functions are those of src/schema/sql_edition/. scripts/test sets the variable edition.
\if :{?edition}
\else
    \set edition extension
\endif
SELECT :'edition' = 'sql' AS is_sql \gset
CREATE SCHEMA tap;
CREATE EXTENSION pgtap SCHEMA tap;
