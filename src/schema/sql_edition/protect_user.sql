-- Lets users under row-level security change only their name and avatar. A policy cannot compare the new row
-- with the old one. If users could change their e-mail address, they could use it to get into another
-- account.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    changed text;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'protect_user', 'AFTER UPDATE', 'FOR EACH ROW');
    END IF;
    IF NEW *= OLD OR NOT agentchat.is_under_policies(TG_RELID) THEN
        RETURN NULL;
    END IF;
    SELECT a.attname INTO changed
    FROM pg_attribute a, row_to_json(OLD) o, row_to_json(NEW) n
    WHERE a.attrelid = TG_RELID AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      AND a.attname NOT IN ('name', 'avatar_url', 'updated_at')
      AND (o -> a.attname::text)::text <> (n -> a.attname::text)::text
    ORDER BY a.attnum LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'users may change only their name and avatar'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The column "%s" would change.', changed),
                  HINT = 'Change it with a role that is not subject to row-level security, such as '
                         'service_role.';
    END IF;
    RETURN NULL;
END
$function$
