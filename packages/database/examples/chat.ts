// A chat back end in one file. It streams the model's answer, saves the answer while it grows, and gives useChat of the
// AI SDK the conversation to continue from.
//
//   GET  /                                   returns the page of page.tsx, which uses all of these
//   POST /api/conversations {title}          creates a conversation: {id}
//   GET  /api/conversations?cursor=          lists the caller's conversations in pages, the latest first
//   GET  /api/conversations/<id>             returns its messages, for useChat({ messages })
//   POST /api/conversations/<id>/messages    takes the request of useChat, and streams the answer
//
// A client that disconnects does not stop the answer. The answer is saved to its end, unless the next message comes
// first. If several processes run this server, all requests for one conversation must reach the same process.
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import {
  AgentchatError,
  agentTools,
  appendMessages,
  asUser,
  conversations,
  createConversation,
  createDatabase,
  type Database,
  eq,
  getConversation,
  getConversationJson,
  inArray,
  listConversations,
  NotFoundError,
  truncateConversation,
  validateToolInput,
} from '@agentchat/database';
import {
  convertToModelMessages,
  InvalidToolInputError,
  jsonSchema,
  type LanguageModel,
  pipeUIMessageStreamToResponse,
  readUIMessageStream,
  safeValidateUIMessages,
  simulateReadableStream,
  stepCountIs,
  streamText,
  type ToolSet,
  tool,
  type UIMessage,
  type UIMessageChunk,
} from 'ai';
import { MockLanguageModelV3 } from 'ai/test';

/** The options of {@link chatServer}. */
export interface ChatOptions {
  db: Database;
  model: LanguageModel;
  /** Returns the id of the user, from the session of your application; null if no user is signed in. */
  userOf: (request: IncomingMessage) => string | null | Promise<string | null>;
  /**
   * What the tools do, by their names in `agent_tools`. The model gets their descriptions and JSON Schemas from there.
   * The database validates an input before the tool runs.
   */
  tools?: Record<string, (input: any, userId: string) => Promise<unknown>>;
  /** How many times to ask the model for one answer at most. It is asked again after its calls of tools. */
  stepLimit?: number;
  /** The time between two saves of an answer that grows, in milliseconds. */
  saveInterval?: number;
  /** How many messages to send to the model at most. */
  historyLimit?: number;
}

const maxBody = 10_000_000;

/** The files of the page, by path. The build puts them beside this file. */
const pageFiles: Record<string, { name: string; type: string }> = {
  '/': { name: 'page.html', type: 'text/html; charset=utf-8' },
  '/page.js': { name: 'page.js', type: 'text/javascript; charset=utf-8' },
};

/** An error whose status and message are the HTTP answer. */
class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

/** The request of useChat: all messages, or only the last one if `prepareSendMessagesRequest` reduces it to that. */
interface ChatRequest {
  messages?: UIMessage[];
  message?: UIMessage;
}

/** Returns the message to answer. */
function askedIn({ message, messages }: ChatRequest): UIMessage {
  const asked = message ?? (Array.isArray(messages) ? messages.at(-1) : undefined);
  if (asked?.role !== 'user') throw new HttpError(400, 'a message with the role user is required');
  return asked;
}

/** Makes the server, and a function that stops it. */
export function chatServer(options: ChatOptions) {
  const { db, model, userOf, tools = {}, stepLimit = 10, saveInterval = 250, historyLimit = 500 } = options;

  /** The answers in progress, by conversation. */
  const running = new Map<string, { stop: AbortController; done: Promise<void> }>();

  /** Stops the work that runs under the same key, waits for its end, and then does this work. */
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

  /** Stores the new message, and returns the messages to answer. The new one is the last. */
  async function question(userId: string, id: string, asked: UIMessage) {
    return asUser(db, userId, async (tx) => {
      // If the user edits a question or asks for another answer, the message is already stored. It replaces the stored
      // message and all messages after it.
      const replaced = tx.transaction((inner) => truncateConversation(inner, id, asked.id));
      await replaced.catch((error: unknown) => {
        if (!(error instanceof NotFoundError)) throw error;
      });
      await appendMessages(tx, id, asked);
      const stored = await getConversation(tx, id, { format: 'ai-sdk', messageLimit: historyLimit });
      const valid = await safeValidateUIMessages({ messages: stored });
      if (!valid.success) throw new HttpError(400, 'message does not match the format of the AI SDK');
      const conversation = await tx.query.conversations.findFirst({ where: eq(conversations.id, id) });
      return { messages: valid.data, system: conversation?.systemPrompt };
    });
  }

  /** Gives the tools the form of the AI SDK. */
  async function toolsFor(userId: string): Promise<ToolSet> {
    const names = Object.keys(tools);
    if (!names.length) return {};
    const rows = await asUser(db, userId, (tx) => tx.select().from(agentTools).where(inArray(agentTools.name, names)));
    const forModel = rows.map(({ name, description, schema }) => {
      // If this finds errors, the tool does not run. The model is told, and can call it again.
      const validate = async (input: unknown) => {
        const { valid, errors } = await asUser(db, userId, (tx) => validateToolInput(tx, name, input));
        const list = errors.map(({ path, message }) => `${path || 'The input'} ${message}.`);
        return valid
          ? { success: true as const, value: input }
          : { success: false as const, error: new Error(list.join('\n')) };
      };
      const execute = (input: unknown) => tools[name]?.(input, userId);
      return [name, tool({ description, inputSchema: jsonSchema(schema, { validate }), execute })];
    });
    return Object.fromEntries(forModel);
  }

  async function answer(userId: string, id: string, asked: UIMessage, response: ServerResponse, signal: AbortSignal) {
    const { messages, system } = await question(userId, id, asked);
    // An interrupted tool call has no result, and models refuse it.
    const prompt = await convertToModelMessages(messages, { ignoreIncompleteToolCalls: true });
    const result = streamText({
      model,
      messages: prompt,
      tools: await toolsFor(userId),
      stopWhen: stepCountIs(stepLimit),
      abortSignal: signal,
      ...(system ? { system } : {}),
    });
    const answerId = randomUUID();
    const stream = result.toUIMessageStream({
      originalMessages: messages,
      generateMessageId: () => answerId,
      onError,
    });
    // The stream to the database is read to its end, even if the client disconnects.
    const [toClient, toDatabase] = ReadableStream.from(unbroken(stream)).tee();
    const states = readUIMessageStream({ stream: toDatabase, onError: console.error });
    const save = (message: UIMessage) => asUser(db, userId, (tx) => appendMessages(tx, id, message));
    const saved = saveWhileItGrows(states, save, saveInterval);
    // The client's stream ends only when the database has the whole answer. The next question therefore comes after it.
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
    const file = request.method === 'GET' && pageFiles[pathname];
    if (file) return send(response, 200, await readFile(new URL(file.name, import.meta.url)), file.type);
    const userId = await userOf(request);
    if (!userId) throw new HttpError(401, 'not signed in');

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
      throw new HttpError(404, 'route not found');
    }
  }

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      const isForCaller = error instanceof HttpError || error instanceof AgentchatError;
      if (!isForCaller) console.error(error);
      // If the answer has begun to stream, the stream has told the client about the error.
      if (response.headersSent) return;
      const [status, message] = isForCaller ? [error.status, error.message] : [500, 'internal error'];
      send(response, status, JSON.stringify({ error: message }));
    });
  });
  /** Stops accepting requests, and waits until the answers in progress are saved. */
  async function finish() {
    server.close();
    await Promise.allSettled([...running.values()].map(({ done }) => done));
  }

  return { server, finish };
}

