-- auth_profile() returns the values for users in a row of auth.users. A soft delete replaces the e-mail
-- address with a hash.
CREATE FUNCTION agentchat.auth_profile(auth_user jsonb, OUT email text, OUT name text, OUT avatar_url text)
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN auth_user ->> 'deleted_at' IS NULL THEN nullif(auth_user ->> 'email', '') END,
       agentchat.auth_user_name(auth_user -> 'raw_user_meta_data'),
       agentchat.auth_user_avatar_url(auth_user -> 'raw_user_meta_data')
$function$;

-- write_auth_user() inserts or updates the row of users, with that e-mail address. A column of an existing
-- row follows if its value changed in auth.users, or on an INSERT if it is NULL; the address always follows
-- then. Nobody but the owner may call it. It has no SET search_path: the triggers of users are yours.
CREATE FUNCTION agentchat.write_auth_user(id uuid, email text, before jsonb, after jsonb) RETURNS void
    LANGUAGE plpgsql
    AS $function$
DECLARE
    users CONSTANT pg_catalog.text := agentchat.tables_prefix() OPERATOR(pg_catalog.||) 'users';
    old_one CONSTANT pg_catalog.record := agentchat.auth_profile(before);
    new_one CONSTANT pg_catalog.record := agentchat.auth_profile(after);
    is_new CONSTANT boolean := before IS NULL;
    inserted boolean;
BEGIN
    EXECUTE pg_catalog.format('INSERT INTO %1$s (id, email, name, avatar_url) SELECT $1, $2, $3, $4
        WHERE NOT EXISTS (SELECT FROM %1$s u WHERE u.id OPERATOR(pg_catalog.=) $1)
        ON CONFLICT (id) DO NOTHING RETURNING true', users)
    INTO inserted USING id, email, new_one.name, new_one.avatar_url;
    IF inserted THEN
        RETURN;
    END IF;
    EXECUTE pg_catalog.format('UPDATE %s SET email = CASE WHEN $5 THEN $2 ELSE email END,
        name = CASE WHEN coalesce($6, name IS NULL) THEN $3 ELSE name END,
        avatar_url = CASE WHEN coalesce($7, avatar_url IS NULL) THEN $4 ELSE avatar_url END
        WHERE id OPERATOR(pg_catalog.=) $1 AND coalesce($5 OR $6 OR $7, true)', users)
    USING id, email, new_one.name, new_one.avatar_url,
        is_new OR agentchat.differ(old_one.email, new_one.email),
        CASE WHEN NOT is_new THEN agentchat.differ(old_one.name, new_one.name) END,
        CASE WHEN NOT is_new THEN agentchat.differ(old_one.avatar_url, new_one.avatar_url) END;
END
$function$;
REVOKE EXECUTE ON FUNCTION agentchat.write_auth_user(uuid, text, jsonb, jsonb) FROM PUBLIC;

-- differ() is IS DISTINCT FROM for functions without a search_path of their own.
CREATE FUNCTION agentchat.differ(before text, after text) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT before IS DISTINCT FROM after
$function$;
