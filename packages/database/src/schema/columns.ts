import { sql } from 'drizzle-orm';
import * as core from 'drizzle-orm/pg-core';
import { inUtc } from '../inUtc.js';
import { storable } from '../storable.js';

// The types of columns. Drizzle 0.45 and 1.0 name and parametrize the types of their column builders differently. An
// interface keeps the compiler from writing the names of one of them into this package's declarations.

export interface BooleanBuilder extends ReturnType<typeof core.boolean> {}
export interface ByteaBuilder extends ReturnType<ReturnType<typeof core.customType<{ data: Uint8Array }>>> {}
export interface IntegerBuilder extends ReturnType<typeof core.integer> {}
export interface JsonbBuilder extends ReturnType<typeof core.jsonb> {}
export interface TextBuilder extends ReturnType<typeof core.text> {}
export interface TimestampBuilder extends ReturnType<typeof core.timestamp<'date'>> {}
export interface UuidBuilder extends ReturnType<typeof core.uuid> {}

/** A text column that holds one of these values. */
export type EnumBuilder<TValues extends readonly string[]> = TextBuilder & {
  _: { $type: TValues[number]; enumValues: [...TValues] };
};

export const boolean = (name: string): BooleanBuilder => core.boolean(name);
// Drizzle 0.45 has no type for it.
export const bytea: (name: string) => ByteaBuilder = core.customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });
export const integer = (name: string): IntegerBuilder => core.integer(name);
export const uuid = (name: string): UuidBuilder => core.uuid(name);

type Constructor = new (...args: any[]) => any;

type Encode = (value: unknown) => unknown;

/** Makes the class of a column that encodes values for the driver in another way than Drizzle's class does. */
const encoding = (Column: Constructor, encoder: (encode: Encode, column: string) => Encode): Constructor =>
  class extends Column {
    constructor(...args: any[]) {
      super(...args);
      // In Drizzle's classes, this function is a method or a property of the object.
      this.mapToDriverValue = encoder(this.mapToDriverValue.bind(this), this.name);
    }
  };

/** Makes the class of a builder that builds such a column. */
const building = (Builder: Constructor, Column: Constructor): Constructor =>
  class extends Builder {
    build(table: unknown) {
      return new Column(table, this.config);
    }
  };

const storing = (encode: Encode, column: string) => (value: unknown) => encode(storable(value, column));
// Drizzle 0.45 takes dates only, and 1.0 sends text as it is.
const inUtcOr = (encode: Encode) => (value: unknown) => (typeof value === 'string' ? inUtc(value) : encode(value));

const StorableTextBuilder = building(core.PgTextBuilder, encoding(core.PgText, storing));
const StorableJsonbBuilder = building(core.PgJsonbBuilder, encoding(core.PgJsonb, storing));
const UtcTimestampBuilder = building(core.PgTimestampBuilder, encoding(core.PgTimestamp, inUtcOr));

/** Makes a text column. It stores what {@link storable} returns. */
export function text(name: string): TextBuilder;
export function text<const TValues extends readonly string[]>(
  name: string,
  config: { enum: TValues },
): EnumBuilder<TValues>;
export function text(name: string, config: { enum?: readonly string[] } = {}): any {
  return new StorableTextBuilder(name, config);
}

/** Makes a jsonb column. It stores what {@link storable} returns. */
export const jsonb = (name: string): JsonbBuilder => new StorableJsonbBuilder(name);

/** Makes a timestamp column. It stores times in UTC. */
export const timestamp = (name: string): TimestampBuilder => new UtcTimestampBuilder(name, false, undefined);

// Defaults have the text that PostgreSQL prints, because drizzle-kit's push compares it.

/** Makes the column `id`, a random UUID by default. */
export const id = () => uuid('id').primaryKey().defaultRandom();

/** Makes a timestamp column. The default is now in UTC in every time zone, because Drizzle reads timestamps as UTC. */
export const time = (name: string) => timestamp(name).default(sql`(now() AT TIME ZONE 'utc'::text)`).notNull();
