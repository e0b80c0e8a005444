import { pgTable } from 'drizzle-orm/pg-core';
import { id, text, time } from './columns.js';
import { defaultSchema, isOwn, type PublicTable, policies, secured } from './rules.js';

/** Makes the columns of {@link users}. */
export const usersColumns = () => ({
  /** With Supabase, the same id as in auth.users. */
  id: id(),
  email: text('email').notNull().unique(),
  name: text('name'),
  avatarUrl: text('avatar_url'),
  createdAt: time('created_at'),
  updatedAt: time('updated_at'),
});

/** Makes the policies of {@link users}. `schema` is the schema of the extension. */
export const usersRules =
  (schema: string = defaultSchema) =>
  () =>
    policies('users', isOwn(schema, 'id'), ['select', 'update']);

/** The table `users`: the people who use the product. */
export const users: PublicTable<'users', typeof usersColumns> = secured(pgTable('users', usersColumns(), usersRules()));

/** A row of {@link users}. */
export type User = typeof users.$inferSelect;
/** A row of {@link users} to insert. */
export type NewUser = typeof users.$inferInsert;
