-- Reads the tables of a database of Vercel's chatbot, in any schema and of any generation.
--
-- Names of the source are in schemas that others may own. All functions in this folder that read it have a
-- search_path without that schema, and every name of it is qualified.

-- vercel_columns() returns the columns that the tables of the template have had: the name in the source, the
-- name and the kind that vercel_source() gives them, and whether the import needs them. A column whose kind
-- is left out is not imported.
CREATE FUNCTION agentchat.vercel_columns() RETURNS TABLE (
    source text, column_name name, output text, kind text, needed boolean
)
    LANGUAGE sql IMMUTABLE ROWS 50 SET search_path = pg_catalog, pg_temp
    AS $function$
VALUES
    ('User', 'id', 'id', 'uuid', true),
    ('User', 'email', 'email', 'text', true),
    ('User', 'password', NULL, 'left out', false),
    ('User', 'name', 'name', 'text', false),
    ('User', 'image', 'image', 'text', false),
    ('User', 'createdAt', 'created_at', 'timestamp', false),
    ('User', 'updatedAt', 'updated_at', 'timestamp', false),
    ('Chat', 'id', 'id', 'uuid', true),
    ('Chat', 'userId', 'user_id', 'uuid', true),
    ('Chat', 'title', 'title', 'text', false),
    ('Chat', 'visibility', 'visibility', 'text', false),
    ('Chat', 'lastContext', 'last_context', 'json', false),
    ('Chat', 'createdAt', 'created_at', 'timestamp', true),
    ('Message', 'id', 'id', 'uuid', true),
    ('Message', 'chatId', 'chat_id', 'uuid', true),
    ('Message', 'role', 'role', 'text', true),
    ('Message', 'content', 'content', 'json', true),
    ('Message', 'createdAt', 'created_at', 'timestamp', true),
    ('Message_v2', 'id', 'id', 'uuid', true),
    ('Message_v2', 'chatId', 'chat_id', 'uuid', true),
    ('Message_v2', 'role', 'role', 'text', true),
    ('Message_v2', 'parts', 'parts', 'json', true),
    ('Message_v2', 'attachments', 'attachments', 'json', false),
    ('Message_v2', 'createdAt', 'created_at', 'timestamp', true),
    ('Vote', 'chatId', 'chat_id', 'uuid', true),
    ('Vote', 'messageId', 'message_id', 'uuid', true),
    ('Vote', 'isUpvoted', 'is_upvoted', 'boolean', true),
    ('Vote_v2', 'chatId', 'chat_id', 'uuid', true),
    ('Vote_v2', 'messageId', 'message_id', 'uuid', true),
    ('Vote_v2', 'isUpvoted', 'is_upvoted', 'boolean', true),
    ('Document', 'id', 'id', 'uuid', true),
    ('Document', 'userId', 'user_id', 'uuid', true),
    ('Document', 'title', 'title', 'text', true),
    ('Document', 'content', 'content', 'text', true),
    ('Document', 'text', 'kind', 'text', false),
    ('Document', 'createdAt', 'created_at', 'timestamp', true),
    ('Suggestion', 'id', 'id', 'uuid', true),
    ('Suggestion', 'documentId', 'document_id', 'uuid', true),
    ('Suggestion', 'documentCreatedAt', 'document_created_at', 'timestamp', true),
    ('Suggestion', 'originalText', 'original_text', 'text', true),
    ('Suggestion', 'suggestedText', 'suggested_text', 'text', true),
    ('Suggestion', 'description', 'description', 'text', false),
    ('Suggestion', 'isResolved', 'is_resolved', 'boolean', false),
    ('Suggestion', 'userId', 'user_id', 'uuid', false),
    ('Suggestion', 'createdAt', 'created_at', 'timestamp', true)
$function$;

-- vercel_table_columns() returns the columns that a table of the source has, each with what vercel_columns()
-- says about it, or with an output that is NULL if the template does not know the column.
CREATE FUNCTION agentchat.vercel_table_columns(source_schema text) RETURNS TABLE (
    source text, source_table oid, column_name name, n smallint, type_id oid, base_type_id oid,
    type_name text, output text, kind text, is_of_kind boolean
)
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
SELECT c.relname::text, c.oid, a.attname, a.attnum, a.atttypid, b.type_id,
    format_type(a.atttypid, a.atttypmod), k.output,
    k.kind, CASE k.kind
        WHEN 'uuid' THEN b.type_id = 'uuid'::regtype
        WHEN 'boolean' THEN b.type_id = 'boolean'::regtype
        WHEN 'timestamp' THEN b.type_id IN ('timestamp'::regtype, 'timestamptz'::regtype)
        WHEN 'json' THEN b.type_id IN ('json'::regtype, 'jsonb'::regtype)
        WHEN 'text' THEN t.typcategory IN ('S', 'E')
        ELSE true
    END
