-- agentchat 0.2.0, the SQL edition: the tables of an AI chat application, their rules, and the functions
-- that read and write them, for servers on which the extension cannot be installed.
--
-- Run this file as the owner of the database, in any way: psql -f, the SQL editor of Supabase, a migration.
-- It is one statement: nothing is half installed. A second run changes nothing and says what is there.
--
-- The tables and the functions that clients call come into the schema @extschema@, all else into the schema
-- agentchat.
DO $agentchat_install$
DECLARE
    callers_search_path CONSTANT text := pg_catalog.current_setting('search_path');
    callers_check CONSTANT text := pg_catalog.current_setting('check_function_bodies');
    present record;
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer OPERATOR(pg_catalog.<) 150000 THEN
        RAISE EXCEPTION 'agentchat needs PostgreSQL 15 or later'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = pg_catalog.format('This is PostgreSQL %s.',
                                             pg_catalog.current_setting('server_version')),
                  HINT = 'Upgrade the server.';
    END IF;
    IF pg_catalog.current_setting('server_encoding') OPERATOR(pg_catalog.<>) 'UTF8' THEN
        RAISE EXCEPTION 'agentchat needs a database with the encoding UTF8'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = pg_catalog.format('The encoding is %s.',
                                             pg_catalog.current_setting('server_encoding')),
                  HINT = 'Create one: CREATE DATABASE chat TEMPLATE template0 ENCODING ''UTF8'';';
    END IF;
    IF pg_catalog.to_regproc('agentchat.version') IS NOT NULL THEN
        SELECT v.edition, v.version INTO present FROM agentchat.version() v;
        IF present.edition OPERATOR(pg_catalog.=) 'sql' AND present.version OPERATOR(pg_catalog.=) '0.2.0'
        THEN
            RAISE NOTICE 'agentchat 0.2.0 is already installed'
                USING HINT = 'To bring the tables up to date, run as their owner: '
                             'SELECT * FROM agentchat.adopt();';
        ELSIF present.edition OPERATOR(pg_catalog.=) 'sql' THEN
            RAISE EXCEPTION 'another version of agentchat is installed'
                USING ERRCODE = 'duplicate_object',
                      DETAIL = pg_catalog.format('The installed version is %s, this file has 0.2.0.',
                                                 present.version),
                      HINT = pg_catalog.format('Get the statements that lead from one to the other: '
                                               'npx agentchat migration --from %s', present.version);
        ELSE
            RAISE EXCEPTION 'the extension agentchat is installed'
                USING ERRCODE = 'duplicate_object',
                      DETAIL = 'It has all that this file would install.',
                      HINT = 'To replace it by the same functions in SQL, without changing a row, run: '
                             'SELECT agentchat.change_edition(''sql'');';
        END IF;
        RETURN;
    ELSIF EXISTS (SELECT FROM pg_catalog.pg_namespace n
                  WHERE n.nspname OPERATOR(pg_catalog.=) 'agentchat') THEN
        RAISE EXCEPTION 'schema "agentchat" already exists'
            USING ERRCODE = 'duplicate_schema',
                  DETAIL = 'agentchat creates that schema for its internal functions.',
                  HINT = 'Rename or drop the existing schema, then run this file again.';
    END IF;

    -- As CREATE EXTENSION does (execute_extension_script() in src/backend/commands/extension.c): functions
    -- may call others that come later.
    PERFORM pg_catalog.set_config('check_function_bodies', 'off', true);
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, @extschema@, pg_temp', true);

-- What is installed.


-- Stops the script if a function of the user has the name of one of ours. PostgreSQL would accept a function
-- with other arguments beside ours, and callers might get either.
DO $function_names$
DECLARE
    taken text;
BEGIN
    SELECT p.oid::pg_catalog.regprocedure::text INTO taken
    FROM pg_catalog.pg_proc p
    WHERE p.pronamespace OPERATOR(pg_catalog.=) '@extschema@'::pg_catalog.regnamespace
      AND p.proname OPERATOR(pg_catalog.=) ANY (ARRAY[
          'advance_workflow', 'agent_usage', 'append_chunks', 'append_messages', 'create_conversation',
          'current_user_id', 'finish_run', 'fork_conversation', 'get_agent', 'get_context',
          'get_conversation', 'get_conversation_json', 'heartbeat_run', 'list_conversations', 'read_chunks',
          'recover_run', 'search_messages', 'start_run', 'stop_run', 'truncate_conversation',
          'update_conversation', 'validate_tool_input'
          ]::pg_catalog.name[])
      -- An update finds the functions of the previous version.
      AND NOT EXISTS (
          SELECT FROM pg_catalog.pg_depend d
              JOIN pg_catalog.pg_extension e ON d.refobjid OPERATOR(pg_catalog.=) e.oid
          WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND d.objid OPERATOR(pg_catalog.=) p.oid
            AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_extension'::pg_catalog.regclass
            AND e.extname OPERATOR(pg_catalog.=) 'agentchat')
    ORDER BY p.oid
    LIMIT 1;
    IF taken IS NOT NULL THEN
        RAISE EXCEPTION 'a function with a name that agentchat needs already exists'
            USING ERRCODE = 'duplicate_function',
                  DETAIL = pg_catalog.format('The schema %s contains %s.', '@extschema@', taken),
                  HINT = 'Rename it, or install agentchat into a separate schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;
END
$function_names$;

-- The schema agentchat, for functions that users do not call, and the trigger function of version 0.1.0.
-- Their comments are in rules.sql, for updates from that version.
CREATE SCHEMA agentchat;

-- Everything that a trigger or a policy calls is granted to PUBLIC. The grants that an extension's script
-- makes on the extension's own functions are in pg_init_privs and not in dumps. A restore would lose any
-- other grant.
GRANT USAGE ON SCHEMA agentchat TO PUBLIC;

CREATE FUNCTION agentchat.agent_query(format text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    instances CONSTANT regclass := agentchat.table_of('agent_instances');
    definitions CONSTANT regclass := agentchat.table_of('agent_definitions');
    tools CONSTANT regclass := agentchat.table_of('agent_tools');
BEGIN
    PERFORM agentchat.type_of_column(instances, c, 'uuid')
    FROM unnest('{id, user_id, definition_id}'::text[]) c;
    PERFORM agentchat.type_of_column(definitions, c, 'uuid') FROM unnest('{id, user_id}'::text[]) c;
    PERFORM agentchat.type_of_column(tools, 'id', 'uuid');
    RETURN format(
        'SELECT agentchat.agent_document(%L, a.instance, a.definition, '
            'ARRAY(SELECT pg_catalog.to_jsonb(t.*) FROM %s t '
                'WHERE t.id OPERATOR(pg_catalog.=) ANY (n.ids) '
                'OR t.name::pg_catalog.text OPERATOR(pg_catalog.=) ANY (n.names))) '
        'FROM (SELECT pg_catalog.to_jsonb(i.*) AS instance, pg_catalog.to_jsonb(d.*) AS definition '
            'FROM %s i LEFT JOIN %s d ON d.id OPERATOR(pg_catalog.=) i.definition_id '
            'AND (d.is_public OR d.user_id OPERATOR(pg_catalog.=) i.user_id) '
            'WHERE i.id OPERATOR(pg_catalog.=) $1 LIMIT 1) a '
        'CROSS JOIN LATERAL agentchat.names_of_tools(a.definition) n', format, tools, instances, definitions);
END
$function$;

-- names_of_tools() returns the texts in the tools of a definition, and those of them that are UUIDs.
CREATE FUNCTION agentchat.names_of_tools(definition jsonb, OUT names text[], OUT ids uuid[])
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(e #>> '{}'), array_agg(agentchat.parse_uuid(e #>> '{}'))
FROM jsonb_path_query(definition, 'strict $.tools ? (@.type() == "array")[*] ? (@.type() == "string")',
                      silent => true) e
$function$;

-- agent_document() puts the agent together. A tool comes once, in the order of the definition; an id comes
-- before a name that looks the same.
CREATE FUNCTION agentchat.agent_document(format text, instance jsonb, definition jsonb, candidates jsonb[])
    RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH named AS (
    SELECT e.n, e.value, (SELECT t FROM unnest(candidates) t
        WHERE jsonb_typeof(e.value) = 'string'
          AND ((t ->> 'id')::uuid = agentchat.parse_uuid(e.value #>> '{}') OR t ->> 'name' = e.value #>> '{}')
        ORDER BY (t ->> 'id')::uuid IS NOT DISTINCT FROM agentchat.parse_uuid(e.value #>> '{}') DESC
        LIMIT 1) AS tool
    FROM jsonb_array_elements(CASE jsonb_typeof(definition -> 'tools')
        WHEN 'array' THEN definition -> 'tools' END) WITH ORDINALITY e (value, n)
), tools AS (
    SELECT DISTINCT ON (tool ->> 'name') n, tool FROM named WHERE tool IS NOT NULL ORDER BY tool ->> 'name', n
)
SELECT jsonb_build_object(
        'status', instance -> 'status',
        'definition_status', CASE WHEN definition IS NULL THEN 'gone' ELSE 'available' END,
        'configuration',
            CASE jsonb_typeof(definition -> 'capabilities') WHEN 'object' THEN definition -> 'capabilities'
            ELSE '{}' END
            || CASE jsonb_typeof(instance -> 'configuration') WHEN 'object' THEN instance -> 'configuration'
               ELSE '{}' END)
    || CASE format WHEN 'rows' THEN jsonb_build_object('instance', instance, 'definition', definition,
            'tools', ARRAY(SELECT tool FROM tools ORDER BY n),
            'missing_tools', ARRAY(SELECT value FROM named WHERE tool IS NULL ORDER BY n))
       ELSE jsonb_build_object('id', instance -> 'id', 'name', instance -> 'name',
            'system', CASE WHEN definition ->> 'system_prompt' ~ '[^\s\u001c-\u001f\u0085\u00a0\ufeff]'
                THEN definition -> 'system_prompt' END,
            'tools', (SELECT COALESCE(jsonb_object_agg(tool ->> 'name',
                    CASE jsonb_typeof(tool -> 'description') WHEN 'string'
                        THEN jsonb_build_object('description', tool -> 'description') ELSE '{}' END
                    || jsonb_build_object('inputSchema', tool -> 'schema')), '{}') FROM tools)) END
$function$;

CREATE UNLOGGED TABLE agentchat.agent_locks (bucket integer PRIMARY KEY);

-- usage_of_agents() returns how many agents users have and may have. Of several subscriptions the one with
-- the largest limit counts; -1 is the largest. It counts the rows that the current user can see.
CREATE FUNCTION agentchat.usage_of_agents(
    users uuid[], OUT user_id uuid, OUT used bigint, OUT agent_limit bigint, OUT plan text
) RETURNS SETOF record
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format($query$
        SELECT u.user_id, a.number, coalesce(best.agent_limit, agentchat.default_agent_limit())::int8,
            best.plan::text
        FROM unnest($1) u (user_id)
            CROSS JOIN LATERAL (
                SELECT count(*) AS number FROM %1$sagent_instances i
                WHERE i.user_id = u.user_id AND i.status <> 'archived') a
            LEFT JOIN LATERAL (
                SELECT s.agent_limit, s.plan FROM %1$ssubscriptions s
                WHERE s.user_id = u.user_id AND s.is_active AND s.agent_limit IS NOT NULL
                ORDER BY s.agent_limit = -1 DESC, s.agent_limit DESC, s.created_at DESC, s.id
                LIMIT 1) best ON true
        $query$, agentchat.tables_prefix())
    USING users;
END
$function$;

-- own_usage_of_agents() counts all agents of the caller, even those that policies hide. It has the rights of
-- the owner, and everyone may call it: it tells about nobody else.
CREATE FUNCTION agentchat.own_usage_of_agents(
    OUT user_id uuid, OUT used bigint, OUT agent_limit bigint, OUT plan text
) RETURNS SETOF record
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT agentchat.require_all_rows('agent_instances', 'subscriptions');
SELECT * FROM agentchat.usage_of_agents(ARRAY[agentchat.caller()])
$function$;

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

-- differ() is IS DISTINCT FROM for functions without a search_path of their own.
CREATE FUNCTION agentchat.differ(before text, after text) RETURNS boolean
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT before IS DISTINCT FROM after
$function$;

CREATE FUNCTION agentchat.is_json(value text) RETURNS boolean
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    rest text;
    before text;
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        RETURN pg_input_is_valid(value, 'json');
    END IF;
    rest := regexp_replace(value, '"([^"\\\x01-\x1f]|\\(["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"', '""', 'g');
    rest := regexp_replace(rest, '-?(0|[1-9][0-9]*)(\.[0-9]+)?([Ee][+-]?[0-9]+)?|true|false|null', '0', 'g');
    rest := translate(rest, E' \t\n\r', '');
    FOR depth IN 1 .. 100 LOOP
        EXIT WHEN rest IN ('0', '""');
        before := rest;
        rest := regexp_replace(rest,
            '\[((0|"")(,(0|""))*)?\]|\{("":(0|"")(,"":(0|""))*)?\}', '0', 'g');
        IF rest = before THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$function$;

-- caller() returns the user whom the claims of the JWT name. PostgREST, or another server, puts the claims
-- into a setting. The older setting comes first, as in auth.uid() of Supabase. current_user_id() is this
-- function.
CREATE FUNCTION agentchat.caller() RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    subject text := nullif(current_setting('request.jwt.claim.sub', true), '');
    claims CONSTANT text := nullif(current_setting('request.jwt.claims', true), '');
    user_id uuid;
    detail text;
BEGIN
    IF subject IS NULL AND claims IS NULL THEN
        RETURN NULL;
    END IF;
    IF subject IS NULL THEN
        IF NOT agentchat.is_json(claims) THEN
            detail := 'The setting request.jwt.claims is not JSON.';
        ELSIF json_typeof(claims::json) = 'object' THEN
            -- The e of an exponent is no digit of a UUID.
            SELECT CASE WHEN json_typeof(c.value) = 'object' THEN '{...}'
                        WHEN json_typeof(c.value) = 'array' THEN '[...]'
                        WHEN json_typeof(c.value) = 'number' AND c.value #>> '{}' ILIKE '%e%' THEN 'a number'
                        ELSE c.value #>> '{}' END
            INTO subject
            FROM json_each(claims::json) WITH ORDINALITY c (key, value, place)
            WHERE c.key = 'sub' ORDER BY c.place DESC LIMIT 1;
        END IF;
    END IF;
    user_id := agentchat.parse_uuid(subject);
    IF user_id IS NULL THEN
        detail := coalesce(detail, 'The claim sub is ' || agentchat.quoted_excerpt(subject) || '.');
    END IF;
    IF detail IS NOT NULL THEN
        RAISE EXCEPTION 'the claims of the request do not name a user'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = detail,
                  HINT = 'The claim sub of the JWT must be the UUID of a user.';
    END IF;
    RETURN user_id;
END
$function$;

-- Returns the chunks of the argument as an array. Raises 22023 if one is not an object, or if its number does
-- not fit into the column.
CREATE FUNCTION agentchat.read_chunk_argument(chunks jsonb, from_seq integer) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_array CONSTANT boolean := jsonb_typeof(chunks) = 'array';
    batch CONSTANT jsonb := CASE WHEN is_array THEN chunks ELSE jsonb_build_array(chunks) END;
    wrong CONSTANT bigint := (
        SELECT min(e.n) FROM jsonb_array_elements(batch) WITH ORDINALITY e (chunk, n)
        WHERE jsonb_typeof(e.chunk) <> 'object');
    hint CONSTANT text := 'Nothing was written.';
BEGIN
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'a chunk must be a JSON object'
            USING ERRCODE = 'invalid_parameter_value', HINT = hint,
                  DETAIL = CASE WHEN is_array THEN format('chunks[%s] is not an object.', wrong - 1)
                                ELSE 'chunks is neither an array nor an object.' END;
    ELSIF from_seq < 1 THEN
        RAISE EXCEPTION 'from_seq must be at least 1'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The value is %s.', from_seq),
                  HINT = 'The first chunk of a run has the number 1.';
    ELSIF jsonb_array_length(batch) > 2147483647 - from_seq + 1::bigint THEN
        RAISE EXCEPTION 'the run has too many chunks'
            USING ERRCODE = 'invalid_parameter_value', HINT = hint,
                  DETAIL = 'The number of the last chunk would be greater than 2147483647.';
    END IF;
    RETURN batch;
END
$function$;

-- Raises 22023 if a batch begins after the next chunk. An empty batch has no place.
CREATE FUNCTION agentchat.require_no_gap(batch jsonb, from_seq integer, next bigint) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF from_seq > next AND batch <> '[]' THEN
        RAISE EXCEPTION 'chunks are missing'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('from_seq is %s, and the next chunk of the run is %s.', from_seq, next),
                  HINT = 'Nothing was written. Send the chunks from next_seq on.';
    END IF;
END
$function$;

-- Raises PT409 if a chunk of a batch is already stored with another value, or if its number is skipped among
-- the stored ones. The bytes count: jsonb's own = takes 1.0 for 1.00.
CREATE FUNCTION agentchat.require_same_as_stored(run uuid, batch jsonb, from_seq integer, next bigint)
    RETURNS void
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
DECLARE
    differing pg_catalog.int8;
BEGIN
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.min(b.seq) FROM (SELECT $3 OPERATOR(pg_catalog.+) e.n OPERATOR(pg_catalog.-) 1, '
        'e.chunk FROM pg_catalog.jsonb_array_elements($2) WITH ORDINALITY e (chunk, n)) b (seq, chunk) '
        'LEFT JOIN %s c ON c.run_id OPERATOR(pg_catalog.=) $1 AND c.seq OPERATOR(pg_catalog.=) b.seq '
        'WHERE b.seq OPERATOR(pg_catalog.<) $4 AND (c.chunk IS NULL '
        'OR ROW(c.chunk)::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW(b.chunk)::pg_catalog.record)',
        agentchat.table_of('run_chunks'))
        INTO differing USING run, batch, from_seq, next;
    IF differing IS NOT NULL THEN
        RAISE EXCEPTION 'chunk differs from the stored one'
            USING ERRCODE = 'PT409',
                  DETAIL = pg_catalog.format('Run %s already has another chunk %s.', run, differing),
                  HINT = 'Nothing was written. Only one writer may append to a run.';
    END IF;
END
$function$;

-- Raises 22023 if an argument is negative.
CREATE FUNCTION agentchat.require_not_negative(argument text, value integer) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF value < 0 THEN
        RAISE EXCEPTION '% must not be negative', argument
            USING ERRCODE = 'invalid_parameter_value', DETAIL = format('The value is %s.', value);
    END IF;
END
$function$;

-- Deletes the chunks of a run.
CREATE FUNCTION agentchat.delete_chunks(run uuid) RETURNS void
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
BEGIN
    EXECUTE pg_catalog.format('DELETE FROM %s WHERE run_id OPERATOR(pg_catalog.=) $1',
        agentchat.table_of('run_chunks')) USING run;
END
$function$;

-- odd_camel_case() is camel_case() for names that have more than small letters and single underscores.
CREATE FUNCTION agentchat.odd_camel_case(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT left(name, 1) || COALESCE(string_agg(
    CASE WHEN m[1] ~ '^_.' THEN upper(substr(m[1], 2) COLLATE "C") ELSE m[1] END, '' ORDER BY n), '')
FROM regexp_matches(substr(name, 2), '_[a-z0-9]|[^_]+|_', 'g') WITH ORDINALITY AS pieces (m, n)
$function$;

-- camel_case() turns created_at into createdAt. It keeps an underscore at either end, and one that is not
-- followed by a small letter or a digit. It has a body of the SQL standard, and is inlined.
CREATE FUNCTION agentchat.camel_case(name text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN strpos(name, '_') = 0 THEN name
        WHEN name ~ '^[a-z]+(_[a-z]+)*$'
        THEN left(name, 1) || substr(replace(initcap(replace(name, '_', ' ') COLLATE "C"), ' ', ''), 2)
        ELSE agentchat.odd_camel_case(name) END;

-- The texts of times. These functions have bodies of the SQL standard, whose names are bound already: a query
-- inlines them, whatever the caller's search_path.

-- utc_time() returns a time in ISO 8601 with six digits and Z.
CREATE FUNCTION agentchat.utc_time(t timestamp) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN NOT isfinite(t) THEN t::text
        WHEN t < '0001-01-01' THEN to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z BC"')
        ELSE to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') END;

-- embedded_date() returns a time as JSON.stringify() writes it of a date that Drizzle has read from JSON.
CREATE FUNCTION agentchat.embedded_date(t timestamp) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN NOT isfinite(t) THEN '2000-01-01T00:00:00.000Z'
        WHEN t >= '0001-01-01' AND t < '10000-01-01' THEN to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') END;

-- own_date() is the same for a date that Drizzle has read from a column of type timestamp. JavaScript takes
-- the first years for days or months, and others for recent years.
CREATE FUNCTION agentchat.own_date(t timestamp) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN NOT isfinite(t) THEN '2000-01-01T00:00:00.000Z'
        WHEN t < '0001-01-01' OR t >= '275760-09-13 00:00:00.001' THEN NULL
        WHEN t < '0013-01-01' THEN to_char(t, '"20"DD-YY-MM"T"HH24:MI:SS.MS"Z"')
        WHEN t < '0032-01-01' THEN NULL
        WHEN t < '0050-01-01' THEN to_char(t, '"20"YY-MM-DD"T"HH24:MI:SS.MS"Z"')
        WHEN t < '0100-01-01' THEN to_char(t, '"19"YY-MM-DD"T"HH24:MI:SS.MS"Z"')
        WHEN t < '10000-01-01' THEN to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
        ELSE '+' || lpad(to_char(t, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 26, '0') END;

-- columns_of() returns the columns of a row t as a SELECT list: with the keys and times of the format rows,
-- drizzle or utc, but without the keys in `others`. is_own: whether it is the row of the document itself. For
-- JSON, columns have the order of jsonb's keys, and no blanks.
CREATE FUNCTION agentchat.columns_of(
    of_table regclass, format text, is_own boolean, is_json boolean, others text[] DEFAULT '{}'
) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT string_agg(format(CASE
        WHEN atttypid = 'timestamp'::regtype AND format <> 'rows' THEN CASE
            WHEN format = 'utc' THEN 'agentchat.utc_time(t.%I)'
            WHEN is_own THEN 'agentchat.own_date(t.%I)'
            ELSE 'agentchat.embedded_date(t.%I)' END
        WHEN is_json AND atttypid <> ALL ('{text, varchar, uuid, bool, timestamp, json, jsonb}'::regtype[])
            THEN 'agentchat.compact_json(pg_catalog.to_jsonb(t.%I))'
        ELSE 't.%I' END || ' AS %I', attname, key), ', ' ORDER BY octet_length(key), key COLLATE "C")
FROM (SELECT attname, atttypid, CASE
          -- Another column has the same name in camelCase, or this name as it is.
          WHEN count(*) OVER (PARTITION BY camel) > 1
              OR camel <> attname::text AND camel = ANY (array_agg(attname::text) OVER ()) THEN attname::text
          ELSE camel END AS key
      FROM (SELECT attname, atttypid,
                CASE format WHEN 'drizzle' THEN agentchat.camel_case(attname::text) ELSE attname::text END
            FROM pg_attribute WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped
           ) c (attname, atttypid, camel)) k
WHERE key <> ALL (others)
$function$;

CREATE FUNCTION agentchat.compact_json(value jsonb) RETURNS json
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    AS $function$
DECLARE
    written pg_catalog.text := value;
    instead pg_catalog.text := '0e0';
BEGIN
    IF pg_catalog.strpos(written, '": null') OPERATOR(pg_catalog.=) 0 THEN
        RETURN pg_catalog.json_strip_nulls(written::pg_catalog.json);
    END IF;
    WHILE pg_catalog.strpos(written, instead) OPERATOR(pg_catalog.>) 0 LOOP
        instead := instead OPERATOR(pg_catalog.||) '0';
    END LOOP;
    written := pg_catalog.replace(written, '": null', '": ' OPERATOR(pg_catalog.||) instead);
    RETURN pg_catalog.replace(pg_catalog.json_strip_nulls(written::pg_catalog.json)::pg_catalog.text,
                              instead, 'null');
END
$function$;

CREATE FUNCTION agentchat.check_conversation_id(id text, argument text DEFAULT 'conversation_id') RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hint CONSTANT text := 'Pass the UUID of a conversation, or the id that the client chose.';
BEGIN
    IF id = '' THEN
        RAISE EXCEPTION '% must not be empty', argument
            USING ERRCODE = 'invalid_parameter_value', HINT = hint;
    ELSIF length(id) > 255 THEN
        RAISE EXCEPTION '% must have at most 255 characters', argument
            USING ERRCODE = 'invalid_parameter_value', HINT = hint,
                  DETAIL = format('The value is %s.', agentchat.quoted_excerpt(id));
    END IF;
END
$function$;

-- conversation_by_name() returns the UUID of a conversation by its UUID, or by the id that the caller's
-- client chose. The conversation need not exist.
CREATE FUNCTION agentchat.conversation_by_name(conversation_id text) RETURNS uuid
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    id uuid := agentchat.parse_uuid(conversation_id);
    caller uuid;
BEGIN
    IF id IS NULL AND conversation_id IS NOT NULL THEN
        PERFORM agentchat.check_conversation_id(conversation_id);
        EXECUTE format('SELECT %scurrent_user_id()', agentchat.tables_prefix()) INTO caller;
        IF caller IS NULL THEN
            RAISE EXCEPTION 'conversation_id is not a UUID'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('The value is %s. The claims of the request name no user who could '
                                      'have chosen this id.', agentchat.quoted_excerpt(conversation_id)),
                      HINT = 'Pass the UUID of the conversation, which create_conversation() returns, or '
                             'sign in.';
        END IF;
        id := agentchat.uuid_v5(caller, conversation_id);
    END IF;
    RETURN id;
END
$function$;

-- copied_columns() returns the columns of a table as ", a, b", without some and without generated ones.
CREATE FUNCTION agentchat.copied_columns(of_table regclass, others text[]) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(string_agg(format(', %I', attname), '' ORDER BY attnum), '') FROM pg_attribute
WHERE attrelid = of_table AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''
  AND attname::text <> ALL (others)
$function$;

-- copied_parts() returns the parts of a message without the id that the client chose: the copy has another
-- id. It is in the last part, or in the one before the metadata.
CREATE FUNCTION agentchat.copied_parts(parts jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN parts #>> '{-1,type}' = 'data-message-id' THEN parts - (-1)
    WHEN parts #>> '{-1,type}' = 'data-metadata' AND parts #>> '{-2,type}' = 'data-message-id'
    THEN parts - (-2)
    ELSE parts END
$function$;

-- Parts of another type are copied as they are.
CREATE FUNCTION agentchat.copied_parts(parts anyelement) RETURNS anyelement
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS 'SELECT parts';

CREATE FUNCTION agentchat.find_message(
    conversation uuid, name text, OUT created_at timestamp, OUT id uuid
)
    LANGUAGE plpgsql
    AS $function$
DECLARE
    messages CONSTANT pg_catalog.regclass := agentchat.table_of('messages');
BEGIN
    id := agentchat.uuid_of_name(conversation, name);
    EXECUTE pg_catalog.format(
        'SELECT %s FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1 AND id OPERATOR(pg_catalog.=) $2',
        agentchat.time_in_utc(messages, 'created_at', 'created_at'), messages)
        INTO created_at USING conversation, id;
    IF created_at IS NULL THEN
        RAISE EXCEPTION 'message not found'
            USING ERRCODE = 'PT404',
                  DETAIL = pg_catalog.format('The conversation has no message %s that the caller may see.',
                      agentchat.quoted_excerpt(name)),
                  HINT = 'Pass the id of one of its messages.';
    END IF;
END
$function$;

-- Raises 22023 unless the status is one of a run that is over.
CREATE FUNCTION agentchat.check_final_status(status text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF status NOT IN ('finished', 'failed', 'stopped') THEN
        RAISE EXCEPTION 'unknown status of a run that is over'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The value is %s.', agentchat.quoted_excerpt(status)),
                  HINT = 'Use finished, failed or stopped.';
    END IF;
END
$function$;

-- Returns whether the call with a status ends a run that it has locked. A repeat does not. Raises PT409 if
-- the run has ended in another way.
--
-- A writer that died has left a run which others mark as failed when it is silent. The chunks of that run
-- stay until somebody has saved them, which is the second end of the run.
CREATE FUNCTION agentchat.ends_run(run uuid, stored_status text, status text) RETURNS boolean
    LANGUAGE plpgsql
    AS $function$
BEGIN
    IF stored_status OPERATOR(pg_catalog.=) 'running' THEN
        -- A chunk that an old snapshot does not show would stay behind.
        PERFORM agentchat.newest_chunk_of_locked(run);
        RETURN true;
    ELSIF stored_status OPERATOR(pg_catalog.<>) status THEN
        PERFORM agentchat.refuse_run_that_is_over(run, stored_status);
    END IF;
    RETURN status OPERATOR(pg_catalog.=) 'failed' AND (agentchat.newest_chunk(run)).seq IS NOT NULL;
END
$function$;

CREATE FUNCTION agentchat.first_text(metadata jsonb, keys text[], longest integer) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT metadata ->> k.key FROM unnest(keys) WITH ORDINALITY k (key, place)
WHERE jsonb_typeof(metadata) = 'object' AND jsonb_typeof(metadata -> k.key) = 'string'
  AND char_length(metadata ->> k.key) BETWEEN 1 AND longest
ORDER BY k.place LIMIT 1
$function$;

-- Raises 22023 for an unknown format, and 0A000 for one that the edition does not read.
CREATE FUNCTION agentchat.check_input_format(format text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF format = 'openai' THEN
        RAISE EXCEPTION 'the format openai needs the extension'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which is without this format.',
                  HINT = 'The extension has it. It is installed on a server of your own.';
    ELSIF format NOT IN ('rows', 'drizzle', 'ai-sdk') THEN
        RAISE EXCEPTION 'unknown format'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The format is %s.', agentchat.quoted_excerpt(format)),
                  HINT = 'Valid formats: rows, drizzle, ai-sdk, openai.';
    END IF;
END
$function$;

-- Raises 22023 if a condition holds for the value at a path in the messages. The problem completes the
-- sentence.
CREATE FUNCTION agentchat.refuse_if(condition boolean, path text, problem text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    IF condition THEN
        RAISE EXCEPTION 'message does not match its format'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.concat(path, ' ', problem, '.'),
                  HINT = 'Nothing was written. Correct the message, and send all messages again.';
    END IF;
END
$function$;

-- Raises PT409 for the value at a path in the messages.
CREATE FUNCTION agentchat.refuse_for_other_conversation(path text, value text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'message belongs to another conversation'
        USING ERRCODE = 'PT409',
              DETAIL = pg_catalog.format('%s is %s.', path, agentchat.quoted_excerpt(value)),
              HINT = 'Nothing was written. Give the message another id, or none.';
END
$function$;

-- Returns the string under a key of a message, or NULL. Raises 22023 for another value.
CREATE FUNCTION agentchat.text_or_null(place text, message jsonb, key text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.refuse_if(jsonb_typeof(message -> key) NOT IN ('string', 'null'), place || '.' || key,
        'must be a string or null');
    RETURN message ->> key;
END
$function$;

-- Returns the array under a key of a message, or NULL. Raises 22023 for another value.
CREATE FUNCTION agentchat.array_or_null(place text, message jsonb, key text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.refuse_if(jsonb_typeof(message -> key) NOT IN ('array', 'null'), place || '.' || key,
        'must be an array or null');
    RETURN nullif(message -> key, 'null');
END
$function$;

-- Returns the time that a text in ISO 8601 is, in UTC; NULL for any other text. The year may have a sign and
-- six digits, as in JavaScript; 0 is then 1 BC.
CREATE FUNCTION agentchat.parse_time(value text) RETURNS timestamp
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found CONSTANT text[] := regexp_match(value, '^([+-]\d{6}|\d{4,6})-(\d\d)-(\d\d)'
        '([Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(\.\d+)?)?'
        '([Zz]|[+-](?:0\d|1[0-5])(?::?[0-5]\d)?)?)?( BC)?$');
    is_signed CONSTANT boolean := value ~ '^[+-]';
    year integer;
    zone text;
BEGIN
    IF value IN ('infinity', '-infinity') THEN
        RETURN value::timestamp;
    END IF;
    year := found[1]::integer;
    IF found IS NULL OR year = 0 AND NOT is_signed OR found[10] IS NOT NULL AND is_signed THEN
        RETURN NULL;
    END IF;
    -- make_date() knows no year 0: -1 is 1 BC.
    IF found[10] IS NOT NULL THEN
        year := -year;
    ELSIF year <= 0 THEN
        year := year - 1;
    END IF;
    zone := CASE WHEN upper(found[9]) = 'Z' THEN NULL ELSE replace(found[9], ':', '') END;
    RETURN make_date(year, found[2]::integer, found[3]::integer)
        + make_interval(hours => coalesce(found[5], '0')::integer, mins => coalesce(found[6], '0')::integer,
            secs => (coalesce(found[7], '0') || coalesce(left(found[8], 10), ''))::float8)
        - make_interval(hours => coalesce(left(zone, 3), '0')::integer,
            mins => coalesce(left(zone, 1) || coalesce(nullif(substr(zone, 4), ''), '0'), '0')::integer);
EXCEPTION
    -- A day that the month does not have, or a time beyond what a timestamp holds.
    WHEN datetime_field_overflow THEN
        RETURN NULL;
END
$function$;

-- Returns the texts of parts, and their reasoning, which AI SDK 4 has under another key; NULL without any.
CREATE FUNCTION agentchat.part_texts(parts jsonb, OUT content text, OUT reasoning text)
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT string_agg(t.text, '' ORDER BY p.n) FILTER (WHERE p.part ->> 'type' = 'text'),
    string_agg(coalesce(t.text, t.reasoning), '' ORDER BY p.n) FILTER (WHERE p.part ->> 'type' = 'reasoning')
FROM jsonb_array_elements(parts) WITH ORDINALITY p (part, n)
    CROSS JOIN LATERAL (SELECT
        CASE jsonb_typeof(p.part -> 'text') WHEN 'string' THEN p.part ->> 'text' END AS text,
        CASE jsonb_typeof(p.part -> 'reasoning') WHEN 'string' THEN p.part ->> 'reasoning' END AS reasoning) t
$function$;

-- Returns parts with the id that the client chose behind them, but before the metadata. An id from before at
-- their end is left out. They stay as they are if the id is NULL, empty or a UUID.
CREATE FUNCTION agentchat.with_client_id(parts jsonb, id text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE
    WHEN coalesce(id, '') = '' OR agentchat.parse_uuid(id) IS NOT NULL THEN parts
    WHEN parts #>> '{-1,type}' = 'data-metadata' THEN
        CASE parts #>> '{-2,type}' WHEN 'data-message-id' THEN parts - (-2) ELSE parts END - (-1)
            || jsonb_build_array(jsonb_build_object('type', 'data-message-id', 'data', id), parts -> -1)
    ELSE CASE parts #>> '{-1,type}' WHEN 'data-message-id' THEN parts - (-1) ELSE parts END
        || jsonb_build_array(jsonb_build_object('type', 'data-message-id', 'data', id)) END
$function$;

-- Returns the part that holds a message's metadata, in an array; an empty array if there is none but the time
-- that get_conversation() adds. That time has six digits, and a Date of JavaScript has three.
CREATE FUNCTION agentchat.metadata_part(metadata jsonb) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN coalesce(own.metadata, 'null') IN ('null', '{}') THEN '[]'
    ELSE jsonb_build_array(jsonb_build_object('type', 'data-metadata', 'data', own.metadata)) END
FROM (SELECT CASE
    WHEN jsonb_typeof(metadata) = 'object' AND jsonb_typeof(metadata -> 'createdAt') = 'string'
        AND metadata ->> 'createdAt' ~ '\.\d{6}Z$'
        AND agentchat.parse_time(metadata ->> 'createdAt') IS NOT NULL
    THEN metadata - 'createdAt' ELSE metadata END AS metadata) own
$function$;

-- Raises 22023 if a part of a UIMessage lacks what its type needs. Parts of unknown types may have any keys.
CREATE FUNCTION agentchat.check_part(path text, part jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    -- The keys with strings that get_conversation() and the AI SDK need; behind each its name in AI SDK 4.
    keys_of_types CONSTANT jsonb := '{
        "text": [["text"]],
        "reasoning": [["text", "reasoning"]],
        "file": [["url", "data"], ["mediaType", "mimeType"]],
        "source-url": [["url"], ["sourceId"]],
        "source-document": [["sourceId"], ["mediaType"], ["title"]],
        "dynamic-tool": [["toolName"], ["toolCallId"]],
        "tool-": [["toolCallId"]]}';
    type CONSTANT text := part ->> 'type';
    key jsonb;
BEGIN
    PERFORM agentchat.refuse_if(jsonb_typeof(part) <> 'object', path, 'must be an object');
    PERFORM agentchat.refuse_if(jsonb_typeof(part -> 'type') IS DISTINCT FROM 'string', path || '.type',
        'must be a string');
    IF type = 'tool-invocation' THEN
        PERFORM agentchat.refuse_if(jsonb_typeof(part -> 'toolInvocation') IS DISTINCT FROM 'object',
            path || '.toolInvocation', 'must be an object');
    ELSE
        FOR key IN SELECT jsonb_array_elements(
            keys_of_types -> CASE WHEN starts_with(type, 'tool-') THEN 'tool-' ELSE type END)
        LOOP
            PERFORM agentchat.refuse_if(
                jsonb_typeof(coalesce(part -> (key ->> 0), part -> (key ->> 1))) IS DISTINCT FROM 'string',
                path || '.' || (key ->> 0), 'must be a string');
        END LOOP;
    END IF;
END
$function$;

-- Reads a UIMessage: returns its columns as an object. Messages of AI SDK 4 have content instead of parts.
-- They are stored without parts unless something has no other place.
CREATE FUNCTION agentchat.read_ui_message(place text, message jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    parts jsonb := message -> 'parts';
    metadata CONSTANT jsonb := agentchat.metadata_part(message -> 'metadata');
    tools CONSTANT jsonb := nullif(message -> 'toolInvocations', 'null');
    id CONSTANT text := message ->> 'id';
    files CONSTANT jsonb := message -> 'experimental_attachments';
    content text;
    reasoning text;
    item jsonb;
    n bigint;
BEGIN
    IF parts IS NOT NULL THEN
        PERFORM agentchat.refuse_if(jsonb_typeof(parts) <> 'array', place || '.parts', 'must be an array');
        FOR item, n IN SELECT * FROM jsonb_array_elements(parts) WITH ORDINALITY LOOP
            PERFORM agentchat.check_part(format('%s.parts[%s]', place, n - 1), item);
        END LOOP;
        SELECT t.* INTO content, reasoning FROM agentchat.part_texts(parts) t;
        parts := agentchat.with_client_id(parts, id) || metadata;
    ELSE
        PERFORM agentchat.refuse_if(NOT message ? 'content', place || '.parts', 'is missing');
        PERFORM agentchat.refuse_if(jsonb_typeof(message -> 'content') <> 'string', place || '.content',
            'must be a string');
        content := message ->> 'content';
        reasoning := agentchat.text_or_null(place, message, 'reasoning');
        PERFORM agentchat.refuse_if(jsonb_typeof(tools) <> 'array', place || '.toolInvocations',
            'must be an array');
        FOR item, n IN SELECT * FROM jsonb_array_elements(tools) WITH ORDINALITY LOOP
            PERFORM agentchat.refuse_if(jsonb_typeof(item) <> 'object',
                format('%s.toolInvocations[%s]', place, n - 1), 'must be an object');
        END LOOP;
        parts := agentchat.with_client_id('[]', id) || metadata;
        IF tools IS NOT NULL OR parts <> '[]' THEN
            parts := (
                SELECT jsonb_agg(p.part ORDER BY p.kind, p.n) FROM (
                    SELECT 1, 0, jsonb_build_object('type', 'reasoning', 'text', reasoning)
                    WHERE reasoning IS NOT NULL
                    UNION ALL
                    SELECT 2, t.n, jsonb_build_object('type', 'tool-invocation', 'toolInvocation', t.call)
                    FROM jsonb_array_elements(tools) WITH ORDINALITY t (call, n)
                    UNION ALL
                    SELECT 3, 0, jsonb_build_object('type', 'text', 'text', content)
                    WHERE content <> '' OR reasoning IS NULL AND tools IS NULL AND files IS NULL
                    UNION ALL
                    SELECT 4, f.n, jsonb_strip_nulls(jsonb_build_object('type', 'file', 'mediaType',
                        CASE jsonb_typeof(f.file -> 'contentType')
                            WHEN 'string' THEN f.file -> 'contentType' ELSE '"application/octet-stream"' END,
                        'url', f.file -> 'url',
                        'filename',
                        CASE jsonb_typeof(f.file -> 'name') WHEN 'string' THEN f.file -> 'name' END))
                    FROM jsonb_array_elements(CASE jsonb_typeof(files) WHEN 'array' THEN files END)
                        WITH ORDINALITY f (file, n)
                    WHERE jsonb_typeof(f.file -> 'url') = 'string'
                    UNION ALL
                    SELECT 5, e.n, e.part FROM jsonb_array_elements(parts) WITH ORDINALITY e (part, n)
                ) p (kind, n, part));
        ELSE
            parts := NULL;
        END IF;
    END IF;
    RETURN jsonb_build_object('content', coalesce(content, ''), 'reasoning', reasoning, 'parts', parts,
            'is_ui_message', true)
        || CASE WHEN files IS NULL THEN '{}' ELSE jsonb_build_object('attachments',
            agentchat.array_or_null(place, message, 'experimental_attachments')) END;
END
$function$;

-- Returns the keys of the columns of messages in the format rows or drizzle. A column keeps its name if its
-- key in camelCase is another column's name or key.
CREATE FUNCTION agentchat.message_keys(is_drizzle boolean)
    RETURNS TABLE (key text, name text, is_generated boolean)
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH columns AS (
    SELECT attname::text AS name, attgenerated <> '' OR attidentity <> '' AS is_generated,
        CASE WHEN is_drizzle THEN agentchat.camel_case(attname::text) ELSE attname::text END AS key
    FROM pg_attribute
    WHERE attrelid = agentchat.table_of('messages') AND attnum > 0 AND NOT attisdropped)
SELECT CASE WHEN EXISTS (SELECT FROM columns o WHERE o.name <> c.name AND c.key IN (o.name, o.key))
    THEN c.name ELSE c.key END, c.name, c.is_generated
FROM columns c
$function$;

-- Reads a message in the format rows or drizzle: returns its columns as an object, those that users have
-- added in one of their own. Raises PT409 if it names another conversation.
CREATE FUNCTION agentchat.read_row(place text, message jsonb, is_drizzle boolean, conversation uuid)
    RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    time_key CONSTANT text := CASE WHEN is_drizzle THEN 'createdAt' ELSE 'created_at' END;
    conversation_key CONSTANT text := CASE WHEN is_drizzle THEN 'conversationId' ELSE 'conversation_id' END;
    known CONSTANT text[] := ARRAY['id', 'role', 'parts', 'content', 'reasoning', 'attachments', time_key,
        conversation_key];
    result jsonb := '{}';
    value text;
    created_at timestamp;
    named uuid;
    parts jsonb;
    other record;
    others jsonb;
BEGIN
    parts := agentchat.array_or_null(place, message, 'parts');
    IF message ? 'parts' THEN
        result := result || jsonb_build_object('parts', agentchat.with_client_id(parts, message ->> 'id'));
    END IF;
    value := agentchat.text_or_null(place, message, 'content');
    IF value IS NOT NULL THEN
        result := result || jsonb_build_object('content', value);
    END IF;
    value := agentchat.text_or_null(place, message, 'reasoning');
    IF message ? 'reasoning' THEN
        result := result || jsonb_build_object('reasoning', value);
    END IF;
    value := agentchat.text_or_null(place, message, time_key);
    IF value IS NOT NULL THEN
        created_at := agentchat.parse_time(value);
        PERFORM agentchat.refuse_if(created_at IS NULL, place || '.' || time_key,
            'must be a time in ISO 8601');
        result := result || jsonb_build_object('created_at', created_at);
    END IF;
    IF message ? 'attachments' THEN
        result := result || jsonb_build_object('attachments',
            agentchat.array_or_null(place, message, 'attachments'));
    END IF;
    value := agentchat.text_or_null(place, message, conversation_key);
    IF value IS NOT NULL THEN
        named := coalesce(agentchat.parse_uuid(value),
            agentchat.uuid_v5(@extschema@.current_user_id(), value));
        PERFORM agentchat.refuse_if(named IS NULL, place || '.' || conversation_key, 'must be a UUID');
        IF named IS DISTINCT FROM conversation THEN
            PERFORM agentchat.refuse_for_other_conversation(place || '.' || conversation_key, value);
        END IF;
    END IF;
    -- What the message does not say is taken from its parts.
    IF parts IS NOT NULL THEN
        result := (SELECT jsonb_build_object('content', coalesce(t.content, ''), 'reasoning', t.reasoning)
                   FROM agentchat.part_texts(parts) t) || result;
    END IF;
    PERFORM agentchat.refuse_if(NOT result ? 'content', place || '.content',
        'is missing, and the message has no parts to take it from');
    FOR other IN
        SELECT m.key, m.value, k.name, k.is_generated FROM jsonb_each(message - known) m
            LEFT JOIN agentchat.message_keys(is_drizzle) k ON k.key = m.key
    LOOP
        PERFORM agentchat.refuse_if(other.name IS NULL, place,
            format('has the key %s, which is not a column of messages',
                agentchat.quoted_excerpt(other.key)));
        others := CASE WHEN other.is_generated THEN others
            ELSE coalesce(others, '{}') || jsonb_build_object(other.name, other.value) END;
    END LOOP;
    RETURN result || CASE WHEN others IS NULL THEN '{}' ELSE jsonb_build_object('others', others) END;
END
$function$;

-- Gives messages without a time one between those of their neighbours, if some have one. The trigger of
-- messages moves each of several equal times behind the one before.
CREATE FUNCTION agentchat.with_missing_times(messages jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF NOT jsonb_path_exists(messages, '$[*].created_at') THEN
        RETURN messages;
    END IF;
    RETURN (
        WITH input AS (
            SELECT m.message, m.n, (m.message ->> 'created_at')::timestamp AS time,
                count(m.message -> 'created_at') OVER (ORDER BY m.n) AS before,
                count(m.message -> 'created_at') OVER (ORDER BY m.n DESC) AS after
            FROM jsonb_array_elements(messages) WITH ORDINALITY m (message, n)),
        -- Each group begins with a message that has a time.
        timed AS (
            SELECT i.message, i.n, i.time, CASE
                WHEN i.before = 0 THEN f.time - (f.n - i.n) * interval '1 microsecond'
                WHEN i.after > 0 THEN first_value(i.time) OVER (PARTITION BY i.before ORDER BY i.n)
                END AS given
            FROM input i
                CROSS JOIN (SELECT time, n FROM input WHERE time IS NOT NULL ORDER BY n LIMIT 1) f)
        SELECT jsonb_agg(CASE WHEN time IS NULL AND given IS NOT NULL
            THEN message || jsonb_build_object('created_at', given) ELSE message END ORDER BY n)
        FROM timed);
END
$function$;

-- Reads messages: returns an array of objects with their columns, the path of each in the input and its
-- given_id. create_conversation() may have no conversation yet.
CREATE FUNCTION agentchat.read_messages(messages jsonb, format text, conversation uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_array CONSTANT boolean := jsonb_typeof(messages) = 'array';
    result jsonb[] := '{}';
    message jsonb;
    place text;
    n bigint;
BEGIN
    PERFORM agentchat.refuse_if(NOT is_array AND jsonb_typeof(messages) <> 'object', 'messages',
        'must be an array of objects, or one object');
    IF is_array AND jsonb_array_length(messages) > 100000 THEN
        RAISE EXCEPTION 'too many messages for one call'
            USING ERRCODE = 'program_limit_exceeded',
                  DETAIL = format('The call has %s messages; at most 100000 are allowed.',
                      jsonb_array_length(messages)),
                  HINT = 'Append them in several calls.';
    END IF;
    FOR message, n IN
        SELECT * FROM jsonb_array_elements(
            CASE WHEN is_array THEN messages ELSE jsonb_build_array(messages) END) WITH ORDINALITY
    LOOP
        place := CASE WHEN is_array THEN format('messages[%s]', n - 1) ELSE 'messages' END;
        PERFORM agentchat.refuse_if(jsonb_typeof(message) <> 'object', place, 'must be an object');
        result := result || (
            jsonb_build_object('path', place, 'given_id', agentchat.text_or_null(place, message, 'id'))
            || jsonb_build_object('role', agentchat.input_role(place, message))
            || CASE WHEN format = 'ai-sdk' THEN agentchat.read_ui_message(place, message)
                ELSE agentchat.read_row(place, message, format = 'drizzle', conversation) END);
    END LOOP;
    RETURN agentchat.with_missing_times(to_jsonb(result));
END
$function$;

-- Returns the role of a message. Raises 22023 if the table does not allow it.
CREATE FUNCTION agentchat.input_role(place text, message jsonb) RETURNS text
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.refuse_if(NOT message ? 'role', place || '.role', 'is missing');
    PERFORM agentchat.refuse_if(coalesce(message ->> 'role', '') NOT IN ('user', 'assistant', 'system'),
        place || '.role', 'must be user, assistant or system');
    RETURN message ->> 'role';
END
$function$;

CREATE FUNCTION agentchat.kind_of(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN k = 'null' THEN k WHEN k ~ '^[ao]' THEN 'an ' || k ELSE 'a ' || k END
FROM jsonb_typeof(value) k
$function$;

CREATE FUNCTION agentchat.require_link(link text, source uuid, target uuid, owner uuid) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    allowed boolean;
BEGIN
    EXECUTE format(
        CASE link
            WHEN 'message_id' THEN
                'SELECT true FROM %1$sartifacts s JOIN %1$smessages m ON m.id = s.message_id
                     JOIN %1$sconversations c ON c.id = m.conversation_id AND c.user_id = s.user_id
                 WHERE s.id = $1 AND m.id = $2 AND s.user_id = $3'
            WHEN 'definition_id' THEN
                'SELECT true FROM %1$sagent_instances s JOIN %1$sagent_definitions d ON d.id = s.definition_id
                     AND (d.user_id = s.user_id OR d.is_public)
                 WHERE s.id = $1 AND d.id = $2 AND s.user_id = $3'
            WHEN 'agent_instance_id' THEN
                'SELECT true FROM %1$sworkflows s JOIN %1$sagent_instances i ON i.id = s.agent_instance_id
                     AND i.user_id = s.user_id
                 WHERE s.id = $1 AND i.id = $2 AND s.user_id = $3'
        END, agentchat.tables_prefix())
    INTO allowed USING source, target, owner;
    IF allowed IS NULL THEN
        RAISE EXCEPTION 'cannot refer to a row of another user'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The column %s is %s.', link, target),
                  HINT = 'Refer to a row of the same user, or to a public agent definition.';
    END IF;
END
$function$;

CREATE FUNCTION agentchat.list_query(has_place boolean, has_filter boolean, has_words boolean) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    conversations CONSTANT regclass := agentchat.table_of('conversations');
    messages CONSTANT regclass := agentchat.table_of('messages');
BEGIN
    PERFORM agentchat.type_of_column(conversations, 'id', 'uuid');
    PERFORM agentchat.type_of_column(conversations, 'user_id', 'uuid');
    PERFORM agentchat.type_of_column(messages, 'id', 'uuid');
    PERFORM agentchat.type_of_column(messages, 'conversation_id', 'uuid');
    RETURN format(
        'SELECT t.id, %s AS updated_at, (SELECT pg_catalog.to_jsonb(d.*) FROM (SELECT %s, '
            '(SELECT pg_catalog.jsonb_build_object(''role'', m.role::pg_catalog.text, ''content'', '
                'pg_catalog.substr(m.content::pg_catalog.text, 1, 200), '
                '''created_at'', agentchat.utc_time(%s)) '
            'FROM %s m WHERE m.conversation_id OPERATOR(pg_catalog.=) t.id '
            'ORDER BY m.created_at DESC, m.id DESC LIMIT 1) AS preview) d) AS conversation '
        'FROM (SELECT * FROM (SELECT c.* FROM %s c WHERE c.user_id OPERATOR(pg_catalog.=) $1%s%s%s '
            'ORDER BY c.updated_at DESC, c.id DESC LIMIT 1001) c LIMIT $4) t '
        'ORDER BY t.updated_at DESC, t.id DESC',
        agentchat.time_in_utc(conversations, 'updated_at', 't.updated_at'),
        agentchat.columns_of(conversations, 'utc', true, false, '{preview}'),
        agentchat.time_in_utc(messages, 'created_at', 'm.created_at'), messages, conversations,
        CASE WHEN has_place THEN format(
            ' AND ROW(c.updated_at, c.id) OPERATOR(pg_catalog.<=) ROW(%s, $3)',
            agentchat.time_in_utc(conversations, 'updated_at', '$2')) ELSE '' END,
        CASE WHEN has_filter THEN ' AND c.metadata OPERATOR(pg_catalog.@>) $5' ELSE '' END,
        CASE WHEN has_words THEN ' AND agentchat.has_words(c.title::pg_catalog.text, $6)' ELSE '' END);
END
$function$;

-- cursor_of() returns the cursor for a place in a list: the bytes of the time and the id, and a checksum that
-- depends on the list.
CREATE FUNCTION agentchat.cursor_of(place text, list bigint) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN place || encode(int8send(hashtextextended(place COLLATE "C", list)), 'hex');

-- time_of_cursor() returns the time at the beginning of a cursor: microseconds since 2000, in 16 digits.
CREATE FUNCTION agentchat.time_of_cursor(cursor text) RETURNS timestamp
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    n CONSTANT bigint := ('x' || left(cursor, 16))::bit(64)::bigint;
BEGIN
    RETURN CASE n WHEN 9223372036854775807 THEN 'infinity' WHEN -9223372036854775807 - 1 THEN '-infinity'
        ELSE date '2000-01-01' + (n / 86400000000)::integer + n % 86400000000 * interval '1 microsecond' END;
END
$function$;

-- Raises PT404.
CREATE FUNCTION agentchat.refuse_conversation(conversation uuid) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'conversation not found'
        USING ERRCODE = 'PT404',
              DETAIL = pg_catalog.format(
                  'Conversation %s does not exist, or the caller may not see it.', conversation),
              HINT = 'Create the conversation with create_conversation().';
END
$function$;

-- Returns whether the caller sees the conversation.
CREATE FUNCTION agentchat.sees_conversation(conversation uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $function$
DECLARE
    is_visible pg_catalog.bool;
BEGIN
    EXECUTE pg_catalog.format('SELECT true FROM %sconversations WHERE id OPERATOR(pg_catalog.=) $1',
        agentchat.tables_prefix()) INTO is_visible USING conversation;
    RETURN COALESCE(is_visible, false);
END
$function$;

-- kept_conversation has the conversation of the setting agentchat_sql.conversation, if the caller sees it. An
-- UPDATE of it keeps others from deleting this conversation until the transaction ends. Callers need no right
-- to change the conversation: the trigger has the rights of the owner, like the checks of foreign keys. A
-- function with these rights, which everyone could call, would tell whether any conversation exists.
--
-- OFFSET 0 keeps the planner from reading the setting twice. Between the check and the trigger, a function in
-- the WHERE of the UPDATE could change it to a conversation that the caller does not see.
CREATE VIEW agentchat.kept_conversation AS
SELECT asked.id
FROM (SELECT nullif(current_setting('agentchat_sql.conversation', true), '')::uuid AS id OFFSET 0) asked
WHERE agentchat.sees_conversation(asked.id);
GRANT SELECT, UPDATE ON agentchat.kept_conversation TO PUBLIC;

CREATE FUNCTION agentchat.keep_conversation() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_there boolean;
BEGIN
    -- A trigger on a table of somebody else's.
    IF TG_RELID <> 'agentchat.kept_conversation'::regclass THEN
        PERFORM agentchat.refuse_table(TG_RELID, TG_NAME, 'agentchat.kept_conversation');
    END IF;
    EXECUTE format('SELECT true FROM %sconversations WHERE id = $1 FOR KEY SHARE', agentchat.tables_prefix())
        INTO is_there USING OLD.id;
    IF is_there THEN
        RETURN NEW;
    END IF;
    RETURN NULL;
END
$function$;
CREATE TRIGGER keep INSTEAD OF UPDATE ON agentchat.kept_conversation
    FOR EACH ROW EXECUTE FUNCTION agentchat.keep_conversation();

-- Locks a conversation until the transaction ends; returns whether it is there and the caller sees it.
--
-- The lock is an advisory lock. A lock on the row could deadlock with a session that changes a message and
-- then touches the conversation: this call would have the row, and wait for the message.
CREATE FUNCTION agentchat.lock_conversation_if_visible(conversation uuid) RETURNS boolean
    LANGUAGE plpgsql
    AS $function$
BEGIN
    IF NOT agentchat.sees_conversation(conversation) THEN
        RETURN false;
    END IF;
    PERFORM pg_catalog.pg_advisory_xact_lock(pg_catalog.uuid_hash_extended(conversation, 43));
    -- It may have been deleted during the wait, or another session may be deleting it now.
    PERFORM pg_catalog.set_config('agentchat_sql.conversation', conversation::pg_catalog.text, true);
    UPDATE agentchat.kept_conversation SET id = id;
    RETURN FOUND;
END
$function$;

-- Locks a conversation until the transaction ends. Raises PT404 if the caller sees no such conversation.
CREATE FUNCTION agentchat.lock_conversation(conversation uuid) RETURNS void
    LANGUAGE plpgsql
    AS $function$
BEGIN
    IF NOT agentchat.lock_conversation_if_visible(conversation) THEN
        PERFORM agentchat.refuse_conversation(conversation);
    END IF;
END
$function$;

CREATE FUNCTION agentchat.merged(stored jsonb, changes jsonb) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF changes IS NULL OR changes = '{}' THEN
        RETURN stored;
    ELSIF jsonb_typeof(stored) NOT IN ('object', 'null') THEN
        RAISE EXCEPTION 'stored metadata is not a JSON object'
            USING ERRCODE = 'PT409',
                  DETAIL = 'Keys can be merged only into an object.',
                  HINT = 'Nothing was changed. Replace the stored value with an UPDATE first.';
    END IF;
    RETURN (coalesce(nullif(stored, 'null'), '{}') || changes)
        - ARRAY(SELECT key FROM jsonb_each(changes) WHERE jsonb_typeof(value) = 'null');
END
$function$;

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

CREATE FUNCTION agentchat.quoted_excerpt(value text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN octet_length(value) <= 120 THEN '"' || value || '"' ELSE (
    SELECT '"' || left(value, max(n)) || '..."' FROM generate_series(30, 120) n
    WHERE octet_length(left(value, n)) <= 120) END
$function$;

-- check_format() refuses an unknown format, and one of those formats for models that need the extension.
CREATE FUNCTION agentchat.check_format(format text, formats text[], needing_c text[], hint text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF format <> ALL (formats) THEN
        RAISE EXCEPTION 'unknown format'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The format is %s.', agentchat.quoted_excerpt(format)),
                  HINT = format('Valid formats: %s.', array_to_string(formats, ', '));
    ELSIF format = ANY (needing_c) THEN
        RAISE EXCEPTION 'the format % needs the extension', format
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which is without this format.',
                  HINT = hint;
    END IF;
END
$function$;

-- array_of() returns the SQL of an array of rows. json_agg() writes each row into the array's text at once;
-- an array of JSON values would copy them several times.
CREATE FUNCTION agentchat.array_of(rows text, is_json boolean) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('COALESCE(pg_catalog.%s(%s.*), ''[]'')',
              CASE WHEN is_json THEN 'json_agg' ELSE 'jsonb_agg' END, rows)
$function$;

-- conversation_query() returns a query for conversation $1 in a format: with all its messages, or with the
-- newest $2, or with those before the place ($3, $4). It qualifies every name, because it runs with the
-- search_path of the caller, which their policies may need.
CREATE FUNCTION agentchat.conversation_query(
    format text, is_json boolean, has_limit boolean, has_bound boolean
) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    conversations CONSTANT regclass := agentchat.table_of('conversations');
    messages CONSTANT regclass := agentchat.table_of('messages');
    wanted text := ' WHERE t.conversation_id OPERATOR(pg_catalog.=) $1'
        || CASE WHEN has_bound THEN ' AND ROW(t.created_at, t.id) OPERATOR(pg_catalog.<) ROW($3, $4)'
           ELSE '' END;
    from_messages text := format('%s t', messages);
    newest_first CONSTANT text := ' ORDER BY t.created_at DESC, t.id DESC';
    own_columns text;
BEGIN
    IF has_limit THEN
        from_messages := format('(SELECT t.* FROM %s%s%s LIMIT $2) t', from_messages, wanted, newest_first);
    END IF;
    IF format = 'ai-sdk' THEN
        RETURN format('SELECT (%s) FROM %s t WHERE t.id OPERATOR(pg_catalog.=) $1 LIMIT 1',
            agentchat.ui_messages_query(messages, is_json,
                from_messages || CASE WHEN has_limit THEN '' ELSE wanted END), conversations);
    END IF;
    own_columns := agentchat.columns_of(conversations, format, true, is_json,
        CASE WHEN has_limit THEN '{messages, has_more}' ELSE '{messages}' END::text[]);

    RETURN format(
        'SELECT pg_catalog.%s(d.*) FROM %s t CROSS JOIN LATERAL (SELECT %s, (SELECT %s FROM ('
            'SELECT %s FROM %s%s ORDER BY t.created_at, t.id) m) AS messages%s) d '
        'WHERE t.id OPERATOR(pg_catalog.=) $1 LIMIT 1',
        CASE WHEN is_json THEN 'row_to_json' ELSE 'to_jsonb' END, conversations, own_columns,
        agentchat.array_of('m', is_json), agentchat.columns_of(messages, format, false, is_json),
        from_messages, CASE WHEN has_limit THEN '' ELSE wanted END,
        CASE WHEN has_limit THEN format(', EXISTS (SELECT FROM %s t%s%s OFFSET $2) AS has_more',
                                        messages, wanted, newest_first) ELSE '' END);
END
$function$;

-- place_query() returns a query for the time of message $2 in conversation $1. It checks the columns by which
-- pages are cut.
CREATE FUNCTION agentchat.place_query() RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    messages CONSTANT regclass := agentchat.table_of('messages');
BEGIN
    IF (SELECT count(*) FROM pg_attribute WHERE attrelid = messages AND NOT attisdropped
        AND (attname, atttypid) IN (('created_at', 'timestamp'::regtype), ('id', 'uuid'::regtype))) < 2 THEN
        RAISE EXCEPTION 'columns of the table messages have the wrong types'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = 'A page needs created_at as timestamp without time zone, and id as uuid.',
                  HINT = 'Change the types back.';
    END IF;
    RETURN format('SELECT t.created_at FROM %s t WHERE t.conversation_id OPERATOR(pg_catalog.=) $1 '
                  'AND t.id OPERATOR(pg_catalog.=) $2', messages);
END
$function$;

-- read_conversation() returns a conversation in a format. The result has the type of the last argument: json,
-- or jsonb.
CREATE FUNCTION agentchat.read_conversation(
    conversation_id text, format text, message_limit integer, before_message text, result anyelement
) RETURNS anyelement
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $function$
DECLARE
    form CONSTANT pg_catalog.text := COALESCE(format, 'rows');
    conversation pg_catalog.uuid;
    query pg_catalog.text;
    query_of_place pg_catalog.text;
    before_time pg_catalog.timestamp;
    before_id pg_catalog.uuid;
BEGIN
    PERFORM agentchat.check_format(
        form, '{rows, drizzle, ai-sdk, openai, openai-compatible, anthropic}',
        '{openai, openai-compatible, anthropic}',
        'Read the format ai-sdk: convertToModelMessages() of the AI SDK makes a request of it.');
    IF message_limit OPERATOR(pg_catalog.<) 1 THEN
        RAISE EXCEPTION 'message_limit must be at least 1'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The value is %s.', message_limit),
                  HINT = 'Leave it out to get all messages.';
    END IF;
    IF conversation_id IS NULL THEN
        RETURN NULL;
    END IF;
    conversation := agentchat.conversation_by_name(conversation_id);
    query := agentchat.conversation_query(
        form, pg_catalog.pg_typeof(result) OPERATOR(pg_catalog.=) 'pg_catalog.json'::pg_catalog.regtype,
        message_limit IS NOT NULL, before_message IS NOT NULL);
    IF message_limit IS NOT NULL OR before_message IS NOT NULL THEN
        query_of_place := agentchat.place_query();
    END IF;
    IF before_message IS NOT NULL THEN
        before_id := agentchat.uuid_of_name(conversation, before_message);
        EXECUTE query_of_place INTO before_time USING conversation, before_id;
    END IF;
    EXECUTE query INTO result USING conversation, message_limit, before_time, before_id;
    IF result IS NOT NULL AND before_message IS NOT NULL AND before_time IS NULL THEN
        RAISE EXCEPTION 'before_message is not in this conversation'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The conversation has no message %s that the caller may see.',
                                             agentchat.quoted_excerpt(before_message)),
                  HINT = 'Pass the id of one of its messages.';
    END IF;
    RETURN result;
END
$function$;

CREATE FUNCTION agentchat.require_not_null(argument text, is_null boolean) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF is_null THEN
        RAISE EXCEPTION 'an argument must not be NULL'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = format('The argument is %s.', argument);
    END IF;
END
$function$;

CREATE FUNCTION agentchat.require_object(argument text, value jsonb) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF jsonb_typeof(value) <> 'object' THEN
        RAISE EXCEPTION '% must be a JSON object', argument
            USING ERRCODE = 'invalid_parameter_value', HINT = 'Wrap the value in an object.';
    END IF;
END
$function$;

CREATE FUNCTION agentchat.require_unique(of_table regclass, column_name text) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        WHERE i.indrelid = of_table AND a.attname = column_name AND i.indnkeyatts = 1
          AND i.indisunique AND i.indimmediate AND i.indisvalid AND i.indpred IS NULL) THEN
        RAISE EXCEPTION 'a table of agentchat lacks its primary key'
            USING ERRCODE = 'invalid_column_reference',
                  DETAIL = format('The table "%s" has no unique index on "%s".',
                      (SELECT relname FROM pg_class WHERE oid = of_table), column_name),
                  HINT = 'To add it again, run: SELECT * FROM agentchat.adopt().';
    END IF;
END
$function$;

-- Returns the query for the runs r that meet a condition. Times are in UTC. One query finds the types of all
-- columns: most calls are those of readers who look for new chunks.
CREATE FUNCTION agentchat.run_query(condition text) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    ids CONSTANT name[] := '{id, conversation_id, message_id}';
    times CONSTANT name[] := '{started_at, heartbeat_at, stop_requested_at, finished_at}';
    target CONSTANT regclass := agentchat.table_of('runs');
    columns text;
BEGIN
    SELECT string_agg(CASE WHEN a.atttypid = 'timestamptz'::regtype
        THEN format('pg_catalog.timezone(''UTC'', r.%1$s) AS %1$s', a.attname)
        ELSE 'r.' || a.attname END, ', ')
    INTO columns
    FROM pg_attribute a
    WHERE a.attrelid = target
      AND (a.attname = ANY (ids) AND a.atttypid = 'uuid'::regtype
           OR a.attname = ANY (times) AND a.atttypid IN ('timestamp'::regtype, 'timestamptz'::regtype))
    HAVING count(*) = cardinality(ids || times);
    IF columns IS NULL THEN
        -- One of these raises the error.
        PERFORM agentchat.type_of_column(target, c.name::text, 'uuid') FROM unnest(ids) c (name);
        PERFORM agentchat.type_of_column(target, c.name::text, 'timestamp', 'timestamptz')
        FROM unnest(times) c (name);
    END IF;
    RETURN format('SELECT r.status::pg_catalog.text AS status, %s FROM %s r WHERE %s',
        columns, target, condition);
END
$function$;

-- Returns the query for the running run of the conversation $1.
CREATE FUNCTION agentchat.running_run_query() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $function$
SELECT agentchat.run_query('r.conversation_id OPERATOR(pg_catalog.=) $1 '
    'AND r.status OPERATOR(pg_catalog.=) ''running''')
$function$;

-- Raises PT404.
CREATE FUNCTION agentchat.refuse_run(run uuid) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'run not found'
        USING ERRCODE = 'PT404',
              DETAIL = pg_catalog.format('Run %s does not exist, or the caller may not see it.', run),
              HINT = 'Start a run with start_run().';
END
$function$;

-- Raises PT409, and names the status.
CREATE FUNCTION agentchat.refuse_run_that_is_over(run uuid, status text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'run is over'
        USING ERRCODE = 'PT409',
              DETAIL = pg_catalog.format('Run %s is %s.', run, status),
              HINT = 'Start another run with start_run().';
END
$function$;

-- Locks a run like an UPDATE of its status until the transaction ends, and returns it as it is then. Raises
-- PT404 if it does not exist, or if the caller may not change it.
CREATE FUNCTION agentchat.lock_run(run uuid) RETURNS record
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
DECLARE
    locked pg_catalog.record;
BEGIN
    EXECUTE agentchat.run_query('r.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE OF r')
        INTO locked USING run;
    IF locked.id IS NULL THEN
        PERFORM agentchat.refuse_run(run);
    END IF;
    RETURN locked;
END
$function$;

-- Locks a run in the same way, and raises PT409 if it is over.
CREATE FUNCTION agentchat.lock_run_while_running(run uuid) RETURNS record
    LANGUAGE plpgsql
    AS $function$
DECLARE
    locked CONSTANT pg_catalog.record := agentchat.lock_run(run);
BEGIN
    IF locked.status OPERATOR(pg_catalog.<>) 'running' THEN
        PERFORM agentchat.refuse_run_that_is_over(run, locked.status);
    END IF;
    RETURN locked;
END
$function$;

-- Locks the running run of a conversation in the same way. Returns NULL if there is none.
CREATE FUNCTION agentchat.lock_running_run(conversation uuid) RETURNS record
    LANGUAGE plpgsql SET enable_seqscan = off
    AS $function$
DECLARE
    locked pg_catalog.record;
BEGIN
    EXECUTE pg_catalog.concat(agentchat.running_run_query(), ' FOR NO KEY UPDATE OF r')
        INTO locked USING conversation;
    RETURN locked;
END
$function$;

-- Returns the number of a run's newest chunk, and the time of it in UTC; NULL without any.
CREATE FUNCTION agentchat.newest_chunk(run uuid, OUT seq integer, OUT created_at timestamp)
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET enable_seqscan = off
    AS $function$
DECLARE
    chunks CONSTANT pg_catalog.regclass := agentchat.table_of('run_chunks');
BEGIN
    EXECUTE pg_catalog.format('SELECT c.seq, %s FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) $1 '
        'ORDER BY c.seq DESC LIMIT 1', agentchat.time_in_utc(chunks, 'created_at', 'c.created_at'), chunks)
        INTO seq, created_at USING run;
END
$function$;

-- Does the same for a running run that the caller has locked. Raises 40001 if the snapshot of the transaction
-- is so old that it does not show all chunks. Only an INSERT finds such a chunk; it is undone at once.
CREATE FUNCTION agentchat.newest_chunk_of_locked(run uuid, OUT seq integer, OUT created_at timestamp)
    LANGUAGE plpgsql
    AS $function$
BEGIN
    SELECT n.seq, n.created_at INTO seq, created_at FROM agentchat.newest_chunk(run) n;
    IF pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed' THEN
        RETURN;
    END IF;
    EXECUTE pg_catalog.format('INSERT INTO %s (run_id, seq, chunk) VALUES ($1, $2, ''{}'') '
        'ON CONFLICT DO NOTHING', agentchat.table_of('run_chunks'))
        USING run, LEAST(COALESCE(seq, 0)::pg_catalog.int8 OPERATOR(pg_catalog.+) 1, 2147483647);
    RAISE EXCEPTION 'no newer chunk' USING ERRCODE = 'AC000';
EXCEPTION WHEN SQLSTATE 'AC000' THEN
    NULL;
END
$function$;

-- Raises 22004 if the argument stale_after is NULL, and 22023 if it is negative.
CREATE FUNCTION agentchat.check_stale_after(stale_after interval) RETURNS void
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_not_null('stale_after', stale_after IS NULL);
    IF stale_after < interval '0' THEN
        RAISE EXCEPTION 'stale_after must not be negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass how long a run may give no sign of life, such as ''30 seconds''.';
    END IF;
END
$function$;

-- Returns whether a run has been silent for so long.
CREATE FUNCTION agentchat.is_silent(last_sign timestamp, stale_after interval) RETURNS boolean
    LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN isfinite(last_sign) THEN timezone('UTC', clock_timestamp()) - last_sign >= stale_after
    ELSE last_sign = '-infinity' END
$function$;

-- Locks the running run of a conversation, and marks it as failed if it has been silent for so long. Its
-- chunks stay, for recover_run(). The text of the error is that of sweep_runs(). Returns NULL without a run.
CREATE FUNCTION agentchat.fail_silent_run(
    conversation uuid, stale_after interval,
    OUT id uuid, OUT message_id uuid, OUT has_chunks boolean, OUT last_sign timestamp, OUT has_failed boolean
)
    LANGUAGE plpgsql
    AS $function$
DECLARE
    run CONSTANT pg_catalog.record := agentchat.lock_running_run(conversation);
    newest pg_catalog.record;
    runs pg_catalog.regclass;
BEGIN
    IF run IS NULL THEN
        RETURN;
    END IF;
    -- Chunks that came while the lock was awaited count.
    SELECT n.* INTO newest FROM agentchat.newest_chunk_of_locked(run.id) n;
    id := run.id;
    message_id := run.message_id;
    has_chunks := newest.seq IS NOT NULL;
    last_sign := GREATEST(run.started_at, run.heartbeat_at, newest.created_at);
    has_failed := agentchat.is_silent(last_sign, stale_after);
    IF has_failed THEN
        runs := agentchat.table_of('runs');
        EXECUTE pg_catalog.format('UPDATE %s SET status = ''failed'', finished_at = %s, error = $3 '
            'WHERE id OPERATOR(pg_catalog.=) $1', runs, agentchat.time_in_utc(runs, 'finished_at', '$2'))
            USING run.id, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()),
                pg_catalog.jsonb_build_object('message', pg_catalog.format(
                    'The run has given no sign of life since %s.', agentchat.utc_time(last_sign)));
    END IF;
END
$function$;

-- Returns whether another conversation has a message with that id. It runs in the name of its owner: the
-- policies hide the messages of others, whose ids are taken all the same. Everyone may call it, and learns
-- what start_run() tells.
CREATE FUNCTION agentchat.is_elsewhere(message uuid, conversation uuid) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    is_there boolean;
BEGIN
    EXECUTE format('SELECT true FROM %s WHERE id = $1 AND conversation_id <> $2',
        agentchat.table_of('messages')) INTO is_there USING message, conversation;
    RETURN coalesce(is_there, false);
END
$function$;

-- table_of() returns the user's table of that name.
CREATE FUNCTION agentchat.table_of(table_name text) RETURNS regclass
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    found regclass;
    schema name;
BEGIN
    SELECT c.oid, n.nspname INTO found, schema
    FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = table_name
    WHERE n.oid = agentchat.tables_schema();
    IF found IS NULL THEN
        RAISE EXCEPTION 'a table of agentchat is missing'
            USING ERRCODE = 'undefined_table',
                  DETAIL = format('The table %I.%I does not exist.', schema, table_name),
                  HINT = 'Restore the table from your backup.';
    END IF;
    RETURN found;
END
$function$;

-- type_of_column() returns the type of a column. It raises an error if the type is none of those allowed.
CREATE FUNCTION agentchat.type_of_column(of_table regclass, column_name text, VARIADIC allowed regtype[])
    RETURNS regtype
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    table_name CONSTANT name := (SELECT relname FROM pg_class WHERE oid = of_table);
    type CONSTANT regtype := (SELECT atttypid FROM pg_attribute
        WHERE attrelid = of_table AND attname = column_name AND attnum > 0 AND NOT attisdropped);
BEGIN
    IF type IS NULL THEN
        RAISE EXCEPTION 'a table of agentchat lacks a column'
            USING ERRCODE = 'undefined_column',
                  DETAIL = format('The table "%s" has no column "%s".', table_name, column_name),
                  HINT = 'To add it again, run: SELECT * FROM agentchat.adopt().';
    ELSIF type <> ALL (allowed) THEN
        RAISE EXCEPTION 'a column of agentchat has the wrong type'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('The column "%s" of "%s" is of type %s.', column_name, table_name, type),
                  HINT = format('Change it back to %s.', split_part(allowed[1]::text, ' ', 1));
    END IF;
    RETURN type;
END
$function$;

-- time_in_utc() returns the SQL of an expression of the type of a column, which is a time, in UTC and without
-- a zone.
CREATE FUNCTION agentchat.time_in_utc(of_table regclass, column_name text, expression text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(CASE agentchat.type_of_column(of_table, column_name, 'timestamp', 'timestamptz')
    WHEN 'timestamptz'::regtype THEN 'pg_catalog.timezone(''UTC'', %s)' ELSE '%s' END, expression)
$function$;

CREATE FUNCTION agentchat.touch_held_conversation(conversation uuid, older text, touching text) RETURNS void
    LANGUAGE plpgsql
    AS $function$
DECLARE
    callers_timeout CONSTANT pg_catalog.text := pg_catalog.current_setting('lock_timeout');
    is_older pg_catalog.bool;
BEGIN
    EXECUTE pg_catalog.concat('SELECT true ', older) INTO is_older USING conversation;
    IF is_older IS NULL THEN
        RETURN;
    END IF;
    BEGIN
        EXECUTE pg_catalog.concat('SELECT true ', older, ' FOR NO KEY UPDATE SKIP LOCKED')
        INTO is_older USING conversation;
        IF is_older IS NULL THEN
            PERFORM pg_catalog.set_config('lock_timeout', pg_catalog.concat(pg_catalog.ceil(
                extract(epoch FROM pg_catalog.current_setting('deadlock_timeout')::pg_catalog.interval)
                OPERATOR(pg_catalog.*) 500), 'ms'), true);
            EXECUTE pg_catalog.concat('SELECT true ', older, ' FOR KEY SHARE SKIP LOCKED')
            INTO is_older USING conversation;
        END IF;
        IF is_older THEN
            EXECUTE touching USING conversation;
        END IF;
        PERFORM pg_catalog.set_config('lock_timeout', callers_timeout, true);
    EXCEPTION WHEN lock_not_available OR serialization_failure THEN
        -- The settings are as before.
        NULL;
    END;
END
$function$;

-- outer_role() returns the role outside all functions with SECURITY DEFINER.
CREATE FUNCTION agentchat.outer_role() RETURNS name
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(nullif(current_setting('role'), 'none'), session_user)
$function$;

-- is_under_policies() returns whether row-level security applies to the current user. Triggers fire on a
-- partition, but the policies of the partitioned table apply.
CREATE FUNCTION agentchat.is_under_policies(target oid) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT row_security_active(target)
    OR EXISTS (SELECT FROM pg_partition_ancestors(target) a WHERE row_security_active(a))
$function$;

-- may_restore() returns whether a role has BYPASSRLS, or owns the table and is not under its policies.
CREATE FUNCTION agentchat.may_restore(target oid, role_name name) RETURNS boolean
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT r.rolsuper OR r.rolbypassrls OR (
    SELECT pg_has_role(r.oid, c.relowner, 'USAGE') FROM pg_class c WHERE c.oid = target)
    AND NOT EXISTS (
        SELECT FROM pg_class c
        WHERE (c.oid = target OR c.oid IN (SELECT pg_partition_ancestors(target))) AND c.relrowsecurity
          AND (c.relforcerowsecurity OR NOT pg_has_role(r.oid, c.relowner, 'USAGE')))
FROM pg_roles r WHERE r.rolname = role_name
$function$;

-- is_restore() returns whether the session restores a dump: its rows are stored unchanged. Every pg_dump
-- since 9.5 sets row_security to off. That alone is not enough: it would let users bypass the rules.
CREATE FUNCTION agentchat.is_restore(target oid) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN current_setting('row_security') = 'off' AND agentchat.may_restore(target, current_user)
        AND agentchat.may_restore(target, agentchat.outer_role());
END
$function$;

-- refuse_firing() raises 39P01 for a trigger that is fired in another way than its function needs.
CREATE FUNCTION agentchat.refuse_firing(
    target regclass, trigger_name name, called text, fired text, how text
) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    table_name CONSTANT name := (SELECT relname FROM pg_class WHERE oid = target);
BEGIN
    RAISE EXCEPTION USING
        ERRCODE = 'trigger_protocol_violated',
        MESSAGE = format('a trigger must be fired %s %s', fired, how),
        DETAIL = format('The trigger is "%s" on "%s", which calls agentchat.%s.', trigger_name, table_name,
                        called),
        HINT = format('Create it as: CREATE TRIGGER ... %s ON %I %s EXECUTE FUNCTION agentchat.%s().', fired,
                      table_name, how, called);
END
$function$;

-- refuse_table() raises 39P01 for a trigger on the wrong table.
CREATE FUNCTION agentchat.refuse_table(target oid, trigger_name name, wanted text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'a trigger function is used on the wrong table'
        USING ERRCODE = 'trigger_protocol_violated',
              DETAIL = format('The trigger is "%s" on "%s".', trigger_name,
                              (SELECT relname FROM pg_class WHERE oid = target)),
              HINT = format('Use the function only on the table %s of agentchat.', wanted);
END
$function$;

-- require_table() raises 39P01 unless the trigger is on that table of agentchat or on a partition of it. Any
-- user can make a trigger that calls our functions, on a table of their own.
CREATE FUNCTION agentchat.require_table(target oid, trigger_name name, wanted text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    actual CONSTANT oid := to_regclass(agentchat.tables_prefix() || wanted);
BEGIN
    IF target = actual AND EXISTS (SELECT FROM pg_class WHERE oid = target AND relkind IN ('r', 'p')) THEN
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_partition_ancestors(target) a JOIN pg_class c ON c.oid = target
               WHERE a = actual AND c.relkind IN ('r', 'p')) THEN
        RETURN;
    END IF;
    PERFORM agentchat.refuse_table(target, trigger_name, wanted);
END
$function$;

-- require_transition_tables() does the same for a statement trigger, which also needs its transition tables.
CREATE FUNCTION agentchat.require_transition_tables(
    target oid, trigger_name name, fired_when text, level text, event text,
    called text, wanted_table text, wanted_events text[]
) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF fired_when <> 'AFTER' OR level <> 'STATEMENT' OR event <> ALL (wanted_events) OR NOT EXISTS (
        SELECT FROM pg_trigger t
        WHERE t.tgrelid = target AND t.tgname = trigger_name
          AND (event = 'INSERT' OR t.tgoldtable = 'old_rows')
          AND (event = 'DELETE' OR t.tgnewtable = 'new_rows'))
    THEN
        PERFORM agentchat.refuse_firing(target, trigger_name, called,
            'AFTER ' || regexp_replace(array_to_string(wanted_events, ', '), ', (\w+)$', ' or \1'),
            'REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT');
    END IF;
    PERFORM agentchat.require_table(target, trigger_name, wanted_table);
END
$function$;

-- time_column() returns whether a column that holds a time has a zone, and the modifier of its type, which is
-- its precision. It raises an error unless the column is there and has one of the two types.
--
-- PL/pgSQL plans an expression for the type that a column of NEW or OLD has the first time, and fails after
-- ALTER TABLE ... TYPE. Triggers therefore read a column of time with another expression for each type.
CREATE FUNCTION agentchat.time_column(
    target oid, trigger_name name, column_name text, OUT has_zone boolean, OUT type_modifier integer
)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    type regtype;
BEGIN
    SELECT atttypid, atttypmod INTO type, type_modifier FROM pg_attribute
    WHERE attrelid = target AND attname = column_name AND NOT attisdropped;
    IF type IS NULL THEN
        RAISE EXCEPTION 'a trigger needs a column that its table lacks'
            USING ERRCODE = 'undefined_column',
                  DETAIL = format('The table "%s" has no column "%s".',
                                  (SELECT relname FROM pg_class WHERE oid = target), column_name),
                  HINT = format('Add the column, or drop the trigger "%s".', trigger_name);
    ELSIF type NOT IN ('timestamp', 'timestamptz') THEN
        RAISE EXCEPTION 'a column that a trigger needs has the wrong type'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('The column "%s" of "%s" is of type %s.', column_name,
                                  (SELECT relname FROM pg_class WHERE oid = target), type),
                  HINT = 'Change the type to timestamp (which will hold UTC) or timestamptz.';
    END IF;
    has_zone := type = 'timestamptz'::regtype;
END
$function$;

-- require_all_rows() raises 42501 if policies hide rows of these tables from their owner. A rule that counts
-- rows, or looks for them, would let pass what it must refuse. The extension suspends FORCE ROW LEVEL
-- SECURITY.
CREATE FUNCTION agentchat.require_all_rows(VARIADIC names text[]) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    forced regclass;
BEGIN
    SELECT t INTO forced FROM unnest(names) n (name), agentchat.table_of(n.name) t
    WHERE row_security_active(t) LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION 'a rule cannot see all rows of a table'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The owner of the table %s is subject to its policies.', forced),
                  HINT = format('Run: ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;', forced);
    END IF;
END
$function$;

-- needs_change() returns whether a part among some, or one part, may have another form in a UIMessage: a key
-- with null, a form of AI SDK 4, or a call without its input or output. It may be wrong in saying so. Every
-- condition is positive about keys that exist, because a path takes an array for its elements.
CREATE FUNCTION agentchat.needs_change(parts jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_path_exists(parts, '$[*] ? (@.* == null || @.approval.* == null
        || !(@.type == "text" || @.type == "step-start")
            && (@.type == "reasoning" && (exists(@.details) || exists(@.reasoning))
                || @.type == "file" && (exists(@.data) || exists(@.mimeType) || exists(@.providerReference))
                || @.type == "source" || @.type == "tool-invocation"
                || (@.type starts with "tool-" || @.type == "dynamic-tool")
                    && (!exists(@.input) || @.state == "output-available" && !exists(@.output))))');

-- are_shown() returns whether a message's parts are those of its UIMessage, but for what append_messages()
-- stored behind them, and its columns have nothing that they lack.
CREATE FUNCTION agentchat.are_shown(parts jsonb, content text, reasoning text, attachments jsonb)
    RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_typeof(parts) = 'array' AND NOT agentchat.needs_change(parts)
        AND (COALESCE(content, '') = '' OR parts @> '[{"type": "text"}]')
        AND (COALESCE(reasoning, '') = '' OR parts @> '[{"type": "reasoning"}]')
        AND COALESCE(jsonb_typeof(attachments) <> 'array' OR attachments = '[]', true);

-- last_type() returns the type of the last part, or NULL.
CREATE FUNCTION agentchat.last_type(parts jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(parts) = 'array' THEN parts #>> '{-1,type}' END;

-- without_ends() returns parts without the metadata and the client's id at their end. last_type is the type
-- of the last part.
CREATE FUNCTION agentchat.without_ends(parts jsonb, last_type text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN last_type = 'data-message-id' THEN parts - (-1)
        WHEN last_type = 'data-metadata' THEN
            CASE WHEN parts #>> '{-2,type}' = 'data-message-id' THEN parts - (-1) - (-1) ELSE parts - (-1) END
        ELSE parts END;

-- string_or_null() returns the text of a JSON string, and NULL for any other value.
CREATE FUNCTION agentchat.string_or_null(value jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'string' THEN value #>> '{}' END;

-- small_json() does what compact_json() does. It is inlined, and writes a value twice instead of calling a
-- function.
CREATE FUNCTION agentchat.small_json(value jsonb) RETURNS json
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN strpos(value::text, '": null') = 0 THEN json_strip_nulls(value::text::json)
        ELSE agentchat.compact_json(value) END;

-- object_text() returns the JSON text of a key and its value if that is an object, behind a comma, or NULL.
CREATE FUNCTION agentchat.object_text(key text, value jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'object'
        THEN concat(',"', key, '":', agentchat.small_json(value)) END;

-- string_text() is the same for a string.
CREATE FUNCTION agentchat.string_text(key text, value jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE WHEN jsonb_typeof(value) = 'string' THEN concat(',"', key, '":', value) END;

-- given_id() returns the id that the client chose, which is behind the parts. last_type is the type of the
-- last part.
CREATE FUNCTION agentchat.given_id(parts jsonb, last_type text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE
        WHEN last_type = 'data-message-id' THEN agentchat.string_or_null(parts #> '{-1,data}')
        WHEN last_type = 'data-metadata' AND parts #>> '{-2,type}' = 'data-message-id'
        THEN agentchat.string_or_null(parts #> '{-2,data}') END;

-- shown_id() returns the id of a UIMessage: the one that the client chose, if it names this message, or the
-- UUID. A copy of the message has another UUID, and the part could hold any text. `named` is the UUID for the
-- id.
CREATE FUNCTION agentchat.shown_id(id text, uuid uuid, conversation uuid, given_id text, named uuid)
    RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN given_id IS NOT NULL AND conversation IS NOT NULL AND named = uuid THEN given_id
        ELSE COALESCE(id, '') END;

-- uuid_of_sha1() returns the version 5 UUID with this SHA-1 hash.
CREATE FUNCTION agentchat.uuid_of_sha1(hash bytea) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN encode(set_byte(set_byte(substr(hash, 1, 16), 6, get_byte(hash, 6) & 15 | 80),
        8, get_byte(hash, 8) & 63 | 128), 'hex')::uuid;
END
$function$;

-- named_uuid() returns the SQL of the UUID for the client's id of a message m. uuid_of_name() takes 0.1 ms,
-- much longer than all the rest. pgcrypto has SHA-1 in C. Only superusers can create a function in C; nobody
-- can plant one.
CREATE FUNCTION agentchat.named_uuid() RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(
    (SELECT format('CASE WHEN m.given_id OPERATOR(pg_catalog.~) ''[^0-9A-Fa-f{}-]'' '
         'THEN agentchat.uuid_of_sha1(%I.digest(pg_catalog.uuid_send(m.conversation) OPERATOR(pg_catalog.||) '
             'pg_catalog.convert_to(m.given_id, ''UTF8''), ''sha1'')) '
         'ELSE agentchat.uuid_of_name(m.conversation, m.given_id) END', n.nspname)
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = 'digest' AND p.proargtypes = '17 25'::oidvector
       AND p.probin = '$libdir/pgcrypto' AND p.prosrc = 'pg_digest'
       AND has_function_privilege(p.oid, 'EXECUTE') AND has_schema_privilege(n.oid, 'USAGE')
     LIMIT 1),
    'agentchat.uuid_of_name(m.conversation, m.given_id)')
$function$;

-- given_metadata() returns the application's metadata, which is the last part, or NULL.
CREATE FUNCTION agentchat.given_metadata(parts jsonb, last_type text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN CASE WHEN last_type = 'data-metadata' THEN COALESCE(parts #> '{-1,data}', 'null') END;

-- shown_metadata() returns the metadata of a UIMessage: what the application gave, and the time unless it
-- gave one.
CREATE FUNCTION agentchat.shown_metadata(given jsonb, created_at timestamp) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN jsonb_typeof(given) <> 'object' OR given ? 'createdAt' THEN given
        WHEN created_at IS NULL THEN COALESCE(given, '{}')
        ELSE COALESCE(given, '{}') || jsonb_build_object('createdAt', agentchat.utc_time(created_at)) END;

-- shown_metadata_json() is the same as JSON, with the time at the end.
CREATE FUNCTION agentchat.shown_metadata_json(given jsonb, created_at timestamp) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN jsonb_typeof(given) <> 'object' OR given ? 'createdAt' THEN agentchat.small_json(given)
        WHEN created_at IS NULL THEN COALESCE(agentchat.small_json(given), '{}')
        ELSE concat('{', CASE WHEN given <> '{}'
                THEN substr(left(agentchat.small_json(given)::text, -1), 2) || ',' END,
            '"createdAt":"', agentchat.utc_time(created_at), '"}')::json END;

-- mended_part() returns the JSON text of a part in today's form, or of one that no version knows: without the
-- optional keys that are null, which the AI SDK takes for values of the wrong type, and with the keys that a
-- call lacks, because JSON.stringify() leaves out undefined.
CREATE FUNCTION agentchat.mended_part(part jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    type CONSTANT text := agentchat.string_or_null(part -> 'type');
    is_call CONSTANT boolean := coalesce((type ~ '^tool-' OR type = 'dynamic-tool'
            AND jsonb_typeof(part -> 'toolName') = 'string')
        AND jsonb_typeof(part -> 'toolCallId') = 'string', false);
    is_known CONSTANT boolean := is_call
        OR type IN ('text', 'reasoning', 'steering-message', 'step-start', 'source-url', 'source-document',
            'reasoning-file', 'custom')
        OR type ~ '^data-'
        OR type = 'file' AND jsonb_typeof(part -> 'url') = 'string'
            AND jsonb_typeof(part -> 'mediaType') = 'string';
    state CONSTANT text := CASE WHEN is_call THEN coalesce(part ->> 'state', '') ELSE '' END;
    nulls CONSTANT text[] := CASE state WHEN 'output-available' THEN '{input, rawInput, data, output}'
        ELSE '{input, rawInput, data}' END;
    mended jsonb;
    missing text;
BEGIN
    IF is_known IS NOT TRUE THEN
        RETURN agentchat.compact_json(part);
    END IF;
    mended := agentchat.without_nulls(part, nulls);
    IF jsonb_typeof(part -> 'approval') = 'object' THEN
        mended := jsonb_set(mended, '{approval}', agentchat.without_nulls(part -> 'approval', nulls));
    END IF;
    IF is_call AND state NOT IN ('input-streaming', 'output-error') THEN
        missing := concat(CASE WHEN NOT part ? 'input' THEN ',"input":null' END,
            CASE WHEN state = 'output-available' AND NOT part ? 'output' THEN ',"output":null' END);
    END IF;
    RETURN concat(left(agentchat.compact_json(mended)::text, -1), missing, '}');
END
$function$;

-- without_nulls() returns an object without the keys that are null, but for some.
CREATE FUNCTION agentchat.without_nulls(object jsonb, others text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT object - ARRAY(SELECT key FROM jsonb_each(object)
                      WHERE jsonb_typeof(value) = 'null' AND key <> ALL (others))
$function$;

-- detailed_reasoning() returns the JSON texts of the pieces of reasoning that AI SDK 4 keeps in one part,
-- each with its signature, or in encrypted form.
CREATE FUNCTION agentchat.detailed_reasoning(part jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT string_agg(concat('{"type":"reasoning"',
    coalesce(agentchat.string_text('text', d.detail -> 'text'), ',"text":""'),
    coalesce(agentchat.object_text('providerMetadata', part -> 'providerMetadata'),
        ',"providerMetadata":{"anthropic":{' || substr(nullif(concat(
            agentchat.string_text('signature', d.detail -> 'signature'),
            agentchat.string_text('redactedData', d.detail -> 'data')), ''), 2) || '}}'),
    '}'), ',' ORDER BY d.n)
FROM jsonb_array_elements(part -> 'details') WITH ORDINALITY d (detail, n)
$function$;

-- changed_file() returns the JSON text of a file. AI SDK 4 keeps the bytes in base64, or a data URL, under
-- `data`, and the media type under `mimeType`. A file without a URL or a media type cannot be shown: it is
-- passed on as it is stored.
CREATE FUNCTION agentchat.changed_file(part jsonb) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    media_type CONSTANT text := coalesce(agentchat.string_or_null(part -> 'mediaType'),
        agentchat.string_or_null(part -> 'mimeType'));
    data CONSTANT text := agentchat.string_or_null(part -> 'data');
    url CONSTANT text := coalesce(agentchat.string_or_null(part -> 'url'), CASE
        WHEN data IS NULL AND jsonb_typeof(part -> 'providerReference') = 'object' THEN ''
        WHEN data ~ '^data:' THEN data
        ELSE 'data:' || media_type || ';base64,' || data END);
BEGIN
    IF url IS NULL OR media_type IS NULL
        OR jsonb_typeof(part -> 'url') = 'string' AND jsonb_typeof(part -> 'mediaType') = 'string' THEN
        RETURN agentchat.mended_part(part);
    END IF;
    RETURN concat('{"type":"file","mediaType":', to_json(media_type), ',"url":', to_json(url),
        agentchat.string_text('filename', part -> 'filename'),
        agentchat.object_text('providerReference', part -> 'providerReference'),
        agentchat.object_text('providerMetadata', part -> 'providerMetadata'), '}');
END
$function$;

-- changed_call() returns the JSON text of a call in the form of AI SDK 4.
CREATE FUNCTION agentchat.changed_call(part jsonb, call jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN concat('{"type":', to_json('tool-' || (call ->> 'toolName')),
        ',"toolCallId":', call -> 'toolCallId',
        ',"state":', CASE call -> 'state'
            WHEN '"result"' THEN '"output-available"'
            WHEN '"partial-call"' THEN '"input-streaming"'
            ELSE '"input-available"' END,
        ',"input":', COALESCE(agentchat.small_json(call -> 'args')::text, 'null'),
        CASE WHEN call -> 'state' = '"result"'
            THEN ',"output":' || COALESCE(agentchat.small_json(call -> 'result')::text, 'null') END,
        agentchat.object_text('providerMetadata', part -> 'providerMetadata'), '}');

-- shown_part() returns the JSON text of a stored part: of several if AI SDK 4 kept several in one.
CREATE FUNCTION agentchat.shown_part(part jsonb) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN NOT agentchat.needs_change(part) THEN agentchat.small_json(part)::text
        WHEN part -> 'type' = '"tool-invocation"'
            AND jsonb_typeof(part #> '{toolInvocation,toolName}') = 'string'
            AND jsonb_typeof(part #> '{toolInvocation,toolCallId}') = 'string'
        THEN agentchat.changed_call(part, part -> 'toolInvocation')
        WHEN part -> 'type' = '"source"' AND jsonb_typeof(part #> '{source,url}') = 'string'
        THEN concat('{"type":"source-url","sourceId":',
            CASE WHEN jsonb_typeof(part #> '{source,id}') = 'string' THEN part #> '{source,id}'
                ELSE part #> '{source,url}' END,
            ',"url":', part #> '{source,url}', agentchat.string_text('title', part #> '{source,title}'),
            agentchat.object_text('providerMetadata', part #> '{source,providerMetadata}'), '}')
        WHEN part -> 'type' = '"reasoning"' AND jsonb_typeof(part -> 'text') IS DISTINCT FROM 'string'
            AND jsonb_typeof(part -> 'details') = 'array' AND part -> 'details' <> '[]'
        THEN agentchat.detailed_reasoning(part)
        WHEN part -> 'type' = '"reasoning"' AND jsonb_typeof(part -> 'text') IS DISTINCT FROM 'string'
            AND jsonb_typeof(part -> 'reasoning') = 'string'
        THEN concat('{"type":"reasoning","text":', part -> 'reasoning',
            agentchat.object_text('providerMetadata', part -> 'providerMetadata'), '}')
        WHEN part -> 'type' = '"file"' THEN agentchat.changed_file(part)
        ELSE agentchat.mended_part(part) END;

-- attached_files() returns the JSON texts of the files that AI SDK 4 keeps beside the text, if they are not
-- among the parts that can be shown.
CREATE FUNCTION agentchat.attached_files(attachments jsonb, parts jsonb) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH shown AS (
    SELECT f.file ->> 'url' AS url
    FROM jsonb_array_elements(parts) p (part),
        LATERAL (SELECT agentchat.changed_file(part)::jsonb WHERE part -> 'type' = '"file"') f (file)
    WHERE jsonb_typeof(f.file -> 'url') = 'string' AND jsonb_typeof(f.file -> 'mediaType') = 'string')
SELECT ARRAY(
    SELECT concat('{"type":"file","mediaType":', coalesce(
            to_json(agentchat.string_or_null(file -> 'mediaType')),
            to_json(agentchat.string_or_null(file -> 'contentType')), '"application/octet-stream"'),
        ',"url":', file -> 'url',
        coalesce(agentchat.string_text('filename', file -> 'filename'),
            agentchat.string_text('filename', file -> 'name')), '}')
    FROM jsonb_array_elements(attachments) WITH ORDINALITY f (file, n)
    WHERE jsonb_typeof(file -> 'url') = 'string' AND file ->> 'url' NOT IN (SELECT url FROM shown)
    ORDER BY n)
$function$;

-- shown_parts() returns the parts of a UIMessage: the stored ones, and what only the columns hold. Reasoning
-- comes before everything else in the first step; rows of AI SDK 4 have their files in a column of their own.
CREATE FUNCTION agentchat.shown_parts(parts jsonb, content text, reasoning text, attachments jsonb)
    RETURNS json
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    has_parts CONSTANT boolean := coalesce(jsonb_typeof(parts) = 'array', false);
    stored CONSTANT jsonb := CASE WHEN has_parts
        THEN agentchat.without_ends(parts, agentchat.last_type(parts)) ELSE '[]' END;
    shown text[] := ARRAY(SELECT agentchat.shown_part(p.part)
                          FROM jsonb_array_elements(stored) WITH ORDINALITY p (part, n) ORDER BY p.n);
    steps CONSTANT integer := CASE WHEN stored #>> '{0,type}' = 'step-start' THEN 1 ELSE 0 END;
BEGIN
    IF reasoning <> '' AND NOT stored @> '[{"type": "reasoning"}]' THEN
        shown := shown[:steps] || concat('{"type":"reasoning","text":', to_json(reasoning), '}')
            || shown[steps + 1:];
    END IF;
    IF content <> '' AND NOT stored @> '[{"type": "text"}]' THEN
        shown := shown || concat('{"type":"text","text":', to_json(content), '}');
    END IF;
    IF jsonb_typeof(attachments) = 'array' AND attachments <> '[]' THEN
        shown := shown || agentchat.attached_files(attachments, stored);
    END IF;
    IF shown = '{}' AND NOT has_parts THEN
        shown := '{"{\"type\":\"text\",\"text\":\"\"}"}';
    END IF;
    RETURN concat('[', array_to_string(shown, ','), ']');
END
$function$;

-- is_content_alone() returns whether a message has no parts and nothing but its content.
CREATE FUNCTION agentchat.is_content_alone(parts jsonb, reasoning text, attachments jsonb) RETURNS boolean
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN jsonb_typeof(parts) IS DISTINCT FROM 'array' AND COALESCE(reasoning, '') = ''
        AND COALESCE(jsonb_typeof(attachments) <> 'array', true);

-- parts_as_jsonb() returns the parts of a UIMessage.
CREATE FUNCTION agentchat.parts_as_jsonb(
    shown jsonb, parts jsonb, content text, reasoning text, attachments jsonb
) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        WHEN shown IS NOT NULL THEN shown
        WHEN agentchat.is_content_alone(parts, reasoning, attachments)
        THEN jsonb_build_array(jsonb_build_object('type', 'text', 'text', COALESCE(content, '')))
        ELSE agentchat.shown_parts(parts, content, reasoning, attachments)::jsonb END;

-- parts_as_json() is the same as JSON.
CREATE FUNCTION agentchat.parts_as_json(
    shown text, parts jsonb, content text, reasoning text, attachments jsonb
) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN CASE
        -- This is what compact_json() does. Calls of it would be a third of the time for the whole message.
        WHEN strpos(shown, '": null') = 0 THEN json_strip_nulls(shown::json)
        WHEN shown IS NOT NULL THEN agentchat.compact_json(shown::jsonb)
        WHEN agentchat.is_content_alone(parts, reasoning, attachments)
        THEN concat('[{"type":"text","text":', to_json(COALESCE(content, '')), '}]')::json
        ELSE agentchat.shown_parts(parts, content, reasoning, attachments) END;

-- ui_messages_query() returns a query for an array: the UIMessages of rows t that come from tables.
CREATE FUNCTION agentchat.ui_messages_query(messages regclass, is_json boolean, from_messages text)
    RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Users can change the columns: one that is missing, or cannot be read as its type, is NULL.
-- The path of no key hands back the parts as they are, but decompressed: once, and not by each function that
-- looks at them. OFFSET 0 keeps the planner from computing a column where it is used, and more than once.
SELECT format(
    'SELECT %s FROM (SELECT '
            'agentchat.shown_id(m.id, m.uuid, m.conversation, m.given_id, %s) AS id, '
            'COALESCE(pg_catalog.rtrim(m.role), '''') AS role, '
            '%s(m.given, m.created_at) AS metadata, '
            '%s(m.shown, m.parts, m.content, m.reasoning, m.attachments) AS parts '
        'FROM (SELECT m.*, agentchat.given_metadata(m.parts, m.last_type) AS given, '
                'agentchat.given_id(m.parts, m.last_type) AS given_id, '
                'CASE WHEN agentchat.are_shown(m.parts, m.content, m.reasoning, m.attachments) '
                'THEN agentchat.without_ends(m.parts, m.last_type)%s END AS shown '
            'FROM (SELECT m.*, agentchat.last_type(m.parts) AS last_type '
                'FROM (SELECT %s, m.stored OPERATOR(pg_catalog.#>) ''{}'' AS parts '
                    'FROM (SELECT %s FROM %s ORDER BY t.created_at, t.id) m OFFSET 0) m OFFSET 0) m '
            'OFFSET 0) m) m',
    agentchat.array_of('m', is_json),
    agentchat.named_uuid(),
    CASE WHEN is_json THEN 'agentchat.shown_metadata_json' ELSE 'agentchat.shown_metadata' END,
    CASE WHEN is_json THEN 'agentchat.parts_as_json' ELSE 'agentchat.parts_as_jsonb' END,
    CASE WHEN is_json THEN '::pg_catalog.text' ELSE '' END,
    string_agg(format('m.%I', c.alias), ', ' ORDER BY n) FILTER (WHERE c.alias <> 'stored'),
    string_agg(format('%s AS %I', coalesce(format(CASE
            WHEN atttypid IS NULL THEN NULL
            WHEN atttypid = c.type::regtype THEN 't.%I'
            WHEN c.type = 'text' AND atttypid IN ('varchar'::regtype, 'uuid'::regtype)
            THEN 't.%I::pg_catalog.text'
            WHEN atttypid IN ('text'::regtype, 'varchar'::regtype, 'uuid'::regtype, 'timestamp'::regtype,
                'boolean'::regtype) THEN NULL
            WHEN c.type = 'text' THEN 'agentchat.string_or_null(pg_catalog.to_jsonb(t.%I))'
            WHEN c.type = 'jsonb' THEN 'pg_catalog.to_jsonb(t.%I)' END, attname),
        format('NULL::pg_catalog.%I', c.type)), c.alias), ', ' ORDER BY n),
    from_messages)
FROM (VALUES (1, 'id', 'uuid', 'uuid'), (2, 'id', 'text', 'id'),
    (3, 'conversation_id', 'uuid', 'conversation'), (4, 'role', 'text', 'role'),
    (5, 'content', 'text', 'content'), (6, 'reasoning', 'text', 'reasoning'), (7, 'parts', 'jsonb', 'stored'),
    (8, 'attachments', 'jsonb', 'attachments'), (9, 'created_at', 'timestamp', 'created_at')
) c (n, name, type, alias)
    LEFT JOIN pg_attribute ON attrelid = messages AND attname = c.name AND attnum > 0 AND NOT attisdropped
$function$;

-- parse_uuid() returns the UUID that a text is, or NULL if it is none. A UUID can be written in capitals, in
-- braces and with other hyphens. Its names are qualified, for PostgreSQL to put it into the caller's query.
CREATE FUNCTION agentchat.parse_uuid(value text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT CASE WHEN value OPERATOR(pg_catalog.~*)
    '^(([0-9a-f]{4}-?){7}[0-9a-f]{4}|\{([0-9a-f]{4}-?){7}[0-9a-f]{4}\})$' THEN value::pg_catalog.uuid END
$function$;

-- uuid_v5() returns the version 5 UUID of a name (RFC 9562): the SHA-1 hash (RFC 3174) of the name space and
-- the name. PostgreSQL has no function for SHA-1 of its own.
CREATE FUNCTION agentchat.uuid_v5(space uuid, name text) RETURNS uuid
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    ones CONSTANT bigint := 4294967295;
    message bytea := uuid_send(space) || convert_to(name, 'UTF8');
    bits CONSTANT bigint := 8 * length(message);
    h bigint[] := '{1732584193, 4023233417, 2562383102, 271733878, 3285377520}';
    w bigint[];
    a bigint;
    b bigint;
    c bigint;
    d bigint;
    e bigint;
    x bigint;
BEGIN
    -- A bit, zeros up to a whole block of 64 bytes, and the length.
    message := message || '\x80' || decode(repeat('00', (119 - length(message) % 64) % 64), 'hex')
        || int8send(bits);
    FOR start IN 0 .. length(message) - 64 BY 64 LOOP
        FOR t IN 0 .. 15 LOOP
            w[t] := ('x' || encode(substr(message, start + 4 * t + 1, 4), 'hex'))::bit(32)::bigint;
        END LOOP;
        FOR t IN 16 .. 79 LOOP
            x := w[t - 3] # w[t - 8] # w[t - 14] # w[t - 16];
            w[t] := ((x << 1) | (x >> 31)) & ones;
        END LOOP;
        a := h[1]; b := h[2]; c := h[3]; d := h[4]; e := h[5];
        FOR t IN 0 .. 79 LOOP
            x := ((((a << 5) | (a >> 27)) & ones) + e + w[t] + CASE
                WHEN t < 20 THEN (d # (b & (c # d))) + 1518500249
                WHEN t < 40 THEN (b # c # d) + 1859775393
                WHEN t < 60 THEN ((b & c) | (d & (b | c))) + 2400959708
                ELSE (b # c # d) + 3395469782 END) & ones;
            e := d;
            d := c;
            c := ((b << 30) | (b >> 2)) & ones;
            b := a;
            a := x;
        END LOOP;
        h := ARRAY[(h[1] + a) & ones, (h[2] + b) & ones, (h[3] + c) & ones, (h[4] + d) & ones,
                   (h[5] + e) & ones];
    END LOOP;
    -- The first 16 bytes, with the version and the variant.
    h[2] := (h[2] & 4294905855) | 20480;
    h[3] := (h[3] & 1073741823) | 2147483648;
    RETURN (SELECT string_agg(lpad(to_hex(h[n]), 8, '0'), '' ORDER BY n) FROM generate_series(1, 4) n)::uuid;
END
$function$;

-- uuid_of_name() returns the UUID for the name of a message in a conversation, or of a user's conversation.
CREATE FUNCTION agentchat.uuid_of_name(space uuid, name text) RETURNS uuid
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $function$
SELECT COALESCE(agentchat.parse_uuid(name), agentchat.uuid_v5(space, name))
$function$;

-- check_workflow_change() raises 22023 for an unknown status, or a step that is not an object.
CREATE FUNCTION agentchat.check_workflow_change(status text, step jsonb) RETURNS void
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF status NOT IN ('pending', 'running', 'completed', 'failed') THEN
        RAISE EXCEPTION 'unknown workflow status'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The status is %s.', agentchat.quoted_excerpt(status)),
                  HINT = 'Use "pending", "running", "completed" or "failed".';
    ELSIF jsonb_typeof(step) <> 'object' THEN
        RAISE EXCEPTION 'step must be a JSON object'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Put the value into an object, such as {"output": ...}.';
    END IF;
END
$function$;

-- with_step() returns the steps of a workflow with a new one, which may be NULL. It raises 22023 if they are
-- not an array, which only tables without the constraints of agentchat can hold, or if they are too large.
CREATE FUNCTION agentchat.with_step(workflow uuid, steps jsonb, step jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF jsonb_typeof(steps) <> 'array' THEN
        RAISE EXCEPTION 'workflows.steps must be a JSON array'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The steps of workflow %s are not an array.', workflow),
                  HINT = 'Run agentchat.check() to find such rows, and correct them.';
    END IF;
    RETURN CASE WHEN step IS NULL THEN steps ELSE coalesce(steps, '[]') || jsonb_build_array(step) END;
EXCEPTION
    WHEN program_limit_exceeded THEN
        RAISE EXCEPTION 'the steps of a workflow are too large'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('Workflow %s has %s steps of %s bytes, and the new step has %s bytes. '
                                  'A jsonb value holds less than 256 MB.', workflow,
                                  jsonb_array_length(steps), pg_column_size(steps || '[]'),
                                  pg_column_size(step)),
                  HINT = 'Go on in another workflow. Keep large results elsewhere, such as in artifacts, and '
                         'name their ids in the steps.';
END
$function$;

CREATE FUNCTION agentchat.require_workflow_move(workflow uuid, before text, after text) RETURNS void
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF before IS NULL OR before = after OR before NOT IN ('pending', 'running', 'completed', 'failed')
        OR (before, after) IN (('pending', 'running'), ('running', 'completed'), ('running', 'failed'),
                               ('failed', 'running'))
    THEN
        RETURN;
    END IF;
    -- PostgREST copies the message into the status line of HTTP: it must stay constant.
    RAISE EXCEPTION 'workflow cannot change to this status'
        USING ERRCODE = 'PT409',
              DETAIL = format('Workflow %s cannot change from %s to %s.', workflow,
                              agentchat.quoted_excerpt(before), agentchat.quoted_excerpt(after)),
              HINT = 'A workflow goes from pending to running, from running to completed or failed, and from '
                     'failed to running again.';
END
$function$;

-- Gives the messages their ids in the table. Raises 22023 if two have the same.
CREATE FUNCTION agentchat.with_message_ids(conversation uuid, messages jsonb) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    result CONSTANT jsonb := (
        SELECT jsonb_agg(m.message || jsonb_build_object('id', coalesce(
            agentchat.uuid_of_name(conversation, nullif(m.message ->> 'given_id', '')),
            gen_random_uuid())) ORDER BY m.n)
        FROM jsonb_array_elements(messages) WITH ORDINALITY m (message, n));
    same record;
BEGIN
    SELECT d.* INTO same
    FROM (SELECT m.message ->> 'path' AS path, m.message ->> 'id' AS id, m.n,
              lag(m.message ->> 'path') OVER (PARTITION BY m.message ->> 'id' ORDER BY m.n) AS first
          FROM jsonb_array_elements(result) WITH ORDINALITY m (message, n)) d
    WHERE d.first IS NOT NULL
    ORDER BY d.id, d.n
    LIMIT 1;
    PERFORM agentchat.refuse_if(FOUND, same.path || '.id', 'is also the id of ' || same.first);
    RETURN result;
END
$function$;

-- Returns those of the ids that are no keys of an object; NULL without any.
CREATE FUNCTION agentchat.ids_without(ids uuid[], written jsonb) RETURNS uuid[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(i.id ORDER BY i.n) FROM unnest(ids) WITH ORDINALITY i (id, n)
WHERE NOT coalesce(written, '{}') ? i.id::text
$function$;

-- Returns whether a UIMessage, read by read_messages(), is what get_conversation() returns for the stored
-- message, which may have an older form. A caller who names it by its UUID leaves the client's id as it is.
CREATE FUNCTION agentchat.is_shown_as(
    role text, content text, reasoning text, parts jsonb, attachments jsonb, message jsonb
) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    last_type CONSTANT text := agentchat.last_type(parts);
    given_id CONSTANT text := agentchat.given_id(parts, last_type);
    shown jsonb;
BEGIN
    IF NOT message ? 'is_ui_message' OR message ? 'attachments'
        OR rtrim(role) IS DISTINCT FROM message ->> 'role' THEN
        RETURN false;
    END IF;
    shown := agentchat.shown_parts(parts, content, reasoning, attachments);
    IF given_id <> '' AND given_id = message ->> 'given_id' AND agentchat.parse_uuid(given_id) IS NULL THEN
        shown := shown || jsonb_build_array(jsonb_build_object('type', 'data-message-id', 'data', given_id));
    END IF;
    shown := shown || agentchat.metadata_part(agentchat.given_metadata(parts, last_type));
    -- Numbers that are equal but written with other digits differ.
    RETURN shown::text IS NOT DISTINCT FROM (message -> 'parts')::text;
END
$function$;

-- Returns the statements that insert messages, that look for stored ones and that update them. Their
-- parameters are the conversation, the messages and the ids of those that they are about. They return
-- objects with the ids as keys: of what they have written or found, with the time; and which of those found
-- differ. The first one also returns the ids in the order of the messages. has_ids: whether any message was
-- sent with an id.
CREATE FUNCTION agentchat.message_statements(
    messages jsonb, OUT inserting text, OUT finding text, OUT updating text, OUT has_ids boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    target CONSTANT regclass := agentchat.table_of('messages');
    source CONSTANT text := 'pg_catalog.jsonb_array_elements($2) WITH ORDINALITY e (message, n) '
        'CROSS JOIN LATERAL pg_catalog.jsonb_to_record(e.message) AS s (id pg_catalog.uuid, '
        'role pg_catalog.text, content pg_catalog.text, parts pg_catalog.jsonb, '
        'attachments pg_catalog.jsonb, reasoning pg_catalog.text, created_at pg_catalog.timestamp, '
        'others pg_catalog.jsonb)';
    stored CONSTANT text := 'm.id OPERATOR(pg_catalog.=) s.id '
        'AND m.conversation_id OPERATOR(pg_catalog.=) $1 AND s.id OPERATOR(pg_catalog.=) ANY ($3)';
    time CONSTANT text := format('agentchat.utc_time(%s)',
        agentchat.time_in_utc(target, 'created_at', 'created_at'));
    others text[];
    -- What an INSERT writes, and what an UPDATE may change: the names, and the values before and after.
    names text := 'id, conversation_id, role, content';
    values text := 's.id, $1, s.role, s.content';
    changed text;
    befores text;
    afters text;
BEGIN
    has_ids := jsonb_path_exists(messages, '$[*].given_id ? (@ != null && @ != "")');
    PERFORM agentchat.type_of_column(target, 'conversation_id', 'uuid');
    PERFORM agentchat.type_of_column(target, c.name, VARIADIC NULL::regtype[])
    FROM unnest('{role, content, parts, attachments, reasoning}'::text[]) c (name);
    IF has_ids THEN
        PERFORM agentchat.require_unique(target, 'id');
    END IF;
    SELECT coalesce(array_agg(DISTINCT o.key), '{}') INTO others
    FROM jsonb_array_elements(messages) m CROSS JOIN LATERAL jsonb_object_keys(m -> 'others') o (key)
    WHERE m ? 'others';

    -- A column that no message has gets its default.
    SELECT concat(names, string_agg(format(', %I', c.name), '' ORDER BY c.n)),
        concat(values, string_agg(format(', %s', c.value), '' ORDER BY c.n))
    INTO names, values
    FROM (
        SELECT 1, v.name, 's.' || v.name FROM unnest('{parts, attachments, reasoning}'::text[]) v (name)
        WHERE jsonb_path_exists(messages, format('$[*].%s', v.name)::jsonpath)
        UNION ALL
        SELECT 2, 'created_at', agentchat.time_in_utc(target, 'created_at',
            'COALESCE(s.created_at, pg_catalog.timezone(''UTC'', pg_catalog.now()))')
        WHERE jsonb_path_exists(messages, '$[*].created_at')
        UNION ALL
        SELECT 3, o.name, format('r.%I', o.name) FROM unnest(others) o (name)) c (n, name, value);
    inserting := format(
        'WITH written AS (INSERT INTO %s (%s) SELECT %s FROM %s%s WHERE s.id OPERATOR(pg_catalog.=) ANY ($3) '
        'ORDER BY e.n%s RETURNING id, %s AS time) '
        'SELECT pg_catalog.jsonb_object_agg(id, time), pg_catalog.array_agg(id) FROM written',
        target, names, values, source,
        CASE WHEN others <> '{}' THEN format(
            ' CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::%s, s.others) r', target) END,
        CASE WHEN has_ids THEN ' ON CONFLICT (id) DO NOTHING' END, time);

    -- Columns that a message does not have stay. created_at always stays: a message keeps its place.
    SELECT string_agg(quote_ident(c.name), ', '), string_agg(c.before, ', '), string_agg(c.after, ', ')
    INTO changed, befores, afters
    FROM (
        SELECT v.name, format('m.%s::pg_catalog.%s', v.name, v.type), format(
            'CASE WHEN pg_catalog.jsonb_exists(e.message, %1$L) THEN s.%1$s ELSE m.%1$s::pg_catalog.%2$s END',
            v.name, v.type)
        FROM (VALUES ('role', 'text'), ('content', 'text'), ('parts', 'jsonb'), ('attachments', 'jsonb'),
            ('reasoning', 'text')) v (name, type)
        UNION ALL
        SELECT o.name, format('m.%I', o.name),
            format('(pg_catalog.jsonb_populate_record(m.*, s.others)).%I', o.name)
        FROM unnest(others) o (name)) c (name, before, after);
    updating := format(
        'WITH written AS (UPDATE %s m SET (%s) = ROW(%s) FROM %s WHERE %s RETURNING m.id) '
        'SELECT pg_catalog.jsonb_object_agg(id, true) FROM written',
        target, changed, afters, source, stored);
    finding := format(
        'SELECT pg_catalog.jsonb_object_agg(f.id, f.time), pg_catalog.array_agg(f.id) '
        'FILTER (WHERE f.differs) FROM (SELECT m.id, agentchat.utc_time(%s) AS time, '
        'ROW(%s)::pg_catalog.record OPERATOR(pg_catalog.*<>) ROW(%s)::pg_catalog.record '
            'AND NOT agentchat.is_shown_as(m.role::pg_catalog.text, m.content::pg_catalog.text, '
                'm.reasoning::pg_catalog.text, m.parts::pg_catalog.jsonb, m.attachments::pg_catalog.jsonb, '
                'e.message) AS differs '
        'FROM %s CROSS JOIN %s m WHERE %s) f',
        agentchat.time_in_utc(target, 'created_at', 'm.created_at'), befores, afters, source, target, stored);
END
$function$;

-- Writes messages to a conversation that the caller has locked or made, and returns what append_messages()
-- returns. Those that are stored and equal are not written. Updates come before inserts: an insert locks the
-- row of the conversation, for which a session that changes one of these messages waits.
CREATE FUNCTION agentchat.write_messages(conversation uuid, messages jsonb) RETURNS jsonb
    LANGUAGE plpgsql
    AS $function$
DECLARE
    input CONSTANT pg_catalog.jsonb := agentchat.with_message_ids(conversation, messages);
    ids pg_catalog.uuid[] := ARRAY(
        SELECT pg_catalog.jsonb_extract_path_text(m.message, 'id')::pg_catalog.uuid
        FROM pg_catalog.jsonb_array_elements(input) WITH ORDINALITY m (message, n) ORDER BY m.n);
    statements pg_catalog.record;
    written pg_catalog.jsonb := '{}';
    found pg_catalog.jsonb;
    missing pg_catalog.uuid[] := ids;
    inserted pg_catalog.uuid[];
    differing pg_catalog.uuid[];
    is_again pg_catalog.bool := false;
BEGIN
    IF input IS NULL THEN
        RETURN '[]';
    END IF;
    SELECT s.* INTO statements FROM agentchat.message_statements(input) s;
    -- Like INSERT ... ON CONFLICT DO UPDATE, this goes on until others neither insert nor delete one of the
    -- messages in the meantime.
    LOOP
        EXECUTE statements.finding INTO found, differing USING conversation, input, missing;
        written := written OPERATOR(pg_catalog.||) COALESCE(found, '{}');
        missing := agentchat.ids_without(ids, written);
        -- They were not inserted, and are not here.
        IF is_again AND missing IS NOT NULL THEN
            PERFORM agentchat.refuse_for_other_conversation(
                pg_catalog.concat(pg_catalog.jsonb_extract_path_text(m.message, 'path'), '.id'),
                COALESCE(pg_catalog.jsonb_extract_path_text(m.message, 'given_id'), ''))
            FROM pg_catalog.jsonb_array_elements(input) WITH ORDINALITY m (message, n)
            WHERE pg_catalog.jsonb_extract_path_text(m.message, 'id')::pg_catalog.uuid
                OPERATOR(pg_catalog.=) ANY (missing)
            ORDER BY m.n;
        END IF;
        -- Another session can delete a message and insert it anew. The second UPDATE sees the new one.
        FOR attempt IN 1 .. 2 LOOP
            EXIT WHEN differing IS NULL;
            EXECUTE statements.updating INTO found USING conversation, input, differing;
            differing := agentchat.ids_without(differing, found);
            EXIT WHEN differing IS NULL;
            written := written OPERATOR(pg_catalog.-) differing::pg_catalog.text[];
            EXECUTE statements.finding INTO found, differing USING conversation, input, differing;
            written := written OPERATOR(pg_catalog.||) COALESCE(found, '{}');
        END LOOP;
        -- A policy that lets the caller read a message but not change it makes an UPDATE skip it.
        IF differing IS NOT NULL THEN
            RAISE EXCEPTION 'cannot change a stored message'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = pg_catalog.format('%s of %s messages could not be changed.',
                          pg_catalog.cardinality(differing), pg_catalog.cardinality(ids)),
                      HINT = 'Nothing was written. Row-level security or a trigger on messages prevents the '
                             'change.';
        END IF;
        missing := agentchat.ids_without(ids, written);
        EXIT WHEN missing IS NULL;
        EXECUTE statements.inserting INTO found, inserted USING conversation, input, missing;
        -- A trigger of the user may choose the ids. If no message can have been skipped, they are in order.
        IF NOT statements.has_ids
            AND pg_catalog.cardinality(inserted) OPERATOR(pg_catalog.=) pg_catalog.cardinality(ids) THEN
            ids := inserted;
        END IF;
        written := written OPERATOR(pg_catalog.||) COALESCE(found, '{}');
        missing := agentchat.ids_without(ids, written);
        EXIT WHEN missing IS NULL;
        is_again := true;
    END LOOP;
    RETURN (
        SELECT pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
            'id', ids[m.n],
            'given_id', pg_catalog.jsonb_extract_path_text(m.message, 'given_id'),
            'created_at',
            pg_catalog.jsonb_extract_path_text(written, ids[m.n]::pg_catalog.text)) ORDER BY m.n)
        FROM pg_catalog.jsonb_array_elements(input) WITH ORDINALITY m (message, n));
END
$function$;

GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA agentchat TO PUBLIC;
REVOKE EXECUTE ON FUNCTION agentchat.write_auth_user(uuid, text, jsonb, jsonb) FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION agentchat.keep_conversation() FROM PUBLIC;

CREATE FUNCTION agentchat.set_updated_at() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $function$
DECLARE
    updated_at record;
    before timestamp;
BEGIN
    IF TG_WHEN <> 'BEFORE' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'set_updated_at', 'BEFORE UPDATE', 'FOR EACH ROW');
    END IF;
    updated_at := agentchat.time_column(TG_RELID, TG_NAME, 'updated_at');
    IF NEW *= OLD OR agentchat.is_restore(TG_RELID) THEN
        RETURN NEW;
    END IF;
    -- Generated columns are computed later, and are NULL in NEW.
    IF NEW *= jsonb_populate_record(OLD, (
        SELECT coalesce(jsonb_object_agg(a.attname, NULL), '{}') FROM pg_attribute a
        WHERE a.attrelid = TG_RELID AND a.attgenerated <> ''))
    THEN
        RETURN NEW;
    END IF;
    -- The types timestamp and timestamptz are the same here, because the time zone is UTC.
    IF updated_at.has_zone THEN
        before := OLD.updated_at;
    ELSE
        before := OLD.updated_at;
    END IF;
    NEW.updated_at := greatest(before, now()::timestamp);
    RETURN NEW;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.set_updated_at() TO PUBLIC;

-- current_user_id(), which policies and functions ask for the caller.
CREATE FUNCTION @extschema@.current_user_id() RETURNS uuid
    LANGUAGE sql STABLE PARALLEL SAFE
AS $function$
SELECT agentchat.caller()
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.current_user_id() TO PUBLIC;

COMMENT ON FUNCTION @extschema@.current_user_id() IS
'Returns the id of the calling user, or NULL without one.

PostgREST takes the id from the JWT: it is the claim sub of the setting request.jwt.claims, or the older '
'setting request.jwt.claim.sub, which comes first. auth.uid() of Supabase returns the same. Errors: 22023 '
'the claims are not JSON, or sub is not a UUID.';

-- What administration asks about this installation, as ../../installation.sql does for the extension.
CREATE FUNCTION agentchat.version(OUT edition text, OUT version text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'sql', '0.2.0'
$function$;

GRANT EXECUTE ON FUNCTION agentchat.version() TO PUBLIC;

COMMENT ON FUNCTION agentchat.version() IS
'Returns the edition of agentchat in this database, extension or sql, and its version.';

-- tables_schema() returns the schema of the tables and of the functions that users call: that of one of them.
-- PostgreSQL keeps the body as a tree, in which the function is an OID. Renaming the schema does not change
-- that, and pg_dump writes the name that it has then.
CREATE FUNCTION agentchat.tables_schema() RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
    SELECT p.pronamespace FROM pg_catalog.pg_proc p
    WHERE p.oid = '@extschema@.current_user_id()'::pg_catalog.regprocedure::pg_catalog.oid;
END;

-- own_functions() returns all functions of agentchat: those of its schema, and in the schema of the tables
-- those with our names.
CREATE FUNCTION agentchat.own_functions() RETURNS SETOF oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT p.oid
FROM pg_proc p
WHERE p.pronamespace = 'agentchat'::regnamespace
   OR p.pronamespace = agentchat.tables_schema()
      AND p.proname = ANY (ARRAY['current_user_id', 'get_conversation', 'append_messages', 'create_conversation', 'get_conversation_json', 'get_context', 'list_conversations', 'truncate_conversation', 'fork_conversation', 'update_conversation', 'agent_usage', 'get_agent', 'validate_tool_input', 'advance_workflow', 'search_messages', 'start_run', 'stop_run', 'heartbeat_run', 'recover_run', 'append_chunks', 'read_chunks', 'finish_run'])
$function$;

-- The rules of the tables: the functions that triggers and policies call. The first two comments are here for
-- updates from version 0.1.0.
COMMENT ON SCHEMA agentchat IS
'The internals of the extension agentchat: the functions of triggers and policies, and administration.';

COMMENT ON FUNCTION agentchat.set_updated_at() IS
'Trigger function, BEFORE UPDATE FOR EACH ROW: if the row changes, sets the column updated_at (timestamp, in '
'UTC, or timestamptz) to the time of the transaction, but never backwards. You can use it on your own '
'tables. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of another '
'type.';

CREATE FUNCTION agentchat.set_created_at() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $function$
DECLARE
    created_at record;
    given timestamp;
    by_default boolean;
    newest timestamp;
    stored timestamp;
    placed timestamp;
    remembered text[];
    last_given timestamp;
    last_stored timestamp;
    step interval := '1 microsecond';
    setting text;
BEGIN
    IF TG_WHEN <> 'BEFORE' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'set_created_at', 'BEFORE INSERT OR UPDATE',
            'FOR EACH ROW');
    END IF;
    -- Nothing of NEW is used before: in a table of somebody else's, a column could be of a type whose cast is
    -- a function of theirs, which would run with the rights of the owner.
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'messages');
    setting := agentchat.order_setting(NEW.conversation_id);
    created_at := agentchat.time_column(TG_RELID, TG_NAME, 'created_at');
    IF created_at.has_zone THEN
        given := NEW.created_at;
    ELSE
        given := NEW.created_at;
    END IF;
    IF given IS NULL OR NOT isfinite(given) OR NEW.conversation_id IS NULL
        OR agentchat.is_restore(TG_RELID)
    THEN
        RETURN NEW;
    END IF;

    -- An UPDATE that changes only microseconds is one of JavaScript, whose times end at the millisecond.
    IF TG_OP = 'UPDATE' THEN
        IF created_at.has_zone THEN
            stored := OLD.created_at;
        ELSE
            stored := OLD.created_at;
        END IF;
        IF OLD.conversation_id = NEW.conversation_id AND isfinite(stored)
            AND date_trunc('milliseconds', stored) = date_trunc('milliseconds', given)
        THEN
            NEW.created_at := stored;
        ELSE
            PERFORM agentchat.forget_newest_message(OLD.conversation_id);
            PERFORM agentchat.forget_newest_message(NEW.conversation_id);
        END IF;
        RETURN NEW;
    END IF;

    by_default := given = pg_catalog.timestamp(now()::timestamp, created_at.type_modifier);

    EXECUTE format('SELECT created_at FROM %I.%I WHERE conversation_id = $1 AND isfinite(created_at)
                    ORDER BY created_at DESC LIMIT 1', TG_TABLE_SCHEMA, TG_TABLE_NAME)
    INTO newest USING NEW.conversation_id;
    remembered := string_to_array(current_setting(setting, true), '|');
    -- A message may not be stored in the end, or be stored already with another time. If its time is the
    -- default, that does no harm.
    IF remembered[1] = NEW.conversation_id::text
        AND (remembered[3]::timestamp <= newest OR remembered[4]::boolean)
    THEN
        last_given := remembered[2];
        last_stored := remembered[3];
        newest := greatest(newest, last_stored);
    ELSE
        last_given := date_trunc('milliseconds', newest);
        last_stored := newest;
    END IF;

    IF given <= newest THEN
        -- An upsert finds a message that is already stored.
        EXECUTE format('SELECT created_at FROM %I.%I WHERE id = $1 AND conversation_id = $2',
                       TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO stored USING NEW.id, NEW.conversation_id;
        IF stored IS NOT NULL THEN
            IF date_trunc('milliseconds', stored) = date_trunc('milliseconds', given) THEN
                NEW.created_at := stored;
            END IF;
            RETURN NEW;
        END IF;
        IF by_default THEN
            stored := newest;
        ELSIF given BETWEEN last_given AND last_stored THEN
            stored := last_stored;
        END IF;
        -- The calendar ends. A column with a lower precision needs a larger step.
        placed := given;
        WHILE placed <= stored LOOP
            IF stored > timestamp '294276-12-31 23:59:59.999999' - step THEN
                RETURN NEW;
            END IF;
            placed := pg_catalog.timestamp(stored + step, created_at.type_modifier);
            step := step * 10;
        END LOOP;
        NEW.created_at := placed;
    END IF;
    PERFORM set_config(setting, concat_ws('|', NEW.conversation_id,
        CASE WHEN by_default THEN date_trunc('milliseconds', given) ELSE given END, coalesce(placed, given),
        by_default), true);
    RETURN NEW;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.set_created_at() TO PUBLIC;

COMMENT ON FUNCTION agentchat.set_created_at() IS
'Trigger function of messages, BEFORE INSERT OR UPDATE FOR EACH ROW: moves created_at to the next '
'microsecond if the message would otherwise not come after those written before it. It keeps times that '
'differ on purpose. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of '
'another type.';

CREATE FUNCTION agentchat.touch_conversations() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
AS $function$
DECLARE
    may_wait CONSTANT boolean := TG_OP OPERATOR(pg_catalog.=) 'INSERT'
        AND pg_catalog.current_setting('transaction_isolation') OPERATOR(pg_catalog.=) 'read committed';
    changed pg_catalog.uuid[];
    conversation pg_catalog.uuid;
    older pg_catalog.text;
    touching pg_catalog.text;
BEGIN
    PERFORM agentchat.require_transition_tables(TG_RELID, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP,
        'touch_conversations', 'messages', '{INSERT,UPDATE,DELETE}');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;

    IF TG_OP OPERATOR(pg_catalog.=) 'INSERT' THEN
        SELECT pg_catalog.array_agg(DISTINCT n.conversation_id) INTO changed FROM new_rows n;
    ELSIF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
        SELECT pg_catalog.array_agg(DISTINCT o.conversation_id) INTO changed FROM old_rows o;
    ELSE
        -- The rows of both tables have the same order.
        SELECT pg_catalog.array_agg(DISTINCT c.id) INTO changed
        FROM (SELECT pg_catalog.row_number() OVER () AS place, o AS contents, o.conversation_id
              FROM old_rows o) o
            JOIN (SELECT pg_catalog.row_number() OVER () AS place, n AS contents, n.conversation_id
                  FROM new_rows n) n ON n.place OPERATOR(pg_catalog.=) o.place
                                    AND n.contents OPERATOR(pg_catalog.*<>) o.contents
            CROSS JOIN LATERAL (VALUES (o.conversation_id), (n.conversation_id)) c (id);
    END IF;

    SELECT pg_catalog.format('FROM %1$I.conversations c WHERE c.id OPERATOR(pg_catalog.=) $1
                                  AND c.updated_at OPERATOR(pg_catalog.<) %2$s', TG_TABLE_SCHEMA, now),
        pg_catalog.format('UPDATE %1$I.conversations SET updated_at = %2$s WHERE id OPERATOR(pg_catalog.=) $1
                               AND updated_at OPERATOR(pg_catalog.<) %2$s', TG_TABLE_SCHEMA, now)
    INTO older, touching
    FROM (SELECT CASE WHEN pg_catalog.bool_or(
              a.atttypid OPERATOR(pg_catalog.=) 'pg_catalog.timestamptz'::pg_catalog.regtype)
              THEN 'pg_catalog.now()' ELSE 'pg_catalog.timezone(''UTC'', pg_catalog.now())' END
          FROM pg_catalog.pg_attribute a
          WHERE a.attrelid OPERATOR(pg_catalog.=)
                    pg_catalog.to_regclass(pg_catalog.format('%I.conversations', TG_TABLE_SCHEMA))
            AND a.attname OPERATOR(pg_catalog.=) 'updated_at') t (now);
    FOREACH conversation IN ARRAY coalesce(changed, '{}') LOOP
        IF TG_OP OPERATOR(pg_catalog.=) 'DELETE' THEN
            PERFORM agentchat.forget_newest_message(conversation);
        END IF;
        IF may_wait THEN
            EXECUTE touching USING conversation;
        ELSE
            PERFORM agentchat.touch_held_conversation(conversation, older, touching);
        END IF;
    END LOOP;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.touch_conversations() TO PUBLIC;

COMMENT ON FUNCTION agentchat.touch_conversations() IS
'Trigger function of messages, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables: '
'sets updated_at of the conversations whose messages changed to the time of the transaction, but never '
'backwards. Errors: 39P01 called by another kind of trigger; 42703 column missing; 42804 column of another '
'type.';

CREATE FUNCTION agentchat.enforce_agent_limit() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    gainers uuid[];
    excess record;
    gained bigint;
BEGIN
    PERFORM agentchat.require_transition_tables(TG_RELID, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP,
        'enforce_agent_limit', 'agent_instances', '{INSERT,UPDATE}');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT n.user_id) INTO gainers FROM new_rows n
        WHERE n.status <> 'archived' AND n.user_id IS NOT NULL;
    ELSE
        -- The rows of both tables have the same order.
        SELECT array_agg(DISTINCT n.user_id) INTO gainers
        FROM (SELECT row_number() OVER () AS place, user_id, status FROM old_rows) o
            JOIN (SELECT row_number() OVER () AS place, user_id, status FROM new_rows) n USING (place)
        WHERE n.status <> 'archived' AND n.user_id IS NOT NULL
          AND (o.user_id = n.user_id AND o.status <> 'archived') IS NOT TRUE;
    END IF;
    IF gainers IS NULL THEN
        RETURN NULL;
    END IF;

    INSERT INTO agentchat.agent_locks AS l
    SELECT DISTINCT uuid_hash(u) & 1023 FROM unnest(gainers) u ORDER BY 1
    ON CONFLICT (bucket) DO UPDATE SET bucket = l.bucket;

    PERFORM agentchat.require_all_rows('agent_instances', 'subscriptions');
    -- A transaction with one snapshot sees old limits. This fails (40001) if one has changed since.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        EXECUTE format('SELECT FROM %I.subscriptions WHERE user_id = ANY ($1) FOR SHARE SKIP LOCKED',
                       TG_TABLE_SCHEMA)
        USING gainers;
    END IF;
    SELECT * INTO excess FROM agentchat.usage_of_agents(gainers) u
    WHERE u.agent_limit <> -1 AND u.used > u.agent_limit ORDER BY u.user_id LIMIT 1;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    -- The error tells how many there were before the statement. An upsert fires the trigger for its updates
    -- first, but has inserted its rows by then: these are of the same command.
    IF TG_OP = 'INSERT' THEN
        SELECT count(*) INTO gained FROM new_rows n
        WHERE n.user_id = excess.user_id AND n.status <> 'archived';
    ELSE
        EXECUTE format(
            'SELECT count(*) FROM %1$I.%2$I i JOIN %1$I.%2$I w ON i.xmin = w.xmin AND i.cmin = w.cmin
             WHERE w.id = $1 AND i.user_id = $2 AND i.status <> ''archived''', TG_TABLE_SCHEMA, TG_TABLE_NAME)
        INTO gained USING (SELECT n.id FROM new_rows n LIMIT 1), excess.user_id;
        SELECT gained - count(*) INTO gained FROM old_rows o
        WHERE o.user_id = excess.user_id AND o.status <> 'archived';
    END IF;
    -- PostgREST copies the message into the status line of HTTP: it must stay constant.
    RAISE EXCEPTION 'agent limit reached'
        USING ERRCODE = 'PT402',
              DETAIL = format('user %s, limit %s, used %s, plan %s', excess.user_id, excess.agent_limit,
                              excess.used - gained, coalesce(excess.plan, 'none')),
              HINT = 'Archive an agent of this user, or raise agent_limit of the user''s subscription.';
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.enforce_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.enforce_agent_limit() IS
'Trigger function of agent_instances, AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables: '
'refuses a statement that gives a user more agents than the subscription allows. Archived agents do not '
'count. Errors: PT402 agent limit reached; 39P01 called by another kind of trigger; 42703 column missing; '
'42804 column of another type.';

CREATE FUNCTION agentchat.default_agent_limit() RETURNS integer
    LANGUAGE sql STABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
SELECT coalesce((
    SELECT split_part(c, '=', 2)::int
    FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase, unnest(s.setconfig) c
    WHERE d.datname = current_database() AND s.setrole = 0
      AND starts_with(c, 'agentchat.default_agent_limit=')), 1)
$function$;

GRANT EXECUTE ON FUNCTION agentchat.default_agent_limit() TO PUBLIC;

COMMENT ON FUNCTION agentchat.default_agent_limit() IS
'Returns how many agents a user without an active subscription may have: the setting '
'agentchat.default_agent_limit, which only superusers can change; -1 for no limit.';

CREATE FUNCTION agentchat.owns_conversation(conversation_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    owns boolean;
BEGIN
    EXECUTE format('SELECT user_id = agentchat.caller() FROM %sconversations WHERE id = $1',
                   agentchat.tables_prefix())
    INTO owns USING $1;
    RETURN coalesce(owns, false);
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.owns_conversation(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_conversation(uuid) IS
'Returns whether the conversation belongs to the caller. Policies call it; it looks a conversation up once '
'for all its messages. Errors: 22023 the claims do not name a user.';

CREATE FUNCTION agentchat.protect_user() RETURNS trigger
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
$function$;

GRANT EXECUTE ON FUNCTION agentchat.protect_user() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_user() IS
'Trigger function of users, AFTER UPDATE FOR EACH ROW: lets callers who are subject to row-level security '
'change only name and avatar_url. Errors: 42501 another column would change; 39P01 called by another kind of '
'trigger.';

CREATE FUNCTION agentchat.check_artifact_links() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_artifact_links', 'AFTER INSERT OR UPDATE',
            'FOR EACH ROW');
    END IF;
    IF NOT agentchat.is_under_policies(TG_RELID) THEN
        RETURN NULL;
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'artifacts');
    -- On an INSERT, the columns of OLD are NULL.
    IF NEW.message_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.user_id IS DISTINCT FROM NEW.user_id
                                   OR OLD.message_id IS DISTINCT FROM NEW.message_id)
    THEN
        PERFORM agentchat.require_link('message_id', NEW.id, NEW.message_id, NEW.user_id);
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.check_artifact_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_artifact_links() IS
'Trigger function of artifacts, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject to '
'row-level security a message_id from another user''s conversation. Errors: 42501 such a link; 39P01 called '
'by another kind of trigger.';

CREATE FUNCTION agentchat.check_agent_instance_links() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_agent_instance_links',
            'AFTER INSERT OR UPDATE', 'FOR EACH ROW');
    END IF;
    IF NOT agentchat.is_under_policies(TG_RELID) THEN
        RETURN NULL;
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'agent_instances');
    -- On an INSERT, the columns of OLD are NULL.
    IF NEW.definition_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.user_id IS DISTINCT FROM NEW.user_id
                                   OR OLD.definition_id IS DISTINCT FROM NEW.definition_id)
    THEN
        PERFORM agentchat.require_link('definition_id', NEW.id, NEW.definition_id, NEW.user_id);
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.check_agent_instance_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_instance_links() IS
'Trigger function of agent_instances, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject '
'to row-level security a definition_id that is another user''s and not public. Errors: 42501 such a link; '
'39P01 called by another kind of trigger.';

CREATE FUNCTION agentchat.check_workflow_links() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_workflow_links', 'AFTER INSERT OR UPDATE',
            'FOR EACH ROW');
    END IF;
    IF NOT agentchat.is_under_policies(TG_RELID) THEN
        RETURN NULL;
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'workflows');
    -- On an INSERT, the columns of OLD are NULL.
    IF NEW.agent_instance_id IS NOT NULL AND (TG_OP = 'INSERT' OR OLD.user_id IS DISTINCT FROM NEW.user_id
                                   OR OLD.agent_instance_id IS DISTINCT FROM NEW.agent_instance_id)
    THEN
        PERFORM agentchat.require_link('agent_instance_id', NEW.id, NEW.agent_instance_id, NEW.user_id);
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_links() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_links() IS
'Trigger function of workflows, AFTER INSERT OR UPDATE FOR EACH ROW: refuses callers who are subject to '
'row-level security an agent_instance_id that is another user''s. Errors: 42501 such a link; 39P01 called by '
'another kind of trigger.';

CREATE FUNCTION agentchat.check_tool_schema() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    fault text;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_tool_schema', 'AFTER INSERT OR UPDATE',
            'FOR EACH ROW');
    END IF;
    fault := agentchat.json_schema_error(NEW.schema);
    IF fault IS NOT NULL AND OLD.schema IS DISTINCT FROM NEW.schema
        AND NOT agentchat.is_restore(TG_RELID)
    THEN
        RAISE EXCEPTION 'agent_tools.schema is not a valid JSON Schema'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fault,
                  HINT = format('Correct the schema of the tool %s.',
                                agentchat.quoted_excerpt(coalesce(NEW.name, '')));
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.check_tool_schema() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_tool_schema() IS
'Trigger function of agent_tools, AFTER INSERT OR UPDATE FOR EACH ROW: refuses a new value of the column '
'schema that is not a valid JSON Schema of draft 4, 6, 7, 2019-09 or 2020-12. Errors: 22023 such a schema, '
'with the JSON Pointer of the fault in DETAIL; 39P01 called by another kind of trigger; 42703 column '
'missing; 42804 column of another type.';

CREATE FUNCTION agentchat.json_schema_error(schema jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
SELECT CASE WHEN jsonb_typeof($1) NOT IN ('object', 'boolean')
            THEN 'At the root: must be a schema, which is an object or a boolean.' END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.json_schema_error(jsonb) TO PUBLIC;

COMMENT ON FUNCTION agentchat.json_schema_error(jsonb) IS
'Returns what is wrong with a JSON Schema, with the JSON Pointer of the place: '
'"At /properties/a/type: must be ..."; NULL if the schema is valid.';

CREATE FUNCTION agentchat.check_agent_definition_tools() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    fault text;
    missing text[];
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('INSERT', 'UPDATE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_agent_definition_tools',
            'AFTER INSERT OR UPDATE', 'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'agent_definitions');
    IF NEW.tools IS NULL OR OLD.tools::text = NEW.tools::text OR agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;

    IF jsonb_typeof(NEW.tools) <> 'array' THEN
        fault := format('The value is %s.', agentchat.kind_of(NEW.tools));
    ELSE
        SELECT format('tools[%s] is %s.', e.place - 1, agentchat.kind_of(e.value)) INTO fault
        FROM jsonb_array_elements(NEW.tools) WITH ORDINALITY e (value, place)
        WHERE jsonb_typeof(e.value) <> 'string' ORDER BY e.place LIMIT 1;
    END IF;
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'agent_definitions.tools must be an array of strings'
            USING ERRCODE = 'invalid_parameter_value', DETAIL = fault,
                  HINT = 'Name each tool by its id or its name.';
    END IF;

    -- The text of a UUID can also be a name.
    EXECUTE format($query$
        WITH named AS MATERIALIZED (
            SELECT DISTINCT e.name COLLATE "C" AS name, agentchat.parse_uuid(e.name) AS id
            FROM jsonb_array_elements_text($1) e (name)),
        found AS MATERIALIZED (
            SELECT t.id, t.name::text COLLATE "C" AS name FROM %I.agent_tools t
            WHERE t.id = ANY (ARRAY(SELECT id FROM named)) OR t.name = ANY (ARRAY(SELECT name FROM named))
            FOR KEY SHARE OF t)
        SELECT array_agg(n.name::text ORDER BY n.name) FROM named n
        WHERE NOT EXISTS (SELECT FROM found f WHERE f.id = n.id OR f.name = n.name)
        $query$, TG_TABLE_SCHEMA)
    INTO missing USING NEW.tools;
    IF missing IS NOT NULL THEN
        RAISE EXCEPTION 'agent_definitions.tools names tools that do not exist'
            USING ERRCODE = 'foreign_key_violation',
                  DETAIL = format('Missing: %s%s.', (
                      SELECT string_agg(agentchat.quoted_excerpt(m.name), ', ' ORDER BY m.place)
                      FROM unnest(missing[:20]) WITH ORDINALITY m (name, place)),
                      CASE WHEN cardinality(missing) > 20
                           THEN format(', and %s more', cardinality(missing) - 20) END),
                  HINT = 'Insert the tools into agent_tools first, or name existing tools by id or name.';
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.check_agent_definition_tools() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_agent_definition_tools() IS
'Trigger function of agent_definitions, AFTER INSERT OR UPDATE FOR EACH ROW: refuses tools that do not '
'exist, and keeps the others from being deleted or renamed until the transaction ends. Errors: 23503 a tool '
'does not exist; 22023 tools is not an array of strings; 39P01 called by another kind of trigger.';

CREATE FUNCTION agentchat.protect_tool() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    -- The id counts in each of the forms of a uuid.
    uses_tool CONSTANT text := format($condition$
        FROM %I.agent_definitions d
        WHERE d.tools ? $1 OR EXISTS (
            SELECT FROM jsonb_array_elements_text(
                CASE jsonb_typeof(d.tools) WHEN 'array' THEN d.tools END) e (name)
            WHERE length(e.name) >= 32 AND lower(translate(e.name, '{-}', '')) = translate($2, '-', ''))
        $condition$, TG_TABLE_SCHEMA);
    is_used boolean;
    uses bigint;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP NOT IN ('UPDATE', 'DELETE') THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'protect_tool', 'AFTER UPDATE OR DELETE',
            'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'agent_tools');
    IF OLD.id IS NULL OR OLD.name IS NULL OR agentchat.is_restore(TG_RELID)
        OR TG_OP = 'UPDATE' AND NEW.id = OLD.id AND NEW.name = OLD.name
    THEN
        RETURN NULL;
    END IF;
    PERFORM agentchat.require_all_rows('agent_definitions');
    -- The lock waits for a session that is deleting the definition.
    EXECUTE 'SELECT true' || uses_tool || 'LIMIT 1 FOR KEY SHARE OF d'
    INTO is_used USING OLD.name, OLD.id::text;
    IF is_used THEN
        EXECUTE 'SELECT count(*)' || uses_tool INTO uses USING OLD.name, OLD.id::text;
        RAISE EXCEPTION 'a tool that agent definitions use must stay as it is'
            USING ERRCODE = 'foreign_key_violation',
                  DETAIL = format('The tool %s is in the tools of %s agent %s.',
                                  agentchat.quoted_excerpt(OLD.name), uses,
                                  CASE uses WHEN 1 THEN 'definition' ELSE 'definitions' END),
                  HINT = 'Take it out of these definitions before you delete it, rename it or change its id.';
    END IF;
    -- A transaction with one snapshot does not see the definitions that have come since it began.
    IF current_setting('transaction_isolation') IN ('repeatable read', 'serializable') THEN
        RAISE EXCEPTION 'a tool can be deleted or renamed only under READ COMMITTED'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which cannot see definitions '
                           'that were written since the transaction began.',
                  HINT = 'Do it in a transaction of its own, with the isolation level READ COMMITTED.';
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.protect_tool() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_tool() IS
'Trigger function of agent_tools, AFTER UPDATE OR DELETE FOR EACH ROW: refuses to delete or rename a tool '
'that agent definitions use, or to change its id. Errors: 23503 definitions use the tool; 39P01 called by '
'another kind of trigger.';

CREATE FUNCTION agentchat.check_workflow_status() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'check_workflow_status', 'AFTER UPDATE',
            'FOR EACH ROW');
    END IF;
    IF OLD.status <> NEW.status AND NOT agentchat.is_restore(TG_RELID) THEN
        PERFORM agentchat.require_workflow_move(NEW.id, OLD.status, NEW.status);
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.check_workflow_status() TO PUBLIC;

COMMENT ON FUNCTION agentchat.check_workflow_status() IS
'Trigger function of workflows, AFTER UPDATE FOR EACH ROW: lets status change only from pending to running, '
'from running to completed or failed, and from failed to running. Errors: PT409 another change; 39P01 called '
'by another kind of trigger; 42703 column missing; 42804 column of another type.';

CREATE FUNCTION agentchat.require_feature(feature text) RETURNS void
    LANGUAGE plpgsql STRICT SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    needed_table text := CASE $1 WHEN 'runs' THEN 'runs' WHEN 'search' THEN 'messages' END;
    needed_trigger CONSTANT text := CASE $1 WHEN 'runs' THEN 'agentchat_protect_run'
                                            WHEN 'search' THEN 'agentchat_index_messages_on_insert' END;
    found_table oid;
BEGIN
    IF needed_table IS NULL THEN
        RAISE EXCEPTION 'unknown feature'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The feature is %s.', agentchat.quoted_excerpt($1)),
                  HINT = 'agentchat.features() lists the features.';
    END IF;
    needed_table := agentchat.tables_prefix() || needed_table;
    found_table := to_regclass(needed_table);
    IF EXISTS (SELECT FROM pg_trigger WHERE tgrelid = found_table AND tgname = needed_trigger) THEN
        RETURN;
    END IF;
    RAISE EXCEPTION '%', 'the feature ' || $1 || ' is off'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = CASE WHEN found_table IS NULL THEN format('The table %s does not exist.', needed_table)
                            ELSE format('The table %s lacks the trigger %s.', needed_table,
                                        needed_trigger) END,
              HINT = format('To switch it on, run as the owner of the tables: SELECT * FROM '
                            'agentchat.enable(''%s'');', $1);
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.require_feature(text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.require_feature(text) IS
'Raises an error unless the feature is on, for functions of features. Errors: 0A000 the feature is off; '
'22023 no feature has that name.';

-- The functions behind agentchat.link_supabase_auth(), which puts a trigger on auth.users of Supabase Auth.
CREATE FUNCTION agentchat.sync_auth_user() RETURNS trigger
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
$function$;

-- The function writes to users with the rights of their owner. Creating a trigger takes the privilege to
-- execute its function; firing one takes none. Therefore the function needs no other check.
REVOKE EXECUTE ON FUNCTION agentchat.sync_auth_user() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sync_auth_user() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sync_auth_user() IS
'Trigger function of auth.users, AFTER INSERT, UPDATE or DELETE FOR EACH ROW: copies the row to users. An '
'error in this becomes a warning. It refuses to delete the row of a user who still has data. Errors: 23503 '
'the user still has data; 39P01 called by another kind of trigger or on another table.';

CREATE FUNCTION agentchat.auth_user_name(metadata jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
SELECT agentchat.first_text($1, '{full_name,name,user_name}', 255)
$function$;

COMMENT ON FUNCTION agentchat.auth_user_name(jsonb) IS
'Returns the display name in raw_user_meta_data of auth.users.';

CREATE FUNCTION agentchat.auth_user_avatar_url(metadata jsonb) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
AS $function$
SELECT agentchat.first_text($1, '{avatar_url,picture}', 2048)
$function$;

COMMENT ON FUNCTION agentchat.auth_user_avatar_url(jsonb) IS
'Returns the URL of the picture in raw_user_meta_data of auth.users.';

-- The functions that the triggers and policies of the feature runs call.
CREATE FUNCTION agentchat.owns_run(run_id uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    owns boolean;
BEGIN
    EXECUTE format('SELECT c.user_id = agentchat.caller()
                    FROM %1$sruns r JOIN %1$sconversations c ON c.id = r.conversation_id WHERE r.id = $1',
                   agentchat.tables_prefix())
    INTO owns USING $1;
    RETURN coalesce(owns, false);
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.owns_run(uuid) TO PUBLIC;

COMMENT ON FUNCTION agentchat.owns_run(uuid) IS
'Returns whether the conversation of the run belongs to the caller. Policies call it; it looks a run up once '
'for all its chunks. Errors: 22023 the claims do not name a user; 42P01 the table runs is missing.';

CREATE FUNCTION agentchat.protect_run() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    changed text;
BEGIN
    IF TG_WHEN <> 'AFTER' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'protect_run', 'AFTER UPDATE', 'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_table(TG_RELID, TG_NAME, 'runs');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    changed := CASE WHEN OLD.id IS DISTINCT FROM NEW.id THEN 'id'
                    WHEN OLD.conversation_id IS DISTINCT FROM NEW.conversation_id THEN 'conversation_id'
                    WHEN OLD.message_id IS DISTINCT FROM NEW.message_id THEN 'message_id' END;
    IF changed IS NOT NULL THEN
        RAISE EXCEPTION 'a run keeps its id, its conversation and its answer'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('The column "%s" would change.', changed),
                  HINT = 'Start another run with start_run().';
    END IF;
    IF OLD.status IS DISTINCT FROM 'running' AND OLD.status IS DISTINCT FROM NEW.status THEN
        RAISE EXCEPTION 'a run that is over keeps its status'
            USING ERRCODE = 'PT409',
                  DETAIL = format('Run %s is %s; its status would become %s.', OLD.id,
                                  agentchat.quoted_excerpt(coalesce(OLD.status, '')),
                                  agentchat.quoted_excerpt(coalesce(NEW.status, ''))),
                  HINT = 'Start another run with start_run().';
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.protect_run() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_run() IS
'Trigger function of runs, AFTER UPDATE FOR EACH ROW: a run keeps its id, its conversation and its '
'message_id, and a run that is over keeps its status. Errors: PT409 the status would change; 22023 another '
'of these columns would change; 39P01 called by another kind of trigger, or for another table.';

CREATE FUNCTION agentchat.protect_chunks() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    runs uuid[];
    run uuid;
    is_running boolean;
BEGIN
    PERFORM agentchat.require_transition_tables(TG_RELID, TG_NAME, TG_WHEN, TG_LEVEL, TG_OP,
        'protect_chunks', 'run_chunks', '{INSERT,UPDATE,DELETE}');
    IF agentchat.is_restore(TG_RELID) THEN
        RETURN NULL;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        -- The rows of both tables have the same order.
        SELECT o.run_id INTO run
        FROM (SELECT row_number() OVER () AS place, o AS contents, o.run_id FROM old_rows o) o
            JOIN (SELECT row_number() OVER () AS place, n AS contents FROM new_rows n) n
                ON n.place = o.place AND n.contents *<> o.contents
        WHERE o.run_id IS NOT NULL LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'a chunk of a run cannot change'
                USING ERRCODE = 'PT409', DETAIL = format('Run %s has the chunk.', run),
                      HINT = 'Append what has come since with append_chunks().';
        END IF;
    ELSIF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT n.run_id) INTO runs FROM new_rows n WHERE n.run_id IS NOT NULL;
        FOREACH run IN ARRAY coalesce(runs, '{}') LOOP
            -- The lock keeps others from ending the run.
            EXECUTE format('SELECT true FROM %I.runs WHERE id = $1 AND status = ''running''
                            FOR NO KEY UPDATE', TG_TABLE_SCHEMA)
            INTO is_running USING run;
            IF is_running IS NULL THEN
                RAISE EXCEPTION 'run is over'
                    USING ERRCODE = 'PT409', DETAIL = format('Run %s takes no more chunks.', run),
                          HINT = 'Start another run with start_run().';
            END IF;
        END LOOP;
    ELSE
        SELECT array_agg(DISTINCT o.run_id) INTO runs FROM old_rows o;
        -- A run that is deleted takes its chunks with it, and is not found.
        EXECUTE format('SELECT id FROM %I.runs WHERE id = ANY ($1) AND status = ''running''
                        ORDER BY id LIMIT 1', TG_TABLE_SCHEMA)
        INTO run USING runs;
        IF run IS NOT NULL THEN
            RAISE EXCEPTION 'a running run keeps its chunks'
                USING ERRCODE = 'PT409', DETAIL = format('Run %s is running.', run),
                      HINT = 'Finish it with finish_run(), which deletes its chunks.';
        END IF;
    END IF;
    RETURN NULL;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.protect_chunks() TO PUBLIC;

COMMENT ON FUNCTION agentchat.protect_chunks() IS
'Trigger function of run_chunks, AFTER INSERT, UPDATE or DELETE FOR EACH STATEMENT with transition tables: '
'chunks come only while their run is running, never change, and are deleted only when the run is over or '
'is deleted itself. Errors: PT409 a statement that breaks this rule; 39P01 called by another kind of '
'trigger, or for another table.';

-- The functions that the triggers of the feature search call.
CREATE FUNCTION agentchat.index_new_messages() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'index_new_messages() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.index_new_messages() TO PUBLIC;

COMMENT ON FUNCTION agentchat.index_new_messages() IS
'Trigger function of messages, AFTER INSERT or UPDATE FOR EACH STATEMENT with transition tables: notes the '
'messages for the index of search_messages(), and brings the noted ones into the index when there are many. '
'Errors: 39P01 called by another kind of trigger, or for another table.';

CREATE FUNCTION agentchat.index_moved_conversation() RETURNS trigger
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'index_moved_conversation() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.index_moved_conversation() TO PUBLIC;

COMMENT ON FUNCTION agentchat.index_moved_conversation() IS
'Trigger function of conversations, AFTER UPDATE FOR EACH ROW: notes the messages of a conversation that '
'another user has got for the index of search_messages(). Errors: 39P01 called by another kind of trigger, '
'or for another table.';

-- The blueprint: the nine tables as they should be, empty, in the schema agentchat.
--
-- CREATE EXTENSION creates the user's tables after it, agentchat.adopt() brings existing tables to it, and
-- agentchat.check() reports the differences. All three compare the catalog's entries of the user's tables and
-- of these. Therefore each definition is in one place. Constraints, indexes and triggers have the names of
-- those of the user's tables.

-- The table users: the people who use the product.
CREATE TABLE agentchat.blueprint_users (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text,
    avatar_url text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_unique UNIQUE (email)
);

COMMENT ON TABLE agentchat.blueprint_users IS 'The people who use the chat product.';
COMMENT ON COLUMN agentchat.blueprint_users.id IS 'With Supabase, the id in auth.users.';
COMMENT ON COLUMN agentchat.blueprint_users.email IS 'One row per e-mail address.';
COMMENT ON COLUMN agentchat.blueprint_users.name IS 'Display name.';
COMMENT ON COLUMN agentchat.blueprint_users.avatar_url IS 'URL of a picture.';
COMMENT ON COLUMN agentchat.blueprint_users.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_users.updated_at IS 'In UTC; set by trigger whenever the row changes.';

-- The table conversations: the conversations of users.
CREATE TABLE agentchat.blueprint_conversations (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    title text NOT NULL,
    system_prompt text,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT conversations_pkey PRIMARY KEY (id),
    CONSTRAINT conversations_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT conversations_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- For a user's conversations, latest first.
CREATE INDEX conversations_user_id_updated_at_id_idx
    ON agentchat.blueprint_conversations (user_id, updated_at, id);

COMMENT ON TABLE agentchat.blueprint_conversations IS 'A conversation of a user with the assistant.';
COMMENT ON COLUMN agentchat.blueprint_conversations.user_id IS 'Whose conversation it is.';
COMMENT ON COLUMN agentchat.blueprint_conversations.title IS 'As listed to the user.';
COMMENT ON COLUMN agentchat.blueprint_conversations.system_prompt IS
    'Instructions that stand before the first message.';
COMMENT ON COLUMN agentchat.blueprint_conversations.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_conversations.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_conversations.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The table messages: the messages of conversations.
CREATE TABLE agentchat.blueprint_messages (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    conversation_id uuid NOT NULL,
    role text NOT NULL,
    content text NOT NULL,
    parts jsonb,
    attachments jsonb,
    reasoning text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT messages_pkey PRIMARY KEY (id),
    CONSTRAINT messages_conversation_id_conversations_id_fk FOREIGN KEY (conversation_id)
        REFERENCES agentchat.blueprint_conversations (id) ON DELETE CASCADE,
    CONSTRAINT messages_role_check CHECK (role IN ('user', 'assistant', 'system')),
    CONSTRAINT messages_parts_check CHECK (pg_catalog.jsonb_typeof(parts) = 'array'),
    CONSTRAINT messages_attachments_check CHECK (pg_catalog.jsonb_typeof(attachments) = 'array')
);

-- PostgreSQL stores values apart from their row to fit four rows on a page; here it is two. An answer of a
-- few kilobytes is then read with its row, without a scan of the TOAST table's index.
ALTER TABLE agentchat.blueprint_messages SET (toast_tuple_target = 4080);

-- For reading the messages of a conversation in their order.
CREATE INDEX messages_conversation_id_created_at_id_idx
    ON agentchat.blueprint_messages (conversation_id, created_at, id);

COMMENT ON TABLE agentchat.blueprint_messages IS
    'The messages of a conversation; their order is created_at, id.';
COMMENT ON COLUMN agentchat.blueprint_messages.role IS 'Who speaks: user, assistant or system.';
COMMENT ON COLUMN agentchat.blueprint_messages.content IS 'The text.';
COMMENT ON COLUMN agentchat.blueprint_messages.parts IS 'The parts of an AI SDK UIMessage: a JSON array.';
COMMENT ON COLUMN agentchat.blueprint_messages.attachments IS 'Files sent along: a JSON array.';
COMMENT ON COLUMN agentchat.blueprint_messages.reasoning IS 'What the model thought before it answered.';
COMMENT ON COLUMN agentchat.blueprint_messages.created_at IS 'In UTC; with id the order of the conversation.';

-- The table artifacts: the documents of users.
CREATE TABLE agentchat.blueprint_artifacts (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    message_id uuid,
    type text NOT NULL,
    title text NOT NULL,
    content text,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT artifacts_pkey PRIMARY KEY (id),
    CONSTRAINT artifacts_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT artifacts_message_id_messages_id_fk FOREIGN KEY (message_id)
        REFERENCES agentchat.blueprint_messages (id) ON DELETE SET NULL,
    CONSTRAINT artifacts_type_check CHECK (type IN ('code', 'text', 'sheet', 'image')),
    CONSTRAINT artifacts_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX artifacts_user_id_created_at_id_idx ON agentchat.blueprint_artifacts (user_id, created_at, id);
CREATE INDEX artifacts_message_id_idx ON agentchat.blueprint_artifacts (message_id);

COMMENT ON TABLE agentchat.blueprint_artifacts IS
    'Documents that came out of conversations: code, texts, sheets, images.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.user_id IS 'Whose artifact it is.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.message_id IS
    'The message that it came from; NULL when that was deleted.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.type IS 'code, text, sheet or image.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_artifacts.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The table agent_definitions: the agents that users have described.
CREATE TABLE agentchat.blueprint_agent_definitions (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    system_prompt text NOT NULL,
    is_public boolean DEFAULT false NOT NULL,
    tools jsonb,
    capabilities jsonb,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT agent_definitions_pkey PRIMARY KEY (id),
    CONSTRAINT agent_definitions_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT agent_definitions_tools_check CHECK (pg_catalog.jsonb_typeof(tools) = 'array'),
    CONSTRAINT agent_definitions_capabilities_check CHECK (pg_catalog.jsonb_typeof(capabilities) = 'object'),
    CONSTRAINT agent_definitions_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX agent_definitions_user_id_created_at_id_idx
    ON agentchat.blueprint_agent_definitions (user_id, created_at, id);
-- For the gallery of public agents, which are few among many.
CREATE INDEX agent_definitions_public_created_at_id_idx
    ON agentchat.blueprint_agent_definitions (created_at, id) WHERE is_public;

COMMENT ON TABLE agentchat.blueprint_agent_definitions IS 'Agents as their authors describe them.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.user_id IS 'The author.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.system_prompt IS 'The agent''s instructions.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.is_public IS
    'Whether other users may see and use it.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.tools IS
    'The tools that it may use, by id or name: a JSON array of strings.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.capabilities IS 'What it can do: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_agent_definitions.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The table agent_instances: the agents that work for a user.
CREATE TABLE agentchat.blueprint_agent_instances (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    definition_id uuid NOT NULL,
    name text NOT NULL,
    configuration jsonb,
    status text DEFAULT 'active' NOT NULL,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT agent_instances_pkey PRIMARY KEY (id),
    CONSTRAINT agent_instances_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT agent_instances_definition_id_agent_definitions_id_fk FOREIGN KEY (definition_id)
        REFERENCES agentchat.blueprint_agent_definitions (id),
    CONSTRAINT agent_instances_configuration_check CHECK (pg_catalog.jsonb_typeof(configuration) = 'object'),
    CONSTRAINT agent_instances_status_check CHECK (status IN ('active', 'paused', 'archived')),
    CONSTRAINT agent_instances_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- For a user's agents of one status, and for their number.
CREATE INDEX agent_instances_user_id_status_created_at_id_idx
    ON agentchat.blueprint_agent_instances (user_id, status, created_at, id);
CREATE INDEX agent_instances_definition_id_idx ON agentchat.blueprint_agent_instances (definition_id);

COMMENT ON TABLE agentchat.blueprint_agent_instances IS
    'Agents at work for a user, each made from a definition.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.user_id IS 'Whose agent it is.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.definition_id IS 'What it was made from.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.configuration IS
    'Laid over the definition''s capabilities: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.status IS 'active, paused or archived.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_agent_instances.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The table agent_tools: the tools of agents.
CREATE TABLE agentchat.blueprint_agent_tools (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    schema jsonb NOT NULL,
    is_system boolean DEFAULT false NOT NULL,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT agent_tools_pkey PRIMARY KEY (id),
    CONSTRAINT agent_tools_name_unique UNIQUE (name),
    CONSTRAINT agent_tools_schema_check CHECK (pg_catalog.jsonb_typeof(schema) = 'object'),
    CONSTRAINT agent_tools_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

COMMENT ON TABLE agentchat.blueprint_agent_tools IS 'The tools that agents can call.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.name IS 'As the model calls it.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.description IS 'What the model is told about it.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.schema IS 'JSON Schema of its input.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.is_system IS 'Whether it came with the product.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_agent_tools.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The table workflows: work that agents do step by step.
CREATE TABLE agentchat.blueprint_workflows (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    agent_instance_id uuid,
    workflow_id text NOT NULL,
    status text NOT NULL,
    goal text NOT NULL,
    steps jsonb,
    result jsonb,
    metadata jsonb,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT workflows_pkey PRIMARY KEY (id),
    CONSTRAINT workflows_user_id_users_id_fk FOREIGN KEY (user_id) REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT workflows_agent_instance_id_agent_instances_id_fk FOREIGN KEY (agent_instance_id)
        REFERENCES agentchat.blueprint_agent_instances (id) ON DELETE SET NULL,
    CONSTRAINT workflows_status_check CHECK (status IN ('pending', 'running', 'completed', 'failed')),
    CONSTRAINT workflows_steps_check CHECK (pg_catalog.jsonb_typeof(steps) = 'array'),
    CONSTRAINT workflows_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

CREATE INDEX workflows_user_id_created_at_id_idx ON agentchat.blueprint_workflows (user_id, created_at, id);
CREATE INDEX workflows_agent_instance_id_idx ON agentchat.blueprint_workflows (agent_instance_id);
-- For callbacks of the workflow service, which use its own id.
CREATE INDEX workflows_workflow_id_idx ON agentchat.blueprint_workflows (workflow_id);

COMMENT ON TABLE agentchat.blueprint_workflows IS 'Work of agents that goes on by itself, step by step.';
COMMENT ON COLUMN agentchat.blueprint_workflows.user_id IS 'For whom it runs.';
COMMENT ON COLUMN agentchat.blueprint_workflows.agent_instance_id IS
    'The agent at work; NULL when that was deleted.';
COMMENT ON COLUMN agentchat.blueprint_workflows.workflow_id IS 'The id at the workflow service (Upstash).';
COMMENT ON COLUMN agentchat.blueprint_workflows.status IS 'pending, running, completed or failed.';
COMMENT ON COLUMN agentchat.blueprint_workflows.steps IS 'The steps so far: a JSON array.';
COMMENT ON COLUMN agentchat.blueprint_workflows.result IS 'What came out.';
COMMENT ON COLUMN agentchat.blueprint_workflows.metadata IS
    'What the application wants to keep with it: a JSON object.';
COMMENT ON COLUMN agentchat.blueprint_workflows.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_workflows.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The table subscriptions: the plans of users and their limits.
CREATE TABLE agentchat.blueprint_subscriptions (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_price_id text,
    stripe_current_period_end timestamp,
    plan text NOT NULL,
    status text NOT NULL,
    is_active boolean DEFAULT false NOT NULL,
    agent_limit integer NOT NULL,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT subscriptions_plan_check CHECK (plan IN ('free', 'pro', 'enterprise')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'canceled', 'past_due')),
    CONSTRAINT subscriptions_agent_limit_check CHECK (agent_limit >= -1)
);

CREATE INDEX subscriptions_user_id_idx ON agentchat.blueprint_subscriptions (user_id);
-- For the ON CONFLICT clause of a webhook.
CREATE UNIQUE INDEX subscriptions_stripe_subscription_id_idx
    ON agentchat.blueprint_subscriptions (stripe_subscription_id);

COMMENT ON TABLE agentchat.blueprint_subscriptions IS 'What users pay for, as Stripe has it.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.stripe_subscription_id IS
    'Unique: webhooks can upsert by it.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.stripe_current_period_end IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.plan IS 'free, pro or enterprise.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.status IS 'active, canceled or past_due.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.is_active IS 'Whether it counts now.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.agent_limit IS
    'How many agents the user may have; -1 is no limit.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.updated_at IS
    'In UTC; set by trigger whenever the row changes.';

-- The triggers of the tables.
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_conversations
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();
CREATE TRIGGER agentchat_set_updated_at BEFORE UPDATE ON agentchat.blueprint_subscriptions
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_updated_at();

-- The order of messages. Triggers fire in the order of their names: a trigger of the user that comes before
-- this one can set created_at as it likes.
CREATE TRIGGER agentchat_set_created_at BEFORE INSERT OR UPDATE ON agentchat.blueprint_messages
    FOR EACH ROW EXECUTE FUNCTION agentchat.set_created_at();

-- A trigger with transition tables can have only one event.
CREATE TRIGGER agentchat_touch_conversations_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();
CREATE TRIGGER agentchat_touch_conversations_on_delete AFTER DELETE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.touch_conversations();

-- Deleting agents needs no check.
CREATE TRIGGER agentchat_enforce_agent_limit_on_insert AFTER INSERT ON agentchat.blueprint_agent_instances
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();
CREATE TRIGGER agentchat_enforce_agent_limit_on_update AFTER UPDATE ON agentchat.blueprint_agent_instances
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.enforce_agent_limit();

-- Rules that policies cannot express: they cannot compare the old row with the new one, and would also refuse
-- an UPDATE of other columns.
CREATE TRIGGER agentchat_protect_user AFTER UPDATE ON agentchat.blueprint_users
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_user();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_artifacts
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_artifact_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_instances
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_instance_links();
CREATE TRIGGER agentchat_check_links AFTER INSERT OR UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_links();

-- The schemas of tools.
CREATE TRIGGER agentchat_check_schema AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_tool_schema();

-- The tools that definitions name exist. Two triggers do the work of a foreign key, which cannot look into
-- jsonb.
CREATE TRIGGER agentchat_check_tools AFTER INSERT OR UPDATE ON agentchat.blueprint_agent_definitions
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_agent_definition_tools();
CREATE TRIGGER agentchat_protect_tool AFTER UPDATE OR DELETE ON agentchat.blueprint_agent_tools
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_tool();

-- Workflows may begin with any status.
CREATE TRIGGER agentchat_check_status AFTER UPDATE ON agentchat.blueprint_workflows
    FOR EACH ROW EXECUTE FUNCTION agentchat.check_workflow_status();

-- Row-level security: the rows that a signed-in user can see and write. The owner of the tables and roles
-- with BYPASSRLS are not subject to it.
--
-- The policies are for PUBLIC. The names of the roles are not known, and a denial must hold whatever was
-- granted: Supabase's default privileges grant everything to everybody. Without a caller no row is visible,
-- because NULL equals nothing. A subquery is evaluated only once in a query.
--
-- An action without a policy is denied to users.
ALTER TABLE agentchat.blueprint_users ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_conversations ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_messages ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_artifacts ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_definitions ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_instances ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_agent_tools ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_workflows ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_subscriptions ENABLE ROW LEVEL SECURITY;

-- A trigger lets only name and avatar_url change.
CREATE POLICY users_select ON agentchat.blueprint_users FOR SELECT
    USING (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY users_update ON agentchat.blueprint_users FOR UPDATE
    USING (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY conversations_select ON agentchat.blueprint_conversations FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_insert ON agentchat.blueprint_conversations FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_update ON agentchat.blueprint_conversations FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY conversations_delete ON agentchat.blueprint_conversations FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- The function looks a conversation up once for all its messages.
CREATE POLICY messages_select ON agentchat.blueprint_messages FOR SELECT
    USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_insert ON agentchat.blueprint_messages FOR INSERT
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_update ON agentchat.blueprint_messages FOR UPDATE
    USING (agentchat.owns_conversation(conversation_id))
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY messages_delete ON agentchat.blueprint_messages FOR DELETE
    USING (agentchat.owns_conversation(conversation_id));

CREATE POLICY artifacts_select ON agentchat.blueprint_artifacts FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_insert ON agentchat.blueprint_artifacts FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_update ON agentchat.blueprint_artifacts FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY artifacts_delete ON agentchat.blueprint_artifacts FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- Signed-in users see their own definitions and public ones. Without a caller the comparison is NULL, which
-- equals nothing in the list. This form asks for the caller only once.
CREATE POLICY agent_definitions_select ON agentchat.blueprint_agent_definitions FOR SELECT
    USING ((user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
           OPERATOR(pg_catalog.=) ANY (ARRAY[true, NOT is_public]));
CREATE POLICY agent_definitions_insert ON agentchat.blueprint_agent_definitions FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_definitions_update ON agentchat.blueprint_agent_definitions FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_definitions_delete ON agentchat.blueprint_agent_definitions FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY agent_instances_select ON agentchat.blueprint_agent_instances FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_insert ON agentchat.blueprint_agent_instances FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_update ON agentchat.blueprint_agent_instances FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY agent_instances_delete ON agentchat.blueprint_agent_instances FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY agent_tools_select ON agentchat.blueprint_agent_tools FOR SELECT
    USING ((SELECT @extschema@.current_user_id()) IS NOT NULL);

CREATE POLICY workflows_select ON agentchat.blueprint_workflows FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_insert ON agentchat.blueprint_workflows FOR INSERT
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_update ON agentchat.blueprint_workflows FOR UPDATE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()))
    WITH CHECK (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));
CREATE POLICY workflows_delete ON agentchat.blueprint_workflows FOR DELETE
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

CREATE POLICY subscriptions_select ON agentchat.blueprint_subscriptions FOR SELECT
    USING (user_id OPERATOR(pg_catalog.=) (SELECT @extschema@.current_user_id()));

-- Compresses large columns with lz4 if the server supports it. It decompresses several times faster than
-- pglz, and these columns are mostly read.
DO $compression$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_settings s
                   WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
                     AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
        RETURN;
    END IF;
    ALTER TABLE agentchat.blueprint_conversations
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_messages
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN parts SET COMPRESSION lz4,
        ALTER COLUMN attachments SET COMPRESSION lz4,
        ALTER COLUMN reasoning SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_artifacts
        ALTER COLUMN content SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_definitions
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN system_prompt SET COMPRESSION lz4,
        ALTER COLUMN tools SET COMPRESSION lz4,
        ALTER COLUMN capabilities SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_instances
        ALTER COLUMN configuration SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_agent_tools
        ALTER COLUMN description SET COMPRESSION lz4,
        ALTER COLUMN schema SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_workflows
        ALTER COLUMN goal SET COMPRESSION lz4,
        ALTER COLUMN steps SET COMPRESSION lz4,
        ALTER COLUMN result SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
END
$compression$;

-- The tables of the feature runs: answers in progress, and their chunks. agentchat.enable('runs') makes them.
CREATE TABLE agentchat.blueprint_runs (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    conversation_id uuid NOT NULL,
    message_id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    status text DEFAULT 'running' NOT NULL,
    started_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    heartbeat_at timestamp,
    stop_requested_at timestamp,
    finished_at timestamp,
    error jsonb,
    metadata jsonb,
    CONSTRAINT runs_pkey PRIMARY KEY (id),
    CONSTRAINT runs_conversation_id_conversations_id_fk FOREIGN KEY (conversation_id)
        REFERENCES agentchat.blueprint_conversations (id) ON DELETE CASCADE,
    CONSTRAINT runs_status_check CHECK (status IN ('running', 'finished', 'failed', 'stopped')),
    CONSTRAINT runs_finished_at_check CHECK ((status = 'running') = (finished_at IS NULL)),
    CONSTRAINT runs_metadata_check CHECK (pg_catalog.jsonb_typeof(metadata) = 'object')
);

-- At most one running run in a conversation.
CREATE UNIQUE INDEX runs_conversation_id_running_idx
    ON agentchat.blueprint_runs (conversation_id) WHERE status = 'running';
CREATE INDEX runs_conversation_id_started_at_idx ON agentchat.blueprint_runs (conversation_id, started_at);

COMMENT ON TABLE agentchat.blueprint_runs IS 'A run: an answer from its start to its end.';
COMMENT ON COLUMN agentchat.blueprint_runs.conversation_id IS 'The conversation that the answer belongs to.';
COMMENT ON COLUMN agentchat.blueprint_runs.message_id IS
    'The id of the answer in messages, which gets the row when the run ends.';
COMMENT ON COLUMN agentchat.blueprint_runs.status IS 'running, finished, failed or stopped.';
COMMENT ON COLUMN agentchat.blueprint_runs.started_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_runs.heartbeat_at IS
    'In UTC; when the writer last said that it is alive without writing chunks.';
COMMENT ON COLUMN agentchat.blueprint_runs.stop_requested_at IS
    'In UTC; when the writer was asked to stop.';
COMMENT ON COLUMN agentchat.blueprint_runs.finished_at IS 'In UTC; NULL while the run is running.';
COMMENT ON COLUMN agentchat.blueprint_runs.error IS 'Why it failed.';
COMMENT ON COLUMN agentchat.blueprint_runs.metadata IS
    'What the application wants to keep with it: a JSON object.';

-- Rows are only inserted while the run lasts, and deleted when it ends.
CREATE TABLE agentchat.blueprint_run_chunks (
    run_id uuid NOT NULL,
    seq integer NOT NULL,
    chunk jsonb NOT NULL,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT run_chunks_pkey PRIMARY KEY (run_id, seq),
    CONSTRAINT run_chunks_run_id_runs_id_fk FOREIGN KEY (run_id)
        REFERENCES agentchat.blueprint_runs (id) ON DELETE CASCADE,
    CONSTRAINT run_chunks_seq_check CHECK (seq > 0)
);

COMMENT ON TABLE agentchat.blueprint_run_chunks IS
    'The chunks of answers in progress, as the AI SDK streams them.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.run_id IS 'The run that the chunk belongs to.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.seq IS 'The place of the chunk in its run, from 1.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.chunk IS 'A UIMessageChunk of the AI SDK.';
COMMENT ON COLUMN agentchat.blueprint_run_chunks.created_at IS 'In UTC.';

-- A run keeps its id, conversation and answer, and ends once.
CREATE TRIGGER agentchat_protect_run AFTER UPDATE ON agentchat.blueprint_runs
    FOR EACH ROW EXECUTE FUNCTION agentchat.protect_run();

-- Chunks come only while their run is running, never change, and go when it is over.
CREATE TRIGGER agentchat_protect_chunks_on_insert AFTER INSERT ON agentchat.blueprint_run_chunks
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
CREATE TRIGGER agentchat_protect_chunks_on_update AFTER UPDATE ON agentchat.blueprint_run_chunks
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();
CREATE TRIGGER agentchat_protect_chunks_on_delete AFTER DELETE ON agentchat.blueprint_run_chunks
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.protect_chunks();

ALTER TABLE agentchat.blueprint_runs ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_run_chunks ENABLE ROW LEVEL SECURITY;

CREATE POLICY runs_select ON agentchat.blueprint_runs FOR SELECT
    USING (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_insert ON agentchat.blueprint_runs FOR INSERT
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_update ON agentchat.blueprint_runs FOR UPDATE
    USING (agentchat.owns_conversation(conversation_id))
    WITH CHECK (agentchat.owns_conversation(conversation_id));
CREATE POLICY runs_delete ON agentchat.blueprint_runs FOR DELETE
    USING (agentchat.owns_conversation(conversation_id));

CREATE POLICY run_chunks_select ON agentchat.blueprint_run_chunks FOR SELECT
    USING (agentchat.owns_run(run_id));
CREATE POLICY run_chunks_insert ON agentchat.blueprint_run_chunks FOR INSERT
    WITH CHECK (agentchat.owns_run(run_id));
CREATE POLICY run_chunks_delete ON agentchat.blueprint_run_chunks FOR DELETE
    USING (agentchat.owns_run(run_id));

-- As in compression.sql.
DO $compression$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_settings s
                   WHERE s.name OPERATOR(pg_catalog.=) 'default_toast_compression'
                     AND 'lz4' OPERATOR(pg_catalog.=) ANY (s.enumvals)) THEN
        RETURN;
    END IF;
    ALTER TABLE agentchat.blueprint_runs
        ALTER COLUMN error SET COMPRESSION lz4,
        ALTER COLUMN metadata SET COMPRESSION lz4;
    ALTER TABLE agentchat.blueprint_run_chunks
        ALTER COLUMN chunk SET COMPRESSION lz4;
END
$compression$;

-- The tables of the feature search: an index of messages. agentchat.enable('search') makes them.
--
-- A message is noted in search_pending when it is written, and goes into a segment with many others later. A
-- search looks into both. Rows of segments are never changed: they are made and deleted.
CREATE TABLE agentchat.blueprint_search_pending (
    user_id uuid NOT NULL,
    noted_at timestamp DEFAULT (pg_catalog.clock_timestamp() AT TIME ZONE 'utc') NOT NULL,
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    message_id uuid NOT NULL,
    created_at timestamp NOT NULL,
    CONSTRAINT search_pending_pkey PRIMARY KEY (user_id, noted_at, id),
    CONSTRAINT search_pending_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id) ON DELETE CASCADE
);

COMMENT ON TABLE agentchat.blueprint_search_pending IS
    'Messages that were written or changed, and are not in a segment of the index of search_messages().';
COMMENT ON COLUMN agentchat.blueprint_search_pending.user_id IS 'Whose conversation the message is in.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.created_at IS 'That of the message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.message_id IS 'The message. It may be deleted.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.noted_at IS 'When the message was noted, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_pending.id IS
    'Makes the row unique: a message that is changed twice is noted twice.';

CREATE TABLE agentchat.blueprint_search_segments (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    oldest timestamp NOT NULL,
    newest timestamp NOT NULL,
    messages bytea NOT NULL,
    CONSTRAINT search_segments_pkey PRIMARY KEY (id),
    CONSTRAINT search_segments_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id) ON DELETE CASCADE
);

CREATE INDEX search_segments_user_id_newest_idx ON agentchat.blueprint_search_segments (user_id, newest);

COMMENT ON TABLE agentchat.blueprint_search_segments IS
    'The segments of the index of search_messages(): messages of a user.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.user_id IS 'Whose conversations the messages are in.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.oldest IS 'The time of the oldest message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.newest IS 'The time of the newest message, in UTC.';
COMMENT ON COLUMN agentchat.blueprint_search_segments.messages IS
    'The messages, each by its time and id in 24 bytes.';

CREATE TABLE agentchat.blueprint_search_grams (
    segment_id uuid NOT NULL,
    bucket integer NOT NULL,
    grams bytea NOT NULL,
    CONSTRAINT search_grams_pkey PRIMARY KEY (segment_id, bucket),
    CONSTRAINT search_grams_segment_id_search_segments_id_fk FOREIGN KEY (segment_id)
        REFERENCES agentchat.blueprint_search_segments (id) ON DELETE CASCADE
);

COMMENT ON TABLE agentchat.blueprint_search_grams IS
    'What the messages of a segment contain: for each three letters, the messages that have them.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.segment_id IS 'The segment.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.bucket IS 'The number of the bucket of letters.';
COMMENT ON COLUMN agentchat.blueprint_search_grams.grams IS
    'The letters of the bucket, and the messages of each.';

-- Triggers on two of the nine tables, which exist only while the feature is on (feature_catalog() has their
-- names). Those of messages fire after agentchat_touch_conversations_*, in the order of their names: a
-- session then has the row of the conversation before it keeps others from moving it, as a session that moves
-- it does.
CREATE TRIGGER agentchat_update_search_on_insert AFTER INSERT ON agentchat.blueprint_messages
    REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.index_new_messages();
CREATE TRIGGER agentchat_update_search_on_update AFTER UPDATE ON agentchat.blueprint_messages
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION agentchat.index_new_messages();
-- A conversation is touched with each message, but rarely gets another user.
CREATE TRIGGER agentchat_index_moved_conversation AFTER UPDATE ON agentchat.blueprint_conversations
    FOR EACH ROW WHEN (OLD.user_id IS DISTINCT FROM NEW.user_id)
    EXECUTE FUNCTION agentchat.index_moved_conversation();

-- Nobody but the owner reads these tables. The policies say so: Supabase's advisors miss them otherwise.
ALTER TABLE agentchat.blueprint_search_pending ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_search_segments ENABLE ROW LEVEL SECURITY;
ALTER TABLE agentchat.blueprint_search_grams ENABLE ROW LEVEL SECURITY;
CREATE POLICY search_pending_select ON agentchat.blueprint_search_pending FOR SELECT USING (false);
CREATE POLICY search_segments_select ON agentchat.blueprint_search_segments FOR SELECT USING (false);
CREATE POLICY search_grams_select ON agentchat.blueprint_search_grams FOR SELECT USING (false);

-- The tables of the blueprint and of the user.
--
-- Every search_path in this folder ends with pg_temp. PostgreSQL searches pg_temp first if a search_path does
-- not name it. A database's owner could then create a temporary view pg_class that runs functions with the
-- rights of the role that installs the extension: a superuser.

-- tables_prefix() returns the schema of the tables, quoted and with a dot, to stand before a name.
CREATE FUNCTION agentchat.tables_prefix() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('%I.', n.nspname) FROM pg_namespace n WHERE n.oid = agentchat.tables_schema()
$function$;

-- feature_catalog() returns the optional features, with the names of their tables, and of the triggers that
-- they have on the nine tables. Their blueprint is in the schema agentchat like that of the nine; the user's
-- tables and these triggers exist only after agentchat.enable(). What is derived can be made again from the
-- nine tables: it is no data of the user.
CREATE FUNCTION agentchat.feature_catalog(
    OUT feature text, OUT tables text[], OUT triggers text[], OUT is_derived boolean, OUT description text
) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE ROWS 2 SET search_path = pg_catalog, pg_temp
    AS $function$
VALUES ('runs', '{runs,run_chunks}'::text[], '{}'::text[], false,
        'Answers in progress: they survive a reload, a lost network and a restart, and can be stopped.'),
       ('search', '{search_pending,search_segments,search_grams}',
        '{agentchat_update_search_on_insert,agentchat_update_search_on_update,'
        'agentchat_index_moved_conversation}', true,
        'An index of messages: search_messages() finds rare words among millions of messages at once.')
$function$;

-- feature_is_on() returns whether a feature is on: one of its tables has a trigger or a policy of the
-- blueprint, or one of the nine has a trigger of the feature. It has the name, and calls the function, of
-- that in the blueprint, because a table of the user's own may be called runs. No setting says it: in a dump
-- and its restore only the tables themselves last.
--
-- In PL/pgSQL, because it keeps its plan: tables() asks for it in each part of differences().
CREATE FUNCTION agentchat.feature_is_on(feature text) RETURNS boolean
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RETURN EXISTS (
        SELECT FROM agentchat.feature_catalog() f
            CROSS JOIN unnest(
                f.tables || CASE WHEN f.triggers <> '{}' THEN ARRAY['messages', 'conversations'] END) n (name)
            JOIN pg_class t ON t.relnamespace = agentchat.tables_schema() AND t.relname = n.name
            JOIN pg_class b
                ON b.relnamespace = 'agentchat'::regnamespace AND b.relname = 'blueprint_' || n.name
        WHERE f.feature = feature_is_on.feature
          AND (EXISTS (
                  SELECT FROM pg_trigger g
                      JOIN pg_trigger m ON m.tgrelid = b.oid AND m.tgname = g.tgname AND m.tgfoid = g.tgfoid
                  WHERE g.tgrelid = t.oid AND NOT g.tgisinternal
                    AND (n.name = ANY (f.tables) OR g.tgname = ANY (f.triggers)))
               OR EXISTS (
                  SELECT FROM pg_policy p
                      JOIN pg_policy m ON m.polrelid = b.oid AND m.polname = p.polname
                      JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                          AND d.refclassid = 'pg_proc'::regclass
                      JOIN pg_depend k ON k.classid = 'pg_policy'::regclass AND k.objid = m.oid
                          AND k.refclassid = 'pg_proc'::regclass AND k.refobjid = d.refobjid
                  WHERE p.polrelid = t.oid AND n.name = ANY (f.tables))));
END
$function$;

-- tables() returns each table of the blueprint (model) and the user's table of that name (actual), if it
-- exists: the nine tables, those of the features that are on, and those of the feature to be switched on
-- (enabling). feature is NULL for the nine.
CREATE FUNCTION agentchat.tables(
    enabling text DEFAULT NULL, OUT model regclass, OUT actual regclass, OUT table_name text,
    OUT qualified_name text, OUT prefix text, OUT feature text
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 9 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT b.oid::regclass, t.oid::regclass, n.name, n.prefix || quote_ident(n.name), n.prefix, f.feature
FROM pg_namespace s
    CROSS JOIN pg_class b
    CROSS JOIN LATERAL (
        SELECT substr(b.relname, length('blueprint_') + 1), format('%I.', s.nspname)) n (name, prefix)
    LEFT JOIN pg_class t ON t.relnamespace = s.oid AND t.relname = n.name
    LEFT JOIN agentchat.feature_catalog() f ON n.name = ANY (f.tables)
WHERE s.oid = agentchat.tables_schema()
  AND b.relnamespace = 'agentchat'::regnamespace AND b.relkind = 'r' AND starts_with(b.relname, 'blueprint_')
  AND CASE WHEN f.feature IS NULL OR f.feature = enabling THEN true
           ELSE agentchat.feature_is_on(f.feature) END
ORDER BY b.oid
$function$;

-- api_privileges() returns the privileges on the tables that a role of the API needs, one in each row, with a
-- column if the privilege is on that column only. Row-level security decides about the rows. Roles that
-- bypass it are those of servers, which write everywhere.
CREATE FUNCTION agentchat.api_privileges(
    bypasses_rls boolean, OUT table_name text, OUT privilege text, OUT column_name text
) RETURNS SETOF record
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.name, p.name, NULL
FROM unnest(ARRAY['users', 'conversations', 'messages', 'artifacts', 'agent_definitions', 'agent_instances',
                  'agent_tools', 'workflows', 'subscriptions', 'runs', 'run_chunks'])
        WITH ORDINALITY t (name, n)
    CROSS JOIN unnest('{SELECT,INSERT,UPDATE,DELETE}'::text[]) WITH ORDINALITY p (name, n)
WHERE bypasses_rls OR p.name = 'SELECT'
   OR CASE t.name WHEN 'run_chunks' THEN p.name <> 'UPDATE'
      ELSE t.name NOT IN ('users', 'agent_tools', 'subscriptions') END
UNION ALL
SELECT 'users', 'UPDATE', c.name
FROM unnest('{name,avatar_url}'::text[]) c (name)
WHERE NOT bypasses_rls
$function$;

-- grant_statements() returns the statements that grant these privileges on one table, if there are any.
CREATE FUNCTION agentchat.grant_statements(
    bypasses_rls boolean, table_name text, qualified_name text, role text
) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_remove(ARRAY[
    'GRANT ' || string_agg(p.privilege || coalesce(' (' || p.column_name || ')', ''), ', ')
    || format(' ON %s TO %s', qualified_name, role)], NULL)
FROM agentchat.api_privileges(bypasses_rls) p
WHERE p.table_name = grant_statements.table_name
$function$;

-- grant_api() grants them on all tables, and USAGE of the schema if the role does not have it.
CREATE FUNCTION agentchat.grant_api(role regrole) RETURNS TABLE (statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    bypasses_rls boolean;
BEGIN
    PERFORM agentchat.require_owner('grant the API on them');
    IF role IS NULL THEN
        RAISE EXCEPTION 'role is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the name of a role: SELECT agentchat.grant_api(''authenticated'');';
    END IF;
    SELECT r.rolbypassrls OR r.rolsuper INTO bypasses_rls FROM pg_roles r WHERE r.oid = role;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'role "%" does not exist', role USING ERRCODE = 'undefined_object';
    END IF;
    FOR statement IN
        SELECT format('GRANT USAGE ON SCHEMA %I TO %s', n.nspname, role)
        FROM pg_namespace n
        WHERE n.oid = agentchat.tables_schema() AND NOT has_schema_privilege(role, n.oid, 'USAGE')
        UNION ALL
        SELECT s.statement
        FROM agentchat.tables() t
            CROSS JOIN LATERAL unnest(agentchat.grant_statements(
                bypasses_rls, t.table_name, t.qualified_name, role::text)) s (statement)
        WHERE t.actual IS NOT NULL
    LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.grant_api(regrole) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.grant_api(regrole) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.grant_api(regrole) IS
'Grants a role the privileges of authenticated on the tables, or those of service_role if the role bypasses '
'row-level security, and returns the statements. The policies ask for current_user_id(), not for the role. '
'Errors: 22004 role is NULL; 42501 not the owner of the tables; 42704 the role does not exist.';

-- column_differences() compares the columns: type, default, NOT NULL, comment and compression.
CREATE FUNCTION agentchat.column_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Each column of the blueprint beside the user's column of that name, if it exists.
WITH columns AS (
    SELECT c.*, format('column %s of %s', c.quoted, c.qualified_name) AS name,
        format('ALTER TABLE %s ALTER COLUMN %s', c.qualified_name, c.quoted) AS alter_column,
        -- ADD COLUMN rewrites the whole table if the default differs from row to row.
        c.actual IS NOT NULL AND NOT c.present AND c.default_value IS NOT DISTINCT FROM 'gen_random_uuid()'
            AS rewrites
    FROM (
        SELECT t.model, t.actual, t.qualified_name, m.attnum::integer AS place,
            quote_ident(m.attname) AS quoted, a.attnum IS NOT NULL AS present, a.attnum AS actual_attnum,
            m.atttypid, m.atttypmod, a.atttypid AS actual_atttypid, a.atttypmod AS actual_atttypmod,
            a.attgenerated <> '' OR a.attidentity <> '' AS generated,
            m.attnotnull, a.attnotnull AS actual_not_null,
            m.attcompression, a.attcompression AS actual_compression, (
                SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = m.attrelid AND d.adnum = m.attnum) AS default_value, (
                SELECT pg_get_expr(d.adbin, d.adrelid) FROM pg_attrdef d
                WHERE d.adrelid = a.attrelid AND d.adnum = a.attnum) AS actual_default, (
                SELECT d.description FROM pg_description d
                WHERE d.classoid = 'pg_class'::regclass AND d.objoid = m.attrelid AND d.objsubid = m.attnum)
                AS comment, (
                SELECT d.description FROM pg_description d
                WHERE d.classoid = 'pg_class'::regclass AND d.objoid = a.attrelid AND d.objsubid = a.attnum)
                AS actual_comment
        FROM agentchat.tables(enabling) t
            JOIN pg_attribute m ON m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
            LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = m.attname
                AND a.attnum > 0 AND NOT a.attisdropped
    ) c
)
SELECT 0, c.name,
    format('has the type %s%s instead of %s', format_type(c.actual_atttypid, c.actual_atttypmod),
           CASE WHEN c.generated THEN ', generated' END, format_type(c.atttypid, c.atttypmod)),
    NULL::text[], NULL::text[], NULL::text, true, c.model, c.place
FROM columns c
WHERE c.present
  AND (c.actual_atttypid <> c.atttypid OR c.actual_atttypmod <> c.atttypmod OR c.generated)

UNION ALL
SELECT 20, c.name, 'missing',
    CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
    NULL, true, c.model, c.place
FROM columns c
    CROSS JOIN LATERAL (
        SELECT concat_ws(' ', 'ALTER TABLE', c.qualified_name, 'ADD COLUMN', c.quoted,
                         format_type(c.atttypid, c.atttypmod), 'DEFAULT ' || c.default_value,
                         CASE WHEN c.attnotnull AND c.default_value IS NOT NULL THEN 'NOT NULL' END)
            AS statement) s
WHERE c.actual IS NOT NULL AND NOT c.present

UNION ALL
SELECT 30, 'default of ' || c.name,
    CASE WHEN c.actual_default IS NULL THEN 'missing'
         ELSE format('is %s instead of %s', c.actual_default, c.default_value) END,
    ARRAY[format('%s SET DEFAULT %s', c.alter_column, c.default_value)],
    NULL, NULL, true, c.model, c.place
FROM columns c
WHERE c.present AND c.default_value IS NOT NULL AND c.actual_default IS DISTINCT FROM c.default_value

UNION ALL
SELECT 32, c.name, 'does not allow NULL',
    ARRAY[c.alter_column || ' DROP NOT NULL'],
    NULL, NULL, true, c.model, c.place
FROM columns c
WHERE c.actual_not_null AND NOT c.attnotnull

UNION ALL
-- A valid CHECK spares SET NOT NULL its scan of the table, which would run under an exclusive lock.
SELECT 35, c.name, 'allows NULL',
    NULL,
    ARRAY[format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS agentchat_not_null, '
                 'ADD CONSTRAINT agentchat_not_null CHECK (%s IS NOT NULL) NOT VALID',
                 c.qualified_name, c.quoted),
          format('ALTER TABLE %s VALIDATE CONSTRAINT agentchat_not_null', c.qualified_name),
          -- Two statements: a single one would drop the constraint first.
          c.alter_column || ' SET NOT NULL',
          format('ALTER TABLE %s DROP CONSTRAINT agentchat_not_null', c.qualified_name)],
    format('SELECT count(*) FROM %s WHERE %s', c.qualified_name,
           CASE WHEN c.present THEN c.quoted || ' IS NULL' ELSE 'true' END),
    true, c.model, c.place
FROM columns c
WHERE c.actual IS NOT NULL AND c.attnotnull
  AND NOT CASE
      -- Since PostgreSQL 18 attnotnull is set even if the existing rows have not been checked.
      WHEN c.present THEN c.actual_not_null AND NOT EXISTS (
          SELECT FROM pg_constraint k
          WHERE k.conrelid = c.actual AND k.contype = 'n' AND k.conkey[1] = c.actual_attnum
            AND NOT k.convalidated)
      -- A missing column is added with NOT NULL if it has a default.
      ELSE c.default_value IS NOT NULL END

UNION ALL
SELECT 110, 'comment of ' || c.name, 'missing',
    CASE WHEN NOT c.rewrites THEN ARRAY[s.statement] END, CASE WHEN c.rewrites THEN ARRAY[s.statement] END,
    NULL, false, c.model, c.place
FROM columns c
    CROSS JOIN LATERAL (
        SELECT format('COMMENT ON COLUMN %s.%s IS %L', c.qualified_name, c.quoted, c.comment) AS statement) s
WHERE c.comment IS NOT NULL AND c.actual_comment IS NULL

UNION ALL
SELECT 120, 'compression of ' || c.name, 'not lz4',
    ARRAY[c.alter_column || ' SET COMPRESSION lz4'],
    NULL, NULL, false, c.model, c.place
FROM columns c
WHERE c.actual IS NOT NULL AND c.attcompression = 'l' AND coalesce(c.actual_compression, '') = ''
$function$;

-- table_differences() finds missing tables, and compares their comments and storage settings.
CREATE FUNCTION agentchat.table_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.*, m.description AS comment, a.description AS actual_comment
    FROM agentchat.tables(enabling) t
        LEFT JOIN pg_description m
            ON m.classoid = 'pg_class'::regclass AND m.objoid = t.model AND m.objsubid = 0
        LEFT JOIN pg_description a
            ON a.classoid = 'pg_class'::regclass AND a.objoid = t.actual AND a.objsubid = 0
)
SELECT 0, 'relation ' || t.qualified_name,
    format('is %s instead of a table', CASE c.relkind
        WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'p' THEN 'a partitioned table'
        WHEN 'f' THEN 'a foreign table' WHEN 'S' THEN 'a sequence' WHEN 'c' THEN 'a type'
        ELSE 'an index' END),
    NULL::text[], NULL::text[], NULL::text, true, t.model, 0
FROM tables t JOIN pg_class c ON c.oid = t.actual
WHERE c.relkind <> 'r'

UNION ALL
SELECT 10, 'table ' || t.qualified_name, 'missing',
    ARRAY[format('CREATE TABLE %s (%s)', t.qualified_name, (
        SELECT string_agg(
            concat_ws(' ', quote_ident(c.attname), format_type(c.atttypid, c.atttypmod),
                      'COMPRESSION ' || CASE c.attcompression WHEN 'l' THEN 'lz4' END,
                      'DEFAULT ' || pg_get_expr(d.adbin, d.adrelid),
                      CASE WHEN c.attnotnull THEN 'NOT NULL' END),
            ', ' ORDER BY c.attnum)
        FROM pg_attribute c
            LEFT JOIN pg_attrdef d ON d.adrelid = c.attrelid AND d.adnum = c.attnum
        WHERE c.attrelid = t.model AND c.attnum > 0 AND NOT c.attisdropped))],
    NULL, NULL, true, t.model, 0
FROM tables t
WHERE t.actual IS NULL

UNION ALL
SELECT 100, 'comment of table ' || t.qualified_name, 'missing',
    ARRAY[format('COMMENT ON TABLE %s IS %L', t.qualified_name, t.comment)],
    NULL, NULL, false, t.model, 0
FROM tables t
WHERE t.comment IS NOT NULL AND t.actual_comment IS NULL

UNION ALL
SELECT 130, 'storage of table ' || t.qualified_name, 'without ' || m.setting,
    ARRAY[format('ALTER TABLE %s SET (%s)', t.qualified_name, m.setting)],
    NULL, NULL, false, t.model, 0
FROM tables t
    CROSS JOIN LATERAL (SELECT unnest(c.reloptions) AS setting FROM pg_class c WHERE c.oid = t.model) m
WHERE NOT EXISTS (SELECT FROM pg_class c CROSS JOIN unnest(c.reloptions) a
                  WHERE c.oid = t.actual AND split_part(a, '=', 1) = split_part(m.setting, '=', 1))
$function$;

-- compared_constraints() returns the constraints of the blueprint that have one of these types
-- (pg_constraint.contype), each beside the user's constraint of the same name, if it exists.
CREATE FUNCTION agentchat.compared_constraints(enabling text, contypes "char"[]) RETURNS TABLE (
    model regclass, actual regclass, qualified_name text, prefix text,
    name text, conname name, quoted text, contype "char", columns name[], quoted_column text, definition text,
    confrelid oid, conindid oid, present boolean, same boolean, convalidated boolean, countable boolean)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.model, t.actual, t.qualified_name, t.prefix,
    format('constraint %I of %s', m.conname, t.qualified_name), m.conname, quote_ident(m.conname), m.contype,
    k.columns, quote_ident(k.columns[1]), d.definition, m.confrelid, m.conindid,
    a.oid IS NOT NULL,
    coalesce(regexp_replace(d.actual_definition, ' NOT VALID$', '') = d.definition
             -- ALTER TABLE ... DISABLE TRIGGER ALL disables foreign keys.
             AND NOT EXISTS (SELECT FROM pg_trigger g
                             WHERE g.tgconstraint = a.oid AND g.tgenabled <> 'O'), false),
    a.convalidated,
    -- Whether rows can break it: they cannot if one of its columns is still missing.
    coalesce(k.columns <@ ARRAY(SELECT c.attname FROM pg_attribute c
                                WHERE c.attrelid = t.actual AND c.attnum > 0 AND NOT c.attisdropped),
             t.actual IS NOT NULL)
FROM agentchat.tables(enabling) t
    JOIN pg_constraint m ON m.conrelid = t.model AND m.contype = ANY (contypes)
    CROSS JOIN LATERAL (
        SELECT array_agg(c.attname ORDER BY u.n) AS columns
        FROM unnest(m.conkey) WITH ORDINALITY u (attnum, n)
            JOIN pg_attribute c ON c.attrelid = m.conrelid AND c.attnum = u.attnum) k
    LEFT JOIN pg_constraint a ON a.conrelid = t.actual AND a.conname = m.conname
        AND a.contype IN ('p', 'u', 'c', 'f')
    -- OFFSET 0 keeps the planner from calling pg_get_constraintdef() once for each use.
    CROSS JOIN LATERAL (
        SELECT replace(pg_get_constraintdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition,
            pg_get_constraintdef(a.oid) AS actual_definition
        OFFSET 0) d
$function$;

-- check_differences() compares the CHECK constraints.
CREATE FUNCTION agentchat.check_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 40, c.name,
    CASE WHEN c.present AND c.same THEN 'not validated' WHEN c.present THEN 'has a different definition'
         ELSE 'missing' END,
    CASE WHEN NOT (c.present AND c.same) THEN
        array_remove(ARRAY[
            CASE WHEN c.present THEN
                format('ALTER TABLE %s DROP CONSTRAINT %s', c.qualified_name, c.quoted) END,
            format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', c.qualified_name, c.quoted, c.definition,
                   CASE WHEN c.actual IS NOT NULL THEN ' NOT VALID' END)], NULL)
    END,
    CASE WHEN c.actual IS NOT NULL THEN
        ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', c.qualified_name, c.quoted)] END,
    CASE WHEN c.countable THEN
        format('SELECT count(*) FROM %s WHERE NOT (%s)', c.qualified_name,
               regexp_replace(c.definition, '^CHECK ', '')) END,
    true, c.model, 0
FROM agentchat.compared_constraints(enabling, '{c}') c
WHERE NOT (c.present AND c.same AND c.convalidated)
$function$;

-- duplicates_query() returns a query that counts the surplus rows of a unique index on columns, among
-- the rows that its predicate selects. For a primary key it also counts the rows without a value.
CREATE FUNCTION agentchat.duplicates_query(
    table_name text, quoted_columns text, primary_key boolean, predicate text DEFAULT NULL
) RETURNS text
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('SELECT count(%s) - count(DISTINCT (%s)) FROM %s',
              CASE WHEN primary_key THEN '*' ELSE format('(%s)', quoted_columns) END, quoted_columns,
              table_name)
    || coalesce(' WHERE ' || predicate, '')
$function$;

-- spare_indexes() returns the indexes of the user's tables that belong to no constraint. One whose definition
-- is that of a missing index can take its place; nameless is the definition without the index's own name.
CREATE FUNCTION agentchat.spare_indexes(enabling text) RETURNS TABLE (
    indrelid oid, relname name, quoted text, indisvalid boolean, nameless text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT i.indrelid, c.relname, quote_ident(c.relname), i.indisvalid,
    replace(pg_get_indexdef(c.oid), format(' INDEX %I ON ', c.relname), ' INDEX ON ')
FROM agentchat.tables(enabling) t
    JOIN pg_index i ON i.indrelid = t.actual
    JOIN pg_class c ON c.oid = i.indexrelid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u', 'x'))
$function$;

-- index_differences() compares the indexes that belong to no constraint; key_differences() compares the
-- others.
CREATE FUNCTION agentchat.index_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH spare AS MATERIALIZED (
    SELECT s.* FROM agentchat.spare_indexes(enabling) s
),
compared AS (
    SELECT t.model, t.actual, t.qualified_name, t.prefix, quote_ident(c.relname) AS quoted, m.indisunique,
        d.definition, k.quoted_columns, pg_get_expr(m.indpred, m.indrelid) AS predicate,
        -- Whether rows can break it: they cannot if one of its columns is still missing.
        coalesce(k.columns <@ ARRAY(SELECT r.attname FROM pg_attribute r
                                    WHERE r.attrelid = t.actual AND r.attnum > 0 AND NOT r.attisdropped),
                 t.actual IS NOT NULL) AS countable,
        a.indexrelid IS NOT NULL AS present,
        coalesce(a.indisvalid AND d.actual_definition = d.definition, false) AS good, (
            SELECT s.quoted FROM spare s
            WHERE s.indrelid = t.actual AND s.indisvalid
              AND s.nameless = replace(d.definition, format(' INDEX %I ON ', c.relname), ' INDEX ON ')
            ORDER BY s.relname LIMIT 1) AS same_otherwise
    FROM agentchat.tables(enabling) t
        JOIN pg_index m ON m.indrelid = t.model
        JOIN pg_class c ON c.oid = m.indexrelid
        LEFT JOIN (pg_index a JOIN pg_class n ON n.oid = a.indexrelid)
            ON a.indrelid = t.actual AND n.relname = c.relname
        CROSS JOIN LATERAL (
            SELECT array_agg(r.attname ORDER BY u.n) AS columns,
                string_agg(quote_ident(r.attname), ', ' ORDER BY u.n) AS quoted_columns
            FROM unnest(m.indkey) WITH ORDINALITY u (attnum, n)
                JOIN pg_attribute r ON r.attrelid = m.indrelid AND r.attnum = u.attnum) k
        -- OFFSET 0 keeps the planner from calling pg_get_indexdef() once for each use.
        CROSS JOIN LATERAL (
            SELECT replace(pg_get_indexdef(m.indexrelid), 'agentchat.blueprint_', t.prefix) AS definition,
                pg_get_indexdef(a.indexrelid) AS actual_definition
            OFFSET 0) d
    WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = c.oid AND k.contype IN ('p', 'u'))
)
SELECT 80, format('index %s of %s', i.quoted, i.qualified_name),
    CASE WHEN i.present THEN 'invalid, or has a different definition' ELSE 'missing' END,
    CASE WHEN i.actual IS NULL THEN ARRAY[i.definition]
         WHEN NOT i.present AND i.same_otherwise IS NOT NULL THEN
             ARRAY[format('ALTER INDEX %s%s RENAME TO %s', i.prefix, i.same_otherwise, i.quoted)] END,
    CASE WHEN i.actual IS NOT NULL AND (i.present OR i.same_otherwise IS NULL) THEN
        array_remove(ARRAY[
            CASE WHEN i.present THEN format('DROP INDEX CONCURRENTLY %s%s', i.prefix, i.quoted) END,
            regexp_replace(i.definition, ' INDEX ', ' INDEX CONCURRENTLY ')], NULL) END,
    CASE WHEN i.countable AND i.indisunique THEN
        agentchat.duplicates_query(i.qualified_name, i.quoted_columns, false, i.predicate) END,
    true, i.model, 0
FROM compared i
WHERE NOT i.good
$function$;

-- key_differences() compares the primary keys and unique constraints.
CREATE FUNCTION agentchat.key_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH spare AS MATERIALIZED (
    SELECT s.* FROM agentchat.spare_indexes(enabling) s
),
keys AS (
    SELECT c.*,
        (SELECT string_agg(quote_ident(u.name), ', ' ORDER BY u.n)
         FROM unnest(c.columns) WITH ORDINALITY u (name, n)) AS quoted_columns,
        -- Two things can become the key without a new index: a constraint of another name, or a unique index
        -- without a constraint.
        (SELECT quote_ident(a.conname) FROM pg_constraint a
         WHERE a.conrelid = c.actual AND a.conname <> c.conname AND pg_get_constraintdef(a.oid) = c.definition
         ORDER BY a.conname LIMIT 1) AS other_name,
        (SELECT s.quoted FROM spare s
         WHERE s.indrelid = c.actual AND s.indisvalid
           AND s.nameless = replace(replace(pg_get_indexdef(c.conindid), 'agentchat.blueprint_', c.prefix),
                                    format(' INDEX %I ON ', c.conname), ' INDEX ON ')
         ORDER BY s.relname <> c.conname, s.relname LIMIT 1) AS index,
        -- Three things are in the way of a new one: a constraint of this name on other columns, another
        -- primary key, and the invalid index of an earlier attempt.
        ARRAY(SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', c.qualified_name, a.conname)
              FROM pg_constraint a
              WHERE a.conrelid = c.actual AND a.contype IN ('p', 'u', 'c', 'f')
                AND (a.conname = c.conname OR a.contype = 'p' AND c.contype = 'p')
              ORDER BY a.conname) AS drop_constraints,
        ARRAY(SELECT format('DROP INDEX CONCURRENTLY %s%s', c.prefix, s.quoted) FROM spare s
              WHERE s.indrelid = c.actual AND s.relname = c.conname) AS drop_indexes
    FROM agentchat.compared_constraints(enabling, '{p,u}') c
    WHERE NOT c.same
)
SELECT 50, k.name,
    CASE WHEN k.present THEN 'has a different definition'
         WHEN k.other_name IS NOT NULL THEN 'has another name' ELSE 'missing' END,
    CASE WHEN k.actual IS NULL THEN
             ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s', k.qualified_name, k.quoted, k.definition)]
         WHEN s.rename IS NOT NULL THEN ARRAY[s.rename] END,
    CASE WHEN k.actual IS NOT NULL AND s.rename IS NULL THEN
        k.drop_constraints
        || CASE WHEN k.index IS NULL THEN
               k.drop_indexes || ARRAY[format('CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)',
                                              k.quoted, k.qualified_name, k.quoted_columns)] END
        || ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s', k.qualified_name, k.quoted,
                        CASE k.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END,
                        coalesce(k.index, k.quoted))] END,
    CASE WHEN k.countable AND s.rename IS NULL THEN
        agentchat.duplicates_query(k.qualified_name, k.quoted_columns, k.contype = 'p') END,
    true, k.model, 0
FROM keys k
    CROSS JOIN LATERAL (
        SELECT CASE WHEN NOT k.present AND k.other_name IS NOT NULL THEN
            format('ALTER TABLE %s RENAME CONSTRAINT %s TO %s', k.qualified_name, k.other_name, k.quoted)
        END AS rename) s
$function$;

-- foreign_key_differences() compares the foreign keys.
CREATE FUNCTION agentchat.foreign_key_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH foreign_keys AS (
    SELECT c.* FROM agentchat.compared_constraints(enabling, '{f}') c
),
-- The tables that foreign keys refer to. A foreign key needs a unique index on the referenced id; a table
-- that is created here gets it first. A row refers to nothing if the table or its id is missing.
targets AS (
    SELECT t.model, t.actual, t.qualified_name, a.attnum IS NOT NULL AS has_id,
        t.actual IS NULL OR EXISTS (
            SELECT FROM pg_index i
            WHERE i.indrelid = t.actual AND i.indisunique AND i.indisvalid AND i.indimmediate
              AND i.indkey::text = a.attnum::text AND i.indpred IS NULL) AS can_be_referred_to
    FROM agentchat.tables(enabling) t
        LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = 'id' AND NOT a.attisdropped
),
-- Foreign keys of another name that do the same work.
rivals AS (
    SELECT f.actual, f.conname,
        array_agg(format('ALTER TABLE %s DROP CONSTRAINT %I', f.qualified_name, a.conname)
                  ORDER BY a.conname) AS drops
    FROM foreign_keys f
        JOIN targets target ON target.model = f.confrelid
        JOIN pg_constraint a ON a.conrelid = f.actual AND a.contype = 'f' AND a.confrelid = target.actual
            AND a.conname <> f.conname
    WHERE f.columns = ARRAY(SELECT k.attname
                            FROM unnest(a.conkey) WITH ORDINALITY u (attnum, n)
                                JOIN pg_attribute k ON k.attrelid = a.conrelid AND k.attnum = u.attnum
                            ORDER BY u.n)
    GROUP BY f.actual, f.conname
)
SELECT 60, f.name,
    CASE WHEN f.present AND f.same THEN CASE WHEN r.drops IS NULL THEN 'not validated' ELSE 'exists twice' END
         WHEN f.present OR r.drops IS NOT NULL THEN 'has a different definition' ELSE 'missing' END,
    CASE WHEN target.can_be_referred_to THEN s.replace END,
    CASE WHEN NOT target.can_be_referred_to THEN s.replace END
        || CASE WHEN s.validate THEN
               ARRAY[format('ALTER TABLE %s VALIDATE CONSTRAINT %s', f.qualified_name, f.quoted)] END,
    CASE WHEN f.countable AND s.validate THEN
        format('SELECT (SELECT count(*) FROM %s t WHERE t.%s IS NOT NULL', f.qualified_name, f.quoted_column)
        || CASE WHEN target.has_id THEN format(' AND NOT EXISTS (SELECT FROM %s r WHERE r.id = t.%s)',
                                               target.qualified_name, f.quoted_column) ELSE '' END || ')'
        -- The rows that keep the referenced table from getting its primary key.
        || CASE WHEN target.has_id AND NOT target.can_be_referred_to THEN
               format(' + (%s)', agentchat.duplicates_query(target.qualified_name, 'id', true))
           ELSE '' END END,
    true, f.model, 0
FROM foreign_keys f
    JOIN targets target ON target.model = f.confrelid
    LEFT JOIN rivals r ON r.actual = f.actual AND r.conname = f.conname
    CROSS JOIN LATERAL (
        SELECT f.actual IS NOT NULL AND NOT (f.present AND f.same AND f.convalidated) AS validate,
            coalesce(r.drops, '{}')
            || CASE WHEN f.present AND NOT f.same THEN
                   ARRAY[format('ALTER TABLE %s DROP CONSTRAINT %s', f.qualified_name, f.quoted)] END
            || CASE WHEN NOT (f.present AND f.same) THEN
                   ARRAY[format('ALTER TABLE %s ADD CONSTRAINT %s %s%s', f.qualified_name, f.quoted,
                                f.definition, CASE WHEN f.actual IS NOT NULL THEN ' NOT VALID' END)]
               END AS replace) s
WHERE NOT (f.present AND f.same AND f.convalidated AND r.drops IS NULL)
$function$;

-- trigger_differences() compares the triggers. Those that a feature has on one of the nine tables count only
-- while the feature is on or is switched on.
CREATE FUNCTION agentchat.trigger_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 90, format('trigger %s of %s', t.quoted, t.qualified_name),
    CASE WHEN NOT t.present THEN 'missing'
         WHEN t.actual_definition <> t.definition THEN 'has a different definition' ELSE 'disabled' END,
    CASE WHEN t.present AND t.actual_definition = t.definition THEN
        ARRAY[format('ALTER TABLE %s ENABLE TRIGGER %s', t.qualified_name, t.quoted)]
    ELSE
        array_remove(ARRAY[
            CASE WHEN t.present THEN format('DROP TRIGGER %s ON %s', t.quoted, t.qualified_name) END,
            t.definition], NULL)
    END,
    NULL::text[], NULL::text, true, t.model, 0
FROM (
    SELECT t.model, t.qualified_name, quote_ident(m.tgname) AS quoted,
        replace(pg_get_triggerdef(m.oid), 'agentchat.blueprint_', t.prefix) AS definition, m.tgenabled,
        a.oid IS NOT NULL AS present, pg_get_triggerdef(a.oid) AS actual_definition,
        a.tgenabled AS actual_enabled
    FROM agentchat.tables(enabling) t
        JOIN pg_trigger m ON m.tgrelid = t.model AND NOT m.tgisinternal
        LEFT JOIN pg_trigger a ON a.tgrelid = t.actual AND a.tgname = m.tgname AND NOT a.tgisinternal
        LEFT JOIN agentchat.feature_catalog() f ON m.tgname = ANY (f.triggers)
    WHERE f.feature IS NULL OR f.feature = enabling OR agentchat.feature_is_on(f.feature)
) t
WHERE NOT t.present OR t.actual_definition <> t.definition OR t.actual_enabled <> t.tgenabled
$function$;

-- search_index_differences() tells that the index of the feature search may lack messages, because one of
-- the triggers that note them is missing or disabled, or because a table of the index is missing.
CREATE FUNCTION agentchat.search_index_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 140, 'index of messages', 'may lack messages', ARRAY['SELECT agentchat.index_messages()'],
    NULL::text[], NULL::text, true, 'agentchat.blueprint_search_segments'::regclass, 0
WHERE EXISTS (SELECT FROM agentchat.trigger_differences(enabling) d
                  JOIN agentchat.feature_catalog() f ON f.feature = 'search'
                      AND split_part(d.object, ' ', 2) = ANY (f.triggers))
   OR EXISTS (SELECT FROM agentchat.tables(enabling) t WHERE t.feature = 'search' AND t.actual IS NULL)
$function$;

-- policy_differences() compares the policies, and finds tables whose row-level security is off.
CREATE FUNCTION agentchat.policy_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.* FROM agentchat.tables(enabling) t
)
SELECT 92, format('policy %s of %s', p.quoted, p.qualified_name),
    CASE WHEN p.present THEN 'has a different definition' ELSE 'missing' END,
    array_remove(ARRAY[
        CASE WHEN p.present THEN format('DROP POLICY %s ON %s', p.quoted, p.qualified_name) END,
        concat_ws(' ', format('CREATE POLICY %s ON %s FOR %s', p.quoted, p.qualified_name,
                              CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT'
                                  WHEN 'w' THEN 'UPDATE' ELSE 'DELETE' END),
                  'USING (' || p.using || ')', 'WITH CHECK (' || p.with_check || ')')], NULL),
    NULL::text[], NULL::text, true, p.model, 0
FROM (
    SELECT t.model, t.qualified_name, quote_ident(m.polname) AS quoted, m.polcmd, w.using, w.with_check,
        a.oid IS NOT NULL AS present,
        a.polcmd = m.polcmd AND a.polpermissive AND a.polroles = m.polroles
            AND pg_get_expr(a.polqual, a.polrelid) IS NOT DISTINCT FROM w.using
            AND pg_get_expr(a.polwithcheck, a.polrelid) IS NOT DISTINCT FROM w.with_check AS same
    FROM tables t
        JOIN pg_policy m ON m.polrelid = t.model
        CROSS JOIN LATERAL (SELECT pg_get_expr(m.polqual, m.polrelid) AS using,
                                pg_get_expr(m.polwithcheck, m.polrelid) AS with_check) w
        LEFT JOIN pg_policy a ON a.polrelid = t.actual AND a.polname = m.polname
) p
WHERE NOT coalesce(p.same, false)

UNION ALL
SELECT 94, 'row-level security of ' || t.qualified_name, 'off',
    ARRAY[format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', t.qualified_name)],
    NULL, NULL, true, t.model, 0
FROM tables t
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.actual AND c.relrowsecurity)
$function$;

-- grant_differences() finds the grants that Supabase's roles lack, if these roles exist.
CREATE FUNCTION agentchat.grant_differences(enabling text) RETURNS TABLE (
    stage integer, object text, problem text, at_once text[], later text[], bad_rows text, essential boolean,
    model regclass, place integer)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH tables AS (
    SELECT t.* FROM agentchat.tables(enabling) t
),
roles AS (
    SELECT t.*, r.oid AS role, r.rolname, quote_ident(r.rolname) AS quoted,
        r.rolname <> 'anon' AS uses_api, r.rolbypassrls OR r.rolsuper AS bypasses_rls
    FROM tables t
        CROSS JOIN pg_roles r
    WHERE r.rolname IN ('anon', 'authenticated', 'service_role')
)
-- Default privileges may have granted more on a new table when it was created. check() reports the grants of
-- the API's roles, too: its remedies must leave nothing to report.
SELECT 96, 'grants on ' || t.qualified_name, 'of a new table',
    ARRAY['REVOKE ALL ON ' || t.qualified_name || ' FROM PUBLIC']
        || ARRAY(SELECT format('REVOKE ALL ON %s FROM %s', r.qualified_name, r.quoted) FROM roles r
                 WHERE r.model = t.model ORDER BY r.rolname)
        || ARRAY(SELECT unnest(agentchat.grant_statements(
                     r.bypasses_rls, r.table_name, r.qualified_name, r.quoted))
                 FROM roles r WHERE r.model = t.model AND r.uses_api ORDER BY r.rolname),
    NULL::text[], NULL::text, EXISTS (SELECT FROM roles r WHERE r.model = t.model AND r.uses_api), t.model, 0
FROM tables t
WHERE t.actual IS NULL

UNION ALL
-- A role's existing grants on a table may be there for a reason: only a role without any gets grants. Without
-- grants the API does not work; pg_dump -x leaves them out.
SELECT 98, 'grants on ' || r.qualified_name, r.quoted || ' has none',
    agentchat.grant_statements(r.bypasses_rls, r.table_name, r.qualified_name, r.quoted),
    NULL, NULL, true, r.model, 0
FROM roles r
WHERE r.uses_api AND r.actual IS NOT NULL
  AND EXISTS (SELECT FROM agentchat.api_privileges(r.bypasses_rls) p WHERE p.table_name = r.table_name)
  AND NOT EXISTS (
      SELECT FROM pg_class c
          CROSS JOIN LATERAL (SELECT c.relacl AS acl UNION ALL
                              SELECT l.attacl FROM pg_attribute l WHERE l.attrelid = c.oid) g
          CROSS JOIN LATERAL aclexplode(g.acl) a
      WHERE c.oid = r.actual AND a.grantee = r.role)
  AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = r.actual AND c.relowner = r.role)
$function$;

-- differences() returns a row for each difference between the user's tables and the blueprint, and how to
-- remove it, or only those of the tables of the feature to be switched on (enabling):
--   object      the object, in words
--   problem     what is wrong with it
--   at_once     statements that correct it with catalog work alone, under locks that last milliseconds
--   later       statements that correct it but take long on large tables, each for its own transaction
--   bad_rows    a query that counts the rows that prevent this
--   essential   whether anything depends on it (comments, compression and storage are for convenience)
-- The rows are in the order in which the statements must run, which is that of their stages. The statements
-- that create a missing table and all that belongs to it are in at_once.
--
-- The parts are functions because views do not have a search_path, which determines how
-- pg_get_constraintdef() and the like write names; because pg_upgrade copies the definitions of views, and
-- fails if a catalog has changed; and because PostgreSQL would plan the views as one large query, which takes
-- longer than running it.
--
-- JIT compilation would take seconds; the queries run for a few hundredths of one.
CREATE FUNCTION agentchat.differences(
    enabling text DEFAULT NULL, OUT stage integer, OUT object text, OUT problem text, OUT at_once text[],
    OUT later text[], OUT bad_rows text, OUT essential boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET jit = off
    AS $function$
SELECT d.stage, d.object, d.problem, coalesce(d.at_once, '{}'), coalesce(d.later, '{}'),
    d.bad_rows, d.essential
FROM (
    SELECT * FROM agentchat.table_differences(enabling)
    UNION ALL SELECT * FROM agentchat.column_differences(enabling)
    UNION ALL SELECT * FROM agentchat.check_differences(enabling)
    UNION ALL SELECT * FROM agentchat.key_differences(enabling)
    UNION ALL SELECT * FROM agentchat.foreign_key_differences(enabling)
    UNION ALL SELECT * FROM agentchat.index_differences(enabling)
    UNION ALL SELECT * FROM agentchat.trigger_differences(enabling)
    UNION ALL SELECT * FROM agentchat.policy_differences(enabling)
    UNION ALL SELECT * FROM agentchat.grant_differences(enabling)
    UNION ALL SELECT * FROM agentchat.search_index_differences(enabling)
) d
WHERE enabling IS NULL
   OR d.model IN (SELECT t.model FROM agentchat.tables(enabling) t WHERE t.feature = enabling)
   OR EXISTS (SELECT FROM agentchat.feature_catalog() f CROSS JOIN unnest(f.triggers) g (name)
              WHERE f.feature = enabling AND starts_with(d.object, format('trigger %s of ', g.name)))
ORDER BY d.stage, d.model::oid, d.place, d.object
$function$;

-- Optional features: more tables beside the nine, which the owner switches on.

-- feature_tables() returns the tables of a feature that exist, and whether they are the feature's. A table of
-- the user's own may have the same name: it lacks a column or a foreign key of the blueprint.
CREATE FUNCTION agentchat.feature_tables(
    of_feature text, OUT actual regclass, OUT table_name text, OUT qualified_name text, OUT is_own boolean
) RETURNS SETOF record
    LANGUAGE sql STABLE ROWS 2 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT t.actual, t.table_name, t.qualified_name,
    NOT agentchat.feature_is_on(of_feature)
    AND (c.relkind <> 'r'
         OR EXISTS (SELECT FROM pg_attribute m
                    WHERE m.attrelid = t.model AND m.attnum > 0 AND NOT m.attisdropped
                      AND NOT EXISTS (SELECT FROM pg_attribute a
                                      WHERE a.attrelid = t.actual AND a.attname = m.attname AND a.attnum > 0))
         OR EXISTS (SELECT FROM pg_constraint m
                    WHERE m.conrelid = t.model AND m.contype = 'f'
                      AND NOT EXISTS (SELECT FROM pg_constraint a
                                      WHERE a.conrelid = t.actual AND a.conname = m.conname
                                        AND a.contype = 'f')))
FROM agentchat.tables(of_feature) t
    JOIN pg_class c ON c.oid = t.actual
WHERE t.feature = of_feature
ORDER BY t.model::oid
$function$;

-- tables_of_features() returns the names of the existing tables of all features, whether on or off, that hold
-- data of users.
CREATE FUNCTION agentchat.tables_of_features() RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT ARRAY(SELECT t.table_name
             FROM agentchat.feature_catalog() f CROSS JOIN LATERAL agentchat.feature_tables(f.feature) t
             WHERE NOT t.is_own AND NOT f.is_derived)
$function$;

-- features() returns the features, whether they are on, and those of their tables that exist.
CREATE FUNCTION agentchat.features()
    RETURNS TABLE (feature text, state text, tables text[], description text)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT f.feature, CASE WHEN agentchat.feature_is_on(f.feature) THEN 'on' ELSE 'off' END,
    ARRAY(SELECT t.qualified_name FROM agentchat.feature_tables(f.feature) t WHERE NOT t.is_own),
    f.description
FROM agentchat.feature_catalog() f
$function$;

GRANT EXECUTE ON FUNCTION agentchat.features() TO PUBLIC;

COMMENT ON FUNCTION agentchat.features() IS
'Returns the optional features: the name, the state (on or off), the tables of the feature that exist, and '
'what it is for. agentchat.enable() switches a feature on, agentchat.disable() off.';

-- require_feature_name() refuses an argument that names no feature.
CREATE FUNCTION agentchat.require_feature_name(feature text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    hint CONSTANT text := (SELECT format('The features are: %s.', string_agg(f.feature, ', '))
                           FROM agentchat.feature_catalog() f);
BEGIN
    IF feature IS NULL THEN
        RAISE EXCEPTION 'feature is NULL' USING ERRCODE = 'null_value_not_allowed', HINT = hint;
    END IF;
    IF NOT EXISTS (SELECT FROM agentchat.feature_catalog() f WHERE f.feature = $1) THEN
        RAISE EXCEPTION 'unknown feature'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = format('agentchat has no feature "%s".', feature),
                  HINT = hint;
    END IF;
END
$function$;

-- enable() makes the tables of a feature, or brings back what they lack.
CREATE FUNCTION agentchat.enable(feature text)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    PERFORM agentchat.require_feature_name(feature);
    PERFORM agentchat.require_owner('enable features');

    SELECT string_agg(t.qualified_name, ', ') INTO others FROM agentchat.tables() t WHERE t.actual IS NULL;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'the tables of agentchat are not complete'
            USING ERRCODE = 'undefined_table',
                  DETAIL = format('Missing: %s.', others),
                  HINT = 'Run as the owner of the tables: SELECT * FROM agentchat.adopt();';
    END IF;

    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.feature_tables(feature) t
    WHERE t.is_own;
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'a relation with a name that the feature needs already exists'
            USING ERRCODE = 'duplicate_table',
                  DETAIL = format('These are not the tables of the feature: %s.', others),
                  HINT = 'Rename it, or install agentchat into a separate schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    PERFORM agentchat.require_owner('enable features', feature);
    RETURN QUERY SELECT * FROM agentchat.adopt_tables(true, feature);
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.enable(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.enable(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.enable(text) IS
'Switches a feature on: makes its tables, or puts back their triggers, policies and whatever else they lack. '
'It returns the statements that it has run; a second call returns no row. Errors: 22004 feature is NULL; '
'22023 unknown feature; 42501 not the owner of the tables; 42P01 one of the nine tables is missing; 42P07 a '
'relation of yours has the name of one of the tables; 42804 columns of other types.';

-- disable() drops the triggers and policies of a feature.
CREATE FUNCTION agentchat.disable(feature text) RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_feature_name(feature);
    PERFORM agentchat.require_owner('disable features');

    -- enable() and adopt() of another session end before. Otherwise their triggers could appear between the
    -- two loops, and the second one would lock tables in its own order.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    -- In the order in which an application locks them, as adopt_tables() does.
    FOR statement IN
        SELECT format('LOCK TABLE %s IN ACCESS EXCLUSIVE MODE', t.qualified_name)
        FROM agentchat.tables() t
        WHERE t.actual IS NOT NULL
          AND EXISTS (SELECT FROM agentchat.detachments($1) d
                      WHERE right(d.object, length(t.qualified_name) + 4) = ' of ' || t.qualified_name)
        ORDER BY agentchat.lock_order(t.model, t.feature) DESC, t.model::oid DESC
    LOOP
        EXECUTE statement;
    END LOOP;

    FOR object, statement IN SELECT d.object, d.statement FROM agentchat.detachments(feature) d LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.disable(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.disable(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.disable(text) IS
'Switches a feature off: drops the triggers and policies of its tables, and returns these statements. The '
'tables and their rows stay; row-level security stays enabled, and hides the rows from users. '
'agentchat.enable() switches the feature on again. Errors: 22004 feature is NULL; 22023 unknown feature; '
'42501 not the owner of the tables.';

-- require_owner() refuses callers who do not own the existing tables: their DDL would fail half-way. It also
-- refuses a superuser unless the owner is a superuser, too: planning a query on a table runs the functions in
-- its indexes and statistics with the caller's rights.
CREATE FUNCTION agentchat.require_owner(action text, enabling text DEFAULT NULL) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    others text;
BEGIN
    SELECT string_agg(t.qualified_name, ', ') INTO others
    FROM agentchat.tables(enabling) t JOIN pg_class c ON c.oid = t.actual
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
       OR (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user)
           AND NOT (SELECT r.rolsuper FROM pg_roles r WHERE r.oid = c.relowner);
    IF others IS NOT NULL THEN
        RAISE EXCEPTION 'only the owner of the tables may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The role %I does not own %s.', current_user, others),
                  HINT = 'Connect as their owner, or use SET ROLE. '
                         'A superuser''s rights are not used on tables of other roles.';
    END IF;
END
$function$;

-- lock_order() returns a number that is higher the earlier an application locks the table: before those that
-- it refers to, which are older in the blueprint. Triggers of messages and conversations write to the tables
-- of the feature search, which refer to the user.
CREATE FUNCTION agentchat.lock_order(model regclass, feature text) RETURNS oid
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT CASE WHEN feature = 'search' THEN 'agentchat.blueprint_users'::regclass ELSE model END::oid
$function$;

-- adopt_tables() runs the statements of differences(), or returns them.
CREATE FUNCTION agentchat.adopt_tables(build boolean, enabling text)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    wrong text;
    differences jsonb[];
    difference jsonb;
    counts bigint[] := ARRAY[]::bigint[];
    owner name;
    changed boolean := false;
BEGIN
    -- A second session waits here, and then finds nothing left to do.
    PERFORM pg_advisory_xact_lock('agentchat.adopt(boolean)'::regprocedure::oid::bigint);

    differences := ARRAY(SELECT to_jsonb(d) FROM agentchat.differences(enabling) d);

    SELECT string_agg(format('%s %s', d ->> 'object', d ->> 'problem'), '; ') INTO wrong
    FROM unnest(differences) d
    WHERE d -> 'stage' = '0';
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the tables do not match those of agentchat'
            USING ERRCODE = 'datatype_mismatch',
                  DETAIL = format('%s.', wrong),
                  HINT = 'Change the types, rename the tables, or install into another schema: '
                         'CREATE SCHEMA chat; CREATE EXTENSION agentchat SCHEMA chat;';
    END IF;

    -- Queries that read whole tables come first, before any lock that blocks other sessions. The rest is
    -- short, because its locks last until the transaction ends.
    FOR i IN 1 .. cardinality(differences) LOOP
        IF differences[i] ->> 'bad_rows' IS NOT NULL THEN
            EXECUTE differences[i] ->> 'bad_rows' INTO bad_rows;
            counts[i] := bad_rows;
        END IF;
    END LOOP;

    -- New tables get the owner of the others.
    SELECT pg_get_userbyid(c.relowner) INTO owner
    FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual
    LIMIT 1;

    -- An application that writes a row locks the table first, then the tables that it refers to. Locks in
    -- another order could deadlock with it. These are the strongest locks of any statement here. One of the
    -- nine tables only gets triggers of the feature: it can be read meanwhile.
    IF EXISTS (SELECT FROM unnest(differences) d WHERE d -> 'at_once' <> '[]') THEN
        FOR statement IN
            SELECT format('LOCK TABLE %s IN %s MODE', t.qualified_name,
                          CASE WHEN enabling IS NULL OR t.feature = enabling THEN 'ACCESS EXCLUSIVE'
                               ELSE 'SHARE ROW EXCLUSIVE' END)
            FROM agentchat.tables(enabling) t
            WHERE t.actual IS NOT NULL
              AND (enabling IS NULL OR t.feature = enabling
                   OR EXISTS (SELECT FROM pg_trigger m JOIN agentchat.feature_catalog() f
                                  ON f.feature = enabling AND m.tgname = ANY (f.triggers)
                              WHERE m.tgrelid = t.model))
            ORDER BY agentchat.lock_order(t.model, t.feature) DESC, t.model::oid DESC
        LOOP
            EXECUTE statement;
        END LOOP;
    END IF;

    FOR i IN 1 .. cardinality(differences) LOOP
        difference := differences[i];
        object := difference ->> 'object';
        bad_rows := counts[i];

        IF difference -> 'at_once' <> '[]' THEN
            FOR statement IN SELECT jsonb_array_elements_text(difference -> 'at_once') LOOP
                EXECUTE statement;
                outcome := 'done';
                changed := true;
                RETURN NEXT;
            END LOOP;
            IF (difference ->> 'stage')::integer = 10 AND owner IS NOT NULL AND owner <> current_user THEN
                EXECUTE format('ALTER %s OWNER TO %I', object, owner);
            END IF;
        END IF;

        FOR statement IN SELECT jsonb_array_elements_text(difference -> 'later') LOOP
            IF counts[i] > 0 THEN
                outcome := 'to do after the bad rows are fixed';
            ELSIF build THEN
                statement := regexp_replace(statement, ' INDEX CONCURRENTLY ', ' INDEX ');
                EXECUTE statement;
                outcome := 'done';
            ELSE
                outcome := 'to do';
            END IF;
            changed := changed OR outcome = 'done';
            RETURN NEXT;
        END LOOP;
    END LOOP;

    -- The install script ends the same way.
    IF changed THEN
        NOTIFY pgrst, 'reload schema';
    END IF;
END
$function$;

-- adopt() brings the nine tables, and those of the features that are on, to the state of this version.
CREATE FUNCTION agentchat.adopt(build boolean DEFAULT false)
    RETURNS TABLE (object text, outcome text, bad_rows bigint, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    sleeping record;
BEGIN
    PERFORM agentchat.require_owner('adopt them');
    RETURN QUERY SELECT * FROM agentchat.adopt_tables(build, NULL);

    -- A restore or DROP EXTENSION may have left the tables of a feature without its triggers and policies.
    FOR sleeping IN
        SELECT f.feature, array_to_string(f.tables, ', ') AS tables
        FROM agentchat.features() f
        WHERE f.state = 'off' AND f.tables <> '{}'
    LOOP
        RAISE NOTICE 'the feature % is off', sleeping.feature
            USING DETAIL = format('agentchat.adopt() did not look at its tables: %s.', sleeping.tables),
                  HINT = format('To switch it on, run: SELECT * FROM agentchat.enable(%L);',
                                sleeping.feature);
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.adopt(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.adopt(boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.adopt(boolean) IS
'Brings the tables to the full state of this version. It runs the statements that need only catalog work. It '
'returns those that take long, to be run one by one outside a transaction; with build => true it runs them, '
'too, and blocks the tables meanwhile. It counts the rows that break a rule and does not change them. A '
'second call does nothing. Errors: 42501 not the owner of the tables; 42804 columns of other types, or a '
'relation that is not a table.';

-- detachments() returns the statements that drop triggers and policies: those of all tables that call
-- functions of agentchat, or those of one feature that have a name of the blueprint.
CREATE FUNCTION agentchat.detachments(of_feature text, OUT object text, OUT statement text)
    RETURNS SETOF record
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH functions AS (
    SELECT f.oid FROM agentchat.own_functions() f (oid)
)
SELECT format('%s %I of %s', u.kind, u.name, t.qualified_name),
    format('DROP %s %I ON %s', upper(u.kind), u.name, t.qualified_name)
FROM agentchat.tables() t
    CROSS JOIN LATERAL (
        SELECT 'trigger' AS kind, g.tgname AS name
        FROM pg_trigger g
        WHERE g.tgrelid = t.actual AND NOT g.tgisinternal
          AND CASE WHEN of_feature IS NULL THEN g.tgfoid IN (SELECT f.oid FROM functions f)
              WHEN t.feature = of_feature THEN
                  EXISTS (SELECT FROM pg_trigger m WHERE m.tgrelid = t.model AND m.tgname = g.tgname)
              ELSE EXISTS (SELECT FROM agentchat.feature_catalog() f
                           WHERE f.feature = of_feature AND g.tgname = ANY (f.triggers)) END
        UNION ALL
        SELECT 'policy', p.polname
        FROM pg_policy p
        WHERE p.polrelid = t.actual
          AND CASE WHEN of_feature IS NULL THEN EXISTS (
                  SELECT FROM pg_depend d JOIN functions f ON d.refobjid = f.oid
                  WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid
                    AND d.refclassid = 'pg_proc'::regclass)
              ELSE t.feature = of_feature AND EXISTS (
                  SELECT FROM pg_policy m WHERE m.polrelid = t.model AND m.polname = p.polname) END
        ) u
ORDER BY t.model::oid, u.kind DESC, u.name
$function$;

-- detach() drops the triggers and policies that call functions of agentchat.
CREATE FUNCTION agentchat.detach()
    RETURNS TABLE (object text, statement text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    PERFORM agentchat.require_owner('detach them');
    FOR object, statement IN SELECT d.object, d.statement FROM agentchat.detachments(NULL) d LOOP
        EXECUTE statement;
        RETURN NEXT;
    END LOOP;

    -- The trigger of agentchat.link_supabase_auth() is on a table of another role. Supabase lets the role
    -- postgres drop triggers of auth.users without owning it. Only an attempt shows whether this is allowed.
    IF (SELECT t.present FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        statement := 'DROP TRIGGER agentchat_sync_user ON auth.users';
        BEGIN
            EXECUTE statement;
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE EXCEPTION 'trigger agentchat_sync_user of auth.users must be dropped first'
                USING ERRCODE = 'insufficient_privilege',
                      DETAIL = format('The role %I may not drop it: %s.', current_user, SQLERRM),
                      HINT = format('Run as the owner of auth.users: %s;', statement);
        END;
        RETURN NEXT;
    END IF;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.detach() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.detach() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.detach() IS
'Drops the triggers and policies that depend on the extension. DROP EXTENSION agentchat then works without '
'CASCADE. No row changes. agentchat.adopt() puts them back, except triggers of your own that call functions '
'of the extension; agentchat.link_supabase_auth() puts back the trigger of auth.users. Errors: 42501 not the '
'owner of the tables, or not allowed to drop the trigger of auth.users.';

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

-- is_missing_tool() returns a condition in SQL: the element e.tool of a definition's tools names no tool. NOT
-- IN hashes the tools once. NOT EXISTS would look for each element among them.
CREATE FUNCTION agentchat.is_missing_tool() RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format(
    '(jsonb_typeof(e.tool) <> ''string'' OR e.tool #>> ''{}'' NOT IN '
    '(SELECT t.name FROM %1$sagent_tools t WHERE t.name IS NOT NULL) '
    'AND lower(translate(e.tool #>> ''{}'', ''{-}'', '''')) NOT IN '
    '(SELECT replace(t.id::text, ''-'', '''') FROM %1$sagent_tools t WHERE t.id IS NOT NULL))',
    agentchat.tables_prefix())
$function$;

-- names_missing_tool() returns a condition in SQL: the definition of that alias names a tool that is missing.
CREATE FUNCTION agentchat.names_missing_tool(definition text) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('EXISTS (SELECT FROM jsonb_array_elements('
              'CASE jsonb_typeof(%1$I.tools) WHEN ''array'' THEN %1$I.tools END) e (tool) WHERE %2$s)',
              definition, agentchat.is_missing_tool())
$function$;

-- check() returns what is wrong with the tables and their rows, and how to correct it.
CREATE FUNCTION agentchat.check()
    RETURNS TABLE (object text, problem text, bad_rows bigint, remedy text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    found record;
    -- The stage of the worst difference: 0 for a relation of another kind or type, which no query may read;
    -- up to 20 for a missing table or column.
    worst integer;
    prefix CONSTANT text := agentchat.tables_prefix();
BEGIN
    PERFORM agentchat.require_owner('check them');

    -- Differences from the blueprint.
    FOR found IN SELECT d.* FROM agentchat.differences() d WHERE d.essential LOOP
        worst := least(worst, found.stage);
        EXIT WHEN worst = 0 AND found.stage > 0;
        object := found.object;
        problem := found.problem;
        bad_rows := NULL;
        IF found.bad_rows IS NOT NULL THEN
            EXECUTE found.bad_rows INTO bad_rows;
        END IF;
        remedy := CASE
            WHEN found.stage = 0 THEN 'Change it back, or rename it and run agentchat.adopt().'
            WHEN bad_rows > 0 THEN 'Fix or delete the bad rows, then: '
                || array_to_string(found.at_once || found.later, '; ')
            ELSE array_to_string(found.at_once || found.later, '; ') END;
        RETURN NEXT;
    END LOOP;

    -- A missing trigger is not a fault: whether it ever existed is not known.
    IF (SELECT t.present AND NOT t.good FROM agentchat.auth_trigger() t) THEN
        object := 'trigger agentchat_sync_user of auth.users';
        problem := 'disabled, or has a different definition';
        bad_rows := NULL;
        remedy := 'SELECT * FROM agentchat.link_supabase_auth()';
        RETURN NEXT;
    END IF;

    -- Rows that refer to nothing in spite of a foreign key. They were written with session_replication_role
    -- set to replica, or with triggers disabled.
    FOR found IN
        SELECT t.qualified_name, a.attname, target.qualified_name AS target, m.confdeltype
        FROM agentchat.tables() t
            JOIN pg_constraint m ON m.conrelid = t.model AND m.contype = 'f'
            JOIN pg_constraint c ON c.conrelid = t.actual AND c.contype = 'f' AND c.conname = m.conname
                AND c.convalidated
            JOIN agentchat.tables() target ON target.actual = c.confrelid AND target.model = m.confrelid
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE worst IS DISTINCT FROM 0
        ORDER BY t.model::oid, a.attname
    LOOP
        EXECUTE format('SELECT count(*) FROM %1$s t WHERE t.%2$I IS NOT NULL '
                       'AND NOT EXISTS (SELECT FROM %3$s r WHERE r.id = t.%2$I)',
                       found.qualified_name, found.attname, found.target) INTO bad_rows;
        CONTINUE WHEN bad_rows = 0;
        object := format('column %I of %s', found.attname, found.qualified_name);
        problem := format('refers to missing rows of %s', found.target);
        remedy := format(CASE found.confdeltype
                WHEN 'n' THEN
                    'Restore the missing rows, or clear the references: UPDATE %1$s t SET %2$I = NULL'
                ELSE 'Restore the missing rows, or delete those that refer to them: DELETE FROM %1$s t' END
            || ' WHERE t.%2$I IS NOT NULL AND NOT EXISTS (SELECT FROM %3$s r WHERE r.id = t.%2$I)',
            found.qualified_name, found.attname, found.target);
        RETURN NEXT;
    END LOOP;

    -- Definitions that name missing tools: they are older than the rule, or agent_tools was truncated. A uuid
    -- may be written in several ways, as for agentchat.protect_tool().
    EXECUTE CASE WHEN worst <= 20 THEN 'SELECT 0' ELSE format(
        'SELECT count(*) FROM %sagent_definitions d WHERE %s', prefix, agentchat.names_missing_tool('d')) END
        INTO bad_rows;
    IF bad_rows > 0 THEN
        object := format('column tools of %sagent_definitions', prefix);
        problem := format('names tools that are missing from %sagent_tools', prefix);
        remedy := format('Insert the missing tools, or take them out of the definitions: '
            'UPDATE %sagent_definitions d '
            'SET tools = (SELECT coalesce(jsonb_agg(e.tool ORDER BY e.place), ''[]'') '
            'FROM jsonb_array_elements(d.tools) WITH ORDINALITY e (tool, place) WHERE NOT %s) WHERE %s',
            prefix, agentchat.is_missing_tool(), agentchat.names_missing_tool('d'));
        RETURN NEXT;
    END IF;

    -- Tools with schemas by which no input can be checked: they are older than the rule.
    EXECUTE CASE WHEN worst <= 20 THEN 'SELECT 0' ELSE format(
        'SELECT count(*) FROM %sagent_tools t WHERE agentchat.json_schema_error(t.schema) IS NOT NULL',
        prefix) END INTO bad_rows;
    IF bad_rows > 0 THEN
        object := format('column schema of %sagent_tools', prefix);
        problem := 'is not a valid JSON Schema';
        remedy := format('Correct the schemas. This query lists them with their faults: '
            'SELECT t.name, agentchat.json_schema_error(t.schema) FROM %sagent_tools t '
            'WHERE agentchat.json_schema_error(t.schema) IS NOT NULL', prefix);
        RETURN NEXT;
    END IF;

    -- More agents than the subscription allows: a restore brought them back, or the limit was lowered.
    FOR found IN EXECUTE CASE WHEN worst <= 20 THEN 'SELECT WHERE false' ELSE format(
        $query$
        SELECT u.id, u.used, u.agent_limit
        FROM (SELECT i.user_id AS id, count(*) AS used,
                  coalesce((SELECT max(CASE s.agent_limit WHEN -1 THEN 2147483647 ELSE s.agent_limit END)
                            FROM %1$ssubscriptions s WHERE s.user_id = i.user_id AND s.is_active),
                           agentchat.default_agent_limit()) AS agent_limit
              FROM %1$sagent_instances i
              WHERE i.status <> 'archived'
              GROUP BY i.user_id) u
        WHERE u.used > u.agent_limit AND u.agent_limit <> -1
        ORDER BY u.id
        $query$, prefix) END
    LOOP
        object := format('user %s', found.id);
        problem := format('has %s agents, the limit is %s', found.used, found.agent_limit);
        bad_rows := found.used - greatest(found.agent_limit, 0);
        remedy := format('Raise agent_limit of the user''s subscription, or archive agents: '
                         'UPDATE %sagent_instances SET status = ''archived'' WHERE id = ...', prefix);
        RETURN NEXT;
    END LOOP;

    -- Grants that bypass row-level security, let in users who are not signed in, or are more than users need.
    FOR found IN
        SELECT t.qualified_name, t.table_name, r.rolname,
            coalesce(quote_ident(r.rolname), 'PUBLIC') AS grantee,
            string_agg(DISTINCT a.privilege_type, ', ' ORDER BY a.privilege_type) AS privileges,
            bool_or(a.is_grantable) AS is_grantable
        FROM agentchat.tables() t
            JOIN pg_class c ON c.oid = t.actual
            -- Grants on the table and on columns: REVOKE on the table revokes both.
            CROSS JOIN LATERAL (SELECT c.relacl AS acl, NULL::name AS column_name UNION ALL
                                SELECT l.attacl, l.attname FROM pg_attribute l WHERE l.attrelid = t.actual) g
            CROSS JOIN LATERAL aclexplode(g.acl) a
            LEFT JOIN pg_roles r ON r.oid = a.grantee
        WHERE a.grantee <> c.relowner
          AND (a.grantee = 0 OR r.rolname = 'anon'
               OR r.rolname = 'authenticated' AND NOT EXISTS (
                   SELECT FROM agentchat.api_privileges(false) p
                   WHERE p.table_name = t.table_name AND p.privilege = a.privilege_type
                     AND (p.column_name IS NULL OR p.column_name = g.column_name)))
        GROUP BY t.model, t.qualified_name, t.table_name, r.rolname
        ORDER BY t.model::oid, grantee
    LOOP
        object := format('grants on %s', found.qualified_name);
        problem := format('%s has %s', found.grantee, found.privileges);
        bad_rows := NULL;
        remedy := array_to_string(
            ARRAY[format('REVOKE %s ON %s FROM %s%s', found.privileges, found.qualified_name, found.grantee,
                         CASE WHEN found.is_grantable THEN ' CASCADE' ELSE '' END)]
            -- REVOKE on the table has also revoked those on its columns.
            || CASE WHEN found.rolname = 'authenticated' THEN
                   agentchat.grant_statements(false, found.table_name, found.qualified_name, found.grantee)
               END, '; ');
        RETURN NEXT;
    END LOOP;

    -- With this setting every session of the role or database looks like the restore of a dump.
    FOR found IN
        SELECT CASE WHEN r.rolname IS NULL AND d.datname IS NULL THEN 'ROLE ALL'
                   ELSE concat_ws(' IN ', 'ROLE ' || quote_ident(r.rolname),
                                  'DATABASE ' || quote_ident(d.datname))
               END AS whose
        FROM pg_db_role_setting s
            LEFT JOIN pg_roles r ON r.oid = s.setrole
            LEFT JOIN pg_database d ON d.oid = s.setdatabase
        WHERE (s.setdatabase = 0 OR d.datname = current_database())
          AND EXISTS (SELECT FROM unnest(s.setconfig) c
                      WHERE starts_with(c, 'row_security=')
                        AND NOT substr(c, length('row_security=') + 1)::boolean)
        ORDER BY s.setrole, s.setdatabase
    LOOP
        object := format('setting row_security of %s', found.whose);
        problem := 'is off, which makes sessions look like the restore of a dump';
        bad_rows := NULL;
        remedy := format('ALTER %s RESET row_security', found.whose);
        RETURN NEXT;
    END LOOP;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.check() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.check() TO pg_database_owner;

COMMENT ON FUNCTION agentchat.check() IS
'Returns a row for each fault of the tables, with the number of rows concerned and the remedy; no rows if '
'all is well. It reads whole tables, changes nothing, and runs on a standby. Errors: 42501 not the owner of '
'the tables.';

-- change_edition() puts the functions of the other edition in place of those there are.
--
-- It leads through the version sql of the extension, which has no members: its scripts run as superuser and
-- check what they find. The functions keep their OIDs, and no table is touched.
CREATE FUNCTION agentchat.change_edition(target text, OUT edition text, OUT version text)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    present CONSTANT record := agentchat.version();
BEGIN
    IF target IS NULL OR target NOT IN ('extension', 'sql') THEN
        RAISE EXCEPTION 'unknown edition'
            USING ERRCODE = CASE WHEN target IS NULL THEN 'null_value_not_allowed'
                            ELSE 'invalid_parameter_value' END,
                  DETAIL = CASE WHEN target IS NULL THEN 'target is NULL.'
                           ELSE format('There is no edition "%s".', target) END,
                  HINT = 'The editions are extension, in C++, and sql.';
    END IF;
    BEGIN
        IF target = present.edition THEN
            NULL;
        ELSIF target = 'extension' THEN
            EXECUTE format('CREATE EXTENSION agentchat SCHEMA %s VERSION %L',
                           agentchat.tables_schema()::regnamespace, 'sql');
            EXECUTE format('ALTER EXTENSION agentchat UPDATE TO %L', present.version);
        ELSE
            ALTER EXTENSION agentchat UPDATE TO 'sql';
            DROP EXTENSION agentchat;
        END IF;
    EXCEPTION WHEN feature_not_supported OR undefined_file OR invalid_parameter_value THEN
        RAISE EXCEPTION 'the extension agentchat is not on this server, or without the scripts for this'
            USING ERRCODE = 'undefined_file',
                  DETAIL = format('PostgreSQL says: %s', SQLERRM),
                  HINT = 'Install the extension''s files on the server, with node in the PATH: make install';
    END;
    SELECT v.edition, v.version INTO edition, version FROM agentchat.version() v;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.change_edition(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.change_edition(text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.change_edition(text) IS
'Puts the functions of the other edition in place of those there are, and returns version(): target is '
'extension, for functions in C++, or sql, for the same in SQL, with which a dump can be restored where the '
'extension cannot be installed. No table and no row changes; policies, triggers, views and functions of your '
'own stay valid. Errors: 22004 target is NULL; 22023 unknown edition; 58P01 the extension is not on this '
'server, or without the scripts for this; 55000 the feature search is on, tables have several owners, the '
'schema agentchat contains what is not of agentchat, or DROP EXTENSION would drop more than that; 42501 '
'the SQL edition belongs to another role, or not allowed to create extensions.';

-- require_user() refuses an argument that is not the id of a user.
CREATE FUNCTION agentchat.require_user(user_id uuid) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    users CONSTANT text := agentchat.tables_prefix() || 'users';
    is_there boolean;
BEGIN
    IF user_id IS NULL THEN
        RAISE EXCEPTION 'user_id is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the id of the user.';
    END IF;
    EXECUTE format('SELECT EXISTS (SELECT FROM %s u WHERE u.id = $1)', users) INTO is_there USING user_id;
    IF NOT is_there THEN
        RAISE EXCEPTION 'user not found'
            USING ERRCODE = 'PT404',
                  DETAIL = format('No user has the id %s.', user_id),
                  HINT = format('Pass the id of a row in %s.', users);
    END IF;
END
$function$;

-- export_conversation() returns what get_conversation() returns in the format rows, with times that end in Z.
CREATE FUNCTION agentchat.export_conversation(id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 1000
AS $function$
DECLARE
    result pg_catalog.jsonb;
BEGIN
    EXECUTE agentchat.conversation_query('utc', false, false, false) INTO result USING $1;
    RETURN result;
END
$function$;

-- row_with_times() returns the SQL of a row t as jsonb, with times that end in Z.
CREATE FUNCTION agentchat.row_with_times(row_table regclass) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 'to_jsonb(t.*)' || coalesce(' || jsonb_build_object(' || string_agg(format(
    '%1$L, CASE WHEN isfinite(t.%2$I) AND t.%2$I >= ''0001-01-01'' '
    'THEN to_char(t.%2$I, ''YYYY-MM-DD"T"HH24:MI:SS.US"Z"'') ELSE t.%2$I::text END', a.attname, a.attname),
    ', ' ORDER BY a.attnum) || ')', '')
FROM pg_attribute a
WHERE a.attrelid = row_table AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid = 'timestamp'::regtype
$function$;

-- export_user() returns all data of a user. As a STABLE function it reads everything with one snapshot. The
-- texts of values do not depend on the session's settings: import_user() may run with others.
CREATE FUNCTION agentchat.export_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    SET datestyle = 'ISO' SET timezone = 'UTC' SET intervalstyle = 'postgres' SET extra_float_digits = 1
    SET bytea_output = 'hex'
    AS $function$
DECLARE
    prefix CONSTANT text := agentchat.tables_prefix();
    -- The largest size of a jsonb value.
    largest CONSTANT bigint := 268435455;
    sizes text;
    members text;
    size bigint;
    result jsonb;
BEGIN
    PERFORM agentchat.require_owner('export users');
    PERFORM agentchat.require_user(user_id);

    -- The sizes and the values of the members of the result, as SQL. A feature that is off keeps its rows,
    -- too.
    SELECT string_agg(format('(SELECT coalesce(sum(pg_column_size(%s)), 0) FROM %s%I t WHERE %s)',
                             m.document, prefix, m.key, m.condition), ' + ' ORDER BY m.n),
        string_agg(format('%L, ARRAY(SELECT %s FROM %s%I t WHERE %s ORDER BY %s)',
                          m.key, m.document, prefix, m.key, m.condition, m.place), ', ' ORDER BY m.n)
    INTO sizes, members
    FROM (SELECT k.key, k.n,
              CASE k.key WHEN 'conversations' THEN 'agentchat.export_conversation(t.id)'
              ELSE agentchat.row_with_times((prefix || quote_ident(k.key))::regclass) END AS document,
              CASE k.key
                  WHEN 'runs' THEN format('t.conversation_id IN '
                      '(SELECT c.id FROM %sconversations c WHERE c.user_id = $1)', prefix)
                  WHEN 'run_chunks' THEN format('t.run_id IN (SELECT r.id FROM %1$sruns r '
                      'JOIN %1$sconversations c ON c.id = r.conversation_id WHERE c.user_id = $1)', prefix)
                  ELSE 't.user_id = $1' END AS condition,
              CASE k.key WHEN 'runs' THEN 't.started_at, t.id' WHEN 'run_chunks' THEN 't.run_id, t.seq'
              ELSE 't.created_at, t.id' END AS place
          FROM unnest(ARRAY['conversations', 'artifacts', 'agent_definitions', 'agent_instances', 'workflows',
                            'subscriptions'] || agentchat.tables_of_features())
              WITH ORDINALITY k (key, n)) m;

    BEGIN
        -- Building the value takes several times its size in memory, and PostgreSQL would report only at the
        -- end that it is too large. ARRAY() takes half the memory of jsonb_agg().
        EXECUTE format('SELECT %s', sizes) INTO size USING user_id;
        IF size > largest THEN
            RAISE EXCEPTION USING ERRCODE = 'program_limit_exceeded';
        END IF;
        EXECUTE format('SELECT jsonb_build_object('
                       '''user'', (SELECT %s FROM %susers t WHERE t.id = $1), %s)',
                       agentchat.row_with_times((prefix || 'users')::regclass), prefix, members)
            INTO result USING user_id;
    EXCEPTION WHEN program_limit_exceeded THEN
        -- The error is from the lines above, or from PostgreSQL or get_conversation(), to which a single
        -- value was too large.
        RAISE EXCEPTION 'the user''s data is too large for a jsonb value'
            USING ERRCODE = 'program_limit_exceeded',
                  DETAIL = format('The user is %s.', user_id),
                  HINT = format('Export table by table, for example with psql: '
                                '\copy (SELECT to_jsonb(m.*) FROM %1$smessages m '
                                'JOIN %1$sconversations c ON c.id = m.conversation_id '
                                'WHERE c.user_id = %2$L) TO messages.jsonl', prefix, user_id);
    END;
    RETURN result;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.export_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.export_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.export_user(uuid) IS
'Returns all data of a user as one JSON object: user, conversations with their messages, artifacts, '
'agent_definitions, agent_instances, workflows, subscriptions, and the tables of features that exist (runs, '
'run_chunks), each row with all its columns. Times are ISO 8601 in UTC and end in Z. It changes nothing, and '
'runs on a standby. Errors: PT404 user not found; 22004 user_id is NULL; 54000 larger than a jsonb value can '
'be; 42501 not the owner of the tables.';

-- delete_user() erases a user and all data of the user.
--
-- It has no search_path of its own. The triggers of the tables, and those of the tables that DELETE cascades
-- to, run inside the function and expect the caller's search_path. Therefore every name, type and operator is
-- qualified.
--
-- It locks all rows first. Other writers then wait, and nothing deadlocks, because the order is that of an
-- application's statements: each table before those that it refers to (an UPDATE of a message touches its
-- conversation), and the user last. PostgreSQL checks foreign keys in the order of their names, and an
-- INSERT, too, locks a message or a definition before the user. With every row locked that a new row could
-- refer to, nobody can add anything.
CREATE FUNCTION agentchat.delete_user(user_id uuid) RETURNS jsonb
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    -- The conditions on a user's rows and on those that refer to them, and the assignment for a row whose
    -- link changes.
    owned CONSTANT pg_catalog.text := 'user_id OPERATOR(pg_catalog.=) $1';
    said CONSTANT pg_catalog.text := pg_catalog.format(
        'conversation_id OPERATOR(pg_catalog.=) ANY (SELECT c.id FROM %sconversations c WHERE c.%s)',
        prefix, owned);
    of_message CONSTANT pg_catalog.text := pg_catalog.format(
        'message_id OPERATOR(pg_catalog.=) ANY (SELECT m.id FROM %smessages m WHERE m.%s)', prefix, said);
    of_agent CONSTANT pg_catalog.text := pg_catalog.format(
        'agent_instance_id OPERATOR(pg_catalog.=) ANY (SELECT i.id FROM %sagent_instances i WHERE i.%s)',
        prefix, owned);
    used CONSTANT pg_catalog.text := pg_catalog.format(
        'EXISTS (SELECT FROM %sagent_instances i WHERE i.definition_id OPERATOR(pg_catalog.=) t.id)', prefix);
    of_features CONSTANT pg_catalog.text[] := agentchat.tables_of_features();
    of_run CONSTANT pg_catalog.text := pg_catalog.format(
        'run_id OPERATOR(pg_catalog.=) ANY (SELECT r.id FROM %sruns r WHERE r.%s)', prefix, said);
    changed CONSTANT pg_catalog.text :=
        'updated_at = GREATEST(t.updated_at, pg_catalog.timezone(''UTC'', pg_catalog.now()))';
    of_user CONSTANT pg_catalog.text[] := ARRAY[
        pg_catalog.format('artifacts WHERE %s ORDER BY id', owned),
        pg_catalog.format('artifacts WHERE %s ORDER BY id', of_message),
        pg_catalog.format('messages WHERE %s ORDER BY conversation_id, created_at, id', said),
        pg_catalog.format('conversations WHERE %s ORDER BY id', owned)]
        -- finish_run() and a DELETE of the conversation lock it before its runs.
        OPERATOR(pg_catalog.||) CASE WHEN 'runs' OPERATOR(pg_catalog.=) ANY (of_features)
            THEN ARRAY[pg_catalog.format('runs WHERE %s ORDER BY id', said)] END
        OPERATOR(pg_catalog.||) CASE WHEN 'run_chunks' OPERATOR(pg_catalog.=) ANY (of_features)
            THEN ARRAY[pg_catalog.format('run_chunks WHERE %s ORDER BY run_id, seq', of_run)] END
        OPERATOR(pg_catalog.||) ARRAY[
        pg_catalog.format('workflows WHERE %s ORDER BY id', owned),
        pg_catalog.format('workflows WHERE %s ORDER BY id', of_agent),
        pg_catalog.format('agent_instances WHERE %s ORDER BY id', owned),
        pg_catalog.format('agent_definitions WHERE %s ORDER BY id', owned),
        pg_catalog.format('subscriptions WHERE %s ORDER BY id', owned),
        'users WHERE id OPERATOR(pg_catalog.=) $1'];
    rows pg_catalog.text;
    all_locked boolean;
    artifacts bigint;
    messages bigint;
    conversations bigint;
    runs bigint;
    run_chunks bigint;
    workflows bigint;
    agent_instances bigint;
    agent_definitions bigint;
    subscriptions bigint;
    users bigint;
    kept bigint;
    anonymous pg_catalog.uuid;
BEGIN
    PERFORM agentchat.require_owner('delete users');

    -- One call at a time: two users whose rows refer to one another's would lock them in different orders.
    PERFORM pg_catalog.pg_advisory_xact_lock(
        'agentchat.delete_user'::pg_catalog.regproc::pg_catalog.oid::bigint);
    PERFORM agentchat.require_user(user_id);

    LOOP
        BEGIN
            FOREACH rows IN ARRAY of_user LOOP
                EXECUTE pg_catalog.format(
                    'SELECT pg_catalog.count(*) FROM (SELECT FROM %s%s FOR UPDATE) locked', prefix, rows)
                    USING user_id;
            END LOOP;
            -- Rows that were added meanwhile are locked, too, unless somebody holds a lock on them and may be
            -- waiting for ours.
            FOR i IN REVERSE pg_catalog.cardinality(of_user) .. 1 LOOP
                EXECUTE pg_catalog.format(
                    'SELECT (SELECT pg_catalog.count(*) FROM (SELECT FROM %1$s%2$s) found) '
                    'OPERATOR(pg_catalog.=) '
                    '(SELECT pg_catalog.count(*) FROM (SELECT FROM %1$s%2$s FOR UPDATE SKIP LOCKED) locked)',
                    prefix, of_user[i])
                    INTO all_locked USING user_id;
                IF NOT all_locked THEN
                    RAISE EXCEPTION USING ERRCODE = 'AC001';
                END IF;
            END LOOP;
            EXIT;
        EXCEPTION WHEN SQLSTATE 'AC001' THEN
            -- The rollback has released the locks. Try again.
        END;
    END LOOP;

    EXECUTE pg_catalog.format('DELETE FROM %sartifacts WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS artifacts = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %sartifacts t SET message_id = NULL, %s WHERE %s',
                              prefix, changed, of_message)
        USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %smessages WHERE %s', prefix, said) USING user_id;
    GET DIAGNOSTICS messages = ROW_COUNT;
    -- The chunks of a running run are only deleted with the run.
    IF 'run_chunks' OPERATOR(pg_catalog.=) ANY (of_features) THEN
        EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %srun_chunks WHERE %s', prefix, of_run)
            INTO run_chunks USING user_id;
    END IF;
    IF 'runs' OPERATOR(pg_catalog.=) ANY (of_features) THEN
        EXECUTE pg_catalog.format('DELETE FROM %sruns WHERE %s', prefix, said) USING user_id;
        GET DIAGNOSTICS runs = ROW_COUNT;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %sconversations WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS conversations = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %sworkflows WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS workflows = ROW_COUNT;
    EXECUTE pg_catalog.format('UPDATE %sworkflows t SET agent_instance_id = NULL, %s WHERE %s',
                              prefix, changed, of_agent)
        USING user_id;
    EXECUTE pg_catalog.format('DELETE FROM %sagent_instances WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS agent_instances = ROW_COUNT;
    -- Definitions that are still in use have agents of other users: the user's own are deleted.
    EXECUTE pg_catalog.format('DELETE FROM %sagent_definitions t WHERE %s AND NOT %s', prefix, owned, used)
        USING user_id;
    GET DIAGNOSTICS agent_definitions = ROW_COUNT;
    EXECUTE pg_catalog.format('DELETE FROM %ssubscriptions WHERE %s', prefix, owned) USING user_id;
    GET DIAGNOSTICS subscriptions = ROW_COUNT;

    -- The definitions to keep move to a new, anonymous row, and the user's own row is deleted. This also
    -- deletes the rows of other tables that refer to it ON DELETE CASCADE, and the id, by which an account
    -- elsewhere or a log could identify the user.
    EXECUTE pg_catalog.format('SELECT pg_catalog.count(*) FROM %sagent_definitions WHERE %s', prefix, owned)
        INTO kept USING user_id;
    IF kept OPERATOR(pg_catalog.>) 0 THEN
        anonymous := pg_catalog.gen_random_uuid();
        EXECUTE pg_catalog.format('INSERT INTO %susers (id, email) VALUES ($1, $2)', prefix)
            USING anonymous, pg_catalog.format('%s@deleted.invalid', anonymous);
        EXECUTE pg_catalog.format('UPDATE %sagent_definitions t SET user_id = $2, %s WHERE %s',
                                  prefix, changed, owned)
            USING user_id, anonymous;
    END IF;
    EXECUTE pg_catalog.format('DELETE FROM %susers WHERE id OPERATOR(pg_catalog.=) $1', prefix) USING user_id;
    GET DIAGNOSTICS users = ROW_COUNT;

    RETURN pg_catalog.jsonb_build_object(
        'deleted', pg_catalog.jsonb_build_object(
            'users', users, 'conversations', conversations, 'messages', messages, 'artifacts', artifacts,
            'agent_definitions', agent_definitions, 'agent_instances', agent_instances,
            'workflows', workflows, 'subscriptions', subscriptions)
            OPERATOR(pg_catalog.||) pg_catalog.jsonb_strip_nulls(
                pg_catalog.jsonb_build_object('runs', runs, 'run_chunks', run_chunks)),
        'kept', pg_catalog.jsonb_build_object('agent_definitions', kept, 'anonymous_user_id', anonymous));
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.delete_user(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.delete_user(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.delete_user(uuid) IS
'Erases a user and all data of the user, all or nothing, and returns the numbers of rows: {"deleted": '
'{"users", "conversations", "messages", ...}, "kept": {"agent_definitions", "anonymous_user_id"}}. It keeps '
'agent definitions from which other users have made agents; they move to a new, anonymous row in users. '
'Errors: PT404 user not found; 22004 user_id is NULL; 23503 a table of yours refers to a row to delete; '
'42501 not the owner of the tables.';

-- require_no_rls() refuses callers to whom row-level security applies. The tables' triggers would act for
-- them and replace the times of an import. A SECURITY DEFINER function changes only the current user.
CREATE FUNCTION agentchat.require_no_rls(action text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    caller CONSTANT text := coalesce(nullif(current_setting('role'), 'none'), session_user);
BEGIN
    IF EXISTS (SELECT FROM agentchat.tables() t JOIN pg_class c ON c.oid = t.actual JOIN pg_roles r
        ON r.rolname = caller
               WHERE NOT (r.rolsuper OR r.rolbypassrls OR pg_has_role(r.oid, c.relowner, 'USAGE'))) THEN
        RAISE EXCEPTION 'row-level security must not apply to the role that may %', action
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('The session''s role is %I.', caller),
                  HINT = 'Connect as the owner of the tables. A SECURITY DEFINER function is not enough.';
    END IF;
END
$function$;

-- The figures by which conversations are compared with what they were imported from: the number of messages,
-- the times of the first and the last, and a checksum of the texts.

-- utc_text() returns a time as export_user() writes it: ISO 8601 with six digits and Z.
CREATE FUNCTION agentchat.utc_text(moment timestamp) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp SET datestyle = 'ISO'
    AS $function$
SELECT CASE WHEN isfinite(moment) AND moment >= '0001-01-01'
    THEN to_char(moment, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') ELSE moment::text END
$function$;

-- conversation_figures() returns the figures of stored conversations. The checksum is the SHA-256 of the
-- SHA-256 of each text in UTF-8, in the order of the messages.
CREATE FUNCTION agentchat.conversation_figures(ids uuid[])
    RETURNS TABLE (conversation_id uuid, messages bigint, first_message_at timestamp,
                   last_message_at timestamp, checksum text)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
BEGIN
    RETURN QUERY EXECUTE format(
        'SELECT c.id, count(m.id), min(m.created_at), max(m.created_at), encode(sha256(coalesce(string_agg('
        'sha256(convert_to(m.content, ''UTF8'')), ''''::bytea ORDER BY m.created_at, m.id), '''')), ''hex'') '
        'FROM %1$sconversations c LEFT JOIN %1$smessages m ON m.conversation_id = c.id '
        'WHERE c.id = ANY ($1) GROUP BY c.id', agentchat.tables_prefix()) USING ids;
END
$function$;

-- imported_figures() returns the figures of an import. sources is an array of the figures of the source's
-- conversations: conversation_id, messages, first_message_at, last_message_at, checksum.
CREATE FUNCTION agentchat.imported_figures(sources jsonb, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH compared AS (
    SELECT s.n, f.messages, s.document - 'conversation_id' IS NOT DISTINCT FROM t.document AS agrees,
        jsonb_build_object('conversation_id', s.document -> 'conversation_id',
                           'source', s.document - 'conversation_id')
        || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object('stored', t.document) END AS document
    FROM jsonb_array_elements(sources) WITH ORDINALITY s (document, n)
        CROSS JOIN LATERAL (SELECT (s.document ->> 'messages')::bigint) f (messages)
        LEFT JOIN (
            SELECT c.conversation_id, jsonb_build_object(
                'messages', c.messages, 'first_message_at', agentchat.utc_text(c.first_message_at),
                'last_message_at', agentchat.utc_text(c.last_message_at), 'checksum', c.checksum) AS document
            FROM agentchat.conversation_figures(CASE WHEN dry_run THEN '{}' ELSE ARRAY(
                SELECT (e.document ->> 'conversation_id')::uuid
                FROM jsonb_array_elements(sources) e (document)) END) c
        ) t ON t.conversation_id = (s.document ->> 'conversation_id')::uuid
)
SELECT jsonb_build_object('conversations', count(*), 'messages', coalesce(sum(c.messages), 0),
                          'each', coalesce(jsonb_agg(c.document ORDER BY c.n), '[]'))
    || CASE WHEN dry_run THEN '{}' ELSE jsonb_build_object(
        'agreeing', count(*) FILTER (WHERE c.agrees),
        'differing', coalesce(to_jsonb((
            array_agg(c.document ORDER BY c.n) FILTER (WHERE NOT c.agrees))[:10]), '[]')) END
FROM compared c
$function$;

CREATE FUNCTION agentchat.compare_vercel_chatbot(
    source_schema text DEFAULT 'public', time_zone text DEFAULT 'UTC'
) RETURNS TABLE (conversation_id uuid, source jsonb, stored jsonb, agrees boolean)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'compare_vercel_chatbot() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.compare_vercel_chatbot(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.compare_vercel_chatbot(text, text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.compare_vercel_chatbot(text, text) IS
'Compares the chats of a database of Vercel''s chatbot with the conversations that import_vercel_chatbot() '
'has written, and returns a row for each chat. source and stored are {"messages", "first_message_at", '
'"last_message_at", "checksum"}; stored is NULL if the conversation does not exist. It changes nothing. '
'Errors: 22004 an argument is NULL; 22023 the schema or the time zone does not exist, or the tables are not '
'those of the chatbot; 42501 not the owner of the tables.';

CREATE FUNCTION agentchat.import_vercel_chatbot(
    source_schema text DEFAULT 'public', dry_run boolean DEFAULT false, time_zone text DEFAULT 'UTC'
) RETURNS TABLE (
    source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb, figures jsonb
)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'import_vercel_chatbot() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_vercel_chatbot(text, boolean, text) IS
'Imports a database of Vercel''s chatbot (User, Chat, Message_v2, Vote_v2, Document, Suggestion; Message and '
'Vote of older versions), all or nothing, and returns a row for each table of the source: read, written, '
'merged, skipped, problems ([{"kind", "count", "first_ids"}]), and figures of the conversations.

Ids and times stay. Running it again writes only rows that have been added since. dry_run returns the '
'same and writes nothing. source_schema: where the tables are. time_zone: the zone of the source''s times. '
'Errors: 22004 an argument is NULL; 22023 the schema or the time zone does not exist, or the tables are not '
'those of the chatbot; 42501 not the owner of the tables, or row-level security applies to the caller.';

CREATE FUNCTION agentchat.import_chatgpt(user_id uuid, export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'import_chatgpt() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_chatgpt(uuid, jsonb, boolean) IS
'Imports the conversations of an export of ChatGPT for a user: the array in conversations.json, or a part '
'of it, all or nothing. Returns a row for each list: conversations, branches, messages, with how many were '
'read, written, merged and skipped, and why. What has been imported before is not written again. dry_run '
'returns the same and writes nothing. Errors: PT404 user not found; 22004 an argument is NULL; 22023 not an '
'array; 42501 not the owner of the tables.';

CREATE FUNCTION agentchat.import_claude(user_id uuid, export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'import_claude() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_claude(uuid, jsonb, boolean) IS
'Imports the conversations of an export of Claude for a user: the array in conversations.json, or a part of '
'it, all or nothing. Returns a row for each list: conversations, branches, messages, with how many were '
'read, written and skipped, and why. What is imported already is not written again. dry_run returns the '
'same and writes nothing. Errors: PT404 user not found; 22004 an argument is NULL; 22023 not an array; 42501 '
'not the owner of the tables.';

-- import_user() writes what export_user() returned.
--
-- The functions before it read the export and the catalog, and decide about each row. They have a search_path
-- of their own, because PostgreSQL's texts of checks and indexes name the operators of pg_catalog without
-- their schema. import_user() itself has none, for the reason that stands at delete_user(). The texts of
-- intervals that export_user() writes have another meaning with IntervalStyle sql_standard.

-- export_rows() returns the rows of an export for one table: n is their order, path their place in the
-- export, and owner what they belong to, a conversation or the user.
CREATE FUNCTION agentchat.export_rows(export jsonb, table_name text)
    RETURNS TABLE (n bigint, path text, owner text, document jsonb)
    LANGUAGE sql IMMUTABLE ROWS 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT 1, 'user', NULL, export -> 'user'
WHERE table_name = 'users' AND export ? 'user'
UNION ALL
SELECT c.n, format('conversations[%s]', c.n - 1), export #>> '{user,id}',
    CASE jsonb_typeof(c.document) WHEN 'object' THEN c.document - 'messages' ELSE c.document END
FROM jsonb_array_elements(export -> 'conversations') WITH ORDINALITY c (document, n)
WHERE table_name = 'conversations'
UNION ALL
SELECT (c.n << 32) + m.n, format('conversations[%s].messages[%s]', c.n - 1, m.n - 1), c.document ->> 'id',
    m.document
FROM jsonb_array_elements(export -> 'conversations') WITH ORDINALITY c (document, n)
    CROSS JOIN LATERAL jsonb_array_elements(c.document -> 'messages') WITH ORDINALITY m (document, n)
WHERE table_name = 'messages'
UNION ALL
SELECT r.n, format('%s[%s]', table_name, r.n - 1), export #>> '{user,id}', r.document
FROM jsonb_array_elements(export -> table_name) WITH ORDINALITY r (document, n)
WHERE table_name NOT IN ('users', 'conversations', 'messages')
$function$;

-- export_fault() says what is wrong with the lists of an export, or returns NULL.
CREATE FUNCTION agentchat.export_fault(export jsonb) RETURNS text
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    uuid_form CONSTANT text := '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$';
    list text;
    owner_column text;
    fault text;
BEGIN
    IF jsonb_typeof(export) <> 'object' THEN
        RETURN 'It is not a JSON object.';
    ELSIF jsonb_typeof(export -> 'user') IS DISTINCT FROM 'object' THEN
        RETURN 'user is not a JSON object.';
    ELSIF coalesce(export #>> '{user,id}' !~ uuid_form, true) THEN
        RETURN 'user.id is not a UUID.';
    END IF;
    FOREACH list IN ARRAY ARRAY['conversations', 'messages', 'artifacts', 'agent_definitions',
                                'agent_instances', 'workflows', 'subscriptions'] LOOP
        IF jsonb_typeof(export -> list) <> 'array' AND list <> 'messages' THEN
            RETURN format('%s is not an array.', list);
        END IF;
        owner_column := CASE list WHEN 'messages' THEN 'conversation_id' ELSE 'user_id' END;
        SELECT CASE
            WHEN jsonb_typeof(r.document) <> 'object' THEN format('%s is not a JSON object.', r.path)
            WHEN coalesce(r.document ->> 'id' !~ uuid_form, true) THEN format('%s.id is not a UUID.', r.path)
            WHEN r.first IS NOT NULL THEN format('%s.id is also the id of %s.', r.path, r.first)
            ELSE format('%s.%s is not the id of the %s.', r.path, owner_column, left(owner_column, -3)) END
        INTO fault
        FROM (SELECT e.*, lag(e.path) OVER (PARTITION BY lower(e.document ->> 'id') ORDER BY e.n) AS first
              FROM (SELECT x.n, x.path, x.owner, CASE jsonb_typeof(x.document) WHEN 'object'
                        THEN jsonb_build_object('id', x.document -> 'id', 'owner', x.document -> owner_column)
                        ELSE '0' END AS document
                    FROM agentchat.export_rows(export, list) x) e) r
        WHERE jsonb_typeof(r.document) <> 'object' OR coalesce(r.document ->> 'id' !~ uuid_form, true)
           OR r.first IS NOT NULL OR lower(r.document ->> 'owner') IS DISTINCT FROM lower(r.owner)
        ORDER BY r.n LIMIT 1;
        IF fault IS NULL AND list = 'conversations' THEN
            SELECT format('conversations[%s].messages is not an array.', c.n - 1) INTO fault
            FROM jsonb_array_elements(export -> 'conversations') WITH ORDINALITY c (document, n)
            WHERE jsonb_typeof(c.document -> 'messages') <> 'array'
            ORDER BY c.n LIMIT 1;
        END IF;
        EXIT WHEN fault IS NOT NULL;
    END LOOP;
    RETURN fault;
END
$function$;

-- require_export() refuses a value that export_user() cannot have returned.
CREATE FUNCTION agentchat.require_export(export jsonb) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    fault text;
BEGIN
    IF export IS NULL THEN
        RAISE EXCEPTION 'export is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the result of agentchat.export_user().';
    END IF;
    fault := agentchat.export_fault(export);
    IF fault IS NOT NULL THEN
        RAISE EXCEPTION 'invalid export of a user'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = fault,
                  HINT = 'Pass the result of agentchat.export_user().';
    END IF;
END
$function$;

-- imported_tables() returns the tables that an export has rows for: each after those that it refers to, and
-- subscriptions before the agents that they allow.
CREATE FUNCTION agentchat.imported_tables(export jsonb) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(t.name ORDER BY t.n)
FROM unnest(ARRAY['users', 'subscriptions', 'conversations', 'messages', 'artifacts', 'agent_definitions',
                  'agent_instances', 'workflows']) WITH ORDINALITY t (name, n)
WHERE export ? CASE t.name WHEN 'users' THEN 'user' WHEN 'messages' THEN 'conversations' ELSE t.name END
$function$;

-- export_keys() returns the keys that the rows of an export for one table have.
CREATE FUNCTION agentchat.export_keys(export jsonb, table_name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(array_agg(DISTINCT k.key), '{}')
FROM agentchat.export_rows(export, table_name) r CROSS JOIN LATERAL jsonb_object_keys(r.document) k (key)
$function$;

-- import_columns() returns the columns of a table that have one of these names and that an INSERT can set.
CREATE FUNCTION agentchat.import_columns(target regclass, keys text[]) RETURNS text[]
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT array_agg(a.attname::text ORDER BY a.attnum)
FROM pg_attribute a
WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
  AND a.attname = ANY (keys)
$function$;

-- import_refusals() returns the rules of a table that could refuse the row p of an export, as conditions in
-- SQL that are true if they do. clears is the column that is set to NULL if the row it refers to is missing.
-- $3 is what import_verdicts() gets as written.
CREATE FUNCTION agentchat.import_refusals(target regclass, table_name text, columns text[])
    RETURNS TABLE (place integer, kind text, condition text, clears name)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Foreign keys. The row referred to can be in the same export.
SELECT 1, format('no such %s', CASE WHEN t.actual IS NULL THEN format('row in %s', c.confrelid::regclass)
                               ELSE replace(left(t.table_name, -1), '_', ' ') END),
    format('%s AND NOT EXISTS (SELECT FROM %s f WHERE %s)%s', k.given, c.confrelid::regclass, k.found,
           CASE WHEN t.actual IS NOT NULL THEN
               format(' AND NOT coalesce((SELECT $3 -> %L) ? p.%I::text, false)', t.table_name, k.first) END),
    CASE WHEN c.confdeltype = 'n' AND cardinality(c.conkey) = 1 THEN k.first END
FROM pg_constraint c
    LEFT JOIN agentchat.tables() t ON t.actual = c.confrelid
    CROSS JOIN LATERAL (
        SELECT string_agg(format('p.%I IS NOT NULL', a.attname), ' AND '),
            string_agg(format('f.%I OPERATOR(%I.%s) p.%I', r.attname, n.nspname, o.oprname, a.attname),
                       ' AND '),
            min(a.attname::text)::name, min(r.attname::text)
        FROM unnest(c.conkey, c.confkey, c.conpfeqop) u (attnum, referred, operator)
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = u.attnum
            JOIN pg_attribute r ON r.attrelid = c.confrelid AND r.attnum = u.referred
            JOIN pg_operator o ON o.oid = u.operator
            JOIN pg_namespace n ON n.oid = o.oprnamespace) k (given, found, first, referred)
-- A key of the nine tables that is not the id may be that of a row to come: PostgreSQL checks it.
WHERE c.conrelid = target AND c.contype = 'f' AND (t.actual IS NULL OR k.referred = 'id')
UNION ALL
SELECT 2, 'the conversation belongs to another user',
    format('EXISTS (SELECT FROM %sconversations c WHERE c.id = p.conversation_id AND c.user_id <> $4)',
           agentchat.tables_prefix()), NULL
WHERE table_name = 'messages'
UNION ALL
SELECT 3, 'no such tool', agentchat.names_missing_tool('p'), NULL
WHERE table_name = 'agent_definitions' AND 'tools' = ANY (columns)
UNION ALL
-- NOT NULL. A JSON null is exported like an SQL NULL, and can only be the former in such a column.
SELECT 4, format('%I is NULL', a.attname), format('p.%I IS NOT DISTINCT FROM NULL', a.attname), NULL
FROM pg_attribute a
WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND a.attgenerated = ''
  AND CASE WHEN a.attname = ANY (columns) THEN a.atttypid NOT IN ('json'::regtype, 'jsonb'::regtype)
      ELSE NOT a.atthasdef AND a.attidentity = '' END
UNION ALL
SELECT 5, format('the check %I refuses it', c.conname),
    format('(SELECT (%s) IS FALSE FROM (SELECT p.*) r)', pg_get_expr(c.conbin, c.conrelid)), NULL
FROM pg_constraint c
WHERE c.conrelid = target AND c.contype = 'c'
UNION ALL
-- Unique indexes, except that of the id.
SELECT 6, format('another row has the same value in %s', x.indexrelid::regclass),
    format('EXISTS (SELECT FROM (SELECT %1$s FROM %2$s WHERE %3$s) f, (SELECT %1$s FROM (SELECT p.*) r '
           'WHERE %3$s) g WHERE %4$s)',
           k.keys, target, coalesce(pg_get_expr(x.indpred, x.indrelid), 'true'), k.equal), NULL
FROM pg_index x
    CROSS JOIN LATERAL (
        SELECT string_agg(format('%s AS k%s', pg_get_indexdef(x.indexrelid, i, false), i), ', ' ORDER BY i),
            string_agg(format('(f.k%1$s OPERATOR(%2$I.%3$s) g.k%1$s%4$s)', i, n.nspname, o.oprname,
                              CASE WHEN x.indnullsnotdistinct
                                  THEN format(' OR f.k%1$s IS NULL AND g.k%1$s IS NULL', i) END),
                       ' AND ' ORDER BY i)
        FROM generate_series(1, x.indnkeyatts) i
            JOIN pg_opclass s ON s.oid = x.indclass[i - 1]
            JOIN pg_amop m ON m.amopfamily = s.opcfamily AND m.amoplefttype = s.opcintype
                AND m.amoprighttype = s.opcintype AND m.amopstrategy = 3
            JOIN pg_operator o ON o.oid = m.amopopr
            JOIN pg_namespace n ON n.oid = o.oprnamespace) k (keys, equal)
WHERE x.indrelid = target AND x.indisunique AND x.indisready
  AND NOT (x.indnkeyatts = 1 AND x.indpred IS NULL AND x.indkey[0] = (
      SELECT a.attnum FROM pg_attribute a WHERE a.attrelid = target AND a.attname = 'id'))
$function$;

-- require_values() finds the value of an export that a column cannot hold, and refuses it.
CREATE FUNCTION agentchat.require_values(actual regclass, export jsonb, table_name text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    value record;
    reason text;
BEGIN
    FOR value IN
        SELECT format('%s.%s', r.path, m.key) AS path, jsonb_build_object(m.key, m.value) AS document
        FROM agentchat.export_rows(export, table_name) r CROSS JOIN LATERAL jsonb_each(r.document) m
        ORDER BY r.n, m.key
    LOOP
        BEGIN
            EXECUTE format('SELECT jsonb_populate_record(NULL::%s, $1)', actual) USING value.document;
        EXCEPTION WHEN data_exception OR integrity_constraint_violation
            OR syntax_error_or_access_rule_violation OR internal_error THEN
            GET STACKED DIAGNOSTICS reason = MESSAGE_TEXT;
            RAISE EXCEPTION 'invalid export of a user'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = format('%s is not a value of its column: %s.', value.path, reason),
                      HINT = 'Change the value in the export, or the type of the column.';
        END;
    END LOOP;
END
$function$;

-- import_verdicts() decides about each row of an export for one table: verdict says why it is not written, or
-- is NULL. notes says what was changed in a row to write. written has for each table an object whose keys are
-- the ids of the rows that this call of import_user() has written, or would write.
CREATE FUNCTION agentchat.import_verdicts(export jsonb, table_name text, keys text[], written jsonb)
    RETURNS TABLE (n bigint, id uuid, document jsonb, verdict text, notes jsonb)
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
DECLARE
    actual CONSTANT regclass := (agentchat.tables_prefix() || quote_ident(table_name))::regclass;
    columns CONSTANT text[] := agentchat.import_columns(actual, keys);
    -- The row of the export is compared with that of the table as export_user() would return it: a JSON null
    -- is NULL. A column that is missing in the export does not count.
    same CONSTANT text := (
        SELECT string_agg(format('coalesce(to_jsonb(p.%1$I), ''null'') = '
                                 'coalesce(to_jsonb(t.%1$I), ''null'')', c.name), ' AND ')
        FROM unnest(columns) c (name));
    refusals text;
    -- About links that are cleared: the conditions, the changed row, and what to say.
    conditions text;
    documents text;
    kinds text;
BEGIN
    SELECT string_agg(format(' WHEN %s THEN %L', r.condition, r.kind), '' ORDER BY r.place, r.kind)
               FILTER (WHERE r.clears IS NULL),
        string_agg(format('%s AS clears_%s', r.condition, r.clear), ', ')
               FILTER (WHERE r.clears IS NOT NULL),
        string_agg(format(' || CASE WHEN l.clears_%s THEN jsonb_build_object(%L, NULL) ELSE ''{}'' END',
                          r.clear, r.clears), '') FILTER (WHERE r.clears IS NOT NULL),
        string_agg(format(', CASE WHEN l.clears_%s THEN %L END',
                          r.clear, format('%I was cleared: %s', r.clears, r.kind)), '')
               FILTER (WHERE r.clears IS NOT NULL)
    INTO refusals, conditions, documents, kinds
    FROM (SELECT f.*, row_number() OVER (ORDER BY f.clears, f.kind) AS clear
          FROM agentchat.import_refusals(actual, table_name, columns) f) r;

    -- Rows can refer to rows of their own table.
    written := written || jsonb_build_object(table_name, (
        SELECT jsonb_object_agg(lower(r.document ->> 'id'), NULL)
        FROM agentchat.export_rows(export, table_name) r));
    RETURN QUERY EXECUTE format(
        'SELECT r.n, p.id, d.document, CASE WHEN t.id IS NULL THEN CASE WHEN false THEN NULL%s END '
        'WHEN %s THEN ''already imported'' ELSE ''already exists with other values'' END, '
        'to_jsonb(nullif(d.notes, ''{}'')) '
        'FROM agentchat.export_rows($1, $2) r '
        -- OFFSET 0 keeps the planner from copying the conditions to where their results are used.
        'CROSS JOIN LATERAL (SELECT %s FROM jsonb_populate_record(NULL::%s, r.document) p OFFSET 0) l '
        'CROSS JOIN LATERAL (SELECT r.document%s, array_remove(ARRAY[NULL::text%s], NULL)) '
        'd (document, notes) '
        'CROSS JOIN LATERAL jsonb_populate_record(NULL::%4$s, d.document) p '
        'LEFT JOIN %4$s t ON t.id = p.id '
        'ORDER BY r.n',
        refusals, coalesce(same, 'true'), conditions, actual, documents, kinds)
        USING export, table_name, written, (export #>> '{user,id}')::uuid;
-- Types such as jsonpath and regclass refuse texts with errors of syntax and of names. hstore does so with an
-- internal error before PostgreSQL 16 (contrib/hstore/hstore_io.c).
EXCEPTION WHEN data_exception OR integrity_constraint_violation
    OR syntax_error_or_access_rule_violation OR internal_error THEN
    PERFORM agentchat.require_values(actual, export, table_name);
    RAISE;
END
$function$;

-- import_statement() returns the SQL that writes the rows of an export for one table, unless dry_run. It
-- returns the ids of all rows in their order, the verdicts, the notes by id, and the ids of the written rows.
CREATE FUNCTION agentchat.import_statement(table_name text, keys text[], dry_run boolean) RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT format('WITH verdicts AS MATERIALIZED (SELECT v.* FROM agentchat.import_verdicts($1, $2, $3, $4) v)%s '
              'SELECT pg_catalog.array_agg(v.id ORDER BY v.n), pg_catalog.array_agg(v.verdict ORDER BY v.n), '
              'pg_catalog.jsonb_object_agg(v.id, v.notes) '
              'FILTER (WHERE v.verdict IS NULL AND v.notes IS NOT NULL), ARRAY(%s) FROM verdicts v',
              CASE WHEN NOT dry_run AND i.columns IS NOT NULL THEN
                  format(', inserted AS (INSERT INTO %1$s (%2$s) OVERRIDING SYSTEM VALUE SELECT %3$s '
                         'FROM verdicts v '
                         'CROSS JOIN LATERAL pg_catalog.jsonb_populate_record(NULL::%1$s, v.document) p '
                         'WHERE v.verdict IS NULL RETURNING id)', i.actual, i.columns, i.values) END,
              CASE WHEN dry_run OR i.columns IS NULL
                  THEN 'SELECT v.id FROM verdicts v WHERE v.verdict IS NULL'
              ELSE 'SELECT i.id FROM inserted i' END)
FROM (SELECT t.actual, string_agg(quote_ident(c.name), ', ' ORDER BY c.n) AS columns,
          string_agg(CASE WHEN a.attnotnull AND a.atttypid IN ('json'::regtype, 'jsonb'::regtype)
                     THEN 'COALESCE(p.' || quote_ident(c.name) || ', ''null'')'
                     ELSE 'p.' || quote_ident(c.name) END,
                     ', ' ORDER BY c.n) AS values
      FROM (SELECT (agentchat.tables_prefix() || quote_ident(table_name))::regclass) t (actual)
          LEFT JOIN unnest(agentchat.import_columns(t.actual, keys)) WITH ORDINALITY c (name, n) ON true
          LEFT JOIN pg_attribute a ON a.attrelid = t.actual AND a.attname = c.name
      GROUP BY t.actual) i
$function$;

-- advance_sequences() moves the sequences of a table's columns past the values that were imported.
CREATE FUNCTION agentchat.advance_sequences(table_name text, keys text[]) RETURNS void
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    actual CONSTANT regclass := (agentchat.tables_prefix() || quote_ident(table_name))::regclass;
    owned record;
BEGIN
    FOR owned IN
        SELECT c.name, s.sequence::regclass AS sequence
        FROM unnest(agentchat.import_columns(actual, keys)) c (name)
            CROSS JOIN LATERAL pg_get_serial_sequence(actual::text, c.name) s (sequence)
            JOIN pg_sequence q ON q.seqrelid = s.sequence::regclass AND q.seqincrement > 0
    LOOP
        EXECUTE format('SELECT setval(%L, m.newest) FROM (SELECT max(t.%I) FROM %s t) m (newest), %s q '
                       'WHERE m.newest > q.last_value OR m.newest = q.last_value AND NOT q.is_called',
                       owned.sequence, owned.name, actual, owned.sequence);
    END LOOP;
END
$function$;

-- import_problems() counts kinds of problems: each kind with the id of the row that has it.
CREATE FUNCTION agentchat.import_problems(kinds text[], ids text[]) RETURNS jsonb
    LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT coalesce(jsonb_agg(jsonb_build_object('kind', p.kind, 'count', p.count, 'first_ids', p.ids)
                          ORDER BY p.kind COLLATE "C"), '[]')
FROM (SELECT k.kind, count(*) AS count, to_jsonb((array_agg(k.id ORDER BY k.n))[:10]) AS ids
      FROM unnest(kinds, ids) WITH ORDINALITY k (kind, id, n)
      WHERE k.kind IS NOT NULL
      GROUP BY k.kind) p
$function$;

-- import_summary() returns what import_user() says about one table, from what import_statement() returned.
CREATE FUNCTION agentchat.import_summary(
    export jsonb, table_name text, keys text[], ids uuid[], verdicts text[], notes jsonb, written uuid[]
) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH unknown_keys AS (
    SELECT array_agg(k.key) AS keys
    FROM unnest(keys) k (key)
    WHERE k.key NOT IN (
        SELECT a.attname FROM pg_attribute a
        WHERE a.attrelid = (agentchat.tables_prefix() || quote_ident(table_name))::regclass
          AND a.attnum > 0 AND NOT a.attisdropped)
),
unknown AS (
    SELECT m.key, r.n, r.document ->> 'id' AS id
    FROM unknown_keys u
        CROSS JOIN LATERAL agentchat.export_rows(export, table_name) r
        CROSS JOIN LATERAL unnest(u.keys) m (key)
    WHERE u.keys IS NOT NULL AND r.document -> m.key <> 'null'
),
found AS (
    SELECT v.verdict AS kind, v.id::text AS id FROM unnest(verdicts, ids) v (verdict, id)
    UNION ALL
    SELECT 'a trigger left it out', v.id::text FROM unnest(verdicts, ids) v (verdict, id)
    WHERE v.verdict IS NULL AND v.id NOT IN (SELECT w.id FROM unnest(written) w (id))
    UNION ALL
    SELECT k.kind, m.key
    FROM jsonb_each(notes) m CROSS JOIN LATERAL jsonb_array_elements_text(m.value) k (kind)
),
counted AS (
    SELECT agentchat.import_problems(array_agg(f.kind), array_agg(f.id)) AS problems FROM found f
)
SELECT jsonb_build_object('source', table_name, 'read', coalesce(cardinality(ids), 0), 'written',
                          cardinality(written), 'problems', (
    SELECT coalesce(jsonb_agg(p.problem ORDER BY p.problem ->> 'kind' COLLATE "C"), '[]')
    FROM (SELECT jsonb_array_elements(c.problems) FROM counted c
          UNION ALL
          SELECT jsonb_build_object(
              'kind', 'columns that the table does not have were left out', 'count', count(DISTINCT u.n),
              'first_ids', to_jsonb((array_agg(DISTINCT u.id))[:10]), 'columns', (
                  SELECT jsonb_object_agg(k.key, k.count)
                  FROM (SELECT o.key, count(*) AS count FROM unknown o GROUP BY o.key) k))
          FROM unknown u HAVING count(*) > 0) p (problem)))
$function$;

-- import_user_figures() returns the figures of an import of what export_user() returned.
CREATE FUNCTION agentchat.import_user_figures(export jsonb, dry_run boolean) RETURNS jsonb
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
SELECT agentchat.imported_figures(coalesce(jsonb_agg(jsonb_build_object(
    'conversation_id', lower(c.document ->> 'id'), 'messages', f.messages,
    'first_message_at', agentchat.utc_text(f.first), 'last_message_at', agentchat.utc_text(f.last),
    'checksum', f.checksum) ORDER BY c.n), '[]'), dry_run)
FROM agentchat.export_rows(export, 'conversations') c
    CROSS JOIN LATERAL (
        SELECT count(*), min(m.created_at), max(m.created_at), encode(sha256(coalesce(string_agg(
            sha256(convert_to(m.content, 'UTF8')), ''::bytea ORDER BY m.created_at, m.id), '')), 'hex')
        FROM jsonb_to_recordset(export #> ARRAY['conversations', (c.n - 1)::text, 'messages'])
            m (id uuid, content text, created_at timestamp)) f (messages, first, last, checksum)
$function$;

-- import_results() returns the result of import_user(), from the summaries of the tables. Lists of the export
-- that are not known are left out.
CREATE FUNCTION agentchat.import_results(export jsonb, summaries jsonb[], dry_run boolean)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp SET row_security = off
    AS $function$
SELECT r.source, r.read, r.written, 0, r.read - r.written, r.problems,
    CASE r.source WHEN 'conversations' THEN agentchat.import_user_figures(export, dry_run) END
FROM (SELECT s.n, x.* FROM unnest(summaries) WITH ORDINALITY s (summary, n)
          CROSS JOIN LATERAL jsonb_to_record(s.summary)
              x (source text, read bigint, written bigint, problems jsonb)
      UNION ALL
      SELECT NULL, m.key, l.length, 0, jsonb_build_array(jsonb_build_object(
          'kind', 'left out', 'count', l.length, 'first_ids', '[]'::jsonb))
      FROM jsonb_each(export) m
          CROSS JOIN LATERAL (SELECT CASE jsonb_typeof(m.value)
              WHEN 'array' THEN jsonb_array_length(m.value) ELSE 1 END) l (length)
      WHERE m.key <> 'user' AND m.key <> ALL (agentchat.imported_tables(export))) r
ORDER BY r.n, r.source
$function$;

CREATE FUNCTION agentchat.import_user(export jsonb, dry_run boolean DEFAULT false)
    RETURNS TABLE (source text, read bigint, written bigint, merged bigint, skipped bigint, problems jsonb,
                   figures jsonb)
    LANGUAGE plpgsql SET row_security = off SET intervalstyle = 'postgres'
    AS $function$
DECLARE
    -- For each table an object whose keys are the ids of the rows that this call has written.
    all_written pg_catalog.jsonb := '{}';
    summaries pg_catalog.jsonb[];
    keys pg_catalog.text[];
    ids pg_catalog.uuid[];
    verdicts pg_catalog.text[];
    notes pg_catalog.jsonb;
    written_ids pg_catalog.uuid[];
BEGIN
    PERFORM agentchat.require_owner('import users');
    PERFORM agentchat.require_no_rls('import users');
    IF dry_run IS NULL THEN
        RAISE EXCEPTION 'dry_run is NULL'
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass true or false.';
    END IF;
    IF pg_catalog.jsonb_typeof(export) OPERATOR(pg_catalog.=) 'object' THEN
        -- A stored value is decompressed here, once.
        export := pg_catalog.jsonb_concat(export, '{}');
    END IF;
    PERFORM agentchat.require_export(export);
    IF NOT dry_run THEN
        -- A second call with the same export waits, and then finds the rows.
        PERFORM pg_catalog.pg_advisory_xact_lock(
            'agentchat.import_user'::pg_catalog.regproc::pg_catalog.oid::bigint);
    END IF;

    FOREACH source IN ARRAY agentchat.imported_tables(export) LOOP
        keys := agentchat.export_keys(export, source);
        EXECUTE agentchat.import_statement(source, keys, dry_run)
            INTO ids, verdicts, notes, written_ids USING export, source, keys, all_written;
        IF NOT dry_run THEN
            PERFORM agentchat.advance_sequences(source, keys);
        END IF;
        summaries := pg_catalog.array_append(
            summaries, agentchat.import_summary(export, source, keys, ids, verdicts, notes, written_ids));
        all_written := pg_catalog.jsonb_set(all_written, ARRAY[source], pg_catalog.jsonb_object(
            written_ids::pg_catalog.text[], written_ids::pg_catalog.text[]));
    END LOOP;
    RETURN QUERY SELECT r.* FROM agentchat.import_results(export, summaries, dry_run) r;
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.import_user(jsonb, boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.import_user(jsonb, boolean) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.import_user(jsonb, boolean) IS
'Writes what agentchat.export_user() returned, into this database or another one, all or nothing. Returns a '
'row for each table: how many rows of the export were read, written and skipped, and why. A row whose id '
'exists is not touched. dry_run returns the same and writes nothing. Errors: 22004 an argument is NULL; '
'22023 not an export, or a value that a column cannot hold; 42501 not the owner of the tables.';

-- Creates the tables after the blueprint, if none of their names is in use. adopt() would do the same, and
-- count the rows of tables that there are.
DO $tables$
DECLARE
    present text;
    statement text;
BEGIN
    SELECT string_agg(t.qualified_name, ', ' ORDER BY t.table_name) INTO present
    FROM agentchat.tables() t WHERE t.actual IS NOT NULL;
    IF present IS NOT NULL THEN
        RAISE NOTICE 'agentchat created no tables because some of their names are already in use'
            USING DETAIL = format('These exist: %s.', present),
                  HINT = 'To use agentchat with the existing tables, run as their owner: '
                         'SELECT * FROM agentchat.adopt();';
        RETURN;
    END IF;
    FOR statement IN
        SELECT s.statement
        FROM agentchat.differences() WITH ORDINALITY d
            CROSS JOIN LATERAL unnest(d.at_once) WITH ORDINALITY s (statement, n)
        ORDER BY d.ordinality, s.n
    LOOP
        EXECUTE statement;
    END LOOP;
END
$tables$;

-- get_conversation() for a uuid. In version 0.1.0, the uuid was named conversation_id;
-- update_get_conversation.sql takes that name away.
CREATE FUNCTION @extschema@.get_conversation(
    uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE COST 1000
AS $function$
SELECT agentchat.read_conversation($1::pg_catalog.text, $2, $3, $4, NULL::pg_catalog.jsonb)
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) TO PUBLIC;

-- The functions that write conversations and messages.
CREATE FUNCTION @extschema@.append_messages(
    uuid,
    messages jsonb,
    format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT false
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
BEGIN
    RETURN @extschema@.append_messages($1::pg_catalog.text, messages, format, check_tools);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(uuid, jsonb, text, boolean) TO PUBLIC;

CREATE FUNCTION @extschema@.append_messages(
    conversation_id text,
    messages jsonb,
    format text DEFAULT 'ai-sdk',
    check_tools boolean DEFAULT false
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    input pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.check_input_format(format);
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_not_null('messages', messages IS NULL);
    conversation := agentchat.conversation_by_name(conversation_id);
    input := agentchat.read_messages(messages, COALESCE(format, 'ai-sdk'), conversation);
    IF check_tools THEN
        RAISE EXCEPTION 'append_messages() with check_tools needs the extension'
            USING ERRCODE = 'feature_not_supported',
                  DETAIL = 'This database has the SQL edition of agentchat, which does not check calls.',
                  HINT = 'The extension has it. It is installed on a server of your own.';
    END IF;
    PERFORM agentchat.lock_conversation(conversation);
    RETURN agentchat.write_messages(conversation, input);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.append_messages(text, jsonb, text, boolean) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_messages(uuid, jsonb, text, boolean) IS
'As append_messages(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.append_messages(text, jsonb, text, boolean) IS
'Writes messages to a conversation in their order, all or none, and returns {"id", "given_id", "created_at"} '
'for each.

conversation_id: its UUID, or the id that the client chose, which names a conversation of the caller. '
'messages: an array, or an object for one message. format: ai-sdk (UIMessages), openai (the messages of a '
'chat-completions request), rows (columns named as in the table), drizzle (camelCase). A message whose id is '
'already stored is updated and keeps its place. An id that is not a UUID stands for the UUIDv5 of '
'conversation and id. check_tools: whether tool calls must match the schemas in agent_tools. Errors: 22023 '
'unknown format, or a message that does not match its format or a tool call that does not match its tool, '
'with the path, or conversation_id is empty, has more than 255 characters, or is a client''s id without a '
'caller; 22004 an argument is NULL; PT404 the caller cannot see such a conversation; PT409 a message belongs '
'to another conversation; 54000 more than 100,000 messages.';

CREATE FUNCTION @extschema@.create_conversation(
    title text,
    messages jsonb DEFAULT NULL,
    system_prompt text DEFAULT NULL,
    metadata jsonb DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    format text DEFAULT 'ai-sdk',
    id text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    owner CONSTANT pg_catalog.uuid := COALESCE(user_id, @extschema@.current_user_id());
    conversations pg_catalog.regclass;
    times pg_catalog.text;
    input pg_catalog.jsonb := '[]';
    conversation pg_catalog.uuid;
    -- The conversation of that id that the caller sees, with its owner and its fields in the result.
    stored_owner pg_catalog.uuid;
    result pg_catalog.jsonb;
    is_found pg_catalog.bool := false;
BEGIN
    PERFORM agentchat.check_input_format(format);
    PERFORM agentchat.require_not_null('title', title IS NULL);
    PERFORM agentchat.require_object('metadata', metadata);
    IF owner IS NULL THEN
        RAISE EXCEPTION 'no user given'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Neither the argument user_id nor the claims of the request name a user.',
                  HINT = 'Pass user_id, or sign in.';
    END IF;
    PERFORM agentchat.check_conversation_id(id, 'id');
    conversation := agentchat.uuid_of_name(owner, id);
    IF messages IS NOT NULL THEN
        input := agentchat.read_messages(messages, COALESCE(format, 'ai-sdk'), conversation);
    END IF;

    conversations := agentchat.table_of('conversations');
    PERFORM agentchat.type_of_column(conversations, 'user_id', 'pg_catalog.uuid');
    times := pg_catalog.format('agentchat.utc_time(%s), ''updated_at'', agentchat.utc_time(%s)',
        agentchat.time_in_utc(conversations, 'created_at', 'created_at'),
        agentchat.time_in_utc(conversations, 'updated_at', 'updated_at'));
    IF id IS NOT NULL THEN
        PERFORM agentchat.require_unique(conversations, 'id');
    END IF;
    -- Between two statements, another session can delete the conversation that was found. Then it is created
    -- anew. An id that is stored, but is never found, belongs to another user.
    FOR attempt IN 1 .. 3 LOOP
        IF id IS NOT NULL THEN
            EXECUTE pg_catalog.format(
                'SELECT user_id FROM %s WHERE id OPERATOR(pg_catalog.=) $1', conversations)
                INTO stored_owner USING conversation;
            IF stored_owner IS NOT NULL THEN
                EXIT WHEN stored_owner OPERATOR(pg_catalog.<>) owner;
                is_found := agentchat.lock_conversation_if_visible(conversation);
                EXIT WHEN is_found;
                CONTINUE;
            END IF;
        END IF;
        EXECUTE pg_catalog.format(
            'INSERT INTO %s (user_id, title, system_prompt, metadata%s) VALUES ($1, $2, $3, $4%s) %s'
            'RETURNING id, pg_catalog.jsonb_build_object(''id'', id, ''user_id'', $1, ''title'', $2, '
            '''created_at'', %s)', conversations, CASE WHEN id IS NOT NULL THEN ', id' END,
            CASE WHEN id IS NOT NULL THEN ', $5' END,
            CASE WHEN id IS NOT NULL THEN 'ON CONFLICT (id) DO NOTHING ' END, times)
            INTO conversation, result USING owner, title, system_prompt, metadata, conversation;
        EXIT WHEN result IS NOT NULL OR id IS NULL;
        conversation := agentchat.uuid_of_name(owner, id);
    END LOOP;
    IF result IS NULL AND NOT is_found THEN
        RAISE EXCEPTION 'conversation belongs to another user'
            USING ERRCODE = 'PT409',
                  DETAIL = pg_catalog.format('id is %s.', agentchat.quoted_excerpt(id)),
                  HINT = 'Nothing was written. Give the conversation another id, or none.';
    END IF;

    input := agentchat.write_messages(conversation, input);
    IF is_found THEN
        EXECUTE pg_catalog.format(
            'SELECT pg_catalog.jsonb_build_object(''id'', id, ''user_id'', user_id, ''title'', title, '
            '''created_at'', %s) FROM %s WHERE id OPERATOR(pg_catalog.=) $1', times, conversations)
            INTO result USING conversation;
    END IF;
    RETURN result OPERATOR(pg_catalog.||) pg_catalog.jsonb_build_object('messages', input);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text, text)
    TO PUBLIC;

COMMENT ON FUNCTION @extschema@.create_conversation(text, jsonb, text, jsonb, uuid, text, text) IS
'Creates a conversation with its first messages.

The result is {"id", "user_id", "title", "created_at", "updated_at", "messages"}; messages is what '
'append_messages() returns. messages, format: as in append_messages(); NULL for no messages. metadata: an '
'object. user_id: by default the caller. id: a UUID, or the id that the client chose, which stands for the '
'UUIDv5 of user and id. If the user already has that conversation, the messages are appended to it, and its '
'title, system_prompt and metadata stay. Errors: 22023 neither user_id nor a caller, metadata that is not an '
'object, unknown format, an id that is empty or has more than 255 characters, or a message that does not '
'match its format, with the path; 22004 title is NULL; 23503 the user does not exist; 42501 user_id is '
'another user; PT409 the id belongs to a conversation of another user.';

CREATE FUNCTION agentchat.clean_json(json_text text) RETURNS jsonb
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    replacement CONSTANT text := CASE getdatabaseencoding() WHEN 'UTF8' THEN '\ufffd' ELSE '\u003f' END;
    -- A cast refuses a text that has them already.
    is_json CONSTANT boolean := json_text !~ E'[\x01\x02]';
    clean text := json_text;
BEGIN
    IF is_json AND strpos(clean, '\u') > 0 THEN
        clean := replace(clean, '\\', E'\x01');
        clean := regexp_replace(clean, '\\(u[dD][89aAbB][0-9a-fA-F]{2})\\(u[dD][c-fC-F][0-9a-fA-F]{2})',
            E'\x02\\1\x02\\2', 'g');
        clean := regexp_replace(clean, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\' || replacement, 'g');
        clean := replace(replace(clean, E'\x02', '\'), E'\x01', '\\');
    END IF;
    RETURN clean::jsonb;
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.clean_json(text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.clean_json(text) IS
'Converts JSON text to jsonb, and replaces what jsonb cannot hold with U+FFFD: the character 0 (\u0000) and '
'surrogates that are not in pairs.

Errors: 22P02 the text is not JSON, as in a cast to jsonb.';

-- The functions that read one conversation. Each exists twice: for the name of a conversation, which is a
-- text, and for a uuid. The type uuid is not implicitly cast to text, and a query may pass the column
-- conversations.id. The argument for the uuid has no name: PostgREST chooses between functions by the names
-- of their arguments, and never finds this one. It describes the one whose comment sorts last (Ord Routine in
-- PostgREST's src/PostgREST/SchemaCache/Routine.hs): the comments of functions for uuids begin with "As".
CREATE FUNCTION @extschema@.get_conversation(
    conversation_id text,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE sql STABLE PARALLEL SAFE COST 1000
AS $function$
SELECT agentchat.read_conversation($1, $2, $3, $4, NULL::pg_catalog.jsonb)
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation(text, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_conversation_json(
    uuid,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE COST 1000
AS $function$
SELECT agentchat.read_conversation($1::pg_catalog.text, $2, $3, $4, NULL::pg_catalog.json)
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_conversation_json(
    conversation_id text,
    format text DEFAULT 'rows',
    message_limit integer DEFAULT NULL,
    before_message text DEFAULT NULL
) RETURNS json
    LANGUAGE sql STABLE PARALLEL SAFE COST 1000
AS $function$
SELECT agentchat.read_conversation($1, $2, $3, $4, NULL::pg_catalog.json)
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_conversation_json(text, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_conversation_json(text, text, integer, text) IS
'Returns one conversation with its messages in order, as JSON text to send to a client.

It has the arguments of get_conversation and returns the same value, or NULL if the caller cannot see such a '
'conversation. Errors: 22023 unknown format, message_limit below 1, before_message is not in this '
'conversation, or conversation_id is empty, has more than 255 characters, or is a client''s id without a '
'caller; 54000 larger than a json value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(text, text, integer, text) IS
'Returns one conversation with its messages in order, as one JSON value.

The result is NULL if the caller cannot see such a conversation. conversation_id: its UUID, or the id that '
'the client chose, which names a conversation of the caller. format: rows (columns named as in the tables), '
'drizzle (camelCase, timestamps as in JSON.stringify), ai-sdk (an array of UIMessages), openai (the messages '
'of a chat-completions request), openai-compatible (the same for other providers with that API, with '
'reasoning), anthropic (system and messages of a Messages request). message_limit: only this many messages, '
'the newest, oldest first; a result that is an object has has_more. before_message: only messages before '
'this one, named by its UUID or by the id from the client. Errors: 22023 unknown format, message_limit below '
'1, before_message is not in this conversation, or conversation_id is empty, has more than 255 characters, '
'or is a client''s id without a caller; 54000 larger than a jsonb value can be.';

COMMENT ON FUNCTION @extschema@.get_conversation(uuid, text, integer, text) IS
'As get_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.get_conversation_json(uuid, text, integer, text) IS
'As get_conversation_json(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

CREATE FUNCTION @extschema@.get_context(
    uuid,
    token_budget integer,
    format text DEFAULT 'openai',
    reserve integer DEFAULT 0,
    tokenizer text DEFAULT 'estimate'
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'get_context() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_context(uuid, integer, text, integer, text) TO PUBLIC;

CREATE FUNCTION @extschema@.get_context(
    conversation_id text,
    token_budget integer,
    format text DEFAULT 'openai',
    reserve integer DEFAULT 0,
    tokenizer text DEFAULT 'estimate'
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'get_context() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_context(text, integer, text, integer, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_context(uuid, integer, text, integer, text) IS
'As get_context(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.get_context(text, integer, text, integer, text) IS
'Returns what fits into the window of a model: the system prompt and the newest messages of a conversation.

The result is {"messages": [...], "tokens", "from_message", "left_out"}, with "system" for anthropic. '
'token_budget: the window in tokens, of which reserve stays free for the answer and the tools. format: '
'openai, openai-compatible, anthropic or ai-sdk. tokenizer: estimate, o200k_base or cl100k_base. '
'from_message: the id of the first message. left_out: whether there are earlier messages. A message with '
'a part data-summary stands for all before it. NULL if the caller cannot see such a conversation. Errors: '
'22023 an argument out of its range, an unknown format or tokenizer, or a system prompt that does not fit; '
'22004 token_budget is NULL.';

-- The functions that list conversations, and those that cut, copy or update one.
CREATE FUNCTION agentchat.has_words(text text, words text) RETURNS boolean
    LANGUAGE plpgsql STABLE STRICT PARALLEL SAFE COST 100 SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'has_words() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.has_words(text, text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.has_words(text, text) IS
'Tells whether a text has the words that a user looks for, as list_conversations() looks in titles.

Letters of either case, with and without accents, are the same. A word is found anywhere, also inside a '
'longer one. "a b": a phrase; -a: not this word; a or b: either. Errors: 22023 more than 64 words.';

CREATE FUNCTION @extschema@.list_conversations(
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    filter jsonb DEFAULT NULL,
    words text DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000
AS $function$
DECLARE
    size CONSTANT pg_catalog.int4 := COALESCE($1, 20);
    owner pg_catalog.uuid;
    has_words CONSTANT pg_catalog.bool := COALESCE($5 OPERATOR(pg_catalog.~) '[^\s"-]', false);
    list pg_catalog.int8;
    conversation pg_catalog.record;
    conversations pg_catalog.jsonb[] := '{}';
    next_cursor pg_catalog.text;
BEGIN
    IF size OPERATOR(pg_catalog.<) 1 OR size OPERATOR(pg_catalog.>) 1000 THEN
        RAISE EXCEPTION 'page_size must be between 1 and 1000'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The value is %s.', size),
                  HINT = 'Leave it out for pages of 20.';
    END IF;
    owner := COALESCE($3, agentchat.caller());
    IF owner IS NULL THEN
        RAISE EXCEPTION 'no user given'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Neither the argument user_id nor the claims of the request name a user.',
                  HINT = 'Pass user_id, or sign in.';
    END IF;
    PERFORM agentchat.require_object('filter', $4);
    IF has_words THEN
        PERFORM agentchat.has_words('', $5);
    END IF;
    list := pg_catalog.uuid_hash_extended(owner, 0);
    IF $4 OPERATOR(pg_catalog.<>) '{}' THEN
        list := pg_catalog.jsonb_hash_extended($4, list);
    END IF;
    IF has_words THEN
        list := pg_catalog.hashtextextended($5 COLLATE "C", list);
    END IF;
    IF $2 IS NOT NULL AND (
        $2 OPERATOR(pg_catalog.!~) '^[0-9a-f]{64}$'
        OR $2 OPERATOR(pg_catalog.<>) agentchat.cursor_of(pg_catalog."left"($2, 48), list)) THEN
        RAISE EXCEPTION 'the cursor does not belong to this list'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = pg_catalog.format('The cursor is %s.', agentchat.quoted_excerpt($2)),
                  HINT = 'Pass next_cursor of the previous page unchanged, for the same user, filter and '
                         'words. For the first page, leave the cursor out.';
    END IF;

    FOR conversation IN EXECUTE agentchat.list_query(
        $2 IS NOT NULL, COALESCE($4 OPERATOR(pg_catalog.<>) '{}', false), has_words)
        USING owner, agentchat.time_of_cursor($2), pg_catalog.substr($2, 17, 32)::pg_catalog.uuid,
            size OPERATOR(pg_catalog.+) 1, $4, $5
    LOOP
        IF pg_catalog.cardinality(conversations) OPERATOR(pg_catalog.=) size THEN
            next_cursor := agentchat.cursor_of(pg_catalog.encode(
                pg_catalog.timestamp_send(conversation.updated_at)
                OPERATOR(pg_catalog.||) pg_catalog.uuid_send(conversation.id), 'hex'), list);
        ELSE
            conversations := pg_catalog.array_append(conversations, conversation.conversation);
        END IF;
    END LOOP;
    RETURN pg_catalog.jsonb_build_object('conversations', conversations, 'next_cursor', next_cursor);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.list_conversations(integer, text, uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.list_conversations(integer, text, uuid, jsonb, text) IS
'Returns a user''s conversations, latest first, page by page: {"conversations": [...], "next_cursor"}.

Each conversation has its columns and a preview of its last message: {"role", "content" (200 characters), '
'"created_at"}, or null. Timestamps are ISO 8601 with six digits and Z. page_size: 1 to 1000. cursor: '
'next_cursor of the previous page; it is null on the last page. user_id: by default the caller. filter: '
'only conversations whose metadata contain it. words: only those whose titles have these words, such as '
'red "big car" -bike or train. A conversation that is not touched between the calls appears once. Errors: '
'22023 page_size out of range, a cursor that is not from this list, a filter that is no object, more than '
'64 words, or neither user_id nor a caller.';

CREATE FUNCTION @extschema@.truncate_conversation(uuid, from_message text) RETURNS integer
    LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.truncate_conversation($1::pg_catalog.text, from_message);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(uuid, text) TO PUBLIC;

CREATE FUNCTION @extschema@.truncate_conversation(conversation_id text, from_message text) RETURNS integer
    LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    messages pg_catalog.regclass;
    place pg_catalog.record;
    deleted pg_catalog.int4;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_not_null('from_message', from_message IS NULL);
    conversation := agentchat.conversation_by_name(conversation_id);
    -- Calls that append wait. Otherwise their messages could follow messages that are deleted here.
    PERFORM agentchat.lock_conversation(conversation);
    SELECT f.* INTO place FROM agentchat.find_message(conversation, from_message) f;
    messages := agentchat.table_of('messages');
    EXECUTE pg_catalog.format(
        'DELETE FROM %s WHERE conversation_id OPERATOR(pg_catalog.=) $1 '
        'AND ROW(%s, id) OPERATOR(pg_catalog.>=) ROW($2, $3)',
        messages, agentchat.time_in_utc(messages, 'created_at', 'created_at'))
        USING conversation, place.created_at, place.id;
    GET DIAGNOSTICS deleted = ROW_COUNT;
    RETURN deleted;
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.truncate_conversation(text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.truncate_conversation(uuid, text) IS
'As truncate_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.truncate_conversation(text, text) IS
'Deletes a message of a conversation and all messages after it, and returns their number.

Call it before an edited message or another answer is written. conversation_id, from_message: a UUID, or '
'the id that the client chose. Errors: PT404 the caller cannot see such a conversation or message; 22004 an '
'argument is NULL; 22023 conversation_id is empty, has more than 255 characters, or is a client''s id '
'without a caller.';

CREATE FUNCTION @extschema@.fork_conversation(
    uuid,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.fork_conversation($1::pg_catalog.text, up_to_message, title);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(uuid, text, text) TO PUBLIC;

CREATE FUNCTION @extschema@.fork_conversation(
    conversation_id text,
    up_to_message text DEFAULT NULL,
    title text DEFAULT NULL
) RETURNS uuid
    LANGUAGE plpgsql
AS $function$
DECLARE
    original pg_catalog.uuid;
    copy CONSTANT pg_catalog.uuid := pg_catalog.gen_random_uuid();
    conversations pg_catalog.regclass;
    messages pg_catalog.regclass;
    columns pg_catalog.text;
    copied pg_catalog.int8;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    original := agentchat.conversation_by_name(conversation_id);

    -- The copy gets times of its own.
    conversations := agentchat.table_of('conversations');
    columns := agentchat.copied_columns(conversations, '{id, title, created_at, updated_at}');
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$s (id, title%2$s) SELECT $2, COALESCE($3, title)%2$s FROM %1$s '
        'WHERE id OPERATOR(pg_catalog.=) $1', conversations, columns) USING original, copy, title;
    GET DIAGNOSTICS copied = ROW_COUNT;
    IF copied OPERATOR(pg_catalog.=) 0 THEN
        PERFORM agentchat.refuse_conversation(original);
    END IF;

    -- The first eight digits of an id count the messages: the ids are in their order, also when times are
    -- equal. One statement copies the messages in their state at one moment.
    messages := agentchat.table_of('messages');
    columns := agentchat.copied_columns(messages, '{id, conversation_id}');
    IF up_to_message IS NOT NULL THEN
        PERFORM agentchat.find_message(original, up_to_message);
    END IF;
    EXECUTE pg_catalog.format(
        'INSERT INTO %1$s (id, conversation_id%2$s) SELECT (pg_catalog.lpad(pg_catalog.to_hex('
        'pg_catalog.row_number() OVER (ORDER BY created_at, id)), 8, ''0'') OPERATOR(pg_catalog.||) '
        'pg_catalog.substr(pg_catalog.gen_random_uuid()::pg_catalog.text, 9))::pg_catalog.uuid, $2%3$s '
        'FROM %1$s WHERE conversation_id OPERATOR(pg_catalog.=) $1%4$s ORDER BY created_at, id',
        messages, columns, pg_catalog.replace(columns, ', parts', ', agentchat.copied_parts(parts)'),
        CASE WHEN up_to_message IS NOT NULL THEN pg_catalog.format(
            ' AND ROW(created_at, id) OPERATOR(pg_catalog.<=) (SELECT l.created_at, l.id FROM %s l '
            'WHERE l.conversation_id OPERATOR(pg_catalog.=) $1 AND l.id OPERATOR(pg_catalog.=) $3)',
            messages) END)
        USING original, copy, agentchat.uuid_of_name(original, up_to_message);
    GET DIAGNOSTICS copied = ROW_COUNT;
    IF copied OPERATOR(pg_catalog.=) 0 AND up_to_message IS NOT NULL THEN
        PERFORM agentchat.find_message(original, up_to_message);
    END IF;
    -- Another session may have deleted it since the first statement, and its messages with it.
    IF NOT agentchat.sees_conversation(original) THEN
        PERFORM agentchat.refuse_conversation(original);
    END IF;
    RETURN copy;
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.fork_conversation(text, text, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.fork_conversation(uuid, text, text) IS
'As fork_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.fork_conversation(text, text, text) IS
'Copies a conversation with its messages, and returns the id of the copy.

It copies all messages, or those up to and including up_to_message. They get new ids and keep their order '
'and times. conversation_id, up_to_message: a UUID, or the id that the client chose. title: by default the '
'same. Errors: PT404 the caller cannot see such a conversation or message; 22004 conversation_id is NULL; '
'22023 conversation_id is empty, has more than 255 characters, or is a client''s id without a caller.';

CREATE FUNCTION @extschema@.update_conversation(
    uuid,
    title text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
BEGIN
    RETURN @extschema@.update_conversation($1::pg_catalog.text, title, metadata);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.update_conversation(uuid, text, jsonb) TO PUBLIC;

CREATE FUNCTION @extschema@.update_conversation(
    conversation_id text,
    title text DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    conversations pg_catalog.regclass;
    result pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_object('metadata', metadata);
    conversation := agentchat.conversation_by_name(conversation_id);
    -- The lock comes before the row's lock, as in append_messages(). Otherwise, a transaction that updates
    -- and then appends could deadlock with one that appends.
    PERFORM agentchat.lock_conversation(conversation);
    conversations := agentchat.table_of('conversations');
    -- It takes the stored metadata from the row that it locks: keys that others write at the same time stay.
    EXECUTE pg_catalog.format(
        'UPDATE %s AS c SET title = COALESCE($2, c.title), metadata = agentchat.merged(c.metadata, $3) '
        'WHERE c.id OPERATOR(pg_catalog.=) $1 RETURNING pg_catalog.jsonb_build_object('
        '''id'', $1, ''title'', c.title, ''metadata'', c.metadata, ''updated_at'', agentchat.utc_time(%s))',
        conversations, agentchat.time_in_utc(conversations, 'updated_at', 'c.updated_at'))
        INTO result USING conversation, title, metadata;
    -- A policy may let the caller see the conversation, but not change it.
    IF result IS NULL THEN
        PERFORM agentchat.refuse_conversation(conversation);
    END IF;
    RETURN result;
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.update_conversation(text, text, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.update_conversation(uuid, text, jsonb) IS
'As update_conversation(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.update_conversation(text, text, jsonb) IS
'Changes the title of a conversation and keys of its metadata, and returns {"id", "title", "metadata", '
'"updated_at"}.

conversation_id: a UUID, or the id that the client chose. title: NULL leaves it unchanged. metadata: an '
'object. Its keys replace stored ones, as a whole; a JSON null removes a key. Other keys stay, also those '
'that another session writes at the same time. updated_at: ISO 8601 with six digits and Z; it stays if '
'nothing changes. Errors: PT404 the caller cannot see or change such a conversation; 22004 conversation_id '
'is NULL; 22023 metadata is not a JSON object, or conversation_id is empty, has more than 255 characters, or '
'is a client''s id without a caller; PT409 the stored metadata is not a JSON object.';

-- agent_usage(), for pages that show a user's agents and limit.
CREATE FUNCTION @extschema@.agent_usage(user_id uuid DEFAULT NULL) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    asked CONSTANT uuid := coalesce($1, agentchat.caller());
    is_visible boolean;
    usage record;
BEGIN
    IF asked IS NULL THEN
        RAISE EXCEPTION 'no user given'
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = 'Neither the argument user_id nor the claims of the request name a user.',
                  HINT = 'Pass user_id, or sign in.';
    END IF;
    EXECUTE format('SELECT true FROM %susers WHERE id = $1', agentchat.tables_prefix())
    INTO is_visible USING asked;
    IF is_visible IS NULL THEN
        RETURN NULL;
    END IF;
    IF asked = agentchat.caller() THEN
        SELECT * INTO usage FROM agentchat.own_usage_of_agents();
    ELSE
        SELECT * INTO usage FROM agentchat.usage_of_agents(ARRAY[asked]);
    END IF;
    RETURN jsonb_build_object(
        'limit', usage.agent_limit, 'used', usage.used,
        'remaining', CASE WHEN usage.agent_limit <> -1 THEN greatest(usage.agent_limit - usage.used, 0) END,
        'plan', usage.plan);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.agent_usage(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.agent_usage(uuid) IS
'Returns how many agents a user has and may have: {"limit", "used", "remaining", "plan"}.

The result is NULL if the caller cannot see such a user. Archived agents do not count. limit: -1 for no '
'limit; remaining is then null. plan: that of the active subscription with the highest limit, or null '
'without one. user_id: by default the caller. The function takes no lock. Errors: 22023 neither user_id nor '
'a caller.';

-- get_agent(), for a server that is about to call a model for a user's agent.
CREATE FUNCTION @extschema@.get_agent(agent_instance_id uuid, format text DEFAULT 'rows') RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
AS $function$
DECLARE
    form CONSTANT pg_catalog.text := COALESCE($2, 'rows');
    result pg_catalog.jsonb;
BEGIN
    PERFORM agentchat.check_format(form, '{rows, ai-sdk, openai, anthropic}', '{openai, anthropic}',
        'Read the format ai-sdk: the AI SDK makes a request of its schemas with jsonSchema().');
    IF $1 IS NOT NULL THEN
        EXECUTE agentchat.agent_query(form) INTO result USING $1;
    END IF;
    RETURN result;
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.get_agent(uuid, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.get_agent(uuid, text) IS
'Returns a user''s agent with its definition, its configuration and its tools, as one JSON value.

The result is NULL if the caller cannot see such an instance. format: rows, ai-sdk, openai or anthropic. The '
'last three give the system prompt and the tools as a request to the model needs them. configuration: the '
'definition''s capabilities, and over them, key by key, the configuration of the instance. '
'definition_status: gone if the definition has become private; nothing of it is then in the result. Errors: '
'22023 unknown format; 54000 larger than a jsonb value can be.';

-- validate_tool_input(), for what a model wrote as the input of a tool.
CREATE FUNCTION @extschema@.validate_tool_input(tool text, input jsonb) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'validate_tool_input() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.validate_tool_input(text, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.validate_tool_input(text, jsonb) IS
'Checks the input of a tool by its JSON Schema: {"valid", "errors": [{"path", "message"}]}.

tool: the id or the name of a row of agent_tools that the caller may see. path: the JSON Pointer of the '
'wrong value in the input. message: what was wanted and what came, in words for the model. All errors are '
'given. Errors: 22004 an argument is NULL; 22023 the stored schema is not a valid JSON Schema, or the input '
'is nested too deeply; PT404 tool not found.';

-- advance_workflow(), for the workers of a workflow.
CREATE FUNCTION @extschema@.advance_workflow(
    id uuid,
    status text DEFAULT NULL,
    step jsonb DEFAULT NULL,
    result jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql COST 1000
AS $function$
DECLARE
    workflows pg_catalog.regclass;
    columns pg_catalog.text;
    assignments pg_catalog.text;
    workflow pg_catalog.record;
    steps pg_catalog.jsonb;
    stored_steps pg_catalog.jsonb;
    found_id pg_catalog.uuid;
BEGIN
    PERFORM agentchat.require_not_null('id', id IS NULL);
    PERFORM agentchat.check_workflow_change(status, step);
    workflows := agentchat.table_of('workflows');
    columns := pg_catalog.format(
        'w.id, w.workflow_id::pg_catalog.text AS workflow_id, w.status::pg_catalog.text AS status, '
        'agentchat.utc_time(%s) AS updated_at',
        agentchat.time_in_utc(workflows, 'updated_at', 'w.updated_at'));
    EXECUTE pg_catalog.format('SELECT %s, w.steps::pg_catalog.jsonb AS steps FROM %s w '
        'WHERE w.id OPERATOR(pg_catalog.=) $1 FOR NO KEY UPDATE OF w', columns, workflows)
        INTO workflow USING id;
    found_id := workflow.id;
    IF found_id IS NOT NULL THEN
        PERFORM agentchat.require_workflow_move(id, workflow.status, COALESCE(status, workflow.status));
        stored_steps := workflow.steps;
        steps := agentchat.with_step(id, stored_steps, step);
        assignments := pg_catalog.concat_ws(', ', CASE WHEN status IS NOT NULL THEN 'status = $2' END,
            CASE WHEN step IS NOT NULL THEN 'steps = $3' END,
            CASE WHEN result IS NOT NULL THEN 'result = $4' END);
        IF status IS NOT NULL OR step IS NOT NULL OR result IS NOT NULL THEN
            -- A column that need not change is not written: callers may lack the right to change it.
            EXECUTE pg_catalog.format('UPDATE %s w SET %s WHERE w.id OPERATOR(pg_catalog.=) $1 RETURNING %s',
                workflows, assignments, columns) INTO workflow USING id, status, steps, result;
            found_id := workflow.id;
        END IF;
    END IF;
    IF found_id IS NULL THEN
        RAISE EXCEPTION 'workflow not found'
            USING ERRCODE = 'PT404',
                  DETAIL = pg_catalog.format(
                      'Workflow %s does not exist, or the caller may not change it.', id),
                  HINT = 'Insert the workflow into workflows first.';
    END IF;
    RETURN pg_catalog.jsonb_build_object('id', id, 'workflow_id', workflow.workflow_id,
        'status', workflow.status, 'updated_at', workflow.updated_at,
        'step_count', COALESCE(pg_catalog.jsonb_array_length(steps), 0));
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.advance_workflow(uuid, text, jsonb, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.advance_workflow(uuid, text, jsonb, jsonb) IS
'Moves a workflow to another status, appends a step to it and sets its result, in one go: {"id", '
'"workflow_id", "status", "step_count", "updated_at"}.

Many sessions can call it for one workflow. No step is lost, and the order of the steps is that of the '
'commits. status: from pending to running, from running to completed or failed, and from failed to running; '
'the status that the workflow already has changes nothing. step: a JSON object. result: any JSON value. An '
'argument that is NULL leaves its column as it is. Errors: 22004 id is NULL; 22023 an unknown status, a step '
'that is not an object, or steps that are too large together; PT404 the caller cannot change such a '
'workflow; PT409 the status cannot change this way; 40001 under REPEATABLE READ and SERIALIZABLE, the '
'workflow was changed since the transaction began.';

-- agentchat.count_tokens(), for budgets of context and cost.
CREATE FUNCTION agentchat.count_tokens(text text, tokenizer text DEFAULT 'o200k_base') RETURNS bigint
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'count_tokens() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION agentchat.count_tokens(text, text) TO PUBLIC;

COMMENT ON FUNCTION agentchat.count_tokens(text, text) IS
'Counts the tokens of a text.

tokenizer: o200k_base or cl100k_base, which count as OpenAI''s tiktoken; or estimate, which is faster and '
'rather counts too many. A special token such as <|endoftext|> counts as the text that it is. The result is '
'NULL if an argument is NULL. Errors: 22023 unknown tokenizer; 54000 more than 16 MB that a tokenizer does '
'not split, such as one word.';

-- The function that searches messages.
CREATE FUNCTION @extschema@.search_messages(
    query text,
    conversation_id uuid DEFAULT NULL,
    page_size integer DEFAULT 20,
    cursor text DEFAULT NULL,
    user_id uuid DEFAULT NULL,
    filter jsonb DEFAULT NULL,
    "in" text DEFAULT 'text'
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL RESTRICTED COST 10000 SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'search_messages() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.search_messages(text, uuid, integer, text, uuid, jsonb, text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.search_messages(text, uuid, integer, text, uuid, jsonb, text) IS
'Returns the messages of a user that have all the words, the newest first, page by page: {"messages": '
'[{"id", "conversation_id", "title", "role", "place", "snippet"}], "next_cursor"}.

query: words such as red "big car" -bike or train, found anywhere, in either case, with or without accents. '
'conversation_id: only messages of this conversation. page_size: 1 to 100. cursor: next_cursor of the '
'previous page; null at the end. A call ends after about 0.2 seconds; a page can then be short or empty, and '
'next_cursor goes on. user_id: by default the caller. filter: only conversations whose metadata contain it. '
'in: text, or all to search reasoning and the inputs and outputs of tools, too. place: {"created_at" (ISO '
'8601, UTC), "before_message" (what get_conversation() takes to end a page with this message; null for the '
'last)}. snippet: {"in" (text, reasoning or tool), "text", "hits": [{"start", "end"}] (in UTF-16 code units '
'of the text), "cut_before", "cut_after"}. Errors: 22004 query is NULL; 22023 page_size, cursor, filter or '
'in is not valid, more than 64 words, or neither user_id nor a caller.';

-- The functions of the feature runs: an answer is written while readers read it, and outlives its server.
CREATE FUNCTION @extschema@.start_run(
    uuid,
    message_id text DEFAULT NULL,
    stale_after interval DEFAULT '30 seconds',
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
BEGIN
    RETURN @extschema@.start_run($1::pg_catalog.text, message_id, stale_after, metadata);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.start_run(uuid, text, interval, jsonb) TO PUBLIC;

CREATE FUNCTION @extschema@.start_run(
    conversation_id text,
    message_id text DEFAULT NULL,
    stale_after interval DEFAULT '30 seconds',
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    answer pg_catalog.uuid;
    running pg_catalog.record;
    runs pg_catalog.regclass;
    clause pg_catalog.text;
    run pg_catalog.uuid;
    started_at pg_catalog.timestamp;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.check_stale_after(stale_after);
    PERFORM agentchat.require_object('metadata', metadata);
    conversation := agentchat.conversation_by_name(conversation_id);
    PERFORM agentchat.lock_conversation(conversation);

    -- The AI SDK makes an empty id if the application gives none.
    IF COALESCE(message_id, '') OPERATOR(pg_catalog.=) '' THEN
        answer := pg_catalog.gen_random_uuid();
    ELSE
        answer := agentchat.uuid_of_name(conversation, message_id);
        IF agentchat.is_elsewhere(answer, conversation) THEN
            RAISE EXCEPTION 'message belongs to another conversation'
                USING ERRCODE = 'PT409',
                      DETAIL = pg_catalog.format('message_id is %s.', agentchat.quoted_excerpt(message_id)),
                      HINT = 'No run was started. Give the message another id, or none.';
        END IF;
    END IF;
    SELECT f.* INTO running FROM agentchat.fail_silent_run(conversation, stale_after) f;
    IF NOT running.has_failed THEN
        RAISE EXCEPTION 'a run is in progress'
            USING ERRCODE = 'PT409',
                  DETAIL = pg_catalog.format('Run %s is running. Its last sign of life was at %s.',
                      running.id, agentchat.utc_time(running.last_sign)),
                  HINT = 'Read it with read_chunks(), or ask it to stop with stop_run().';
    END IF;

    runs := agentchat.table_of('runs');
    -- ON CONFLICT raises 40001 for a run that an old snapshot does not show. It passes by a run that a policy
    -- hides, for which the second INSERT raises 23505. The default of started_at is the time when the
    -- transaction began, which can be long ago: the run would be silent from its start.
    FOREACH clause IN ARRAY '{ON CONFLICT DO NOTHING, ""}'::pg_catalog.text[] LOOP
        EXECUTE pg_catalog.format('INSERT INTO %s (conversation_id, message_id, started_at, metadata) '
            'VALUES ($1, $2, %s, $4) %s RETURNING id, %s', runs,
            agentchat.time_in_utc(runs, 'started_at', '$3'), clause,
            agentchat.time_in_utc(runs, 'started_at', 'started_at'))
            INTO run, started_at
            USING conversation, answer, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()), metadata;
        EXIT WHEN run IS NOT NULL;
    END LOOP;
    RETURN pg_catalog.jsonb_build_object('run_id', run, 'conversation_id', conversation,
        'message_id', answer, 'status', 'running', 'started_at', agentchat.utc_time(started_at),
        'next_seq', 1, 'taken_over', CASE WHEN running.has_failed THEN pg_catalog.jsonb_build_object(
            'run_id', running.id, 'message_id', running.message_id, 'has_chunks', running.has_chunks) END);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.start_run(text, text, interval, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.start_run(uuid, text, interval, jsonb) IS
'As start_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.start_run(text, text, interval, jsonb) IS
'Starts a run, the writing of an answer to a conversation: {"run_id", "conversation_id", "message_id", '
'"status": "running", "started_at", "next_seq": 1, "taken_over"}.

One run at a time can be running in a conversation. conversation_id: a UUID, or the id that the client '
'chose. message_id: the id of the answer; an id that is not a UUID stands for the UUIDv5 of conversation and '
'id; by default a new one. stale_after: a running run that has given no sign of life for so long is marked '
'as failed and taken over; taken_over is then its {"run_id", "message_id", "has_chunks"}, otherwise null. '
'metadata: an object. Errors: PT409 a run is in progress, or the message belongs to another conversation; '
'PT404 the caller cannot see such a conversation; 22004 conversation_id or stale_after is NULL; 22023 '
'stale_after is negative, metadata is not an object, or conversation_id is empty, has more than 255 '
'characters, or is a client''s id without a caller; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.stop_run(uuid) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
BEGIN
    RETURN @extschema@.stop_run($1::pg_catalog.text);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.stop_run(uuid) TO PUBLIC;

CREATE FUNCTION @extschema@.stop_run(conversation_id text) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    run pg_catalog.record;
    runs pg_catalog.regclass;
    stop_requested_at pg_catalog.timestamp;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    conversation := agentchat.conversation_by_name(conversation_id);
    run := agentchat.lock_running_run(conversation);
    IF run IS NULL THEN
        IF NOT agentchat.sees_conversation(conversation) THEN
            PERFORM agentchat.refuse_conversation(conversation);
        END IF;
        RETURN '{"status": "none"}';
    END IF;
    stop_requested_at := run.stop_requested_at;
    IF stop_requested_at IS NULL THEN
        runs := agentchat.table_of('runs');
        EXECUTE pg_catalog.format(
            'UPDATE %s SET stop_requested_at = %s WHERE id OPERATOR(pg_catalog.=) $1 RETURNING %s', runs,
            agentchat.time_in_utc(runs, 'stop_requested_at', '$2'),
            agentchat.time_in_utc(runs, 'stop_requested_at', 'stop_requested_at'))
            INTO stop_requested_at
            USING run.id, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp());
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run.id, 'status', run.status,
        'stop_requested_at', agentchat.utc_time(stop_requested_at));
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.stop_run(text) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.stop_run(uuid) IS
'As stop_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.stop_run(text) IS
'Asks the writer of the running run to stop: {"run_id", "status": "running", "stop_requested_at"}, or '
'{"status": "none"} if no run is running.

append_chunks() and heartbeat_run() tell the writer, which then calls finish_run(). A second call changes '
'nothing. conversation_id: a UUID, or the id that the client chose. Errors: PT404 the caller cannot see such '
'a conversation; 22004 conversation_id is NULL; 22023 conversation_id is empty, has more than 255 '
'characters, or is a client''s id without a caller; 40001 under REPEATABLE READ and SERIALIZABLE, the run '
'changes at the same time; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.heartbeat_run(run_id uuid) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    run pg_catalog.record;
    runs pg_catalog.regclass;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('run_id', run_id IS NULL);
    run := agentchat.lock_run_while_running(run_id);
    runs := agentchat.table_of('runs');
    EXECUTE pg_catalog.format('UPDATE %s SET heartbeat_at = %s WHERE id OPERATOR(pg_catalog.=) $1', runs,
        agentchat.time_in_utc(runs, 'heartbeat_at', '$2'))
        USING run_id, pg_catalog.timezone('UTC', pg_catalog.clock_timestamp());
    RETURN pg_catalog.jsonb_build_object('stop_requested', run.stop_requested_at IS NOT NULL);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.heartbeat_run(uuid) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.heartbeat_run(uuid) IS
'Says that the writer of a run is alive: {"stop_requested"}.

Call it while no chunk comes, for example while a tool is running. stop_requested: whether stop_run() was '
'called. Errors: PT404 the caller cannot see such a run; PT409 the run is over; 22004 run_id is NULL; 40001 '
'under REPEATABLE READ and SERIALIZABLE, the run changes at the same time; 0A000 the feature is off.';

CREATE FUNCTION @extschema@.recover_run(
    uuid,
    stale_after interval DEFAULT '30 seconds'
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
BEGIN
    RETURN @extschema@.recover_run($1::pg_catalog.text, stale_after);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.recover_run(uuid, interval) TO PUBLIC;

CREATE FUNCTION @extschema@.recover_run(
    conversation_id text,
    stale_after interval DEFAULT '30 seconds'
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    conversation pg_catalog.uuid;
    run pg_catalog.record;
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.check_stale_after(stale_after);
    conversation := agentchat.conversation_by_name(conversation_id);
    PERFORM agentchat.lock_conversation(conversation);
    PERFORM agentchat.fail_silent_run(conversation, stale_after);
    EXECUTE agentchat.run_query(pg_catalog.format('r.conversation_id OPERATOR(pg_catalog.=) $1 '
        'AND r.status OPERATOR(pg_catalog.=) ''failed'' '
        'AND EXISTS (SELECT FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) r.id) '
        'ORDER BY r.started_at, r.id LIMIT 1', agentchat.table_of('run_chunks'))) INTO run USING conversation;
    IF run.id IS NULL THEN
        RETURN '{"status": "none"}';
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run.id, 'conversation_id', run.conversation_id,
        'message_id', run.message_id, 'status', run.status,
        'started_at', agentchat.utc_time(run.started_at),
        'finished_at', agentchat.utc_time(COALESCE(run.finished_at, run.started_at)));
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.recover_run(text, interval) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.recover_run(uuid, interval) IS
'As recover_run(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.recover_run(text, interval) IS
'Finds the oldest failed run of a conversation whose chunks nobody has saved: {"run_id", "conversation_id", '
'"message_id", "status": "failed", "started_at", "finished_at"}, or {"status": "none"}.

It first marks a running run as failed that has given no sign of life for stale_after. Read the chunks with '
'read_chunks(), make a message of them, and save it with finish_run() and the status failed. '
'conversation_id: a UUID, or the id that the client chose. Errors: PT404 the caller cannot see such a '
'conversation; 22004 an argument is NULL; 22023 stale_after is negative, or conversation_id is empty, has '
'more than 255 characters, or is a client''s id without a caller; 40001 under REPEATABLE READ and '
'SERIALIZABLE, the run changes at the same time; 0A000 the feature is off.';

-- The functions that write and read the chunks of a run.
CREATE FUNCTION @extschema@.append_chunks(run_id uuid, chunks jsonb, from_seq integer) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    batch pg_catalog.jsonb;
    run pg_catalog.record;
    next pg_catalog.int8;
    -- The number after the last chunk of the batch.
    batch_end pg_catalog.int8;
BEGIN
    PERFORM agentchat.require_not_null('run_id', run_id IS NULL);
    PERFORM agentchat.require_not_null('chunks', chunks IS NULL);
    PERFORM agentchat.require_not_null('from_seq', from_seq IS NULL);
    PERFORM agentchat.require_feature('runs');
    batch := agentchat.read_chunk_argument(chunks, from_seq);
    batch_end := from_seq::pg_catalog.int8 OPERATOR(pg_catalog.+) pg_catalog.jsonb_array_length(batch);

    run := agentchat.lock_run_while_running(run_id);
    -- Others may have appended while this call waited for the lock.
    SELECT COALESCE(n.seq, 0)::pg_catalog.int8 OPERATOR(pg_catalog.+) 1 INTO next
    FROM agentchat.newest_chunk_of_locked(run_id) n;
    PERFORM agentchat.require_no_gap(batch, from_seq, next);
    IF from_seq OPERATOR(pg_catalog.<) LEAST(next, batch_end) THEN
        PERFORM agentchat.require_same_as_stored(run_id, batch, from_seq, next);
    END IF;
    IF batch_end OPERATOR(pg_catalog.>) GREATEST(next, from_seq) THEN
        EXECUTE pg_catalog.format(
            'INSERT INTO %s (run_id, seq, chunk) SELECT $1, b.seq, b.chunk FROM ('
            'SELECT $3 OPERATOR(pg_catalog.+) e.n OPERATOR(pg_catalog.-) 1, e.chunk '
            'FROM pg_catalog.jsonb_array_elements($2) WITH ORDINALITY e (chunk, n)) b (seq, chunk) '
            'WHERE b.seq OPERATOR(pg_catalog.>=) $4', agentchat.table_of('run_chunks'))
            USING run_id, batch, from_seq, next;
    END IF;
    RETURN pg_catalog.jsonb_build_object(
        'next_seq', CASE WHEN batch_end OPERATOR(pg_catalog.=) from_seq THEN next
            ELSE GREATEST(next, batch_end) END,
        'stop_requested', run.stop_requested_at IS NOT NULL);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.append_chunks(uuid, jsonb, integer) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.append_chunks(uuid, jsonb, integer) IS
'Writes the next chunks of a running run, all or none, and returns {"next_seq", "stop_requested"}.

chunks: an array of objects, such as UIMessageChunks of the AI SDK, or an object for one chunk. from_seq: '
'the number of the first; a run begins with 1. Chunks that are already stored may be sent again. next_seq: '
'the number of the next chunk of the run. Errors: 22023 chunks before from_seq are missing, from_seq is less '
'than 1, or a chunk is not an object, with the path; 22004 an argument is NULL; PT404 the caller cannot see '
'such a run; PT409 the run is over, or another chunk with that number is stored; 0A000 the feature runs is '
'off.';

CREATE FUNCTION @extschema@.read_chunks(
    uuid,
    run_id uuid DEFAULT NULL,
    after integer DEFAULT 0,
    max integer DEFAULT 1000
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000
AS $function$
BEGIN
    RETURN @extschema@.read_chunks($1::pg_catalog.text, run_id, after, max);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.read_chunks(uuid, uuid, integer, integer) TO PUBLIC;

CREATE FUNCTION @extschema@.read_chunks(
    conversation_id text,
    run_id uuid DEFAULT NULL,
    after integer DEFAULT 0,
    max integer DEFAULT 1000
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE COST 1000 SET enable_seqscan = off
AS $function$
DECLARE
    -- A result ends after the chunk that makes it larger than this.
    enough_bytes CONSTANT pg_catalog.int4 := 8388608;
    first CONSTANT pg_catalog.int4 := COALESCE(after, 0);
    most CONSTANT pg_catalog.int4 := COALESCE(max, 1000);
    conversation pg_catalog.uuid;
    stored pg_catalog.regclass;
    run pg_catalog.record;
    chunk pg_catalog.record;
    chunks pg_catalog.jsonb[] := '{}';
    size pg_catalog.int8 := 0;
    next pg_catalog.int4 := first;
    has_more pg_catalog.bool := false;
    newest pg_catalog.timestamp;
    idle_ms pg_catalog.int8;
BEGIN
    PERFORM agentchat.require_not_null('conversation_id', conversation_id IS NULL);
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_not_negative('after', after);
    PERFORM agentchat.require_not_negative('max', max);
    conversation := agentchat.conversation_by_name(conversation_id);
    EXECUTE CASE WHEN run_id IS NULL THEN agentchat.running_run_query()
        ELSE agentchat.run_query('r.conversation_id OPERATOR(pg_catalog.=) $1 '
            'AND r.id OPERATOR(pg_catalog.=) $2') END INTO run USING conversation, run_id;
    IF run.id IS NULL THEN
        RETURN '{"status": "none"}';
    END IF;

    -- One probe of the index finds everything: the chunk `after`, whose time tells when the run last wrote;
    -- up to `max` chunks after it; and one more, which tells that the run has more.
    stored := agentchat.table_of('run_chunks');
    FOR chunk IN EXECUTE pg_catalog.format(
        'SELECT c.seq, %s AS created_at, c.chunk FROM %s c WHERE c.run_id OPERATOR(pg_catalog.=) $1 '
        'AND c.seq OPERATOR(pg_catalog.>=) $2 ORDER BY c.seq LIMIT $3',
        agentchat.time_in_utc(stored, 'created_at', 'c.created_at'), stored)
        USING run.id, first, most::pg_catalog.int8 OPERATOR(pg_catalog.+) 2
    LOOP
        newest := chunk.created_at;
        CONTINUE WHEN chunk.seq OPERATOR(pg_catalog.<=) first;
        has_more := size OPERATOR(pg_catalog.>) enough_bytes
            OR pg_catalog.cardinality(chunks) OPERATOR(pg_catalog.=) most;
        EXIT WHEN has_more;
        -- append_chunks() writes only objects. Other statements can write anything.
        IF pg_catalog.jsonb_typeof(chunk.chunk) OPERATOR(pg_catalog.<>) 'object' THEN
            RAISE EXCEPTION 'a chunk must be a JSON object'
                USING ERRCODE = 'invalid_parameter_value',
                      DETAIL = pg_catalog.format('Chunk %s of the run is not an object.', chunk.seq),
                      HINT = 'Write chunks with append_chunks().';
        END IF;
        chunks := pg_catalog.array_append(chunks, chunk.chunk);
        next := chunk.seq;
        -- The size of a stored value would be that of its compressed bytes.
        size := size OPERATOR(pg_catalog.+)
            pg_catalog.pg_column_size(chunk.chunk OPERATOR(pg_catalog.||) '{}'::pg_catalog.jsonb);
    END LOOP;

    IF run.status OPERATOR(pg_catalog.=) 'running' THEN
        IF has_more OR newest IS NULL AND first OPERATOR(pg_catalog.>) 0 THEN
            SELECT n.created_at INTO newest FROM agentchat.newest_chunk(run.id) n;
        END IF;
        idle_ms := GREATEST(0, pg_catalog.floor(1000 OPERATOR(pg_catalog.*) EXTRACT(epoch FROM
            pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()) OPERATOR(pg_catalog.-)
            GREATEST(run.started_at, run.heartbeat_at, newest))));
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run.id, 'message_id', run.message_id,
        'status', run.status, 'stop_requested', run.stop_requested_at IS NOT NULL, 'chunks', chunks,
        'next', next, 'has_more', has_more, 'idle_ms', idle_ms);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.read_chunks(text, uuid, integer, integer) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.read_chunks(uuid, uuid, integer, integer) IS
'As read_chunks(text), for a uuid in SQL, such as the column id of conversations. '
'PostgREST does not offer this function.';

COMMENT ON FUNCTION @extschema@.read_chunks(text, uuid, integer, integer) IS
'Returns the chunks of a run after a number, and the state of the run: {"run_id", "message_id", "status", '
'"stop_requested", "chunks", "next", "has_more", "idle_ms"}, or {"status": "none"} without such a run.

conversation_id: its UUID, or the id that the client chose, which names a conversation of the caller. '
'run_id: a run of that conversation; by default the running one. after: the number of the last chunk that '
'the reader has. max: the largest number of chunks; a call also ends after about 8 MB. next: the number of '
'the last chunk of the result, for the next call. idle_ms: milliseconds since the last sign of life of a '
'running run; null when it is over. Errors: 22023 after or max is negative, or conversation_id is empty, has '
'more than 255 characters, or is a client''s id without a caller; 22004 conversation_id is NULL; 0A000 the '
'feature runs is off.';

-- The function that ends a run.
CREATE FUNCTION @extschema@.finish_run(
    run_id uuid,
    status text,
    messages jsonb DEFAULT NULL,
    format text DEFAULT 'ai-sdk',
    error jsonb DEFAULT NULL,
    metadata jsonb DEFAULT NULL
) RETURNS jsonb
    LANGUAGE plpgsql VOLATILE PARALLEL UNSAFE COST 1000
AS $function$
DECLARE
    runs pg_catalog.regclass;
    conversation pg_catalog.uuid;
    input pg_catalog.jsonb := '[]';
    run pg_catalog.record;
    finished_at pg_catalog.timestamp;
BEGIN
    PERFORM agentchat.require_not_null('run_id', run_id IS NULL);
    PERFORM agentchat.require_not_null('status', status IS NULL);
    PERFORM agentchat.check_final_status(status);
    PERFORM agentchat.check_input_format(format);
    PERFORM agentchat.require_object('metadata', metadata);
    PERFORM agentchat.require_feature('runs');
    EXECUTE agentchat.run_query('r.id OPERATOR(pg_catalog.=) $1') INTO run USING run_id;
    IF run.id IS NULL THEN
        PERFORM agentchat.refuse_run(run_id);
    END IF;
    conversation := run.conversation_id;
    IF messages IS NOT NULL THEN
        input := agentchat.read_messages(messages, COALESCE(format, 'ai-sdk'), conversation);
    END IF;
    IF NOT agentchat.lock_conversation_if_visible(conversation) THEN
        PERFORM agentchat.refuse_run(run_id);
    END IF;
    run := agentchat.lock_run(run_id);
    finished_at := COALESCE(run.finished_at,
        pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()));

    IF agentchat.ends_run(run_id, run.status, status) THEN
        runs := agentchat.table_of('runs');
        -- The keys of metadata replace those that start_run() was given.
        EXECUTE pg_catalog.format(
            'UPDATE %s SET status = $2, finished_at = %s, error = COALESCE($4, error), '
            'metadata = CASE WHEN $5 IS NULL THEN metadata '
            'ELSE COALESCE(metadata, ''{}'') OPERATOR(pg_catalog.||) $5 END '
            'WHERE id OPERATOR(pg_catalog.=) $1', runs, agentchat.time_in_utc(runs, 'finished_at', '$3'))
            USING run_id, status, finished_at, error, metadata;
        -- The rules allow it only when the run is over.
        PERFORM agentchat.delete_chunks(run_id);
        input := agentchat.write_messages(conversation, input);
    ELSE
        input := '[]';
    END IF;
    RETURN pg_catalog.jsonb_build_object('run_id', run_id, 'message_id', run.message_id, 'status', status,
        'finished_at', agentchat.utc_time(finished_at), 'messages', input);
END
$function$;

GRANT EXECUTE ON FUNCTION @extschema@.finish_run(uuid, text, jsonb, text, jsonb, jsonb) TO PUBLIC;

COMMENT ON FUNCTION @extschema@.finish_run(uuid, text, jsonb, text, jsonb, jsonb) IS
'Ends a run in one transaction: writes the answer, marks the run and deletes its chunks. Returns {"run_id", '
'"message_id", "status", "finished_at", "messages"}; messages is what append_messages() returns.

status: finished, failed or stopped. messages, format: as in append_messages(); NULL for no messages. error: '
'what went wrong. metadata: an object, whose keys replace those that start_run() was given. A repeat with '
'the same status is no error and writes nothing. A run that was marked as failed because it was silent can '
'be ended once more, with the status failed, while it has chunks: this saves what its writer left. Errors: '
'22023 unknown status or format, metadata that is not an object, or a message that does not match its '
'format, with the path; 22004 an argument is NULL; PT404 the caller cannot see such a run; PT409 the run is '
'over with another status, or a message belongs to another conversation; 0A000 the feature runs is off.';

-- sweep_runs() marks all runs as failed that give no sign of life, and lists the runs that are not saved.
--
-- It has no search_path of its own: triggers of the user on runs expect the caller's. Therefore every name
-- and operator is qualified. The columns of times may be timestamp in UTC or timestamptz; the seconds since
-- 1970 are the same.
CREATE FUNCTION agentchat.sweep_runs(older_than interval DEFAULT '1 minute')
RETURNS TABLE (run_id uuid, conversation_id uuid, message_id uuid, started_at timestamp, chunks bigint)
    LANGUAGE plpgsql SET row_security = off
    AS $function$
DECLARE
    prefix CONSTANT pg_catalog.text := agentchat.tables_prefix();
    last_sign CONSTANT pg_catalog.text := pg_catalog.format(
        'GREATEST(pg_catalog.date_part(''epoch'', r.started_at), '
        'pg_catalog.date_part(''epoch'', r.heartbeat_at), '
        '(SELECT pg_catalog.date_part(''epoch'', c.created_at) FROM %srun_chunks c '
        'WHERE c.run_id OPERATOR(pg_catalog.=) r.id ORDER BY c.seq DESC LIMIT 1))', prefix);
    silent_since double precision;
    silent pg_catalog.uuid[];
BEGIN
    PERFORM agentchat.require_feature('runs');
    PERFORM agentchat.require_owner('sweep runs');
    IF older_than IS NULL THEN
        RAISE EXCEPTION 'an argument must not be NULL'
            USING ERRCODE = 'null_value_not_allowed', DETAIL = 'The argument is older_than.';
    END IF;
    IF older_than OPERATOR(pg_catalog.<) interval '0' THEN
        RAISE EXCEPTION 'older_than must not be negative'
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass how long a run may give no sign of life, such as ''1 minute''.';
    END IF;
    silent_since := pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())
        OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', older_than);

    -- A run that is locked is being written, or is being recovered.
    EXECUTE pg_catalog.format(
        'SELECT pg_catalog.array_agg(l.id) FROM (SELECT r.id FROM %sruns r '
        'WHERE r.status OPERATOR(pg_catalog.=) ''running'' AND %s OPERATOR(pg_catalog.<=) $1 '
        'FOR NO KEY UPDATE OF r SKIP LOCKED) l', prefix, last_sign)
        INTO silent USING silent_since;
    -- Chunks can have come before the locks were taken. The column's type reads the zone of the literal, or
    -- ignores it. The text is that of silence_error() in src/runs/silent_run.cpp.
    EXECUTE pg_catalog.format(
        'UPDATE %1$sruns u SET status = ''failed'', finished_at = %2$L, '
        'error = pg_catalog.jsonb_build_object(''message'', pg_catalog.concat('
        '''The run has given no sign of life since '', pg_catalog.to_char(pg_catalog.timezone(''UTC'', '
        'pg_catalog.to_timestamp(s.last_sign)), ''YYYY-MM-DD"T"HH24:MI:SS.USZ.''))) '
        'FROM (SELECT r.id, %3$s AS last_sign FROM %1$sruns r '
        'WHERE r.id OPERATOR(pg_catalog.=) ANY ($1)) s '
        'WHERE u.id OPERATOR(pg_catalog.=) s.id AND s.last_sign OPERATOR(pg_catalog.<=) $2',
        prefix,
        pg_catalog.to_char(pg_catalog.timezone('UTC', pg_catalog.clock_timestamp()),
            'YYYY-MM-DD HH24:MI:SS.US+00'),
        last_sign)
        USING silent, silent_since;

    -- Only runs that are running or not saved have chunks: that is the smaller table.
    RETURN QUERY EXECUTE pg_catalog.format(
        'SELECT r.id, r.conversation_id, r.message_id, pg_catalog.timezone(''UTC'', '
        'pg_catalog.to_timestamp(pg_catalog.date_part(''epoch'', r.started_at))), c.chunks '
        'FROM (SELECT run_id, pg_catalog.count(*) AS chunks FROM %1$srun_chunks GROUP BY run_id) c '
        'JOIN %1$sruns r ON r.id OPERATOR(pg_catalog.=) c.run_id '
        'WHERE r.status OPERATOR(pg_catalog.=) ''failed'' ORDER BY r.started_at, r.id', prefix);
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.sweep_runs(interval) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.sweep_runs(interval) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.sweep_runs(interval) IS
'Marks all running runs as failed that have given no sign of life for older_than, and returns all failed '
'runs whose chunks nobody has saved, with the number of their chunks; for the owner of the tables, and for '
'pg_cron. A run that another session has locked is left for the next call. Save what is returned as '
'recover_run() says. Errors: 42501 not the owner of the tables; 22004 older_than is NULL; 22023 older_than '
'is negative; 0A000 the feature is off.';

-- index_messages() makes the index of search_messages() again, of one user or of all.
CREATE FUNCTION agentchat.index_messages(user_id uuid DEFAULT NULL) RETURNS bigint
    LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    RAISE EXCEPTION 'index_messages() needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this function.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;

REVOKE EXECUTE ON FUNCTION agentchat.index_messages(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION agentchat.index_messages(uuid) TO pg_database_owner;

COMMENT ON FUNCTION agentchat.index_messages(uuid) IS
'Makes the index of the feature search again for a user, or for all users, and returns the number of '
'messages in it. The index then holds nothing of messages that were deleted or changed. Triggers keep it up '
'to date otherwise; call this after changes that no trigger has seen (session_replication_role, disabled '
'triggers). Errors: 0A000 the feature search is off.';

-- Tells PostgREST to read functions and foreign keys again, which it otherwise does only when it starts.
-- Without a listener this does nothing.
NOTIFY pgrst, 'reload schema';

-- The end of what is installed.
    PERFORM pg_catalog.set_config('search_path', callers_search_path, true);
    PERFORM pg_catalog.set_config('check_function_bodies', callers_check, true);
END
$agentchat_install$;
