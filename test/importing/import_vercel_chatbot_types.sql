-- agentchat.import_vercel_chatbot() reads columns of a fork's types: domains of domains, arrays of json, and
-- more columns than a function has arguments.
\ir ../lib/agentchat.sql

SELECT plan(8);

CREATE DOMAIN key AS uuid;
CREATE DOMAIN message_key AS key;
CREATE DOMAIN document AS json;
CREATE DOMAIN moment AS timestamptz;
CREATE TABLE "User" (id key, email text NOT NULL);
CREATE TABLE "Chat" (id key, "userId" key, title text, "createdAt" timestamp);
CREATE TABLE "Message_v2" (
    id message_key, "chatId" key, role text, parts document, attachments json, "createdAt" moment,
    notes json[]
);
DO $$ BEGIN
    FOR i IN 1..120 LOOP
        EXECUTE format('ALTER TABLE "User" ADD c%s int DEFAULT %s', i, i);
    END LOOP;
END $$;
INSERT INTO "User" VALUES ('a0000000-0000-4000-8000-000000000001', 'ada@example.com');
INSERT INTO "Chat" VALUES ('c0000000-0000-4000-8000-000000000001',
    'a0000000-0000-4000-8000-000000000001', 'Maui', '2025-03-01');
INSERT INTO "Message_v2" VALUES ('b0000000-0000-4000-8000-000000000001',
    'c0000000-0000-4000-8000-000000000001', 'user', '[{"type": "text", "text": "a\u0000b"}]', '[]',
    '2025-03-01 10:00+00', ARRAY['"\u0000"'::json]);

-- Times with a zone do not depend on the session.
SET timezone = 'Asia/Tokyo';
CREATE TEMPORARY TABLE result AS
SELECT * FROM agentchat.import_vercel_chatbot('public', time_zone => 'America/New_York');

SELECT results_eq(
    $$ SELECT source, written FROM result WHERE read > 0 ORDER BY source $$,
    $$ VALUES ('Chat', 1::bigint), ('Message_v2', 1), ('User', 1) $$,
    'all rows are written');
SELECT is((SELECT content FROM messages), U&'a\FFFDb', 'a domain over json is cleaned');
SELECT is((SELECT problems #>> '{0,kind}' FROM result WHERE source = 'Message_v2'),
    'characters that jsonb cannot hold were replaced', 'and the row is reported');
SELECT is((SELECT created_at FROM messages), timestamp '2025-03-01 10:00',
    'a domain over timestamptz is in UTC');
SELECT is((SELECT parts #>> '{1,data,columns,notes}' FROM messages), '{"\"\\u0000\""}',
    'an array of json is kept as its text');
SELECT is((SELECT problems #> '{0,columns,c120}' FROM result WHERE source = 'User'), '1',
    'each of 120 columns that users does not have is counted');

-- A view that returns a user twice.
CREATE SCHEMA copy;
CREATE VIEW copy."User" AS SELECT u.id, 'b' || u.email AS email
    FROM (VALUES ('a0000000-0000-4000-8000-000000000002'::uuid, 'ob@example.com')) u (id, email),
        generate_series(1, 2);
CREATE TABLE copy."Document" (id uuid, "userId" uuid, title text, content text, "createdAt" timestamp);
INSERT INTO copy."Document" VALUES ('d0000000-0000-4000-8000-000000000001',
    'a0000000-0000-4000-8000-000000000002', 'Notes', 'Text', '2025-03-01');
CREATE TEMPORARY TABLE copied AS SELECT * FROM agentchat.import_vercel_chatbot('copy');
SELECT results_eq(
    $$ SELECT source, read, written, skipped FROM copied ORDER BY source $$,
    $$ VALUES ('Document', 1::bigint, 1::bigint, 0::bigint), ('User', 2, 1, 1) $$,
    'the documents of a user who occurs twice are read once');
SELECT is((SELECT count(*) FROM artifacts), 1::bigint, 'and written once');

SELECT * FROM finish();
