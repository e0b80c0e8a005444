// The page of chat.ts: one conversation, with useChat of the AI SDK. The conversation's id is in the address, after #.
import { Chat, useChat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { type FormEvent, useState } from 'react';
import { createRoot } from 'react-dom/client';

const api = '/api/conversations';

async function json<T>(url: string, init?: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error);
  return body;
}

/** Stops the answer in all tabs. The stop() of useChat would only end this tab's stream. */
const stop = () => json(`${api}/${id}/stop`, { method: 'POST' });

const load = () => json<UIMessage[]>(`${api}/${id}`);

// Another address is another conversation.
let id = location.hash.slice(1);
if (!id) {
  id = (await json<{ id: string }>(api, { method: 'POST', body: '{}' })).id;
  history.replaceState(null, '', `#${id}`);
}
addEventListener('hashchange', () => location.reload());

const chat = new Chat<UIMessage>({
  id,
  messages: await load(),
  onError: (error) => {
    // The connection was lost in mid-answer. When the server or the network is back, the answer goes on.
    const isLost = error instanceof TypeError && chat.lastMessage?.role === 'assistant';
    if (isLost) setTimeout(() => chat.resumeStream(), 1000);
  },
  transport: new DefaultChatTransport({
    api,
    fetch: async (...request) => {
      const response = await fetch(...request);
      // No answer is in progress. It may have ended since the messages were loaded.
      if (response.status === 204) {
        const { messages } = chat;
        const stored = await load();
        if (chat.messages === messages) chat.messages = stored;
      }
      return response;
    },
    // The database has the earlier messages.
    prepareSendMessagesRequest: ({ messages }) => ({
      api: `${api}/${id}/messages`,
      body: { message: messages.at(-1) },
    }),
  }),
});

function Conversation() {
  const { messages, status, error, sendMessage } = useChat({ chat, resume: true });
  const isAnswering = status === 'submitted' || status === 'streaming';
  const [text, setText] = useState('');
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (!text.trim()) return;
    void sendMessage({ text });
    setText('');
  };
  return (
    <main>
      <a href="/">New conversation</a>
      {messages.map(({ id, role, parts }) => (
        <p key={id} className={role}>
          {parts.map((part) => (part.type === 'text' || part.type === 'reasoning' ? part.text : '')).join('')}
        </p>
      ))}
      {error && <p className="error">{error.message}</p>}
      <form onSubmit={send}>
        <input name="question" value={text} onChange={({ target }) => setText(target.value)} />
        <button type="submit">Send</button>
        <button type="button" disabled={!isAnswering} onClick={stop}>
          Stop
        </button>
        <output>{status}</output>
      </form>
    </main>
  );
}

const root = document.getElementById('root');
if (root) createRoot(root).render(<Conversation />);
