// A chat back end in one file: it streams the model's answer, saves it while it grows, and gives useChat of the AI SDK
// the conversation to go on from.
//
//   POST /api/conversations {title}          a new conversation: {id}
//   GET  /api/conversations?cursor=          the caller's, the latest first, in pages
//   GET  /api/conversations/<id>             its messages, for useChat({ messages })
//   POST /api/conversations/<id>/messages    what useChat sends; the answer as a stream
//
// A client that leaves does not stop the answer: it is saved to its end, unless the next message comes before. Of several
// processes of this, all requests of a conversation must reach the same one.
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
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
  NotFoundError,
  truncateConversation,
} from '@agentchat/database';
import {
  convertToModelMessages,
  type LanguageModel,
  pipeUIMessageStreamToResponse,
  readUIMessageStream,
  safeValidateUIMessages,
  simulateReadableStream,
  streamText,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { MockLanguageModelV3 } from 'ai/test';

export interface ChatOptions {
  db: Database;
  model: LanguageModel;
  /** Who asks, by the session of your application; null where nobody is signed in. */
  userOf: (request: IncomingMessage) => string | null | Promise<string | null>;
  /** How often an answer is saved while it grows, in milliseconds. */
  saveInterval?: number;
  /** How many messages the model is sent, at most. */
  historyLimit?: number;
}

const maxBody = 10_000_000;

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
}

function askedIn({ message, messages }: ChatRequest): UIMessage {
  const asked = message ?? (Array.isArray(messages) ? messages.at(-1) : undefined);
  if (asked?.role !== 'user') throw new HttpError(400, 'a message of the user is missing');
  return asked;
}

export function chatServer({ db, model, userOf, saveInterval = 250, historyLimit = 500 }: ChatOptions) {
  /** The answers that are under way, by conversation. */
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();

  /** Does the work once what runs under that key has been stopped and has ended. */
  async function inTurn(key: string, work: (signal: AbortSignal) => Promise<void>) {
    const previous = running.get(key);
    const stop = new AbortController();
    const begin = async () => {
      previous?.stop.abort();
      await previous?.done.catch(() => {});
      await work(stop.signal);
    };
    const done = begin();
    running.set(key, { stop, done });
    try {
      await done;
    } finally {
      if (running.get(key)?.done === done) running.delete(key);
    }
  }

  /** The messages to answer, the new one being the last. */
  async function question(userId: string, id: string, asked: UIMessage) {
    return asUser(db, userId, async (tx) => {
      // A question that is edited, or answered again, comes anew, in the place of all from it on.
      const replaced = tx.transaction((inner) => truncateConversation(inner, id, asked.id));
      await replaced.catch((error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
      });
      await appendMessages(tx, id, asked);
      const stored = await getConversation(tx, id, { format: 'ai-sdk', messageLimit: historyLimit });
      const valid = await safeValidateUIMessages({ messages: stored });
      if (!valid.success) throw new HttpError(400, 'a message is none of the AI SDK');
      const conversation = await tx.query.conversations.findFirst({ where: eq(conversations.id, id) });
      return { messages: valid.data, system: conversation?.systemPrompt };
    });
  }

  async function answer(userId: string, id: string, asked: UIMessage, response: ServerResponse, signal: AbortSignal) {
    const { messages, system } = await question(userId, id, asked);
    // A call of a tool that was broken off has no result, and no model takes it.
    const prompt = await convertToModelMessages(messages, { ignoreIncompleteToolCalls: true });
    const result = streamText({ model, messages: prompt, abortSignal: signal, ...(system ? { system } : {}) });
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
    const untilSaved = new TransformStream<UIMessageChunk, UIMessageChunk>({
      flush: (controller) =>
        saved.catch(() => controller.enqueue({ type: 'error', errorText: 'The answer could not be saved.' })),
    });
    pipeUIMessageStreamToResponse({ response, stream: toClient.pipeThrough(untilSaved) });
    await saved;
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const [pathname = '', query] = (request.url ?? '').split('?');
    const [, id, messages] = /^\/api\/conversations(?:\/([^/]+)(\/messages)?)?$/.exec(pathname) ?? [];
    const route = `${request.method} ${pathname.replace(id ?? '-', ':id')}`;
    const userId = await userOf(request);
    if (!userId) throw new HttpError(401, 'nobody is signed in');

    if (route === 'POST /api/conversations') {
      const { title = 'New conversation' } = await bodyOf<{ title?: string }>(request);
      const { id } = await asUser(db, userId, (tx) => createConversation(tx, { title }));
      send(response, 201, JSON.stringify({ id }));
    } else if (route === 'GET /api/conversations') {
      const list = await asUser(db, userId, (tx) =>
        listConversations(tx, { cursor: new URLSearchParams(query).get('cursor') }),
      );
      send(response, 200, JSON.stringify(list));
    } else if (route === 'GET /api/conversations/:id' && id) {
      const text = await asUser(db, userId, (tx) => getConversationJson(tx, id, { format: 'ai-sdk' }));
      if (text === null) throw new HttpError(404, 'conversation not found');
      send(response, 200, text);
    } else if (request.method === 'POST' && id && messages) {
      const asked = askedIn(await bodyOf<ChatRequest>(request));
      await inTurn(`${userId} ${id.toLowerCase()}`, (signal) => answer(userId, id, asked, response, signal));
    } else {
      throw new HttpError(404, 'no such route');
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const isForCaller = error instanceof HttpError || error instanceof AgentchatError;
      if (!isForCaller) console.error(error);
      // Where the answer streams already, the client has heard of what went wrong there.
      if (response.headersSent) return;
      const [status, message] = isForCaller ? [error.status, error.message] : [500, 'internal error'];
      send(response, status, JSON.stringify({ error: message }));
    });
  });
  /** Takes no more requests, and waits until the answers that are under way are saved. */
  async function finish() {
    server.close();
    await Promise.allSettled([...running.values()].map(({ done }) => done));
  }

  return { server, finish };
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

