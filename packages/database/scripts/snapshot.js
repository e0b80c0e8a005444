// npm run snapshot: writes the snapshot of the schema beside the migration. Run it after a change of src/schema.
// drizzle-kit compares the schema of an application with it.
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as schema from '@agentchat/database/schema';

const { generateDrizzleJson } = createRequire(import.meta.url)('drizzle-kit/api');
const file = new URL('../src/migrations/meta/0000_snapshot.json', import.meta.url);
const { id, prevId } = JSON.parse(await readFile(file, 'utf8'));
const snapshot = { ...generateDrizzleJson(schema), id, prevId };
await writeFile(file, `${JSON.stringify(snapshot, null, 2)}\n`);
