// A chat back end in one file: it streams the model's answer, saves it while it grows, and gives useChat of the AI SDK
// the conversation to go on from.
//
//   POST /api/conversations {title}          a new conversation: {id}
//   GET  /api/conversations?cursor=          the caller's, the latest first, in pages
//   GET  /api/conversations/<id>             its messages, for useChat({ messages })
//   POST /api/conversations/<id>/messages    what useChat sends; the answer as a stream
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  convertToModelMessages,
  type LanguageModel,
  pipeUIMessageStreamToResponse,
  readUIMessageStream,
  simulateReadableStream,
  streamText,
  type UIMessage,
  type UIMessageChunk,
  validateUIMessages,
} from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import {
  AgentchatError,
  appendMessages,
  asUser,
  conversations,
  createConversation,
  createDatabase,
  type Database,
  eq,
  getConversation,
  getConversationJson,
  listConversations,
  truncateConversation,
} from '@agentchat/database';

export interface ChatOptions {
  db: Database;
  model: LanguageModel;
  /** Who asks, by the session of your application; null where nobody is signed in. */
  userOf: (request: IncomingMessage) => string | null | Promise<string | null>;
  /** How often an answer is saved while it grows, in milliseconds. */
  saveInterval?: number;
}

/** What an answer of HTTP says, and no more. */
class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** What useChat sends: all messages, or only the last one, as with `prepareSendMessagesRequest`. */
interface ChatRequest {
  messages?: UIMessage[];
  message?: UIMessage;
  trigger?: 'submit-message' | 'regenerate-message';
  /** The message that is edited or answered anew. */
  messageId?: string;
}

export function chatServer({ db, model, userOf, saveInterval = 250 }: ChatOptions): Server {
  /** The messages to answer, once the new one is among them. */
  async function question(userId: string, id: string, request: ChatRequest) {
    const message = request.message ?? request.messages?.at(-1);
    if (message?.role !== 'user') throw new HttpError(400, 'a message of the user is missing');
    return asUser(db, userId, async (tx) => {
      // An edited question, or one to be answered again, goes with all that came after it, and comes anew.
      const isAgain = request.trigger === 'regenerate-message' || request.messageId !== undefined;
      if (isAgain) await truncateConversation(tx, id, message.id);
      await appendMessages(tx, id, message);
      const messages = await getConversation(tx, id, { format: 'ai-sdk' });
      if (!messages) throw new HttpError(404, 'conversation not found');
      const conversation = await tx.query.conversations.findFirst({ where: eq(conversations.id, id) });
      return { messages: await validateUIMessages({ messages }), system: conversation?.systemPrompt };
    });
  }

  async function answer(userId: string, id: string, request: ChatRequest, response: ServerResponse) {
    const { messages, system } = await question(userId, id, request);
    const prompt = await convertToModelMessages(messages);
    const result = streamText({ model, messages: prompt, ...(system ? { system } : {}) });
    const answerId = randomUUID();
    const stream = result.toUIMessageStream({
      originalMessages: messages,
      generateMessageId: () => answerId,
      onError,
    });
    // The second half is read to its end, also where the client goes away.
    const [toClient, toDatabase] = ReadableStream.from(unbroken(stream)).tee();
    const states = readUIMessageStream({ stream: toDatabase, onError: console.error });
    const save = (message: UIMessage) => asUser(db, userId, (tx) => appendMessages(tx, id, message));
    const saved = saveWhileItGrows(states, save, saveInterval);
    // When the client has all of it, so has the database: the next question comes after the answer.
    const untilSaved = new TransformStream({ flush: () => saved });
    pipeUIMessageStreamToResponse({ response, stream: toClient.pipeThrough(untilSaved) });
    await saved;
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    const [, id, messages] = /^\/api\/conversations(?:\/([^/]+)(\/messages)?)?$/.exec(pathname) ?? [];
    const route = `${request.method} ${pathname.replace(id ?? '-', ':id')}`;
    const userId = await userOf(request);
    if (!userId) throw new HttpError(401, 'nobody is signed in');

    if (route === 'POST /api/conversations') {
      const { title = 'New conversation' } = await bodyOf<{ title?: string }>(request);
      const { id } = await asUser(db, userId, (tx) => createConversation(tx, { title }));
      send(response, 201, JSON.stringify({ id }));
    } else if (route === 'GET /api/conversations') {
      const list = await asUser(db, userId, (tx) => listConversations(tx, { cursor: searchParams.get('cursor') }));
      send(response, 200, JSON.stringify(list));
    } else if (route === 'GET /api/conversations/:id' && id) {
      const text = await asUser(db, userId, (tx) => getConversationJson(tx, id, { format: 'ai-sdk' }));
      if (text === null) throw new HttpError(404, 'conversation not found');
      send(response, 200, text);
    } else if (request.method === 'POST' && id && messages) {
      await answer(userId, id, await bodyOf<ChatRequest>(request), response);
    } else {
      throw new HttpError(404, 'no such route');
    }
  }

  return createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const isForCaller = error instanceof HttpError || error instanceof AgentchatError;
      if (!isForCaller) console.error(error);
      // Where the answer streams already, the client has heard of what went wrong there.
      if (response.headersSent) return;
      const [status, message] = isForCaller ? [error.status, error.message] : [500, 'internal error'];
      send(response, status, JSON.stringify({ error: message }));
    });
  });
}

