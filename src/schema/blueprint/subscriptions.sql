-- The table subscriptions: the plans of users and their limits.
CREATE TABLE agentchat.blueprint_subscriptions (
    id uuid DEFAULT pg_catalog.gen_random_uuid() NOT NULL,
    user_id uuid NOT NULL,
    stripe_customer_id text,
    stripe_subscription_id text,
    stripe_price_id text,
    stripe_current_period_end timestamp,
    plan text NOT NULL,
    status text NOT NULL,
    is_active boolean DEFAULT false NOT NULL,
    agent_limit integer NOT NULL,
    created_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    updated_at timestamp DEFAULT (pg_catalog.now() AT TIME ZONE 'utc') NOT NULL,
    CONSTRAINT subscriptions_pkey PRIMARY KEY (id),
    CONSTRAINT subscriptions_user_id_users_id_fk FOREIGN KEY (user_id)
        REFERENCES agentchat.blueprint_users (id),
    CONSTRAINT subscriptions_plan_check CHECK (plan IN ('free', 'pro', 'enterprise')),
    CONSTRAINT subscriptions_status_check CHECK (status IN ('active', 'canceled', 'past_due')),
    CONSTRAINT subscriptions_agent_limit_check CHECK (agent_limit >= -1)
);

CREATE INDEX subscriptions_user_id_idx ON agentchat.blueprint_subscriptions (user_id);
-- For the ON CONFLICT clause of a webhook.
CREATE UNIQUE INDEX subscriptions_stripe_subscription_id_idx
    ON agentchat.blueprint_subscriptions (stripe_subscription_id);

COMMENT ON TABLE agentchat.blueprint_subscriptions IS 'What users pay for, as Stripe has it.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.stripe_subscription_id IS
    'Unique: webhooks can upsert by it.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.stripe_current_period_end IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.plan IS 'free, pro or enterprise.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.status IS 'active, canceled or past_due.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.is_active IS 'Whether it counts now.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.agent_limit IS
    'How many agents the user may have; -1 is no limit.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.created_at IS 'In UTC.';
COMMENT ON COLUMN agentchat.blueprint_subscriptions.updated_at IS
    'In UTC; set by trigger whenever the row changes.';
