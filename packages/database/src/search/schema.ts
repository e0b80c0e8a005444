// The tables of the feature `search`: the index of messages. They are not among those of schema/, because a database
// has them only after agentchat.enable('search').
//
// Only the extension reads and writes them. Their description keeps drizzle-kit from dropping them.
import { sql } from 'drizzle-orm';
import { index, pgSchema, pgTable, primaryKey } from 'drizzle-orm/pg-core';
import { bytea, id, integer, timestamp, uuid } from '../schema/columns.js';
import { type Columns, type PublicTable, policies, type Referenced, secured, type TableIn } from '../schema/rules.js';
import { users } from '../schema/users.js';

const forNobody = (table: string) => policies(table, sql.raw('false'), ['select']);

/** Makes the columns of {@link searchPending}. `of` names the tables that they refer to. */
export const searchPendingColumns = (of: { users: Referenced } = { users }) => ({
  userId: uuid('user_id')
    .references(() => of.users.id, { onDelete: 'cascade' })
    .notNull(),
  // The default has the text that PostgreSQL prints, because drizzle-kit's push compares it.
  notedAt: timestamp('noted_at').default(sql`(clock_timestamp() AT TIME ZONE 'utc'::text)`).notNull(),
  /** Makes the row unique: a message that is changed twice is noted twice. */
  id: uuid('id').defaultRandom().notNull(),
  messageId: uuid('message_id').notNull(),
  /** That of the message. */
  createdAt: timestamp('created_at').notNull(),
});

/** Makes the key and the policy of {@link searchPending}. */
export const searchPendingRules = () => (t: Columns<'userId' | 'notedAt' | 'id'>) => [
  primaryKey({ name: 'search_pending_pkey', columns: [t.userId, t.notedAt, t.id] as never }),
  ...forNobody('search_pending'),
];

/** The table `search_pending`: messages that are not in a segment yet. */
export const searchPending: PublicTable<'search_pending', typeof searchPendingColumns> = secured(
  pgTable('search_pending', searchPendingColumns(), searchPendingRules()),
);

/** Makes the columns of {@link searchSegments}. `of` names the tables that they refer to. */
export const searchSegmentsColumns = (of: { users: Referenced } = { users }) => ({
  id: id(),
  userId: uuid('user_id')
    .references(() => of.users.id, { onDelete: 'cascade' })
    .notNull(),
  /** The times of the oldest and of the newest message. */
  oldest: timestamp('oldest').notNull(),
  newest: timestamp('newest').notNull(),
  messages: bytea('messages').notNull(),
});

/** Makes the index and the policy of {@link searchSegments}. */
export const searchSegmentsRules = () => (t: Columns<'userId' | 'newest'>) => [
  index('search_segments_user_id_newest_idx').on(t.userId, t.newest),
  ...forNobody('search_segments'),
];

/** The table `search_segments`: groups of messages of a user. */
export const searchSegments: PublicTable<'search_segments', typeof searchSegmentsColumns> = secured(
  pgTable('search_segments', searchSegmentsColumns(), searchSegmentsRules()),
);

/** Makes the columns of {@link searchGrams}. `of` names the tables that they refer to. */
export const searchGramsColumns = (of: { searchSegments: Referenced } = { searchSegments }) => ({
  segmentId: uuid('segment_id')
    .references(() => of.searchSegments.id, { onDelete: 'cascade' })
    .notNull(),
  bucket: integer('bucket').notNull(),
  grams: bytea('grams').notNull(),
});

/** Makes the key and the policy of {@link searchGrams}. */
export const searchGramsRules = () => (t: Columns<'segmentId' | 'bucket'>) => [
  primaryKey({ name: 'search_grams_pkey', columns: [t.segmentId, t.bucket] as never }),
  ...forNobody('search_grams'),
];

/** The table `search_grams`: which messages of a segment have which letters. */
export const searchGrams: PublicTable<'search_grams', typeof searchGramsColumns> = secured(
  pgTable('search_grams', searchGramsColumns(), searchGramsRules()),
);

/** The tables in the schema. */
export type SearchInSchema<TName extends string> = {
  searchPending: TableIn<TName, typeof searchPending>;
  searchSegments: TableIn<TName, typeof searchSegments>;
  searchGrams: TableIn<TName, typeof searchGrams>;
};

/**
 * Makes the tables in another schema than `public`.
 *
 * ```ts
 * export const { searchPending, searchSegments, searchGrams } = searchInSchema('chat', { users });
 * ```
 *
 * @param of the table that `inSchema` has made.
 */
export function searchInSchema<TName extends string>(
  name: TName,
  { users }: { users: Referenced },
): SearchInSchema<TName> {
  const schema = pgSchema(name);
  const searchPending = secured(schema.table('search_pending', searchPendingColumns({ users }), searchPendingRules()));
  const searchSegments = secured(
    schema.table('search_segments', searchSegmentsColumns({ users }), searchSegmentsRules()),
  );
  const searchGrams = secured(schema.table('search_grams', searchGramsColumns({ searchSegments }), searchGramsRules()));
  return { searchPending, searchSegments, searchGrams } as unknown as SearchInSchema<TName>;
}
