// Compiles with the published package only if its types are those that users expect.

import * as agentchat from '@agentchat/database';
import {
  appendMessages,
  asUser,
  type Conversation,
  createConversation,
  getConversation,
  getConversationMessages,
  listConversations,
  type Message,
  type NewMessage,
  orThrow,
} from '@agentchat/database';
import * as schema from '@agentchat/database/schema';
import type { RunRow } from '@agentchat/database/schema/runs';
import { searchSegments } from '@agentchat/database/schema/search';
import type { Database } from '@agentchat/database/supabase';
import type Anthropic from '@anthropic-ai/sdk';
import type { SupabaseClient } from '@supabase/supabase-js';
import { createClient } from '@supabase/supabase-js';
import {
  convertToModelMessages,
  createUIMessageStreamResponse,
  streamText,
  type UIMessage,
  type UIMessageChunk,
  validateUIMessages,
} from 'ai';
import type OpenAI from 'openai';
import { inChat, nodePostgres, plain, postgresJs } from './drizzle.js';

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function assert<T extends true>(): T;

const supabase = createClient('', '');
const typed: SupabaseClient<Database> = createClient<Database>('', '');
const chat = typed.schema('public');
const id: string = '';

// All clients.
for (const client of [
  nodePostgres,
  postgresJs,
  plain,
  supabase,
  typed,
  chat,
  agentchat.db,
  { db: plain, schema: 'chat' },
]) {
  await getConversation(client, id);
}
await getConversation(nodePostgres, id);
await getConversation(postgresJs, id);
await getConversation(typed, id);
await nodePostgres.transaction(async (tx) => {
  await getConversation(tx, id);
});
await postgresJs.transaction(async (tx) => {
  await getConversation(tx, id);
});
const list = await asUser(nodePostgres, id, async (tx) => {
  await tx.query.users.findFirst();
  return listConversations(tx);
});
assert<Equal<typeof list, agentchat.ConversationList>>();

// Metadata.
const metadata = agentchat.conversationMetadata({ project: 'p1', tags: ['a'], model: 'small' });
const created = await createConversation(typed, { title: '', metadata });
const filter = agentchat.conversationFilter({ project: undefined, tags: ['a'] as const, archived: false });
await listConversations(supabase, { filter });
// @ts-expect-error: a filter cannot ask for a key that is missing
agentchat.conversationFilter({ project: null });
// @ts-expect-error: tags is an array
agentchat.conversationMetadata({ tags: 'a' });
export const moved: agentchat.ConversationMetadata = (await agentchat.moveToBin(supabase, created.id)).metadata ?? {};

// Tokens.
const tokens = await agentchat.countTokens(nodePostgres, '', 'estimate');
assert<Equal<typeof tokens, number>>();
// @ts-expect-error: PostgREST does not offer the function
await agentchat.countTokens(supabase, '');

// Formats.
const rows = await getConversation(supabase, id);
if (rows) {
  assert<Equal<(typeof rows)['created_at'], string>>();
  assert<Equal<(typeof rows)['system_prompt'], string | null>>();
  assert<Equal<(typeof rows.messages)[number]['role'], 'user' | 'assistant' | 'system'>>();
  assert<Equal<(typeof rows)['has_more'], boolean | undefined>>();
}
const page = await getConversation(typed, id, { messageLimit: 50 });
if (page) assert<Equal<(typeof page)['has_more'], boolean>>();
const asDrizzle = await getConversation(nodePostgres, id, { format: 'drizzle' });
if (asDrizzle) assert<Equal<(typeof asDrizzle)['createdAt'], string>>();
const messages = await getConversationMessages(nodePostgres, id);
const found = await nodePostgres.query.conversations.findFirst({ with: { messages: true } });
assert<Equal<typeof messages, (Conversation & { messages: Message[] }) | undefined>>();
export const same: typeof messages = found;
export const back: typeof found = messages;

