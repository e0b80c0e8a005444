-- Sets updated_at to the time of the transaction if the UPDATE changes the row, but never backwards.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp SET timezone = 'UTC'
AS $function$
DECLARE
    before timestamp;
BEGIN
    IF TG_WHEN <> 'BEFORE' OR TG_LEVEL <> 'ROW' OR TG_OP <> 'UPDATE' THEN
        PERFORM agentchat.refuse_firing(TG_RELID, TG_NAME, 'set_updated_at', 'BEFORE UPDATE', 'FOR EACH ROW');
    END IF;
    PERFORM agentchat.require_time(TG_RELID, 'updated_at', pg_typeof(NEW.updated_at));
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
    before := OLD.updated_at;
    NEW.updated_at := greatest(before, now()::timestamp);
    RETURN NEW;
END
$function$
