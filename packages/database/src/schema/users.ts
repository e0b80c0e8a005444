import { pgTable, text } from 'drizzle-orm/pg-core';
import { id, time } from './columns.js';
import { defaultSchema, isOwn, policies, secured } from './rules.js';

export const usersColumns = () => ({
  /** With Supabase, the id in auth.users. */
  id: id(),
  email: text('email').notNull().unique(),
  name: text('name'),
  avatarUrl: text('avatar_url'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

export const usersRules =
  (schema: string = defaultSchema) =>
  () =>
    policies('users', isOwn(schema, 'id'), ['select', 'update']);

export const users = secured(pgTable('users', usersColumns(), usersRules()));

export type User = typeof users.$inferSelect;
export type NewUser = typeof users.$inferInsert;
