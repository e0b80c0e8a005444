#!/usr/bin/env node
// test/lib/sqlsmith/proxy.js IDS REPORT: stands between sqlsmith and the server (PGHOST, PGPORT), prints its own port,
// and writes to the file REPORT, when it gets SIGTERM, what it has seen as JSON: statements, errors by SQLSTATE,
// internal errors, and what came from rows of others. These are known by the words of mark.sql, and by the ids in the
// file IDS.
//
// sqlsmith rolls back every statement. The proxy makes every second ROLLBACK a COMMIT, so that rows really change and
// deferred constraints and triggers run.
const { readFileSync, writeFileSync } = require('node:fs');
const { createConnection, createServer } = require('node:net');

const [idsFile, reportFile] = process.argv.slice(2);
const ids = new Set(readFileSync(idsFile, 'latin1').split('\n').filter(Boolean));
const report = { statements: 0, commits: 0, rows: 0, errors: {}, internal: [], seen: {} };

// A word as it is in the rows, and as bytea shows it.
const word = /canary_[a-z_]+_\d+|63616e6172795f(?:[0-9a-f]{2}){2,20}/gi;
const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

function look(text, query) {
    for (const found of [...(text.match(word) ?? []), ...(text.match(uuid) ?? []).filter((id) => ids.has(id))]) {
        report.seen[found] ??= query;
    }
}

// The fields of an ErrorResponse: a letter and a text, each.
function fieldsOf(body) {
    const fields = body.split('\0').filter(Boolean);
    return Object.fromEntries(fields.map((field) => [field[0], field.slice(1)]));
}

// Calls take(type, body) for each message that is whole. The first of a client has no type.
function messageReader(take, isClient) {
    let rest = Buffer.alloc(0);
    let isFirst = isClient;
    return (chunk) => {
        rest = rest.length ? Buffer.concat([rest, chunk]) : chunk;
        for (;;) {
            const head = isFirst ? 0 : 1;
            if (rest.length < head + 4) {
                return;
            }
            const end = head + rest.readUInt32BE(head);
            if (rest.length < end) {
                return;
            }
            take(isFirst ? '' : String.fromCharCode(rest[0]), rest.subarray(head + 4, end));
            rest = rest.subarray(end);
            isFirst = false;
        }
    };
}

const server = createServer((client) => {
    const behind = createConnection({ host: process.env.PGHOST, port: Number(process.env.PGPORT) });
    let query = '';
    let isInTransaction = false;

    // The message is a part of what goes to the server next, and is changed there.
    const fromClient = messageReader((type, body) => {
        const text = body.toString('latin1', 0, body.length - 1);
        if (type !== 'Q') {
            return;
        }
        if (text === 'BEGIN;') {
            isInTransaction = true;
        } else if (text === 'ROLLBACK;') {
            if (isInTransaction && report.statements % 2 === 0) {
                body.write('COMMIT;  ', 'latin1');
                report.commits++;
            }
            isInTransaction = false;
        } else {
            query = text;
            report.statements += isInTransaction ? 1 : 0;
        }
    }, true);
    const fromServer = messageReader((type, body) => {
        const text = body.toString('latin1');
        look(text, query);
        if (type === 'D') {
            report.rows++;
        } else if (type === 'E') {
            const { C: code, M: message, F: file, L: line, R: routine, W: context = '' } = fieldsOf(text);
            report.errors[code] = (report.errors[code] ?? 0) + 1;
            if (/^XX00/.test(code)) {
                const at = `${routine}, ${file}:${line}`;
                if (!report.internal.some((other) => other.at === at && other.message === message)) {
                    report.internal.push({ code, message, at, context, query });
                }
            }
        }
    }, false);

    client.on('data', (chunk) => {
        fromClient(chunk);
        behind.write(chunk);
    });
    behind.on('data', (chunk) => {
        fromServer(chunk);
        client.write(chunk);
    });
    for (const [one, other] of [
        [client, behind],
        [behind, client],
    ]) {
        one.on('end', () => other.end());
        // sqlsmith is ended in the middle of a statement.
        one.on('error', () => other.destroy());
    }
});

process.on('SIGTERM', () => {
    writeFileSync(reportFile, JSON.stringify(report));
    process.exit();
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
