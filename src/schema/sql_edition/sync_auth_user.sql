-- Copies the users of Supabase Auth to users. It runs as the role of Supabase Auth, which has no rights on
-- our tables, and writes with those of the owner. Therefore it works only on auth.users. An error becomes a
-- warning, because it must not stop the user from signing up or in. It has no SET search_path: the triggers
-- of users are yours.
LANGUAGE plpgsql SECURITY DEFINER
AS $function$
DECLARE
    users CONSTANT pg_catalog.text := agentchat.tables_prefix() OPERATOR(pg_catalog.||) 'users';
    before CONSTANT pg_catalog.jsonb := pg_catalog.to_jsonb(OLD);
    after CONSTANT pg_catalog.jsonb := pg_catalog.to_jsonb(NEW);
    id CONSTANT pg_catalog.uuid := coalesce(after, before) OPERATOR(pg_catalog.->>) 'id';
    email CONSTANT pg_catalog.text := (agentchat.auth_profile(after)).email;
    -- For a user without an address, or whose address belongs to another user.
    placeholder CONSTANT pg_catalog.text := id OPERATOR(pg_catalog.||) '@no-email.invalid';
    is_taken boolean;
BEGIN
    IF TG_WHEN OPERATOR(pg_catalog.<>) 'AFTER' OR TG_LEVEL OPERATOR(pg_catalog.<>) 'ROW' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'sync_auth_user', 'AFTER INSERT, UPDATE or DELETE',
            'FOR EACH ROW');
    END IF;
    IF TG_TABLE_SCHEMA OPERATOR(pg_catalog.<>) 'auth' OR TG_TABLE_NAME OPERATOR(pg_catalog.<>) 'users' THEN
        RAISE EXCEPTION 'agentchat.sync_auth_user() works only on the table auth.users'
            USING ERRCODE = 'trigger_protocol_violated',
                  HINT = 'To keep users in step with Supabase Auth, run: '
                         'SELECT * FROM agentchat.link_supabase_auth();';
    END IF;
    IF id IS NULL OR agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF after IS NULL THEN
        IF pg_catalog.to_regclass(users) IS NOT NULL THEN
            EXECUTE pg_catalog.format('DELETE FROM %s WHERE id OPERATOR(pg_catalog.=) $1', users) USING id;
        END IF;
        RETURN NULL;
    END IF;

    BEGIN
        BEGIN
            PERFORM agentchat.write_auth_user(id, coalesce(email, placeholder), before, after);
        EXCEPTION WHEN unique_violation THEN
            -- The user gets a placeholder and never the other row, which would be a way into another account.
            EXECUTE pg_catalog.format('SELECT true FROM %s WHERE email OPERATOR(pg_catalog.=) $2
                AND id OPERATOR(pg_catalog.<>) $1 LIMIT 1', users)
            INTO is_taken USING id, email;
            -- A transaction with one snapshot does not see a new row. If the address is not the cause, the
            -- error comes again.
            IF is_taken IS NULL AND pg_catalog.current_setting('transaction_isolation')
                OPERATOR(pg_catalog.=) 'read committed'
            THEN
                RAISE;
            END IF;
            PERFORM agentchat.write_auth_user(id, placeholder, before, after);
            RAISE WARNING 'e-mail address of a Supabase Auth user belongs to another user'
                USING DETAIL = pg_catalog.format('User %s gets the address %s instead.', id, placeholder),
                      HINT = 'After the other row of users is deleted or gets another e-mail address, run: '
                             'SELECT * FROM agentchat.link_supabase_auth();';
        END;
    EXCEPTION
        WHEN operator_intervention OR insufficient_resources OR system_error OR data_corrupted
            OR index_corrupted
        THEN
            RAISE;
        WHEN OTHERS THEN
            RAISE WARNING 'could not copy a Supabase Auth user to users'
                USING DETAIL = pg_catalog.format('User %s: %s (SQLSTATE %s).', id, SQLERRM, SQLSTATE),
                      HINT = 'After you fix the cause, run: SELECT * FROM agentchat.link_supabase_auth();';
    END;
    RETURN NULL;
END
$function$
