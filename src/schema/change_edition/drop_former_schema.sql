-- Drops what only the functions in SQL need. This comes last: sessions that append messages wait for the view
-- from here on, and fail if they were on the way to it.
DROP VIEW @views_to_drop@;
DROP TABLE @tables_to_drop@;
DROP FUNCTION
    @functions_to_drop@;
DROP SCHEMA agentchat_before_change_edition;
