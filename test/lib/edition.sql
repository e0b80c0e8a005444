-- Sets the variable is_sql_edition: whether the functions are those in SQL.
\set edition ''
\getenv edition EDITION
SELECT :'edition' = 'sql' AS is_sql_edition \gset
