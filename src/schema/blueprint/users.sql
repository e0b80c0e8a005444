-- The table users: the people who use the product.
CREATE TABLE agentchat.blueprint_users (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    email text NOT NULL,
    name text,
    avatar_url text,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT users_pkey PRIMARY KEY (id),
    CONSTRAINT users_email_unique UNIQUE (email)
);

COMMENT ON TABLE agentchat.blueprint_users IS 'The people who use the chat product.';
COMMENT ON COLUMN agentchat.blueprint_users.id IS 'With Supabase, the id in auth.users.';
COMMENT ON COLUMN agentchat.blueprint_users.email IS 'One row per e-mail address.';
COMMENT ON COLUMN agentchat.blueprint_users.name IS 'Display name.';
COMMENT ON COLUMN agentchat.blueprint_users.avatar_url IS 'URL of a picture.';
COMMENT ON COLUMN agentchat.blueprint_users.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_users.updated_at IS 'In UTC; set by trigger whenever the row changes.';
