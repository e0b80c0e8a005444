# shellcheck shell=bash
# validate_tool_input() of valid inputs for three tools, against ajv (compiled and warm, on a parsed input). It also finds
# the tool as the caller. Then what pg_jsonschema publishes for itself: 20,000 inserts with a CHECK.
while read -r tool ours ajv; do
    row "validate_tool_input, $tool" 'ajv' share '' µs <<<"$ours $ajv"
done < <(node bench/validate_tool_input.js)

sql <<'SQL'
INSERT INTO agent_tools (name, description, schema)
VALUES ('bench', '', '{"type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "string"}}}');
CREATE TABLE bench.checked (meta jsonb CHECK ((validate_tool_input('bench', meta) -> 'valid')::boolean));
CREATE TABLE bench.unchecked (meta jsonb);
CREATE FUNCTION bench.insert_time("table" regclass) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    times float8[];
    started timestamptz;
BEGIN
    FOR i IN 1 .. 7 LOOP
        EXECUTE format('TRUNCATE %s', "table");
        started := clock_timestamp();
        EXECUTE format('INSERT INTO %s SELECT json_build_object(%L, i, %L, i::text) FROM generate_series(1, 20000) AS t (i)',
            "table", 'a', 'b');
        times := times || 1000 * extract(epoch FROM clock_timestamp() - started)::float8;
    END LOOP;
    RETURN (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY t) FROM unnest(times) t);
END $$;
SQL
read -r checked < <(sql -c "SELECT bench.insert_time('bench.checked')")
read -r unchecked < <(sql -c "SELECT bench.insert_time('bench.unchecked')")
row '    as a CHECK of 20,000 rows' 'no CHECK' share '' <<<"$checked $unchecked"
row '    as a CHECK of 20,000 rows' 'pg_jsonschema README' share '' <<<"$checked 351"