FROM pg_namespace s
    JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p', 'f', 'v', 'm')
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type t ON t.oid = a.atttypid
    -- The type of a domain can be a domain.
    CROSS JOIN LATERAL (
        WITH RECURSIVE types AS (
            SELECT t.oid, t.typtype, t.typbasetype
            UNION ALL
            SELECT p.oid, p.typtype, p.typbasetype
            FROM types d JOIN pg_type p ON p.oid = d.typbasetype WHERE d.typtype = 'd'
        )
        SELECT y.oid FROM types y WHERE y.typtype <> 'd') b (type_id)
    LEFT JOIN agentchat.vercel_columns() k ON k.source = c.relname AND k.column_name = a.attname
WHERE s.nspname = source_schema AND c.relname IN (SELECT v.source FROM agentchat.vercel_columns() v)
$function$;

-- require_vercel_chatbot() refuses a schema that does not hold tables of Vercel's chatbot, tables that cannot
-- be read, and a time zone that does not exist.
CREATE FUNCTION agentchat.require_vercel_chatbot(source_schema text, time_zone text) RETURNS void
    LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    wrong text;
BEGIN
    IF source_schema IS NULL OR time_zone IS NULL THEN
        RAISE EXCEPTION '% is NULL', CASE WHEN source_schema IS NULL THEN 'source_schema' ELSE 'time_zone' END
            USING ERRCODE = 'null_value_not_allowed',
                  HINT = 'Pass the schema of the chatbot''s tables, and the time zone of its times: '
                         'SELECT * FROM agentchat.import_vercel_chatbot(''public'', time_zone => ''UTC'');';
    END IF;
    BEGIN
        PERFORM timestamp '2000-01-01' AT TIME ZONE time_zone;
    EXCEPTION WHEN invalid_parameter_value THEN
        RAISE EXCEPTION 'time zone "%" does not exist', time_zone
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'SELECT name FROM pg_timezone_names; lists the time zones. '
                         'The chatbot writes UTC unless its server has another time zone.';
    END;
    IF NOT EXISTS (SELECT FROM pg_namespace n WHERE n.nspname = source_schema) THEN
        RAISE EXCEPTION 'schema "%" does not exist', source_schema
            USING ERRCODE = 'invalid_parameter_value',
                  HINT = 'Pass the schema that has the chatbot''s tables, as it is spelt in the catalog.';
    END IF;
    IF NOT EXISTS (SELECT FROM agentchat.vercel_table_columns(source_schema)) THEN
        RAISE EXCEPTION 'schema "%" has no tables of Vercel''s chatbot', source_schema
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = (SELECT format('None of these tables exists: %s.',
                                          string_agg(DISTINCT quote_ident(v.source), ', '))
                            FROM agentchat.vercel_columns() v),
                  HINT = 'Pass the schema that has the chatbot''s tables.';
    END IF;

    -- A view runs functions of its owner's choice with the caller's rights.
    SELECT string_agg(c.oid::regclass::text, ', ' ORDER BY c.oid) INTO wrong
    FROM (SELECT DISTINCT t.source_table FROM agentchat.vercel_table_columns(source_schema) t) t
        JOIN pg_class c ON c.oid = t.source_table AND c.relkind = 'v'
        JOIN pg_roles r ON r.oid = c.relowner
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
       OR (SELECT u.rolsuper FROM pg_roles u WHERE u.rolname = current_user) AND NOT r.rolsuper;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the source has views of another role'
            USING ERRCODE = 'insufficient_privilege',
                  DETAIL = format('Reading these views would run their functions with the rights of the role '
                                  '%I: %s.', current_user, wrong),
                  HINT = 'Import from tables, or change the owner of the views.';
    END IF;

    SELECT string_agg(d.difference, ' ' ORDER BY d.source, d.column_name) INTO wrong
    FROM (SELECT v.source, v.column_name,
              format('%I.%I %s.', v.source, v.column_name,
                     CASE WHEN c.source IS NULL THEN 'is missing'
                     ELSE format('is of type %s instead of %s', c.type_name, v.kind) END) AS difference
          FROM agentchat.vercel_columns() v
              LEFT JOIN agentchat.vercel_table_columns(source_schema) c
                  ON c.source = v.source AND c.column_name = v.column_name
          WHERE v.source IN (SELECT t.source FROM agentchat.vercel_table_columns(source_schema) t)
            AND CASE WHEN c.source IS NULL THEN v.needed ELSE NOT c.is_of_kind END) d;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'tables in schema "%" are not those of Vercel''s chatbot', source_schema
            USING ERRCODE = 'invalid_parameter_value',
                  DETAIL = wrong,
                  HINT = 'Create views with the columns of the chatbot in a schema of their own, and import '
                         'from there.';
    END IF;
END
$function$;

