-- Gives messages times in the order in which they are written. The order of messages is created_at, id, and
-- times are often equal: all rows of a transaction get the same time by default, and the times of clients
-- end at the millisecond. A message whose time is not after the messages before it gets the next
-- microsecond, unless its time is earlier on purpose: it is neither the default nor in the span from the
-- time given for the message before it to the time that this one was stored with.
--
-- Settings of the transaction remember this span: there are 256 of them, for the first two digits of the
-- conversation's id. Without it, the span begins at the millisecond of the newest message.
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
$function$