/** What the client hears; what happened is in the log. */
function onError(error: unknown): string {
  console.error(error);
  return 'The answer could not be finished.';
}

/** A connection to the model that is lost is an error in the stream, not the stream's end and the server's. */
async function* unbroken(stream: AsyncIterable<UIMessageChunk>): AsyncGenerator<UIMessageChunk> {
  try {
    yield* stream;
  } catch (error) {
    yield { type: 'error', errorText: onError(error) };
  }
}

/** Saves the newest state in these intervals, and the last one in any case. */
async function saveWhileItGrows(
  states: AsyncIterable<UIMessage>,
  save: (message: UIMessage) => Promise<unknown>,
  interval: number,
) {
  let unsaved: UIMessage | undefined;
  let saving: Promise<void> | undefined;
  const ended = new AbortController();
  const saveNewest = async () => {
    while (unsaved) {
      const message = unsaved;
      unsaved = undefined;
      // A later state has all that this one has.
      await save(message).catch(console.error);
      await sleep(interval, undefined, { signal: ended.signal }).catch(() => {});
    }
    saving = undefined;
  };
  for await (const message of states) {
    if (message.parts.length === 0) continue;
    unsaved = message;
    saving ??= saveNewest();
  }
  ended.abort();
  await saving;
}

async function bodyOf<T>(request: IncomingMessage): Promise<T> {
  const body = await json(request).catch(() => null);
  if (typeof body !== 'object' || body === null) throw new HttpError(400, 'the body must be a JSON object');
  return body as T;
}

function send(response: ServerResponse, status: number, body: string) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
}

// DATABASE_URL=postgres://… PORT=8080 node chat.js
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const db = createDatabase();
  const server = chatServer({
    db,
    // In its place: openai('gpt-5'), anthropic('claude-sonnet-4-5'), …
    model: fakeModel(),
    // In its place: your application's session.
    userOf: (request) => request.headers['x-user-id']?.toString() ?? null,
  });
  server.listen(Number(process.env.PORT ?? 8080), () => console.log('listening'));
  process.once('SIGTERM', () => server.close(() => db.$client.end()));
}

/** Says the same to everything, word by word. */
function fakeModel(): LanguageModel {
  const words = ['See ', 'the ', 'sunrise ', 'on ', 'Haleakalā.'];
  return new MockLanguageModelV3({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunkDelayInMs: 50,
        chunks: [
          { type: 'stream-start', warnings: [] },
          { type: 'text-start', id: '1' },
          ...words.map((delta) => ({ type: 'text-delta' as const, id: '1', delta })),
          { type: 'text-end', id: '1' },
          {
            type: 'finish',
            finishReason: { unified: 'stop', raw: 'stop' },
            usage: {
              inputTokens: { total: 1, noCache: 1, cacheRead: 0, cacheWrite: 0 },
              outputTokens: { total: words.length, text: words.length, reasoning: 0 },
            },
          },
        ],
      }),
    }),
  });
}
