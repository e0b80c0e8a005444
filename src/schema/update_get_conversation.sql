-- Takes the name conversation_id from the first argument of version 0.1.0's get_conversation(). PostgREST
-- chooses between functions by the names of their arguments, and conversation_id is now the name of a text
-- argument. CREATE OR REPLACE FUNCTION cannot change the name of an argument (ProcedureCreate in
-- src/backend/catalog/pg_proc.c), and DROP FUNCTION would be refused if a view of the user calls the
-- function. Such a view refers to the function by its OID, and stays valid.
UPDATE pg_catalog.pg_proc p
SET proargnames = ARRAY['', 'format', 'message_limit', 'before_message']
WHERE p.oid OPERATOR(pg_catalog.=)
    '@extschema@.get_conversation(uuid, text, integer, text)'::pg_catalog.regprocedure;
