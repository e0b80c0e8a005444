import type { Conversation } from '../schema/conversations.js';
import { type Client, call } from './client.js';
import type { Row } from './rows.js';

/** The options of {@link updateConversation}. */
export interface UpdateConversationOptions {
  /** The new title. By default the title stays. */
  title?: string | undefined;
  /** Keys of the metadata with their new values. Null removes a key, and all other keys stay. */
  metadata?: Record<string, unknown> | undefined;
}

/** A conversation after an update. `updated_at` is ISO 8601 with six digits and `Z`. */
export type UpdatedConversation = Pick<Row<Conversation>, 'id' | 'title' | 'metadata' | 'updated_at'>;

/**
 * Changes the title of a conversation and keys of its metadata. Keys that others set at the same time are kept. Nested
 * objects are replaced as a whole.
 *
 * ```ts
 * await updateConversation(db, id, { metadata: { pinned: true, draft: null } });
 * ```
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 * @throws {@link ConflictError} if the stored metadata is not an object.
 */
export async function updateConversation(
  client: Client,
  conversationId: string,
  { title, metadata }: UpdateConversationOptions = {},
): Promise<UpdatedConversation> {
  return call(client, 'update_conversation', {
    conversation_id: [conversationId ?? null, 'text'],
    title: [title, 'text'],
    metadata: [metadata, 'jsonb'],
  });
}