/** Writes the error to the log, and returns the text for the client. */
function onError(error: unknown): string {
  // A wrong input of a tool is the model's mistake. The text is stored, and tells the model in later requests, too. The
  // AI SDK reports the error twice, the second time as text.
  if (InvalidToolInputError.isInstance(error)) return error.message;
  if (typeof error === 'string' && error.startsWith('Invalid input for tool ')) return error;
  console.error(error);
  return 'The answer could not be finished.';
}

/**
 * Turns a lost connection to the model into an error in the stream. Otherwise the stream would break, and the process
 * would end.
 */
async function* unbroken(stream: AsyncIterable<UIMessageChunk>): AsyncGenerator<UIMessageChunk> {
  try {
    yield* stream;
  } catch (error) {
    yield { type: 'error', errorText: onError(error) };
  }
}

/**
 * Tells whether a part has no content yet. An answer with only such parts is not saved, because models refuse it in a
 * prompt.
 */
const isEmpty = (part: UIMessage['parts'][number]) =>
  part.type === 'step-start' || ((part.type === 'text' || part.type === 'reasoning') && part.text === '');

/** Saves the newest state at this interval, and always saves the last one. */
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
        // If the database refuses the message, it will refuse it again.
        if (error instanceof AgentchatError || failures > 5) throw error;
        // A later state contains this one.
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
    // Awaited at the end. Until then, a rejection is not unhandled.
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
    if (size > maxBody) throw new HttpError(413, 'body too large');
    chunks.push(chunk);
  }
  let body: unknown;
  try {
    body = JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    // The check below refuses undefined.
  }
  if (typeof body !== 'object' || body === null) throw new HttpError(400, 'body must be a JSON object');
  return body as T;
}

function send(response: ServerResponse, status: number, body: string | Buffer, type = 'application/json') {
  response.writeHead(status, { 'Content-Type': type }).end(body);
}

// DATABASE_URL=postgres://… PORT=8080 node chat.js
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const db = createDatabase();
  const { server, finish } = chatServer({
    db,
    // Replace it by openai('gpt-5'), anthropic('claude-sonnet-4-5'), …
    model: fakeModel(Number(process.env.WORD_DELAY ?? 50)),
    // Replace it by the session of your application.
    userOf: (request) => request.headers['x-user-id']?.toString() ?? process.env.USER_ID ?? null,
  });
  server.listen(Number(process.env.PORT ?? 8080), () => {
    console.log(`http://localhost:${(server.address() as AddressInfo).port}/`);
  });
  const end = async () => {
    await finish();
    await db.$client.end();
  };
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

/** Makes a model that gives the same answer to every question, word by word, with a delay in milliseconds. */
function fakeModel(delay: number): LanguageModel {
  const answer = `Rent a car in Kahului and drive up Haleakalā before dawn: the sun rises out of the clouds, and it is
as cold as in winter. The road to Hana takes a day. It has 54 bridges with a single lane, and a waterfall behind every
second one. From December to April, humpback whales come close to the beaches of Kihei. In the evening, eat fish in
Pāʻia, and watch the surfers at Hoʻokipa.`;
  const words = answer.match(/\S+\s*/g) ?? [];
  return new MockLanguageModelV3({
    doStream: async () => ({
      stream: simulateReadableStream({
        chunkDelayInMs: delay,
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
