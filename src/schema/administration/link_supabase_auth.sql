-- auth_trigger() returns whether auth.users has the trigger that keeps users in step with it (present), and
-- whether the trigger is unchanged and enabled (good).
CREATE FUNCTION agentchat.auth_trigger(OUT present boolean, OUT good boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT count(*) > 0,
    -- AFTER INSERT OR UPDATE OR DELETE FOR EACH ROW, of all columns (src/include/catalog/pg_trigger.h).
    coalesce(bool_or(g.tgfoid = 'agentchat.sync_auth_user()'::regprocedure AND g.tgtype = 1 + 4 + 8 + 16
                     AND g.tgenabled IN ('O', 'A') AND g.tgqual IS NULL AND g.tgattr::text = ''), false)
FROM pg_trigger g
    JOIN pg_class c ON c.oid = g.tgrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'auth' AND c.relname = 'users' AND g.tgname = 'agentchat_sync_user' AND NOT g.tgisinternal
$function$;

-- require_supabase_auth() reports as an error what prevents reading auth.users, creating a trigger on it or
-- writing to users.
CREATE FUNCTION agentchat.require_supabase_auth() RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    auth_users CONSTANT oid := (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'auth' AND c.relname = 'users' AND c.relkind IN ('r', 'p'));
    users CONSTANT oid := (SELECT t.actual FROM agentchat.tables() t WHERE t.table_name = 'users');
    lacking text;
    foreign_code text;
BEGIN
    IF auth_users IS NULL THEN
        RAISE EXCEPTION 'table auth.users does not exist'
            USING ERRCODE = 'undefined_table',
                  DETAIL = 'agentchat.link_supabase_auth() copies the users of Supabase Auth to users.',
                  HINT = 'Without Supabase Auth, write to users from your application.';
    END IF;
    IF users IS NULL THEN
        RAISE EXCEPTION 'table users does not exist'
            USING ERRCODE = 'undefined_table', HINT = 'First run: SELECT * FROM agentchat.adopt();';
    END IF;

    SELECT string_agg(format('%s (%s)', w.name, w.types[1]), ', ' ORDER BY w.name) INTO lacking
    FROM (VALUES ('id', '{uuid}'::text[]), ('email', '{character varying,text}'),
                 ('raw_user_meta_data', '{jsonb}')) AS w (name, types)
    WHERE NOT EXISTS (SELECT FROM pg_attribute a
                      WHERE a.attrelid = auth_users AND a.attname = w.name AND NOT a.attisdropped
                        AND format_type(a.atttypid, NULL) = ANY (w.types));
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'table auth.users does not match that of Supabase'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('These columns are missing or have other types: %s.', lacking);
    END IF;

    SELECT string_agg(w.privilege, ', ' ORDER BY w.n) INTO lacking
    FROM (VALUES (1, 'USAGE of the schema', has_schema_privilege('auth', 'USAGE')),
                 (2, 'SELECT', has_table_privilege(auth_users, 'SELECT')),
                 (3, 'TRIGGER', has_table_privilege(auth_users, 'TRIGGER'))) AS w (n, privilege, has)
    WHERE NOT w.has;
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'permission denied to link auth.users'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The role %I lacks %s.', current_user, lacking),
                  HINT = format('Run as the owner of auth.users: GRANT USAGE ON SCHEMA auth TO %1$I; '
                                'GRANT SELECT, TRIGGER ON auth.users TO %1$I;', current_user);
    END IF;

    -- Otherwise only the visible users would be copied, without a word about the others.
    SELECT string_agg(t.relation::text, ', ' ORDER BY t.n) INTO lacking
    FROM unnest(ARRAY[auth_users, users]::regclass[]) WITH ORDINALITY t (relation, n)
    WHERE row_security_active(t.relation);
    IF lacking IS NOT NULL THEN
        RAISE EXCEPTION 'row-level security may hide users from the role %', quote_ident(current_user)
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('Row-level security applies to the role on %s.', lacking),
                  HINT = 'If it is forced on the owner, lift that meanwhile: '
                         'ALTER TABLE ... NO FORCE ROW LEVEL SECURITY. '
                         'Otherwise a superuser can give the role BYPASSRLS.';
    END IF;

    -- Planning a query runs the functions in the table's indexes, statistics and constraints with the
    -- caller's rights. Nobody must get a superuser's rights that way. PostgreSQL's own functions have no
    -- entries in pg_depend, and the table of Supabase has no others. The lock keeps others from being added.
    IF (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
       AND NOT (SELECT r.rolsuper FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
                WHERE c.oid = auth_users) THEN
        LOCK TABLE auth.users IN SHARE UPDATE EXCLUSIVE MODE;
        SELECT pg_describe_object(o.classid, o.objid, 0) INTO foreign_code
        FROM (SELECT 'pg_class'::regclass AS classid, i.indexrelid AS objid FROM pg_index i
              WHERE i.indrelid = auth_users
              UNION ALL SELECT 'pg_statistic_ext'::regclass, e.oid FROM pg_statistic_ext e
              WHERE e.stxrelid = auth_users
              UNION ALL SELECT 'pg_constraint'::regclass, k.oid FROM pg_constraint k
              WHERE k.conrelid = auth_users
              UNION ALL SELECT 'pg_attrdef'::regclass, f.oid FROM pg_attrdef f
              WHERE f.adrelid = auth_users) o
        WHERE EXISTS (SELECT FROM pg_depend d
                      WHERE d.classid = o.classid AND d.objid = o.objid
                        AND d.refclassid IN ('pg_proc'::regclass, 'pg_operator'::regclass,
                                             'pg_opclass'::regclass))
        UNION ALL SELECT format('table %s, which inherits from it', h.inhrelid::regclass)
        FROM pg_inherits h WHERE h.inhparent = auth_users
        LIMIT 1;
        IF foreign_code IS NOT NULL THEN
            RAISE EXCEPTION 'auth.users calls functions that must not run with a superuser''s rights'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = format('The table has the %s.', foreign_code),
                      HINT = 'Give the tables of agentchat to a role that is not a superuser, and run '
                             'agentchat.link_supabase_auth() as that role.';
        END IF;
    END IF;
END
$function$;

-- link_supabase_auth() puts the trigger on auth.users and copies its rows to users.
CREATE FUNCTION agentchat.link_supabase_auth()
    RETURNS TABLE (object text, outcome text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    was_there boolean;
    linked boolean;
    source text;
    updated uuid[] := ARRAY[]::uuid[];
    written uuid[];
    copied bigint := 0;
    number bigint;
BEGIN
    PERFORM agentchat.require_owner('link them');
    PERFORM agentchat.require_supabase_auth();

    -- A second session waits here, and then finds nothing left to do.
    PERFORM pg_advisory_xact_lock('agentchat.link_supabase_auth()'::regprocedure::oid::bigint);
    SELECT t.present, t.good INTO was_there, linked FROM agentchat.auth_trigger() t;

    -- The users of Supabase Auth the way agentchat.sync_auth_user() reads them, beside their rows in users.
    -- Single sign-on allows several of them with the same e-mail address. The one with this address in users
    -- comes first, then the oldest.
    SELECT format(
        $query$
        SELECT a.*, u.id IS NOT NULL AS present, u.email AS present_email,
            u.name IS NULL AND a.name IS NOT NULL
                OR u.avatar_url IS NULL AND a.avatar_url IS NOT NULL AS fills,
            row_number() OVER (PARTITION BY a.email
                               ORDER BY u.email IS NOT DISTINCT FROM a.email DESC, a.created_at, a.id) AS turn
        FROM (SELECT id, nullif(%2$s, '')::text AS email, id || '@no-email.invalid' AS placeholder,
                  agentchat.auth_user_name(raw_user_meta_data) AS name,
                  agentchat.auth_user_avatar_url(raw_user_meta_data) AS avatar_url,
                  coalesce(%3$s, now()) AT TIME ZONE 'utc' AS created_at
              FROM auth.users) a
            LEFT JOIN %1$susers u ON u.id = a.id
        $query$,
        prefix,
        -- A softly deleted user has a hash in place of the e-mail address.
        CASE WHEN bool_or(a.attname = 'deleted_at') THEN 'CASE WHEN deleted_at IS NULL THEN email END'
             ELSE 'email' END,
        CASE WHEN bool_or(a.attname = 'created_at' AND a.atttypid = 'timestamptz'::regtype) THEN 'created_at'
             ELSE 'NULL' END)
    INTO source
    FROM pg_attribute a
    WHERE a.attrelid = 'auth.users'::regclass AND NOT a.attisdropped;

    LOOP
        -- An e-mail address that a row gives up in the first round is free for another row in the second.
        -- Changes of the users stay: names and pictures are filled in only if they are missing, and only
        -- once.
        FOR round IN 1 .. 2 LOOP
            EXECUTE format(
                $query$
                WITH written AS (
                    UPDATE %1$susers u SET email = n.email,
                        name = CASE WHEN $1 THEN coalesce(u.name, n.name) ELSE u.name END,
                        avatar_url = CASE WHEN $1 THEN coalesce(u.avatar_url, n.avatar_url)
                                     ELSE u.avatar_url END
                    FROM (SELECT s.id, s.name, s.avatar_url, s.fills,
                              CASE WHEN s.present_email = s.email THEN s.email
                                   WHEN s.email IS NOT NULL AND s.turn = 1
                                       AND NOT EXISTS (SELECT FROM %1$susers o WHERE o.email = s.email)
                                       THEN s.email
                                   ELSE s.placeholder END AS email
                          FROM (%2$s) s
                          WHERE s.present
                            AND (s.present_email <> coalesce(s.email, s.placeholder) OR $1 AND s.fills)) n
                    WHERE u.id = n.id AND (u.email <> n.email OR $1 AND n.fills)
                    RETURNING u.id)
                SELECT array_agg(id) FROM written
                $query$, prefix, source) INTO written USING NOT was_there;
            EXIT WHEN written IS NULL;
            updated := updated || written;
        END LOOP;

        EXECUTE format(
            $query$
            INSERT INTO %1$susers (id, email, name, avatar_url, created_at)
            SELECT s.id,
                CASE WHEN s.email IS NOT NULL AND s.turn = 1
                         AND NOT EXISTS (SELECT FROM %1$susers o WHERE o.email = s.email) THEN s.email
                     ELSE s.placeholder END,
                s.name, s.avatar_url, s.created_at
            FROM (%2$s) s
            WHERE NOT s.present
            ON CONFLICT (id) DO NOTHING
            $query$, prefix, source);
        GET DIAGNOSTICS number = ROW_COUNT;
        copied := copied + number;

        -- The lock of CREATE TRIGGER blocks sign-ups until the transaction ends. Therefore most users are
        -- copied before it, and after it those who have signed up meanwhile.
        EXIT WHEN linked;
        CREATE OR REPLACE TRIGGER agentchat_sync_user AFTER INSERT OR UPDATE OR DELETE ON auth.users
            FOR EACH ROW EXECUTE FUNCTION agentchat.sync_auth_user();
        linked := true;
        object := 'trigger agentchat_sync_user of auth.users';
        outcome := CASE WHEN was_there THEN 'recreated' ELSE 'created' END;
        RETURN NEXT;
    END LOOP;

    object := 'users';
    IF copied > 0 THEN
        outcome := format('%s copied', copied);
        RETURN NEXT;
    END IF;
    number := (SELECT count(DISTINCT id) FROM unnest(updated) id);
    IF number > 0 THEN
        outcome := format('%s updated', number);
        RETURN NEXT;
    END IF;

    outcome := 'has a placeholder because another row of users has the e-mail address; they are not linked';
    FOR object IN EXECUTE format(
        'SELECT format(''user %%s'', s.id) FROM (%s) s '
        'WHERE s.present AND s.present_email <> s.email ORDER BY s.id', source)
    LOOP
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.link_supabase_auth() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.link_supabase_auth() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.link_supabase_auth() IS
'Keeps users in step with auth.users of Supabase Auth by a trigger there, and copies the users who have '
'already signed up. It returns a row for each thing done, and for each user whose e-mail address is in '
'another row of users: such a user gets the placeholder <id>@no-email.invalid and is not linked to that row. '
'A second call only reports those users. Errors: 42P01 table auth.users or users does not exist; 42804 '
'auth.users does not match that of Supabase; 42501 not the owner of users, or not allowed to read auth.users '
'and create triggers on it.';
