// The page of chat.ts: the list of conversations, and one of them with useChat of the AI SDK. The conversation's id is
// in the address, after #. Without it, the first question begins a new conversation.
import { Chat, useChat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const api = '/api/conversations';

/** A page of the list, as listConversations returns it. */
interface List {
  conversations: { id: string; title: string; preview: { content: string } | null }[];
  next_cursor: string | null;
}

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

const load = (id: string) => json<UIMessage[]>(`${api}/${id}`);

const idInAddress = () => location.hash.slice(1) || null;

/** Creates a conversation that has the first question as its title. Resolves to its id. */
async function create(question: UIMessage | undefined) {
  const text = question?.parts.map((part) => (part.type === 'text' ? part.text : '')).join('') ?? '';
  const body = JSON.stringify({ title: [...text].slice(0, 60).join('') });
  const { id } = await json<{ id: string }>(api, { method: 'POST', body });
  history.replaceState(null, '', `#${id}`);
  return id;
}

/** Opens the conversation in the address, or a new one. */
async function open() {
  const saved = idInAddress();
  let id = saved;
  const chat: Chat<UIMessage> = new Chat({
    messages: saved ? await load(saved) : [],
    onError: (error) => {
      // The connection was lost in mid-answer. When the server or the network is back, the answer goes on.
      const isLost = error instanceof TypeError && chat.lastMessage?.role === 'assistant';
      if (isLost) setTimeout(() => chat.resumeStream(), 1000);
    },
    transport: new DefaultChatTransport({
      fetch: async (...request) => {
        const response = await fetch(...request);
        // No answer is in progress. It may have ended since the messages were loaded.
        if (response.status === 204 && id) {
          const { messages } = chat;
          const stored = await load(id);
          if (chat.messages === messages) chat.messages = stored;
        }
        return response;
      },
      // The database has the earlier messages.
      prepareSendMessagesRequest: async ({ messages }) => {
        id ??= await create(messages.at(-1));
        return { api: `${api}/${id}/messages`, body: { message: messages.at(-1) } };
      },
      prepareReconnectToStreamRequest: () => ({ api: `${api}/${id}/stream` }),
    }),
  });
  /** Stops the answer in all tabs. The stop() of useChat would only end this tab's stream. */
  const stop = () => json(`${api}/${id}/stop`, { method: 'POST' });
  return { chat, isSaved: saved !== null, stop };
}

type Opened = Awaited<ReturnType<typeof open>>;

const states = {
  submitted: 'Asking the model',
  streaming: 'Saving the answer while it comes. Reload the page, or open it in a second tab: it goes on.',
  ready: 'Saved in PostgreSQL.',
  error: 'What had come of the answer is saved.',
};

function Conversation({ opened: { chat, isSaved, stop }, onChange }: { opened: Opened; onChange: () => void }) {
  const { messages, status, error, sendMessage } = useChat({ chat, resume: isSaved });
  const [text, setText] = useState('');
  // Once the answer begins, and once more when it is saved.
  useEffect(() => {
    if (status !== 'submitted') onChange();
  }, [status, onChange]);
  const ask = (question: string) => {
    if (!question.trim()) return;
    void sendMessage({ text: question });
    setText('');
  };
  const send = (event: FormEvent) => {
    event.preventDefault();
    ask(text);
  };
  const suggestion = 'What should I see on Maui?';
  return (
    <main className={status}>
      <div className="messages">
        <div>
          {messages.map(({ id, role, parts }) => (
            <p key={id} className={role}>
              {parts.map((part) => (part.type === 'text' || part.type === 'reasoning' ? part.text : '')).join('')}
            </p>
          ))}
          {error && <p className="error">{error.message}</p>}
          {!messages.length && (
            <section className="welcome">
              <h1>What would you like to know?</h1>
              The answer is written to PostgreSQL while it comes.
              <br />
              <button type="button" onClick={() => ask(suggestion)}>
                {suggestion}
              </button>
            </section>
          )}
        </div>
      </div>
      <form onSubmit={send}>
        <input
          name="question"
          aria-label="Question"
          placeholder="Ask something"
          autoComplete="off"
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
        <button type="submit">Send</button>
        <button type="button" disabled={status !== 'submitted' && status !== 'streaming'} onClick={stop}>
          Stop
        </button>
        <output data-status={status}>{messages.length ? states[status] : 'Nothing is saved yet.'}</output>
      </form>
    </main>
  );
}

function Page({ opened, number }: { opened: Opened; number: number }) {
  const [{ conversations, next_cursor }, setList] = useState<List>({ conversations: [], next_cursor: null });
  const [isOpen, setIsOpen] = useState(false);
  // If it fails, the list stays as it was until the next change.
  const refresh = useCallback(() => void json<List>(api).then(setList, () => {}), []);
  const loadMore = async () => {
    const more = await json<List>(`${api}?cursor=${next_cursor}`);
    setList({ ...more, conversations: [...conversations, ...more.conversations] });
  };
  return (
    <>
      <nav className={isOpen ? 'open' : ''}>
        <header>
          <button type="button" className="new" onClick={() => (location.hash = '')}>
            New conversation
          </button>
          <button type="button" className="list" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            Conversations
          </button>
        </header>
        <ul>
          {conversations.map(({ id, title, preview }) => (
            <li key={id}>
              <a
                href={`#${id}`}
                aria-current={id === idInAddress() ? 'page' : undefined}
                onClick={() => setIsOpen(false)}
              >
                <b>{title}</b>
                <small>{preview?.content}</small>
              </a>
            </li>
          ))}
          {next_cursor && (
            <li>
              <button type="button" onClick={loadMore}>
                More
              </button>
            </li>
          )}
        </ul>
      </nav>
      <Conversation key={number} opened={opened} onChange={refresh} />
    </>
  );
}

const root = createRoot(document.getElementById('root') as HTMLElement);
let number = 0;
let opened: Opened | undefined;

/** Shows the conversation in the address. */
async function show() {
  // The answer in progress goes on; this tab no longer reads it.
  void opened?.chat.stop();
  try {
    opened = await open();
    number += 1;
    root.render(<Page opened={opened} number={number} />);
  } catch (error) {
    root.render(<p className="error">{String(error)}</p>);
  }
}

addEventListener('hashchange', show);
await show();
