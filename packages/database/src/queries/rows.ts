import type { Conversation } from '../schema/conversations.js';
import type { Message } from '../schema/messages.js';

type SnakeCase<TName extends string> = TName extends `${infer TFirst}${infer TRest}`
  ? `${TFirst extends Lowercase<TFirst> ? TFirst : `_${Lowercase<TFirst>}`}${SnakeCase<TRest>}`
  : TName;

type AsJson<TValue> = TValue extends Date ? string : TValue;

/** A row as a JSON object with the column names as keys. Timestamps are in UTC, without a zone. */
export type Row<TSelect> = { [TKey in keyof TSelect as SnakeCase<TKey & string>]: AsJson<TSelect[TKey]> };

/** A row of Drizzle after `JSON.stringify`: timestamps are ISO 8601 with milliseconds and `Z`. */
export type Serialized<TSelect> = { [TKey in keyof TSelect]: AsJson<TSelect[TKey]> };

/** The format `rows`. With `messageLimit`, it has `has_more`. */
export type ConversationRows = Row<Conversation> & { messages: Row<Message>[]; has_more?: boolean };

/** The format `drizzle`. With `messageLimit`, it has `has_more`. */
export type SerializedConversation = Serialized<Conversation> & {
  messages: Serialized<Message>[];
  has_more?: boolean;
};
