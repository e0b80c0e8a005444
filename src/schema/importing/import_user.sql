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
