// Writes a row to every table of the design document's schema, and prints the rows that it reads.
import { db } from '@/packages/database';
import {
  agentDefinitions,
  agentInstances,
  agentTools,
  artifacts,
  conversations,
  eq,
  messages,
  type NewMessage,
  subscriptions,
  users,
  workflows,
} from '@/packages/database/schema';
import { getConversationMessages } from './getConversationMessages';

const given = new Date('2026-03-08T07:30:00.123Z');

async function one<T>(rows: PromiseLike<T[]>): Promise<T> {
  const [row] = await rows;
  if (!row) throw new Error('no row');
  return row;
}

const user = await one(
  db
    .insert(users)
    .values({ email: `${crypto.randomUUID()}@example.com`, createdAt: given })
    .returning(),
);
const userId = user.id;
const conversation = await one(
  db
    .insert(conversations)
    .values({ userId, title: 'A trip', metadata: { a: [1] } })
    .returning(),
);
const conversationId = conversation.id;
const asked: NewMessage = {
  conversationId,
  role: 'user',
  content: 'Where to?',
  parts: [{ type: 'text', text: 'Where to?' }],
  createdAt: given,
};
await db.insert(messages).values(asked);
const answers = ['To', 'the', 'sea'].map((content) => ({ conversationId, role: 'assistant', content }));
const answered = await db.insert(messages).values(answers).returning();
const message = answered.at(-1)!;
const artifact = await one(
  db.insert(artifacts).values({ userId, messageId: message.id, type: 'text', title: 'Map' }).returning(),
);
const tool = await one(
  db
    .insert(agentTools)
    .values({ name: crypto.randomUUID(), description: '', schema: { type: 'object' } })
    .returning(),
);
const definition = await one(
  db
    .insert(agentDefinitions)
    .values({ userId, name: 'Poet', description: '', systemPrompt: 'Rhyme.', tools: [tool.name] })
    .returning(),
);
const instance = await one(
  db.insert(agentInstances).values({ userId, definitionId: definition.id, name: 'Mine' }).returning(),
);
const workflow = await one(
  db
    .insert(workflows)
    .values({ userId, agentInstanceId: instance.id, workflowId: 'w', status: 'running', goal: '', steps: [{ n: 1 }] })
    .returning(),
);
const subscription = await one(
  db
    .insert(subscriptions)
    .values({ userId, plan: 'pro', status: 'active', agentLimit: 3, stripeCurrentPeriodEnd: given })
    .returning(),
);
await db.update(conversations).set({ title: 'A longer trip' }).where(eq(conversations.id, conversationId));

console.log(
  JSON.stringify({
    user,
    conversation,
    artifact,
    definition,
    instance,
    tool,
    workflow,
    subscription,
    read: await getConversationMessages(conversationId),
    now: new Date(),
    offset: given.getTimezoneOffset(),
  }),
);
await db.$client.end();
