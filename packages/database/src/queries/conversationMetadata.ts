import type { Client } from './client.js';
import { type UpdatedConversation, updateConversation } from './updateConversation.js';

/** The metadata of a conversation: the keys of agentchat's conventions, and any keys of the application. */
export interface ConversationMetadata {
  /** The project or folder of the conversation. */
  project?: string | undefined;
  /** The tags of the conversation. */
  tags?: string[] | undefined;
  /** Whether the conversation is pinned. */
  pinned?: boolean | undefined;
  /** Whether the conversation is archived. */
  archived?: boolean | undefined;
  /** Whether the conversation is in the bin. */
  deleted?: boolean | undefined;
  /** When the conversation was moved to the bin, in ISO 8601. */
  deleted_at?: string | undefined;
  [key: string]: unknown;
}

/** The options of {@link conversationFilter}. Those that are undefined do not matter. */
export interface ConversationFilterOptions {
  /** The project of the conversations. */
  project?: string | undefined;
  /** Tags that each of the conversations must have. None selects conversations with any tags. */
  tags?: readonly string[] | undefined;
  /** Whether the conversations are pinned. */
  pinned?: boolean | undefined;
  /** Whether the conversations are archived. */
  archived?: boolean | undefined;
  /** Whether the conversations are in the bin. */
  deleted?: boolean | undefined;
}

const defined = (values: object) =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));

/**
 * Returns the metadata of a new conversation, which {@link conversationFilter} finds by every key: the given metadata,
 * and false for `pinned`, `archived` and `deleted`. A filter cannot ask for a key that is missing.
 *
 * ```ts
 * await createConversation(db, { title, metadata: conversationMetadata({ project: 'p1' }) });
 * ```
 */
export function conversationMetadata(metadata: ConversationMetadata = {}): ConversationMetadata {
  return { pinned: false, archived: false, deleted: false, ...defined(metadata) };
}

/**
 * Returns the `filter` of {@link listConversations} for conversations with these properties. False selects only
 * conversations in whose metadata the key is false, not those without the key.
 *
 * ```ts
 * const filter = conversationFilter({ project: 'p1', tags: ['food'], archived: false, deleted: false });
 * const { conversations } = await listConversations(db, { filter });
 * ```
 */
export function conversationFilter({
  project,
  tags,
  pinned,
  archived,
  deleted,
}: ConversationFilterOptions): ConversationMetadata {
  // An empty array would select only conversations that have the key.
  return defined({ project, tags: tags?.length ? tags : undefined, pinned, archived, deleted });
}

/**
 * Moves a conversation to a project; with null, out of its project.
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 */
export async function moveToProject(
  client: Client,
  conversationId: string,
  project: string | null,
): Promise<UpdatedConversation> {
  return updateConversation(client, conversationId, { metadata: { project } });
}

/**
 * Replaces all tags of a conversation. If two tabs replace them at the same time, the later call wins, and the tags of
 * the other are lost.
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 */
export async function setConversationTags(
  client: Client,
  conversationId: string,
  tags: readonly string[],
): Promise<UpdatedConversation> {
  return updateConversation(client, conversationId, { metadata: { tags: [...new Set(tags)] } });
}

/**
 * Pins a conversation; with `pinned` false, unpins it.
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 */
export async function pinConversation(
  client: Client,
  conversationId: string,
  pinned: boolean = true,
): Promise<UpdatedConversation> {
  return updateConversation(client, conversationId, { metadata: { pinned } });
}

/**
 * Archives a conversation; with `archived` false, takes it out of the archive.
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 */
export async function archiveConversation(
  client: Client,
  conversationId: string,
  archived: boolean = true,
): Promise<UpdatedConversation> {
  return updateConversation(client, conversationId, { metadata: { archived } });
}

/**
 * Moves a conversation to the bin. It is not deleted.
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 */
export async function moveToBin(client: Client, conversationId: string): Promise<UpdatedConversation> {
  const metadata = { deleted: true, deleted_at: new Date().toISOString() };
  return updateConversation(client, conversationId, { metadata });
}

/**
 * Takes a conversation out of the bin. Its project, tags, pin and archiving are as before.
 *
 * @throws {@link NotFoundError} if the conversation does not exist.
 */
export async function restoreFromBin(client: Client, conversationId: string): Promise<UpdatedConversation> {
  return updateConversation(client, conversationId, { metadata: { deleted: false, deleted_at: null } });
}
