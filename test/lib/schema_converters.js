// Converts zod schemas to JSON Schemas in all the ways in which applications do it.
const { z } = require('zod');
const { zodToJsonSchema } = require('zod-to-json-schema');
const { Client } = require('@modelcontextprotocol/sdk/client/index.js');
const { InMemoryTransport } = require('@modelcontextprotocol/sdk/inMemory.js');
const { McpServer } = require('@modelcontextprotocol/sdk/server/mcp.js');
const { modules } = require('./ai_sdk.js');

// Without useReferences, the AI SDK writes a schema of zod 3 that refers to itself as one that accepts anything.
const aiSdk = (major) => async (schema) => {
    const { zodSchema } = await import(modules[major].ai);
    return zodSchema(schema, { useReferences: true }).jsonSchema;
};

// The inputSchema that an MCP server lists for a tool.
async function mcp(schema) {
    const server = new McpServer({ name: 'server', version: '1.0.0' });
    server.registerTool('tool', { inputSchema: schema }, () => ({ content: [] }));
    const client = new Client({ name: 'client', version: '1.0.0' });
    const [ofClient, ofServer] = InMemoryTransport.createLinkedPair();
    await Promise.all([server.connect(ofServer), client.connect(ofClient)]);
    const { tools } = await client.listTools();
    await client.close();
    return tools[0].inputSchema;
}

const toJSONSchema = (target) => (schema) => z.toJSONSchema(schema, { target, io: 'input' });
const vendored = (target) => (schema) => zodToJsonSchema(schema, { target });

// By the major version of zod. The closed ones write `additionalProperties: false` for every object. zod itself ignores
// unknown properties unless an object is strict.
const converters = {
    4: {
        'toJSONSchema draft-2020-12': { convert: toJSONSchema('draft-2020-12') },
        'toJSONSchema draft-7': { convert: toJSONSchema('draft-7') },
        'toJSONSchema draft-4': { convert: toJSONSchema('draft-4') },
        'AI SDK 6': { convert: aiSdk(6), isClosed: true },
        'AI SDK 7': { convert: aiSdk(7), isClosed: true },
        MCP: { convert: mcp },
    },
    3: {
        'zod-to-json-schema jsonSchema7': { convert: vendored('jsonSchema7'), isClosed: true },
        'zod-to-json-schema jsonSchema2019-09': { convert: vendored('jsonSchema2019-09'), isClosed: true },
        'AI SDK 6': { convert: aiSdk(6), isClosed: true },
        'AI SDK 7': { convert: aiSdk(7), isClosed: true },
        MCP: { convert: mcp, isClosed: true },
    },
};

module.exports = { converters };
