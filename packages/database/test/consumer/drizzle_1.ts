// Databases of Drizzle 1.0, for types.ts.

import * as schema from '@agentchat/database/schema';
import { agentchatRelations, inSchema, messagesColumns, messagesRules, relations } from '@agentchat/database/schema';
import { defineRelations } from 'drizzle-orm';
import { drizzle as drizzleNodePostgres } from 'drizzle-orm/node-postgres';
import { integer, pgTable, uuid } from 'drizzle-orm/pg-core';
import { drizzle as drizzlePostgresJs } from 'drizzle-orm/postgres-js';

export const nodePostgres = drizzleNodePostgres('', { relations });
export const postgresJs = drizzlePostgresJs('', { relations });
export const plain = drizzleNodePostgres('');
export const inChat = drizzleNodePostgres('', { relations: inSchema('chat').relations });

// The application's own tables.
const messages = pgTable('messages', { ...messagesColumns(), rating: integer('rating') }, messagesRules()).enableRLS();
const folders = pgTable('folders', {
  userId: uuid('user_id')
    .references(() => schema.users.id)
    .notNull(),
});
const extended = defineRelations({ ...schema, messages, folders }, (r) => ({
  ...agentchatRelations(r),
  folders: { user: r.one.users({ from: r.folders.userId, to: r.users.id, optional: false }) },
}));
const db = drizzleNodePostgres('', { relations: extended });
const folder = await db.query.folders.findFirst({
  where: { user: { email: 'ada@example.com' } },
  with: { user: { with: { conversations: { with: { messages: true } } } } },
});
export const rating: number | null | undefined = folder?.user.conversations[0]?.messages[0]?.rating;
