import { sql } from 'drizzle-orm';
import { timestamp, uuid } from 'drizzle-orm/pg-core';

// Defaults have the text that PostgreSQL prints, because drizzle-kit's push compares it.

/** Makes the column `id`, a random UUID by default. */
export const id = () => uuid('id').primaryKey().defaultRandom();

/** Makes a timestamp column. The default is now in UTC in every time zone, because Drizzle reads timestamps as UTC. */
export const time = <TName extends string>(name: TName) =>
  timestamp(name).default(sql`(now() AT TIME ZONE 'utc'::text)`).notNull();
