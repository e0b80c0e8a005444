import { sql } from 'drizzle-orm';
import { timestamp, uuid } from 'drizzle-orm/pg-core';

// Defaults are written as PostgreSQL prints them: drizzle-kit's push compares their text.

export const id = () => uuid('id').primaryKey().defaultRandom();

/** Now in UTC, whatever the session's time zone: Drizzle reads timestamps as UTC. */
export const time = <TName extends string>(name: TName) =>
  timestamp(name).default(sql`(now() AT TIME ZONE 'utc'::text)`).notNull();
