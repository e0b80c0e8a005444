import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { adopt, asUser, check, enable } from '@agentchat/database/queries';
import * as agentchat from '@agentchat/database/schema';
import * as runsSchema from '@agentchat/database/schema/runs';
import * as searchSchema from '@agentchat/database/schema/search';
import * as orm from 'drizzle-orm';
import { sql } from 'drizzle-orm';
import { getTableConfig, index, integer, type PgTable, pgTable, text, uuid } from 'drizzle-orm/pg-core';
import { drizzle, kit, major, push } from './drizzle.js';
import { database, type TestDatabase } from './server.js';

/** The statements that drizzle-kit would run. */
const statements = async (...args: Parameters<typeof push>) => (await push(...args)).statements;

const tablesOf = (schema: Record<string, unknown>) =>
  Object.values(schema).filter((value): value is PgTable => {
    try {
      return getTableConfig(value as PgTable).columns.length > 0;
    } catch {
      return false;
    }
  });

for (const name of ['public', 'chat']) {
  describe(`drizzle-kit push, in ${name}`, () => {
    const schemas = [...new Set(['public', name])];
    const tables = name === 'public' ? agentchat : agentchat.inSchema(name);
    let made: TestDatabase;
    before(async () => {
      made = await database(name);
    });

    test('finds nothing to change', async () => {
      assert.deepEqual(await statements(made, tables, schemas), []);
    });

    const dropPolicies = async () => {
      for (const table of tablesOf(tables)) {
        const { name: tableName, policies } = getTableConfig(table);
        for (const policy of policies) await made.pool.query(`DROP POLICY ${policy.name} ON ${name}.${tableName}`);
      }
    };

    test('restores indexes, checks, defaults and row-level security', async () => {
      for (const table of tablesOf(tables)) {
        const { name: tableName, indexes, checks } = getTableConfig(table);
        const of = `${name}.${tableName}`;
        for (const { config } of indexes) await made.pool.query(`DROP INDEX ${name}.${config.name}`);
        for (const { name: checkName } of checks)
          await made.pool.query(`ALTER TABLE ${of} DROP CONSTRAINT ${checkName}`);
        await made.pool.query(
          `ALTER TABLE ${of} DISABLE ROW LEVEL SECURITY, ALTER created_at DROP DEFAULT, ALTER id DROP DEFAULT`,
        );
      }
      const db = drizzle(made.pool);
      assert.ok((await check(db)).length > 50);
      await (await push(made, tables, schemas)).apply();
      assert.deepEqual(await check(db), []);
      assert.deepEqual(await statements(made, tables, schemas), []);
    });

    test('restores policies. Those of drizzle-kit 0.31 show no rows, and adopt() corrects them', async () => {
      const db = drizzle(made.pool);
      await made.pool.query(`INSERT INTO ${name}.agent_tools (name, description, schema) VALUES ('search', '', '{}')`);
      const seen = () =>
        asUser(db, '00000000-0000-4000-8000-000000000001', (tx) =>
          tx.execute(sql.raw(`SELECT name FROM ${name}.agent_tools`)),
        );
      await dropPolicies();
      await (await push(made, tables, schemas)).apply();
      const problems = await check(db);
      if (major === 0) {
        assert.ok(problems.length > 20);
        assert.ok(
          problems.every(({ object, problem }) => /^policy /.test(object) && problem === 'has a different definition'),
        );
        assert.deepEqual((await seen()).rows, []);
      } else {
        assert.deepEqual(problems, []);
      }
      await adopt(db);
      assert.equal((await seen()).rows.length, 1);
      assert.deepEqual(await check(db), []);
      assert.deepEqual(await statements(made, tables, schemas), []);
    });

    test('has the conditions of policies in migrations', async () => {
      await dropPolicies();
      const migration = await kit.generateMigration(
        await kit.generateDrizzleJson({}),
        await kit.generateDrizzleJson(tables),
      );
      for (const statement of migration.filter((text) => /^CREATE POLICY/.test(text))) await made.pool.query(statement);
      assert.deepEqual(await check(drizzle(made.pool)), []);
    });
  });
}

