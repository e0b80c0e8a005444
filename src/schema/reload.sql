-- PostgREST reads functions and foreign keys when it starts, and when it is told that there are new ones. Where
-- nobody listens, this does nothing.
NOTIFY pgrst, 'reload schema';
