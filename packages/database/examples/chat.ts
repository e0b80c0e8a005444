// A chat back end in one file. It streams the model's answer, and saves it while it grows, as a run. Readers can join at
// any time, in any tab and any process.
//
//   GET  /                                   returns the page of page.tsx, which uses all of these
//   POST /api/conversations {title}          creates a conversation: {id}
//   GET  /api/conversations?cursor=          lists the caller's conversations in pages, the latest first
//   GET  /api/conversations/<id>             returns its messages, for useChat({ messages })
//   POST /api/conversations/<id>/messages    takes the request of useChat, and streams the answer
//   GET  /api/conversations/<id>/stream      streams the answer in progress, for useChat({ resume: true }); 204 if none
//   POST /api/conversations/<id>/stop        stops the answer in progress
//
// A client that disconnects does not stop the answer. The next message stops it. If the server dies, the answer so far
// is saved when the conversation is next visited.
//
// To see it, run `npm run example` in a checkout (packages/database). It has a PostgreSQL and a Node.js of its own.
// On a database of yours it needs:
//
//   - Node.js 20 or later. (Debian 12 has version 18, which is too old.) From 22.18 on, Node.js runs this file as it is:
//     node examples/chat.ts. The page is then missing. For an older one, compile it with "skipLibCheck": true. Otherwise
//     TypeScript also checks the types of the AI SDK, which need those of the DOM.
//   - the packages @agentchat/database, drizzle-orm, pg and ai
//   - the extension, or the SQL edition. As the owner of the tables, run once:
//       SELECT agentchat.enable('runs');
//       CREATE ROLE authenticated NOLOGIN;                -- unless it exists
//       GRANT authenticated TO app;                       -- the login of DATABASE_URL
//       SELECT agentchat.grant_api('authenticated');
//   - DATABASE_URL=postgres://app:password@localhost:5432/chat, and USER_ID, the id of a row of users
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
  type RunClient,
  RunInProgressError,
  recoverRun,
  resumableStream,
  resumeStream,
  startRun,
  stopRun,
  truncateConversation,
  validateToolInput,
} from '@agentchat/database';
import {
  convertToModelMessages,
  InvalidToolInputError,
  jsonSchema,
  type LanguageModel,
  pipeUIMessageStreamToResponse,
  safeValidateUIMessages,
  simulateReadableStream,
  stepCountIs,
  streamText,
  type ToolSet,
  tool,
  type UIMessage,
} from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { DrizzleQueryError } from 'drizzle-orm';

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
  /** How long an answer may be silent before its server counts as dead, in milliseconds. */
  staleAfter?: number;
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
  // Not a parameter property: Node.js removes types and does not compile.
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
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
  const { db, model, userOf, tools = {}, stepLimit = 10, staleAfter = 30_000, historyLimit = 500 } = options;

  /** The answers that this process writes, until they are saved. */
  const answers = new Set<Promise<void>>();
  /** The responses to those who read an answer in progress. */
  const readers = new Set<ServerResponse>();

  /** Makes each call of a run a transaction of its own. */
  const clientOf =
    (userId: string): RunClient =>
    (work) =>
      asUser(db, userId, work);

  /** Saves what a dead server has left of an answer. If this fails, the conversation still opens. */
  const recover = (userId: string, id: string) =>
    recoverRun(clientOf(userId), id, { staleAfter }).catch((error: unknown) => {
      // The calls that follow report the others.
      if (!(error instanceof AgentchatError)) console.error(error);
    });

  /** Stores the new message and starts the run of its answer. Returns the run, and the messages to answer. */
  async function begin(userId: string, id: string, asked: UIMessage) {
    await recover(userId, id);
    return asUser(db, userId, async (tx) => {
      const run = await startRun(tx, id, { staleAfter });
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
      // An interrupted tool call has no result, and models refuse it.
      const prompt = await convertToModelMessages(valid.data, { ignoreIncompleteToolCalls: true });
      const conversation = await tx.query.conversations.findFirst({ where: eq(conversations.id, id) });
      return { run, prompt, messages: valid.data, system: conversation?.systemPrompt };
    });
  }

  /** Begins, once the answer in progress has stopped. */
  async function beginInTurn(userId: string, id: string, asked: UIMessage) {
    for (;;) {
      try {
        return await begin(userId, id, asked);
      } catch (error) {
        if (!(error instanceof RunInProgressError)) throw error;
      }
      await stopRun(clientOf(userId), id);
      await sleep(100);
    }
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

  async function answer(userId: string, id: string, asked: UIMessage, response: ServerResponse) {
    const forModel = await toolsFor(userId);
    const { run, prompt, messages, system } = await beginInTurn(userId, id, asked);
    const abort = new AbortController();
    const result = streamText({
      model,
      messages: prompt,
      tools: forModel,
      stopWhen: stepCountIs(stepLimit),
      abortSignal: abort.signal,
      ...(system ? { system } : {}),
    });
    const source = result.toUIMessageStream({
      originalMessages: messages,
      generateMessageId: () => run.messageId,
      onError,
    });
    // The answer is written to its end, even if the client disconnects. The client's stream ends only when the answer is
    // saved. The next question therefore comes after it.
    const { stream, done } = resumableStream(clientOf(userId), run, source, { abort, onError: console.error });
    const ended = done.catch(() => {}).then(() => void answers.delete(ended));
    answers.add(ended);
    pipeUIMessageStreamToResponse({ response, stream });
  }

  /** Streams the answer in progress, whichever process writes it. */
  async function resume(userId: string, id: string, response: ServerResponse) {
    const gone = new AbortController();
    const stream = await resumeStream(clientOf(userId), id, { staleAfter, signal: gone.signal });
    if (!stream) return void response.writeHead(204).end();
    readers.add(response);
    response.once('close', () => {
      readers.delete(response);
      gone.abort();
    });
    pipeUIMessageStreamToResponse({ response, stream });
  }

  async function handle(request: IncomingMessage, response: ServerResponse) {
    const [pathname = '', query] = (request.url ?? '').split('?');
    const [, id] = /^\/api\/conversations\/([^/]+)/.exec(pathname) ?? [];
    const route = `${request.method} ${pathname.replace(id ?? '-', ':id')}`;
    const file = request.method === 'GET' && pageFiles[pathname];
    if (file) return send(response, 200, await pageFile(file.name), file.type);
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
      await recover(userId, id);
      const text = await asUser(db, userId, (tx) => getConversationJson(tx, id, { format: 'ai-sdk' }));
      if (text === null) throw new HttpError(404, 'conversation not found');
      send(response, 200, text);
    } else if (route === 'POST /api/conversations/:id/messages' && id) {
      await answer(userId, id, askedIn(await bodyOf<ChatRequest>(request)), response);
    } else if (route === 'GET /api/conversations/:id/stream' && id) {
      await resume(userId, id, response);
    } else if (route === 'POST /api/conversations/:id/stop' && id) {
      const run = await stopRun(clientOf(userId), id);
      send(response, 200, JSON.stringify({ stopping: run !== null }));
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
  /** Stops accepting requests, and waits until the answers that this process writes are saved. */
  async function finish() {
    server.close();
    // Their clients find the other processes.
    for (const reader of readers) reader.destroy();
    while (answers.size) await Promise.all(answers);
  }

  return { server, finish };
}

async function pageFile(name: string): Promise<Buffer> {
  try {
    return await readFile(new URL(name, import.meta.url));
  } catch {
    throw new HttpError(404, `${name} is missing: npm run example builds it`);
  }
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

/** Fails at the start instead of at the first request if the database lacks what this file needs. */
async function checkSetup(db: Database): Promise<void> {
  const nobody = '00000000-0000-0000-0000-000000000000';
  await asUser(db, nobody, (tx) => listConversations(tx));
  await stopRun((work) => asUser(db, nobody, work), nobody).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
  });
}

