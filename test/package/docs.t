#!/usr/bin/env node
// Runs the code of docs/postgrest.md, docs/supabase.md and docs/moving-in.md, and the SQL of README.md and of all other
// pages (test/lib/pages.js).
const { mkdtempSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { run, is, ok, newDatabase } = require('../lib/http.js');
const { blocks, runPage, postgrest, supabase } = require('../lib/pages.js');

const { PGPORT, PGUSER, PGPASSWORD } = process.env;

const shared = join(__dirname, '..');

// A user, as pages name one that the reader has.
const bob = `INSERT INTO users (id, email) VALUES ('0d2d7b4e-7f2e-4a3c-9d31-6f1f8a2b4c5d', 'bob@example.com');`;

// The conversations of make demo, which the pages about reading show.
const conversations = `\\set data ${shared}/data/mt-bench.jsonl
    \\i ${shared}/lib/load_mt_bench.sql`;

// The tables of Vercel's chatbot, with rows.
const chatbotTables = [
    ...[
        '0000_keen_devos',
        '0001_sparkling_blue_marvel',
        '0002_wandering_riptide',
        '0003_cloudy_glorian',
        '0004_odd_slayback',
        '0005_wooden_whistler',
        '0006_marvelous_frog_thor',
        '0007_flowery_ben_parker',
        '0008_flat_forgotten_one',
    ].map((name) => `data/vercel_chatbot/${name}`),
    'lib/vercel_chatbot_rows',
]
    .map((name) => `\\i ${shared}/${name}.sql`)
    .join('\n');

// Runs a page as the owner of the tables, in a database of its own, after the SQL that stands for what the reader has:
// with the extension, and after that. Where there is an old database, too, $OLD names it. A replacement can be made of the
// database's name.
async function asOwner(
    name,
    {
        extension = 'CREATE EXTENSION agentchat;',
        before = '',
        old = '',
        languages = ['sql', 'text', 'json'],
        replacements = [],
        bySuperuser,
    },
) {
    const database = await newDatabase();
    await database.owner(`${extension}\n${before}`);
    await database.disconnect();
    const env = { PGDATABASE: database.name, PGUSER: 'developer' };
    if (old) {
        const another = await newDatabase();
        await another.owner(`${extension}\n${old}`);
        await another.disconnect();
        env.OLD = another.name;
    }
    const code = blocks(name)
        .filter(({ language }) => language === 'sql')
        .map(({ code }) => code)
        .join('');
    const replaced = replacements.map(([from, to]) => [from, typeof to === 'function' ? to(database.name) : to]);
    await runPage(name, replaced, {
        languages,
        connection: (code) => (bySuperuser && code.includes(bySuperuser) ? `-U ${PGUSER}` : ''),
        env,
        chosen: code.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [],
    });
}

// Runs the page about the SQL edition, as the owner of a database without the extension.
async function sqlEdition() {
    const database = await newDatabase();
    const script = join(mkdtempSync(join(tmpdir(), 'docs.')), 'edition.sql');
    const [built] = readdirSync(join(__dirname, '../../build')).filter((file) => /^agentchat-sql--/.test(file));
    writeFileSync(
        script,
        readFileSync(join(__dirname, '../../build', built), 'utf8').replaceAll('@extschema@', 'public'),
    );
    await runPage('sql-edition.md', [[built, script]], {
        languages: ['sql', 'sh', 'text'],
        env: { PGDATABASE: database.name, PGUSER: 'developer' },
    });
}

// Runs the page about moving in. The new database has the tables of Vercel's chatbot. So has an old one, with other rows.
// Another old one has agentchat.
async function movingIn() {
    const [database, chatbot, agentchat] = [await newDatabase(), await newDatabase(), await newDatabase()];
    for (const { sql, owner } of [database, chatbot]) {
        await owner(chatbotTables);
        await sql('ALTER ROLE developer CREATEDB');
    }
    await agentchat.owner(`CREATE EXTENSION agentchat;
        \\i ${__dirname}/../lib/rows.sql
        UPDATE users SET email = replace(email, '.com', '.org')`);
    await runPage(
        'moving-in.md',
        [
            [
                "host 'localhost', port '5432', dbname 'chatbot'",
                `host '127.0.0.1', port '${PGPORT}', dbname '${chatbot.name}'`,
            ],
            ["user 'reader', password 'change-me'", `user 'developer', password '${PGPASSWORD}'`],
            ['- postgres', `- ${PGUSER}`],
            ['"$OLD" -c', `-d ${agentchat.name} -c`],
            ['"$OLD"', chatbot.name],
            ['chatgpt/conversations.json', `${__dirname}/../data/exports/chatgpt.json`],
            ['claude/conversations.json', `${__dirname}/../data/exports/claude.json`],
        ],
        { languages: ['sql', 'sh', 'text'], env: { PGDATABASE: database.name, PGUSER: 'developer' } },
    );
    const imported = `SELECT string_agg(source || ' ' || written, ', ') FROM agentchat.import_vercel_chatbot('public')
        WHERE read > 0`;
    const again = await database.owner(imported);
    ok(
        again === 'User 0, Chat 1, Message_v2 2, Vote_v2 1, Document 1',
        'moving-in.md: what was undone comes again',
        again,
    );
}

// The pages that run as the owner, and what is special about them: what the reader has, and which blocks are run, where
// JSON shows what another call returns.
const pages = {
    'advance_workflow.md': {},
    'agent_limit.md': {
        before: `${bob}
            INSERT INTO subscriptions (user_id, plan, status, is_active, agent_limit)
            SELECT id, 'pro', 'active', true, 3 FROM users;
            INSERT INTO agent_definitions (id, user_id, name, description, system_prompt)
            SELECT 'de000000-0000-4000-8000-000000000000', id, '', '', '' FROM users;
            INSERT INTO agent_instances (user_id, definition_id, name)
            SELECT user_id, id, n::text FROM agent_definitions, generate_series(1, 3) n;`,
        languages: ['sql'],
        replacements: [['DATABASE app', (name) => `DATABASE "${name}"`]],
        bySuperuser: 'ALTER DATABASE',
    },
    'agent_tools.md': {},
    'agents.md': {},
    'append_chunks.md': {},
    'append_messages.md': {},
    'clean_json.md': {},
    'count_tokens.md': {},
    'create_conversation.md': {},
    'current_user_id.md': {},
    'drizzle.md': {},
    'export_and_delete_user.md': { before: bob, languages: ['sql'] },
    'features.md': { before: "SELECT agentchat.enable('search');" },
    'finish_run.md': {},
    'fork_conversation.md': {},
    'formats.md': {},
    'get_agent.md': {},
    'get_context.md': {},
    'get_conversation.md': { before: conversations },
    'get_conversation_json.md': { before: conversations },
    'import_chatgpt.md': {
        before: bob,
        languages: ['sql'],
        replacements: [['conversations.json', `${shared}/data/exports/chatgpt.json`]],
    },
    'import_claude.md': {},
    'import_user.md': { languages: ['sql', 'sh'], old: bob },
    'import_vercel_chatbot.md': { before: chatbotTables, languages: ['sql'] },
    'install.md': { extension: '' },
    'json_schema.md': {},
    'list_conversations.md': {},
    'message_order.md': { before: conversations },
    'operations.md': {
        before: `SELECT agentchat.enable('search'); ${bob}`,
        languages: ['sql'],
        replacements: [
            ['DATABASE chat', (name) => `DATABASE "${name}-2"`],
            [' TO app;', ' TO authenticated;'],
        ],
        bySuperuser: 'CREATE DATABASE',
    },
    'quick-start.md': {},
    'read_chunks.md': {},
    'recover_run.md': {},
    'removal.md': {
        languages: ['sql', 'sh', 'text'],
        // The page shows the error.
        replacements: [["'DROP EXTENSION agentchat'", "'DROP EXTENSION agentchat' 2>&1 || true"]],
    },
    'row_level_security.md': { replacements: [['app_user', 'authenticated']] },
    'runs.md': {},
    'search_messages.md': {},
    'set_updated_at.md': {},
    'start_run.md': {},
    'stop_run.md': {},
    'troubleshooting.md': {},
    'truncate_conversation.md': {},
    'update_conversation.md': {},
    'validate_tool_input.md': {},
    '../README.md': { extension: '' },
};

run(async () => {
    await postgrest({ sudo: '', password: PGPASSWORD });
    await supabase();
    await movingIn();
    await sqlEdition();
    for (const [page, options] of Object.entries(pages)) await asOwner(page, options);

    const others = ['postgrest.md', 'supabase.md', 'moving-in.md', 'sql-edition.md'];
    const left = readdirSync(join(__dirname, '../../docs')).filter(
        (page) =>
            page.endsWith('.md') &&
            !(page in pages) &&
            !others.includes(page) &&
            blocks(page).some(({ language }) => language === 'sql'),
    );
    is(left, [], 'the SQL of every page runs');
});
