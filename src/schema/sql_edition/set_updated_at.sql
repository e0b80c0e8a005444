-- Sets updated_at to the time of the transaction if the UPDATE changes the row, but never backwards.
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
$function$