for (const name of ['public', 'chat']) {
  describe(`the feature runs, in ${name}`, () => {
    const schemas = [...new Set(['public', name])];
    const nine = name === 'public' ? agentchat : agentchat.inSchema(name);
    const added = name === 'public' ? runsSchema : runsSchema.runsInSchema(name, nine);
    const tables = { ...nine, ...added };
    let made: TestDatabase;
    before(async () => {
      made = await database(name);
      assert.ok((await enable(drizzle(made.pool), 'runs')).length > 0);
    });

    test('drizzle-kit push finds nothing to change', async () => {
      assert.deepEqual(await statements(made, tables, schemas), []);
    });

    test('drizzle-kit push restores keys, indexes, checks, defaults and row-level security', async () => {
      const { pool } = made;
      await pool.query(
        `DROP INDEX ${name}.runs_conversation_id_running_idx, ${name}.runs_conversation_id_started_at_idx`,
      );
      for (const check of ['status', 'finished_at', 'metadata']) {
        await pool.query(`ALTER TABLE ${name}.runs DROP CONSTRAINT runs_${check}_check`);
      }
      await pool.query(`
        ALTER TABLE ${name}.runs DISABLE ROW LEVEL SECURITY, ALTER id DROP DEFAULT, ALTER message_id DROP DEFAULT,
          ALTER status DROP DEFAULT, ALTER started_at DROP DEFAULT;
        ALTER TABLE ${name}.run_chunks DISABLE ROW LEVEL SECURITY, ALTER created_at DROP DEFAULT,
          DROP CONSTRAINT run_chunks_seq_check, DROP CONSTRAINT run_chunks_pkey`);
      const db = drizzle(pool);
      assert.ok((await check(db)).length >= 11);
      await (await push(made, tables, schemas)).apply();
      assert.deepEqual(await check(db), []);
    });

    test('relations connect runs with their conversations and chunks', async () => {
      // Drizzle 1.0 exports this function.
      const relations = Reflect.get(orm, 'defineRelations')?.(tables, (r: any) => ({
        ...agentchat.agentchatRelations(r),
        ...runsSchema.agentchatRunsRelations(r),
      }));
      const db = drizzle(made.pool, tables as typeof agentchat & typeof runsSchema, relations);
      const [user] = await db.insert(tables.users).values({ email: 'a@example.com' }).returning();
      const [conversation] = await db.insert(tables.conversations).values({ userId: user!.id, title: 'T' }).returning();
      const [run] = await db.insert(added.runs).values({ conversationId: conversation!.id }).returning();
      await db.insert(added.runChunks).values({ runId: run!.id, seq: 1, chunk: { type: 'start' } });
      const found = await db.query.runs.findFirst({ with: { conversation: true, chunks: { with: { run: true } } } });
      assert.equal(found?.status, 'running');
      assert.equal(found.conversation.title, 'T');
      assert.equal(found.chunks[0]?.run.id, run!.id);
      assert.ok(found.startedAt instanceof Date);
    });
  });
}

