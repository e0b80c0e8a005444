-- The names of conversations and messages: a UUID, or an id of the client's, which stands for a UUID.

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
