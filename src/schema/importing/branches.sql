-- imported_branches() divides the messages of a conversation into branches. parents has the place of the
-- message that each message follows, NULL at the beginning of a conversation. ages is larger for newer
-- messages. stored has the conversations in which the messages are stored, NULL for new messages.
--
-- For each message it returns the place of the first message of its branch, and a number that grows along the
-- branch. After a message a branch goes on: with the stored one that goes on there; else on the way to the
-- leaf; else where the newest message is. The result is NULL if messages follow one another in a circle.
--
-- Element by element in PL/pgSQL: a recursive query would take time quadratic in the length of a
-- conversation.
CREATE FUNCTION agentchat.imported_branches(
    parents integer[], ages integer[], stored uuid[], leaf integer, OUT first integer[], OUT places integer[]
) RETURNS record
    LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp
    AS $function$
DECLARE
    size CONSTANT integer := cardinality(parents);
    first_child integer[] := array_fill(0, ARRAY[size]);
    next_child integer[] := array_fill(0, ARRAY[size]);
    -- All messages, each after the one that it follows.
    ordered integer[] := array_fill(0, ARRAY[size]);
    placed integer := 0;
    newest integer[] := ages;
    -- The message with which the branch goes on, and how much it has to.
    following integer[] := array_fill(0, ARRAY[size]);
    weights bigint[] := array_fill(0, ARRAY[size]);
    is_on_way boolean[] := array_fill(false, ARRAY[size]);
    message integer;
    parent integer;
    weight bigint;
BEGIN
    FOR message IN REVERSE size .. 1 LOOP
        parent := parents[message];
        IF parent IS NOT NULL THEN
            next_child[message] := first_child[parent];
            first_child[parent] := message;
        END IF;
    END LOOP;
    FOR message IN 1 .. size LOOP
        IF parents[message] IS NULL THEN
            placed := placed + 1;
            ordered[placed] := message;
        END IF;
    END LOOP;
    FOR i IN 1 .. size LOOP
        IF ordered[i] = 0 THEN
            RETURN;
        END IF;
        message := first_child[ordered[i]];
        WHILE message <> 0 LOOP
            placed := placed + 1;
            ordered[placed] := message;
            message := next_child[message];
        END LOOP;
    END LOOP;

    message := leaf;
    WHILE message IS NOT NULL LOOP
        is_on_way[message] := true;
        message := parents[message];
    END LOOP;
    FOR i IN REVERSE size .. 1 LOOP
        message := ordered[i];
        parent := parents[message];
        CONTINUE WHEN parent IS NULL;
        weight := newest[message] + CASE WHEN stored[message] = stored[parent] THEN 2::bigint << 32
                                    WHEN is_on_way[message] THEN 1::bigint << 32 ELSE 0 END;
        IF weight > weights[parent] AND (is_on_way[message] OR leaf IS DISTINCT FROM parent
                                         OR stored[message] = stored[parent]) THEN
            weights[parent] := weight;
            following[parent] := message;
        END IF;
        newest[parent] := GREATEST(newest[parent], newest[message]);
    END LOOP;

    first := array_fill(0, ARRAY[size]);
    places := array_fill(0, ARRAY[size]);
    FOR i IN 1 .. size LOOP
        message := ordered[i];
        parent := parents[message];
        places[message] := i;
        first[message] := CASE WHEN following[parent] = message THEN first[parent] ELSE message END;
    END LOOP;
END
$function$;