function complain(error: unknown): never {
  // Drizzle's own error shows the query.
  const { message, hint = '' } = (error instanceof DrizzleQueryError ? error.cause : error) as AgentchatError;
  console.error(`The database is not ready for this example:\n${message}\n${hint}`);
  process.exit(1);
}

// DATABASE_URL=postgres://… USER_ID=… PORT=8080 node chat.js
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const db = createDatabase();
  await checkSetup(db).catch(complain);
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

/** What {@link fakeModel} knows, in this order. */
const answers = [
  `Rent a car in Kahului and drive up Haleakalā before dawn: the sun rises out of the clouds, and it is as cold as in
winter. The road to Hana takes a day. It has 54 bridges with a single lane, and a waterfall behind every second one. From
December to April, humpback whales come close to the beaches of Kihei.`,
  `In the evening, eat fish in Pāʻia, and watch the surfers at Hoʻokipa. Food trucks in Kahului have garlic shrimp and
poke. Up in Kula, where it is cooler, farms serve what grows there: onions, lavender, and strawberries in spring.`,
  `That is all I know about Maui: I am no model, and have three answers. Put a real one in my place in examples/chat.ts,
such as openai('gpt-5').`,
];

/** Makes a model that gives one answer after the other, word by word, with a delay in milliseconds. */
function fakeModel(delay: number): LanguageModel {
  return new MockLanguageModelV3({
    doStream: async ({ prompt }) => {
      const questions = prompt.filter(({ role }) => role === 'user').length;
      const answer = answers[(questions - 1) % answers.length] ?? '';
      const words = answer.replaceAll('\n', ' ').match(/\S+\s*/g) ?? [];
      return {
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
      };
    },
  });
}
