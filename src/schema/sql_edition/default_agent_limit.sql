-- The limit of users without an active subscription: the setting agentchat.default_agent_limit as ALTER
-- DATABASE has stored it, which only superusers may do. What a session sets is ignored, because without the
-- extension's library any user can set it. An owner who is no superuser replaces this function to change the
-- limit.
LANGUAGE sql SET search_path = pg_catalog, pg_temp
AS $function$
SELECT coalesce((
    SELECT split_part(c, '=', 2)::int
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c
    WHERE d.datname = current_database() AND s.setrole = 0
      AND starts_with(c, 'agentchat.default_agent_limit=')), 1)
$function$
