// Creates two users with rows in every table, for tests of row-level security. Every row has a name: "conversations ada"
// is the conversation of Ada.
const { is } = require('./http.js');

const tables = [
    'users',
    'conversations',
    'messages',
    'artifacts',
    'agent_definitions',
    'agent_instances',
    'agent_tools',
    'workflows',
    'subscriptions',
];

const names = [
    'ada',
    'bob',
    'carol',
    'ada public',
    'bob public',
    'bob spare',
    'ada lent',
    'bob lent',
    'new',
    'nothing',
];

// id.conversations.ada is the id of Ada's conversation.
const id = {};
const nameOf = {};
tables.forEach((table, i) => {
    id[table] = {};
    names.forEach((name, j) => {
        const uuid = `${String(i + 1).repeat(8)}-0000-4000-8000-${String(j + 1).padStart(12, '0')}`;
        id[table][name] = uuid;
        nameOf[uuid] = `${table} ${name}`;
    });
});

// Every row of Bob contains this text, except his public agents. Only Bob may see it.
const secret = 'known-to-bob-alone';

const rowsOf = (person, text) => `
    INSERT INTO users (id, email, name, avatar_url)
    VALUES ('${id.users[person]}', '${text}@example.com', '${text}', 'https://example.com/${text}.png');
    INSERT INTO conversations (id, user_id, title, system_prompt, metadata)
    VALUES ('${id.conversations[person]}', '${id.users[person]}', '${text}', '${text}', '{"text": "${text}"}');
    INSERT INTO messages (id, conversation_id, role, content, reasoning, parts)
    VALUES ('${id.messages[person]}', '${id.conversations[person]}', 'user', '${text}', '${text}',
            '[{"type": "text", "text": "${text}"}]');
    INSERT INTO artifacts (id, user_id, message_id, type, title, content)
    VALUES ('${id.artifacts[person]}', '${id.users[person]}', '${id.messages[person]}', 'text', '${text}', '${text}');
    INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, is_public)
    VALUES ('${id.agent_definitions[person]}', '${id.users[person]}', '${text}', '${text}', '${text}', false),
           ('${id.agent_definitions[`${person} public`]}', '${id.users[person]}', 'Poet', 'Writes', 'Rhyme.', true);
    INSERT INTO subscriptions
        (id, user_id, stripe_customer_id, stripe_subscription_id, plan, status, is_active, agent_limit)
    VALUES ('${id.subscriptions[person]}', '${id.users[person]}', '${text}', 'sub ${text}', 'pro', 'active', true, -1)`;

// Creates two agents of a person: one of an own definition, and one of the other person's public definition.
const agentsOf = (person, other, text) => `
    INSERT INTO agent_instances (id, user_id, definition_id, name)
    VALUES ('${id.agent_instances[person]}', '${id.users[person]}',
            '${id.agent_definitions[`${person} public`]}', '${text}'),
           ('${id.agent_instances[`${person} lent`]}', '${id.users[person]}',
            '${id.agent_definitions[`${other} public`]}', '${text}');
    INSERT INTO workflows (id, user_id, agent_instance_id, workflow_id, status, goal)
    VALUES ('${id.workflows[person]}', '${id.users[person]}', '${id.agent_instances[person]}', '${text}', 'pending',
            '${text}')`;

const allRows = `
    ${rowsOf('ada', 'ada')};
    ${rowsOf('bob', secret)};
    ${agentsOf('ada', 'bob', 'ada')};
    ${agentsOf('bob', 'ada', secret)};
    INSERT INTO agent_definitions (id, user_id, name, description, system_prompt, is_public)
    VALUES ('${id.agent_definitions['bob spare']}', '${id.users.bob}', 'Spare', 'Is not used', '', true);
    INSERT INTO agent_tools (id, name, description, schema, is_system)
    VALUES ('${id.agent_tools.ada}', 'search', '', '{}', true), ('${id.agent_tools.bob}', 'draw', '', '{}', false)`;

const noRows = [...tables]
    .reverse()
    .map((table) => `DELETE FROM ${table}`)
    .join(';');