-- json_needs_cleaning() tells whether clean_json() replaces characters of a text.
CREATE FUNCTION agentchat.json_needs_cleaning(json_text text) RETURNS boolean
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE SET search_path = pg_catalog, pg_temp
    AS $function$
-- Without escaped backslashes, every backslash begins an escape. Without pairs, every surrogate is alone.
SELECT json_text ~ '\\u(0000|[dD][89a-fA-F])'
   AND regexp_replace(replace(json_text, '\\', ''),
                      '\\u[dD][89abAB][[:xdigit:]]{2}\\u[dD][c-fC-F]', '', 'g') ~ '\\u(0000|[dD][89a-fA-F])'
$function$;

-- vercel_source() returns the SQL that reads some outputs of a table of the source, or NULL if the source
-- does not have the table. Times are in UTC, and JSON is jsonb. If the outputs name it, extra_columns has the
-- values of the columns that the template does not have, as an object, or NULL. replaced tells whether
-- characters of the JSON were replaced.
CREATE FUNCTION agentchat.vercel_source(source_schema text, source text, time_zone text, outputs text[])
    RETURNS text
    LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
    AS $function$
WITH columns AS (
    SELECT c.*, format('s.%I', c.column_name) AS value, quote_ident('text of column ' || c.n) AS text_name,
        -- to_jsonb() and casts to text would call functions that the owner of a type has chosen. format()
        -- calls the output function, which only superusers choose. to_jsonb() of json[] would refuse the
        -- characters that clean_json() replaces.
        c.type_id < 16384 AND c.type_id <> 'json[]'::regtype AS is_built_in,
        c.base_type_id = 'json'::regtype AS is_json,
        c.kind IS NULL AS is_extra
    FROM agentchat.vercel_table_columns(source_schema) c
    WHERE c.source = vercel_source.source
      AND (c.output = ANY (outputs) OR c.kind IS NULL AND 'extra_columns' = ANY (outputs))
), expressions AS (
    SELECT c.*,
        CASE
            WHEN c.is_json
                THEN format('CASE s.%1$s WHEN ''[]'' THEN ''[]''::jsonb '
                            'ELSE agentchat.clean_json(s.%1$s) END', c.text_name)
            WHEN c.is_extra AND c.is_built_in THEN format('to_jsonb(%s)', c.value)
            WHEN c.is_extra
                THEN format('CASE WHEN %1$s IS NOT NULL THEN to_jsonb(format(''%%s'', %1$s)) END', c.value)
            WHEN c.kind = 'json' THEN c.value || '::jsonb'
            WHEN c.kind = 'text' AND NOT c.is_built_in
                THEN format('CASE WHEN %1$s IS NOT NULL THEN format(''%%s'', %1$s) END', c.value)
            WHEN c.kind = 'timestamp' AND c.base_type_id = 'timestamptz'::regtype
                THEN c.value || ' AT TIME ZONE ''UTC'''
            WHEN c.kind = 'timestamp'
                THEN format('%s::timestamp AT TIME ZONE %L AT TIME ZONE ''UTC''', c.value, time_zone)
            ELSE format('%s::%s', c.value, c.kind)
        END AS expression
    FROM columns c
)
SELECT format('SELECT %s FROM (SELECT s.*%s FROM %I.%I s OFFSET 0) s',
    concat_ws(', ',
        (SELECT string_agg(format('%s AS %s', coalesce(e.expression,
                    'NULL::' || CASE k.kind WHEN 'json' THEN 'jsonb' ELSE k.kind END), k.output), ', ')
         FROM agentchat.vercel_columns() k
             LEFT JOIN expressions e ON e.column_name = k.column_name
         WHERE k.source = vercel_source.source AND k.output = ANY (outputs)),
        (SELECT coalesce(CASE WHEN count(*) > 0
            THEN format('(SELECT jsonb_object_agg(e.key, e.value) FROM (VALUES %s) e (key, value) '
                                'WHERE e.value IS NOT NULL)',
                                string_agg(format('(%L, %s)', e.column_name, e.expression), ', ')) END,
                         'NULL::jsonb') || ' AS extra_columns'
         FROM expressions e
         WHERE e.is_extra),
        -- strpos() finds out quickly about most texts.
        (SELECT coalesce(string_agg(format('coalesce(strpos(s.%1$s, ''\u'') > 0 '
                                           'AND agentchat.json_needs_cleaning(s.%1$s), false)', e.text_name),
                                    ' OR '), 'false') || ' AS replaced'
         FROM expressions e
         WHERE e.is_json)),
    -- The text of JSON is used several times.
    (SELECT string_agg(format(', %s::text AS %s', e.value, e.text_name), '') FROM expressions e
        WHERE e.is_json),
    source_schema, vercel_source.source)
WHERE EXISTS (SELECT FROM agentchat.vercel_table_columns(source_schema) c
    WHERE c.source = vercel_source.source)
$function$;
