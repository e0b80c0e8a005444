import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';
import { sqlEdition } from '@agentchat/database/sql';
import { PGlite } from '@electric-sql/pglite';
import { uuid_ossp } from '@electric-sql/pglite/contrib/uuid_ossp';
import { Psql } from './psqlFile.js';
import { repository } from './server.js';

// The repository's pgTAP files about rules, writing and reading, in PGlite.

const folders = ['rules', 'writing', 'reading'];

/** The files that cannot run in PGlite, besides those that need the extension. */
const leftOut: Record<string, string> = {
  'test/reading/altered_tables.sql': 'it drops the extension',
  'test/reading/get_conversation.sql': 'it asks for parallel workers',
  'test/reading/get_conversation_json.sql': 'of its 18 tests with large values, 16 pass',
  'test/reading/list_conversations.sql': 'it needs the extension unaccent',
  'test/reading/times.sql': 'it has to take less than half a second',
  'test/rules/agent_limit.sql': 'it runs a program by COPY',
  'test/rules/agent_limit_roles.sql': 'psqlFile.ts does not understand its quotes',
  'test/rules/link_supabase_auth.sql': 'it drops the extension',
  'test/rules/message_order.sql': 'it runs a program with \\!',
  'test/rules/touch_conversations.sql': 'PGlite fails with ERRORDATA_STACK_SIZE exceeded',
};

/** The newest script of pgTAP on this machine that needs no other before it; undefined if pgTAP is not installed. */
async function pgTap(): Promise<string | undefined> {
  for (const version of [15, 16, 17, 18]) {
    const folder = `/usr/share/postgresql/${version}/extension`;
    const names = await readdir(folder).catch(() => []);
    const script = names.find((name) => /^pgtap--[\d.]+\.sql$/.test(name));
    if (script) return readFile(`${folder}/${script}`, 'utf8');
  }
  return undefined;
}

async function filesThatRun(): Promise<string[]> {
  const needTheExtension = (await readFile(`${repository}test/extension_only.txt`, 'utf8'))
    .split('\n')
    .map((line) => line.split('\t')[0]);
  const files: string[] = [];
  for (const folder of folders) {
    for (const name of (await readdir(`${repository}test/${folder}`)).sort()) {
      const file = `test/${folder}/${name}`;
      if (name.endsWith('.sql') && !needTheExtension.includes(file) && !(file in leftOut)) files.push(file);
    }
  }
  return files;
}

/** PGlite has neither extension: their scripts are run instead. RESET SESSION AUTHORIZATION does nothing there. */
const instead = (tap: string) => (statement: string) => {
  if (statement === 'RESET SESSION AUTHORIZATION') return 'SET SESSION AUTHORIZATION postgres';
  if (statement === 'CREATE EXTENSION pgtap SCHEMA tap') {
    return `SET search_path = tap, public; ${tap}; RESET search_path;`;
  }
  const [isAgentchat, schema = 'public'] = /^CREATE EXTENSION agentchat(?: SCHEMA "?([^"]*)"?)?$/.exec(statement) ?? [];
  return isAgentchat && sqlEdition({ schema });
};

/** What is wrong in an output of pgTAP. */
function problemsIn(output: string[]): string[] {
  const lines = output.flatMap((row) => row.split('\n'));
  const plan = lines.find((line) => /^1\.\.\d+$/.test(line));
  const passed = lines.filter((line) => /^ok /.test(line)).length;
  const failed = lines.flatMap((line, index) => (/^not ok /.test(line) ? lines.slice(index, index + 6) : []));
  return plan === `1..${passed}` ? failed : [`${plan ?? 'no plan'}, ${passed} passed`, ...failed];
}

const tap = await pgTap();

// It takes a minute of one processor: CI runs it, and TESTS=pglite_suite.
const isAsked = Boolean(process.env.CI ?? process.env.TESTS);
const skip = isAsked ? (tap ? false : 'pgTAP is not installed') : 'CI runs it';

describe('the suite in PGlite', { skip }, async () => {
  for (const file of await filesThatRun()) {
    test(file, async () => {
      const client = new PGlite({ extensions: { uuid_ossp } });
      const psql = new Psql(client, repository, instead(tap!));
      psql.variables.set('edition', 'sql');
      await psql.run(`${repository}${file}`);
      assert.deepEqual(problemsIn(psql.output), []);
      await client.close();
    });
  }
});
