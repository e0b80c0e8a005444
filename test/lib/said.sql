-- Creates said(), which returns a UIMessage with one text, as append_messages() takes it.
CREATE FUNCTION said(text text, id text DEFAULT NULL, role text DEFAULT 'user') RETURNS jsonb LANGUAGE sql AS
$$ SELECT jsonb_strip_nulls(jsonb_build_object('id', id, 'role', role, 'parts',
       jsonb_build_array(jsonb_build_object('type', 'text', 'text', text)))) $$;
