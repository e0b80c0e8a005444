-- Gives all that there is of agentchat to the role that has installed the extension, as its own. The
-- extension is then without members, and DROP EXTENSION drops nothing.
DO $hand_over$
DECLARE
    object text;
BEGIN
    FOREACH object IN ARRAY ARRAY[
        'SCHEMA agentchat',
        @objects@
    ] LOOP
        EXECUTE pg_catalog.format('ALTER EXTENSION agentchat DROP %s', object);
        EXECUTE pg_catalog.format('ALTER %s OWNER TO %s', object, $owner$@extowner@$owner$);
    END LOOP;
END
$hand_over$;