for (const name of ['public', 'chat']) {
  describe(`the feature search, in ${name}`, () => {
    const schemas = [...new Set(['public', name])];
    const nine = name === 'public' ? agentchat : agentchat.inSchema(name);
    const added = name === 'public' ? searchSchema : searchSchema.searchInSchema(name, nine);
    const tables = { ...nine, ...added };
    let made: TestDatabase;
    before(async () => {
      made = await database(name);
      assert.ok((await enable(drizzle(made.pool), 'search')).length > 0);
    });

    test('drizzle-kit push finds nothing to change', async () => {
      assert.deepEqual(await statements(made, tables, schemas), []);
    });

    test('... also with the feature runs', async () => {
      await enable(drizzle(made.pool), 'runs');
      const runs = name === 'public' ? runsSchema : runsSchema.runsInSchema(name, nine);
      assert.deepEqual(await statements(made, { ...tables, ...runs }, schemas), []);
      await made.pool.query(`DROP TABLE ${name}.run_chunks, ${name}.runs`);
    });

    test('drizzle-kit push restores keys, indexes, defaults and row-level security', async () => {
      const { pool } = made;
      await pool.query(`
        DROP INDEX ${name}.search_segments_user_id_newest_idx;
        ALTER TABLE ${name}.search_pending DISABLE ROW LEVEL SECURITY, ALTER id DROP DEFAULT,
          DROP CONSTRAINT search_pending_pkey;
        ALTER TABLE ${name}.search_segments DISABLE ROW LEVEL SECURITY, ALTER id DROP DEFAULT;
        ALTER TABLE ${name}.search_grams DISABLE ROW LEVEL SECURITY, DROP CONSTRAINT search_grams_pkey`);
      const db = drizzle(pool);
      assert.ok((await check(db)).length >= 8);
      await (await push(made, tables, schemas)).apply();
      assert.deepEqual(await check(db), []);
    });

    test('the columns hold what the index stores', async () => {
      const db = drizzle(made.pool, tables as typeof agentchat & typeof searchSchema);
      const [user] = await db.insert(tables.users).values({ email: 'a@example.com' }).returning();
      const [conversation] = await db.insert(tables.conversations).values({ userId: user!.id, title: 'T' }).returning();
      const conversationId = conversation!.id;
      const message = { conversationId, role: 'user', content: 'Where is my coat?' } as const;
      const [first] = await db.insert(tables.messages).values(message).returning();
      const [pending] = await db.select().from(added.searchPending);
      assert.deepEqual(pending, {
        userId: user!.id,
        createdAt: first!.createdAt,
        messageId: first!.id,
        id: pending!.id,
        notedAt: pending!.notedAt,
      });
      assert.ok(pending!.notedAt >= first!.createdAt);
      await db.execute(sql`SELECT agentchat.index_messages(${user!.id})`);
      const [segment] = await db.select().from(added.searchSegments);
      assert.ok(segment?.messages instanceof Uint8Array);
      assert.equal(segment.messages.length, 24);
      assert.deepEqual(segment.newest, first!.createdAt);
      const grams = await db.select().from(added.searchGrams);
      assert.ok(grams.length > 5);
      await db.delete(added.searchSegments);
      const [again] = await db.insert(added.searchSegments).values(segment).returning();
      assert.deepEqual(again, segment);
    });
  });
}

if (major === 1) {
  // docs/drizzle.md warns of this.
  test('without a filter, push of drizzle-kit 1.0 fails on the schema agentchat', async () => {
    const made = await database();
    await assert.rejects(push(made, agentchat, undefined), (error: any) => error.cause.code === '42501');
    assert.deepEqual(await check(drizzle(made.pool)), []);
  });
}

describe('additions of an application', () => {
  let made: TestDatabase;
  before(async () => {
    made = await database();
  });

  const messages = pgTable('messages', { ...agentchat.messagesColumns(), rating: integer('rating') }, (t) => [
    ...agentchat.messagesRules()(t),
    index('messages_rating_idx').on(t.rating),
  ]);
  const folders = pgTable('folders', {
    id: uuid('id').primaryKey().defaultRandom(),
    userId: uuid('user_id')
      .references(() => agentchat.users.id)
      .notNull(),
    name: text('name').notNull(),
  });

  test('are the only changes of a push', async () => {
    const schema = { ...agentchat, messages, folders };
    assert.deepEqual(
      (await statements(made, schema, ['public'])).map((statement) => statement.replaceAll(/\s+/g, ' ').trim()),
      major === 1
        ? [
            'CREATE TABLE "folders" ( "id" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "user_id" uuid NOT NULL, ' +
              '"name" text NOT NULL );',
            'ALTER TABLE "messages" ADD COLUMN "rating" integer;',
            'CREATE INDEX "messages_rating_idx" ON "messages" ("rating");',
            'ALTER TABLE "folders" ADD CONSTRAINT "folders_user_id_users_id_fkey" FOREIGN KEY ("user_id") ' +
              'REFERENCES "users"("id");',
          ]
        : [
            'CREATE TABLE "folders" ( "id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL, ' +
              '"user_id" uuid NOT NULL, "name" text NOT NULL );',
            'ALTER TABLE "messages" ADD COLUMN "rating" integer;',
            'ALTER TABLE "folders" ADD CONSTRAINT "folders_user_id_users_id_fk" FOREIGN KEY ("user_id") ' +
              'REFERENCES "public"."users"("id") ON DELETE no action ON UPDATE no action;',
            'CREATE INDEX "messages_rating_idx" ON "messages" USING btree ("rating");',
          ],
    );
    await (await push(made, schema, ['public'])).apply();
    assert.deepEqual(await statements(made, schema, ['public']), []);
    assert.deepEqual(await check(drizzle(made.pool)), []);
  });

  test('are read and written like other columns', async () => {
    const tables = { ...agentchat, messages, folders };
    // Drizzle 1.0 exports this function.
    const relations = Reflect.get(orm, 'defineRelations')?.(tables, agentchat.agentchatRelations);
    const db = drizzle(made.pool, tables, relations);
    const [user] = await db.insert(agentchat.users).values({ email: 'ada@example.com' }).returning();
    const [conversation] = await db.insert(agentchat.conversations).values({ userId: user!.id, title: '' }).returning();
    await db.insert(messages).values({ conversationId: conversation!.id, role: 'user', content: 'Hi', rating: 5 });
    const found = await db.query.conversations.findFirst({ with: { user: true, messages: true } });
    assert.equal(found?.messages[0]?.rating, 5);
    assert.equal(found?.user.email, 'ada@example.com');
  });
});

