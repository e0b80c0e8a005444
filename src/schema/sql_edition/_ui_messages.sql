-- ui_messages() returns messages of a conversation in the format ai-sdk: the newest message_limit of those
-- before a place, or all of them if these are NULL.
CREATE FUNCTION agentchat.ui_messages(
    conversation uuid, message_limit integer, before_time timestamp, before_id uuid
) RETURNS jsonb
    LANGUAGE plpgsql STABLE PARALLEL SAFE
    AS $function$
BEGIN
    RAISE EXCEPTION 'the format ai-sdk needs the extension'
        USING ERRCODE = 'feature_not_supported',
              DETAIL = 'This database has the SQL edition of agentchat, which is without this format.',
              HINT = 'The extension has it. It is installed on a server of your own.';
END
$function$;
