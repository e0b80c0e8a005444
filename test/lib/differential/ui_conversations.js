#!/usr/bin/env node
// test/lib/differential/ui_conversations.js SEED COUNT: prints SQL that stores the conversations of the tests of the
// formats: the named ones, and random ones, half of which are hostile.
const { corpus, randomConversation } = require('../messages.js');
const { hostileConversation } = require('../hostile_messages.js');

const [seed, count] = process.argv.slice(2).map(Number);
const quoted = (value) => (value === undefined || value === null ? 'NULL' : `E'${escaped(value)}'`);
const escaped = (value) => String(value).replaceAll('\\', '\\\\').replaceAll("'", "\\'");
const json = (value) => (value === undefined || value === null ? 'NULL' : quoted(JSON.stringify(value)));

const randoms = Array.from({ length: count }, (_, index) =>
    [randomConversation, hostileConversation][index % 2](seed + index),
);
for (const { name, systemPrompt, messages } of [...corpus, ...randoms]) {
    const rows = messages.map(
        ({ role, content, reasoning, attachments, parts }, index) =>
            `(${index}, ${[role, content ?? '', reasoning].map(quoted)}, ${[attachments, parts].map(json)})`,
    );
    process.stdout.write(`WITH c AS (
    INSERT INTO conversations (user_id, title, system_prompt)
    SELECT id, ${quoted(name)}, ${quoted(systemPrompt)} FROM users RETURNING id)
INSERT INTO messages (conversation_id, role, content, reasoning, attachments, parts, created_at)
SELECT id, role, content, reasoning, attachments::jsonb, parts::jsonb, timestamp '2025-01-01' + n * interval '1 ms'
FROM c, (VALUES ${rows.join(', ')}) m (n, role, content, reasoning, attachments, parts);\n`);
}