test('relations connect every table with its neighbours in both directions', async () => {
  const made = await database();
  const db = drizzle(made.pool);
  await made.pool.query(`
    INSERT INTO users (id, email) VALUES ('00000000-0000-4000-8000-000000000001', 'a@example.com');
    INSERT INTO conversations (id, user_id, title)
      SELECT '00000000-0000-4000-8000-000000000002', id, 't' FROM users;
    INSERT INTO messages (id, conversation_id, role, content)
      SELECT '00000000-0000-4000-8000-000000000003', id, 'user', 'm' FROM conversations;
    INSERT INTO artifacts (user_id, message_id, type, title) SELECT u.id, m.id, 'code', 'a' FROM users u, messages m;
    INSERT INTO agent_definitions (user_id, name, description, system_prompt) SELECT id, 'd', '', '' FROM users;
    INSERT INTO agent_instances (user_id, definition_id, name) SELECT u.id, d.id, 'i' FROM users u, agent_definitions d;
    INSERT INTO workflows (user_id, agent_instance_id, workflow_id, status, goal)
      SELECT u.id, i.id, 'w', 'pending', '' FROM users u, agent_instances i;
    INSERT INTO subscriptions (user_id, plan, status, agent_limit) SELECT id, 'pro', 'active', 5 FROM users;`);
  const down = await db.query.users.findFirst({
    with: {
      conversations: { with: { messages: { with: { artifacts: true } } } },
      artifacts: true,
      agentDefinitions: { with: { instances: { with: { workflows: true } } } },
      agentInstances: true,
      workflows: true,
      subscriptions: true,
    },
  });
  assert.equal(down?.conversations[0]?.messages[0]?.artifacts[0]?.title, 'a');
  assert.equal(down.agentDefinitions[0]?.instances[0]?.workflows[0]?.workflowId, 'w');
  assert.deepEqual(
    [down.artifacts.length, down.agentInstances.length, down.workflows.length, down.subscriptions[0]?.agentLimit],
    [1, 1, 1, 5],
  );
  const artifact = await db.query.artifacts.findFirst({
    with: { user: true, message: { with: { conversation: { with: { user: true } } } } },
  });
  assert.equal(artifact?.message?.conversation.user.id, artifact?.user.id);
  const workflow = await db.query.workflows.findFirst({
    with: { user: true, agentInstance: { with: { user: true, definition: { with: { user: true } } } } },
  });
  assert.equal(workflow?.agentInstance?.definition.user.id, workflow?.user.id);
  const subscription = await db.query.subscriptions.findFirst({ with: { user: true } });
  assert.equal(subscription?.user.email, 'a@example.com');
});

test('relations in another schema', async () => {
  const made = await database('chat');
  const tables = agentchat.inSchema('chat');
  const db = drizzle(made.pool, tables);
  const [user] = await db.insert(tables.users).values({ email: 'a@example.com' }).returning();
  await db.insert(tables.conversations).values({ userId: user!.id, title: 'Trip' });
  const found = await db.query.users.findFirst({ with: { conversations: { with: { messages: true } } } });
  assert.equal(found?.conversations[0]?.title, 'Trip');
  assert.deepEqual(found.conversations[0].messages, []);
  assert.equal((await db.execute(sql`SELECT count(*)::int AS n FROM chat.conversations`)).rows[0]?.n, 1);
});