/** What there is before the first word. An answer of nothing else would stand in the prompt, where models refuse it. */
const isEmpty = (part: UIMessage['parts'][number]) =>
  part.type === 'step-start' || ((part.type === 'text' || part.type === 'reasoning') && part.text === '');

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
    for (let failures = 0; unsaved; ) {
      const message = unsaved;
      unsaved = undefined;
      try {
        await save(message);
        failures = 0;
      } catch (error) {
        console.error(error);
        failures += 1;
        // What the database refuses it will refuse again.
        if (error instanceof AgentchatError || failures > 5) throw error;
        // A later state has all that this one has.
        unsaved ??= message;
      }
      await (failures
        ? sleep(100 * 2 ** failures)
        : sleep(interval, undefined, { signal: ended.signal }).catch(() => {}));
    }
    saving = undefined;
  };
  for await (const message of states) {
    if (message.parts.every(isEmpty)) continue;
    unsaved = message;
    saving ??= saveNewest();
    // It is awaited in the end.
    saving.catch(() => {});
  }
  ended.abort();
  await saving;
}

async function bodyOf<T extends object>(request: IncomingMessage): Promise<T> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > maxBody) throw new HttpError(413, 'the body is too large');
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    // Refused below.
  }
  if (typeof body !== 'object' || body === null) throw new HttpError(400, 'the body must be a JSON object');
  return body as T;
}

function send(response: ServerResponse, status: number, body: string) {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(body);
}

// DATABASE_URL=postgres://… PORT=8080 node chat.js
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const db = createDatabase();
  const { server, finish } = chatServer({
    db,
    // In its place: openai('gpt-5'), anthropic('claude-sonnet-4-5'), …
    model: fakeModel(),
    // In its place: your application's session.
    userOf: (request) => request.headers['x-user-id']?.toString() ?? null,
  });
  server.listen(Number(process.env.PORT ?? 8080), () => console.log('listening'));
  process.once('SIGTERM', async () => {
    await finish();
    await db.$client.end();
  });
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