// The types of rows and relations are the same with every version of Drizzle.
assert<Equal<Message['role'], 'user' | 'assistant' | 'system'>>();
assert<Equal<Message['parts'], any[] | null>>();
assert<Equal<Message['createdAt'], Date>>();
assert<Equal<NewMessage['createdAt'], Date | undefined>>();
assert<Equal<NewMessage['role'], 'user' | 'assistant' | 'system'>>();
assert<Equal<Conversation['metadata'], Record<string, any> | null>>();
assert<Equal<schema.AgentInstance['status'], 'active' | 'paused' | 'archived'>>();
assert<Equal<schema.NewAgentInstance['status'], 'active' | 'paused' | 'archived' | undefined>>();
const artifact = await nodePostgres.query.artifacts.findFirst({ with: { message: { with: { conversation: true } } } });
if (artifact?.message) assert<Equal<typeof artifact.message.conversation, Conversation>>();
// @ts-expect-error: the message may be missing
artifact?.message.id;
const elsewhere = await inChat.query.users.findFirst({ with: { conversations: { with: { messages: true } } } });
const text = elsewhere?.conversations[0]?.messages[0]?.content;
assert<Equal<typeof text, string | undefined>>();
const ours = await agentchat.db.query.conversations.findFirst({ with: { user: true } });
if (ours) assert<Equal<(typeof ours)['user'], schema.User>>();

// Agents.
const agentRows = await agentchat.getAgent(typed, id);
assert<Equal<typeof agentRows, agentchat.AgentRows | null>>();
const openaiAgent = await agentchat.getAgent(nodePostgres, id, { format: 'openai' });
assert<Equal<typeof openaiAgent, agentchat.OpenAIAgent | null>>();
export const openaiTools: OpenAI.ChatCompletionTool[] = openaiAgent?.tools ?? [];
const anthropicAgent = await agentchat.getAgent(nodePostgres, id, { format: 'anthropic' });
export const anthropicTools: Anthropic.Tool[] = anthropicAgent?.tools ?? [];
export const anthropicSystem: Anthropic.TextBlockParam[] | null | undefined = anthropicAgent?.system;
const someAgent = await agentchat.getAgent(nodePostgres, id, { format: id ? 'ai-sdk' : undefined });
assert<Equal<typeof someAgent, agentchat.AiSdkAgent | agentchat.AgentRows | null>>();
const advanced = await agentchat.advanceWorkflow(supabase, id, { status: 'running', step: { name: '' }, result: 1 });
assert<Equal<typeof advanced.status, schema.Workflow['status']>>();
// @ts-expect-error: an unknown status
await agentchat.advanceWorkflow(supabase, id, { status: 'paused' });
const { errors } = await agentchat.validateToolInput(supabase, '', null);
assert<Equal<(typeof errors)[number], agentchat.ToolInputError>>();

// Options that are known only at run time.
const options: agentchat.GetConversationOptions = {};
const some = await getConversation(nodePostgres, id, options);
// @ts-expect-error: it may be an array
some?.messages;
if (some && !Array.isArray(some) && 'title' in some) some.messages.length;
const perhaps = await getConversation(nodePostgres, id, { format: id ? 'ai-sdk' : undefined });
assert<Equal<typeof perhaps, agentchat.UIMessage[] | agentchat.ConversationRows | null>>();
const one = { messageLimit: 1 };
const onePage = await getConversation(nodePostgres, id, one);
if (onePage) assert<Equal<(typeof onePage)['has_more'], boolean>>();

// The AI SDK.
const ui = (await getConversation(nodePostgres, id, { format: 'ai-sdk' })) ?? [];
const asTheirs: UIMessage[] = ui;
export const asOurs: agentchat.UIMessage[] = asTheirs;
await convertToModelMessages(ui);
await validateUIMessages({ messages: ui });
await appendMessages(nodePostgres, id, asTheirs);
await appendMessages(supabase, id, asTheirs[0]!);
await appendMessages(supabase, id, {
  role: 'user',
  parts: [
    { type: 'text', text: 'Hi' },
    { type: 'of-my-own', what: [1] },
  ],
});
await createConversation(postgresJs, { title: '', messages: asTheirs });

