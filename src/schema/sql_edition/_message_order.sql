-- order_setting() returns the setting that remembers the last message that the transaction wrote to a
-- conversation: see set_created_at(). Its prefix is not agentchat: a session that has loaded the extension's
-- library reserves that one.
CREATE FUNCTION agentchat.order_setting(conversation uuid) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT 'agentchat_sql.order_' OPERATOR(pg_catalog.||) pg_catalog.left(conversation::pg_catalog.text, 2)
$function$;

-- forget_newest_message() makes set_created_at() trust only what is stored, because the newest message may
-- have been deleted or moved.
CREATE FUNCTION agentchat.forget_newest_message(conversation uuid) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    setting CONSTANT text := agentchat.order_setting(conversation);
BEGIN
    IF current_setting(setting, true) LIKE conversation || '|%|t' THEN
        PERFORM set_config(setting, regexp_replace(current_setting(setting), 't$', 'f'), true);
    END IF;
END
$function$;
