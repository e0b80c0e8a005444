-- Tells PostgREST to read functions and foreign keys again, which it otherwise does only when it starts.
-- Without a listener this does nothing.
NOTIFY pgrst, 'reload schema';
