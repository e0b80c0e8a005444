CREATE TABLE @extschema@.users (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text,
    avatar_url text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_unique UNIQUE (email)
);

COMMENT ON TABLE @extschema@.users IS 'The people who use the chat product.';
COMMENT ON COLUMN @extschema@.users.id IS 'With Supabase, the id in auth.users.';
COMMENT ON COLUMN @extschema@.users.email IS 'One row per e-mail address.';
COMMENT ON COLUMN @extschema@.users.name IS 'Display name.';
COMMENT ON COLUMN @extschema@.users.avatar_url IS 'URL of a picture.';
COMMENT ON COLUMN @extschema@.users.created_at IS 'In UTC.';
COMMENT ON COLUMN @extschema@.users.updated_at IS 'In UTC; set by trigger whenever the row changes.';