// Runs.
const asAda: agentchat.RunClient = (work) => agentchat.asUser(nodePostgres, id, work);
const run = await agentchat.startRun(asAda, id, { staleAfter: 1000 });
assert<Equal<typeof run, agentchat.Run>>();
const abort = new AbortController();
const chunks = streamText({ model: '', prompt: '', abortSignal: abort.signal }).toUIMessageStream();
const resumable = agentchat.resumableStream(asAda, run, chunks, { abort, originalMessages: asTheirs });
createUIMessageStreamResponse({ stream: resumable.stream });
const answer = await resumable.done;
assert<Equal<typeof answer.message, agentchat.UIMessage | null>>();
for (const client of [supabase, typed, nodePostgres, { db: plain, schema: 'chat' }]) {
  const resumed = await agentchat.resumeStream(client, id);
  if (resumed) createUIMessageStreamResponse({ stream: resumed });
  await agentchat.recoverRun(client, id);
}
declare const theirChunk: UIMessageChunk;
declare const ourChunk: agentchat.UIMessageChunk;
export const chunksBothWays: [agentchat.UIMessageChunk, UIMessageChunk] = [theirChunk, ourChunk];
await agentchat.appendChunks(supabase, run.runId, [theirChunk, { type: 'of-my-own', what: 1 }], 1);
// @ts-expect-error: an unknown status
await agentchat.finishRun(supabase, run.runId, 'running');
assert<Equal<RunRow['status'], 'running' | 'finished' | 'failed' | 'stopped'>>();
assert<Equal<RunRow['finishedAt'], Date | null>>();

// The index of messages.
const [segment] = await nodePostgres.select().from(searchSegments);
if (segment) assert<Equal<typeof segment.messages, Uint8Array>>();

// Requests to providers.
const openai = (await getConversation(nodePostgres, id, { format: 'openai' })) ?? [];
export const chatCompletions: OpenAI.ChatCompletionMessageParam[] = openai;
type Accepted = Exclude<OpenAI.ChatCompletionMessageParam, { role: 'function' }>;
await appendMessages(nodePostgres, id, chatCompletions as Accepted[], { format: 'openai' });
await appendMessages(nodePostgres, id, openai, { format: 'openai' });
const anthropic = await getConversation(nodePostgres, id, { format: 'anthropic', messageLimit: 10 });
if (anthropic) {
  const { has_more, ...request } = anthropic;
  assert<Equal<typeof has_more, boolean>>();
  const whole: Anthropic.Beta.Messages.MessageCreateParams = { model: '', max_tokens: 1, ...request };
  whole.messages.length;
}

// Rows.
const made: NewMessage = { conversationId: id, role: 'user', content: '' };
await appendMessages(nodePostgres, id, [made], { format: 'drizzle' });
await appendMessages(
  nodePostgres,
  id,
  { role: 'user', content: '', created_at: '2026-01-01', rating: 5 },
  { format: 'rows' },
);
// @ts-expect-error: wrong type
await appendMessages(nodePostgres, id, { role: 'user', content: 5 }, { format: 'rows' });

// This does not compile.
// @ts-expect-error: unknown format
await getConversation(nodePostgres, id, { format: 'xml' });
// @ts-expect-error: unknown role
await appendMessages(nodePostgres, id, { role: 'robot', parts: [] });
// @ts-expect-error: unknown role
await nodePostgres.insert(schema.messages).values({ conversationId: id, role: 'robot', content: '' });
// @ts-expect-error: exportUser works with Drizzle only
await agentchat.exportUser(supabase, id);

// The application's own statements.
const [agent] = await orThrow(nodePostgres.select().from(schema.agentInstances));
if (agent) assert<Equal<typeof agent, schema.AgentInstance>>();
const users = await orThrow(typed.from('users').select('email'));
assert<Equal<typeof users, { email: string }[]>>();
const single = await orThrow(typed.from('users').select('email').maybeSingle());
assert<Equal<typeof single, { email: string } | null>>();
const none = await orThrow(typed.from('conversations').insert({ user_id: id, title: '' }));
assert<Equal<typeof none, null>>();
