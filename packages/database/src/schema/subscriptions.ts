import { sql } from 'drizzle-orm';
import { check, index, pgTable, uniqueIndex } from 'drizzle-orm/pg-core';
import { boolean, id, integer, text, time, timestamp, uuid } from './columns.js';
import {
  type Columns,
  defaultSchema,
  isOwn,
  type PublicTable,
  policies,
  type Referenced,
  secured,
  valueCheck,
} from './rules.js';
import { users } from './users.js';

const plans = ['free', 'pro', 'enterprise'] as const;
const statuses = ['active', 'canceled', 'past_due'] as const;

/** Makes the columns of {@link subscriptions}. `of` names the tables that they refer to. */
export const subscriptionsColumns = (of: { users: Referenced } = { users }) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id)
    .notNull(),
  stripeCustomerId: text('stripe_customer_id'),
  /** Unique, which lets webhooks upsert by it. */
  stripeSubscriptionId: text('stripe_subscription_id'),
  stripePriceId: text('stripe_price_id'),
  stripeCurrentPeriodEnd: timestamp('stripe_current_period_end'),
  plan: text('plan', { enum: plans }).notNull(),
  status: text('status', { enum: statuses }).notNull(),
  /** Whether the subscription counts now. */
  isActive: boolean('is_active').default(false).notNull(),
  /** How many agents the user may have; -1 means no limit. */
  agentLimit: integer('agent_limit').notNull(),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Makes the checks, indexes and policies of {@link subscriptions}. `schema` is the schema of the extension. */
export const subscriptionsRules =
  (schema: string = defaultSchema) =>
  (t: Columns<'userId' | 'stripeSubscriptionId'>) => [
    valueCheck('subscriptions_plan_check', 'plan', plans),
    valueCheck('subscriptions_status_check', 'status', statuses),
    check('subscriptions_agent_limit_check', sql.raw('agent_limit >= -1')),
    index('subscriptions_user_id_idx').on(t.userId),
    uniqueIndex('subscriptions_stripe_subscription_id_idx').on(t.stripeSubscriptionId),
    ...policies('subscriptions', isOwn(schema), ['select']),
  ];

/** The table `subscriptions`: users' plans, as Stripe reports them. */
export const subscriptions: PublicTable<'subscriptions', typeof subscriptionsColumns> = secured(
  pgTable('subscriptions', subscriptionsColumns(), subscriptionsRules()),
);

/** A row of {@link subscriptions}. */
export type Subscription = typeof subscriptions.$inferSelect;
/** A row of {@link subscriptions} to insert. */
export type NewSubscription = typeof subscriptions.$inferInsert;
