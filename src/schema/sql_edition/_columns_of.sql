-- The columns of a row in the formats of results.

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