// Reads all rows by table and id, except updated_at, because a change of another row can also change it.
const rowsOfTable = (table) => `SELECT '${table} ' || id, to_jsonb(t) - 'updated_at' FROM ${table} t`;
const stateQuery = `
    SELECT coalesce(jsonb_object_agg(key, value), '{}')
    FROM (${tables.map(rowsOfTable).join(' UNION ALL ')}) r (key, value)`;

// Returns the name of a row from its table and id.
function named(key) {
    const [table, uuid] = key.split(' ');
    return nameOf[uuid]?.startsWith(`${table} `) ? nameOf[uuid] : `a row of ${table}`;
}

// Restores these rows before each request, and tells what a request has changed.
class People {
    #database;
    #state = null;
    // A line for each answer with something that must not be in it.
    faults = [];

    constructor(database) {
        this.#database = database;
    }

    // Restores the rows, and then runs further statements.
    async reset(further = '') {
        await this.#database.owner(`BEGIN; ${noRows}; ${allRows}; ${further}; COMMIT`);
        this.#state = await this.#read();
        return this;
    }

    async #read() {
        return JSON.parse(await this.#database.owner(stateQuery));
    }

    async #changes(keep) {
        const before = this.#state;
        const after = await this.#read();
        const differs = (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]);
        const changes = Object.keys({ ...before, ...after })
            .filter(differs)
            .map((key) => `${!before[key] ? 'inserted' : !after[key] ? 'deleted' : 'changed'} ${named(key)}`);
        if (keep) this.#state = after;
        else if (changes.length) await this.reset();
        return changes.sort();
    }

    // Sends a request like Caller.request. The answer also has changes: ['changed messages ada', ...]. Restores the
    // rows unless keep is set. Adds to faults if the answer has something that must not be in it.
    async ask(caller, [method, path, body], { prefer, keep, sees, headers } = {}) {
        const answer = await caller.request(method, path, body, { ...(prefer && { Prefer: prefer }), ...headers });
        // PostgREST runs GET in READ ONLY transactions, and rolls back after an error.
        const changes = method === 'GET' || answer.status >= 400 ? [] : await this.#changes(keep);

        const request = `${method} ${path} ${JSON.stringify(body)?.slice(0, 200) ?? ''}`;
        const { status, text } = answer;
        const all = `${answer.statusText}\n${JSON.stringify(answer.headers)}\n${text}`;
        if (status >= 500) this.faults.push(`${status} ${text.slice(0, 200)} for ${request}`);
        if (sees !== 'all' && all.includes(secret)) this.faults.push(`another's data for ${request}`);
        if (!/^[ -~]*$/.test(answer.statusText)) this.faults.push(`status text ${answer.statusText} for ${request}`);
        for (const header of Object.keys(answer.headers)) {
            if (!knownHeaders.has(header)) this.faults.push(`header ${header} for ${request}`);
        }
        return { ...answer, changes };
    }
}

const knownHeaders = new Set([
    'content-location',
    'content-range',
    'content-type',
    'date',
    'location',
    'preference-applied',
    'server',
    'transfer-encoding',
    'www-authenticate',
    'connection',
    'keep-alive',
    'content-length',
]);

// Returns the names of the rows in an answer; undefined for an error.
function rowsIn(answer) {
    if (!Array.isArray(answer.body)) return undefined;
    return answer.body.map((row) => nameOf[row.id] ?? `a row ${JSON.stringify(row)}`).sort();
}

// Returns the names of the rows in an answer, including embedded ones.
function namesIn(answer) {
    if (!Array.isArray(answer.body)) return undefined;
    const ids = answer.text.match(/[0-9a-f]{8}-0000-4000-8000-[0-9a-f]{12}/g) ?? [];
    return [...new Set(ids.map((uuid) => nameOf[uuid]))].sort();
}

// Tests that no answer had anything that must not be in it.
function hasNoFaults(people, name) {
    is(people.faults.slice(0, 20), [], name);
    people.faults = [];
}

module.exports = { tables, id, nameOf, secret, People, rowsIn, namesIn, hasNoFaults };
