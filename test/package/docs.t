#!/usr/bin/env node
// Runs the code of docs/postgrest.md, docs/supabase.md and docs/moving-in.md, the SQL of README.md and of the pages for
// beginners, and the pages about functions (test/lib/pages.js).
const { mkdtempSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');
const { run, ok, newDatabase } = require('../lib/http.js');
const { blocks, runPage, postgrest, supabase } = require('../lib/pages.js');

const { PGPORT, PGUSER, PGPASSWORD } = process.env;

// Runs a page as the owner of the tables, in a database of its own, with the extension.
async function asOwner(
    name,
    { before = 'CREATE EXTENSION agentchat', languages = ['sql', 'text', 'json'], replacements = [] } = {},
) {
    const database = await newDatabase();
    await database.owner(before);
    const sql = blocks(name)
        .filter(({ language }) => language === 'sql')
        .map(({ code }) => code)
        .join('');
    await runPage(name, replacements, {
        languages,
        env: { PGDATABASE: database.name, PGUSER: 'developer' },
        chosen: sql.match(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g) ?? [],
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
    const template = [
        '0000_keen_devos',
        '0001_sparkling_blue_marvel',
        '0002_wandering_riptide',
        '0003_cloudy_glorian',
        '0004_odd_slayback',
        '0005_wooden_whistler',
        '0006_marvelous_frog_thor',
        '0007_flowery_ben_parker',
        '0008_flat_forgotten_one',
    ];
    for (const { sql, owner } of [database, chatbot]) {
        await owner(template.map((name) => `\\i ${__dirname}/../data/vercel_chatbot/${name}.sql`).join('\n'));
        await owner(`\\i ${__dirname}/../lib/vercel_chatbot_rows.sql`);
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

run(async () => {
    await postgrest({ sudo: '', password: PGPASSWORD });
    await supabase();
    await movingIn();
    await sqlEdition();
    for (const page of ['../README.md', 'install.md']) await asOwner(page, { before: 'SELECT' });
    await asOwner('removal.md', {
        languages: ['sql', 'sh', 'text'],
        // The page shows the error.
        replacements: [["'DROP EXTENSION agentchat'", "'DROP EXTENSION agentchat' 2>&1 || true"]],
    });
    for (const page of [
        'quick-start',
        'troubleshooting',
        'formats',
        'append_messages',
        'advance_workflow',
        'agent_tools',
        'create_conversation',
        'get_context',
        'list_conversations',
        'search_messages',
        'truncate_conversation',
        'fork_conversation',
        'update_conversation',
        'runs',
        'get_agent',
        'agents',
        'validate_tool_input',
        'count_tokens',
        'import_claude',
        'start_run',
        'stop_run',
        'recover_run',
        'append_chunks',
        'read_chunks',
        'finish_run',
    ])
        await asOwner(`${page}.md`);
});
