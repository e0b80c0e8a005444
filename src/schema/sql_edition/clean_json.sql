-- Escaped backslashes and pairs of surrogates are hidden behind characters that JSON text cannot contain.
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $function$
DECLARE
    replacement CONSTANT text := CASE getdatabaseencoding() WHEN 'UTF8' THEN '\ufffd' ELSE '\u003f' END;
    -- A cast refuses a text that has them already.
    is_json CONSTANT boolean := json_text !~ E'[\x01\x02]';
    clean text := json_text;
BEGIN
    IF is_json AND strpos(clean, '\u') > 0 THEN
        clean := replace(clean, '\\', E'\x01');
        clean := regexp_replace(clean, '\\(u[dD][89aAbB][0-9a-fA-F]{2})\\(u[dD][c-fC-F][0-9a-fA-F]{2})',
            E'\x02\\1\x02\\2', 'g');
        clean := regexp_replace(clean, '\\u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})', '\' || replacement, 'g');
        clean := replace(replace(clean, E'\x02', '\'), E'\x01', '\\');
    END IF;
    RETURN clean::jsonb;
END
$function$
