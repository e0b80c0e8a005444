// Shows what the AI SDK does with UIMessages: whether it accepts them, and what its providers would send for them.
// Nothing leaves this machine.
globalThis.AI_SDK_LOG_WARNINGS = false;

// The modules of each major version.
const modules = {
    6: { ai: 'ai', openai: '@ai-sdk/openai', anthropic: '@ai-sdk/anthropic' },
    7: {
        ai: 'ai-7',
        openai: 'ai-7-openai',
        anthropic: 'ai-7-anthropic',
        'openai-compatible': 'ai-7-openai-compatible',
    },
};
const newest = Math.max(...Object.keys(modules));

const chatAnswer = {
    id: 'x',
    object: 'chat.completion',
    created: 0,
    model: 'x',
    choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
};

// For each format: the model, the smallest answer that its provider accepts, and the part of the request to return.
const providers = {
    openai: {
        model: ({ createOpenAI }, fetch) => createOpenAI({ apiKey: 'x', fetch }).chat('gpt-4o'),
        answer: chatAnswer,
        told: ({ messages }) => messages,
    },
    'openai-compatible': {
        model: ({ createOpenAICompatible }, fetch) =>
            createOpenAICompatible({ name: 'openaiCompatible', baseURL: 'http://localhost/v1', fetch }).chatModel('x'),
        answer: chatAnswer,
        told: ({ messages }) => messages,
    },
    anthropic: {
        model: ({ createAnthropic }, fetch) => createAnthropic({ apiKey: 'x', fetch })('claude-sonnet-4-5'),
        answer: {
            id: 'x',
            type: 'message',
            role: 'assistant',
            model: 'claude-sonnet-4-5',
            content: [{ type: 'text', text: 'x' }],
            stop_reason: 'end_turn',
            stop_sequence: null,
            usage: { input_tokens: 1, output_tokens: 1 },
        },
        told: ({ system, messages }) => (system ? { system, messages } : { messages }),
    },
};

// Returns the body of the request that the provider would send if generateText() got these arguments. If the SDK throws
// instead, returns { error }, its message.
async function requestOf(provider, makeArguments, major) {
    const sdk = await import(modules[major].ai);
    const { model, answer } = providers[provider];
    let sent;
    const fetch = async (_url, { body }) => {
        sent = JSON.parse(body);
        return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
    };
    try {
        await sdk.generateText({
            model: model(await import(modules[major][provider]), fetch),
            maxRetries: 0,
            ...(await makeArguments(sdk)),
        });
    } catch (error) {
        if (!sent) return { error: `${error.name}: ${error.message}` };
    }
    return sent;
}

// Returns what the provider would send for UIMessages: the messages for openai and openai-compatible,
// { system, messages } for anthropic. If the SDK throws instead, returns { error }, its message.
async function captured(provider, uiMessages, system, major = newest) {
    const makeArguments = async ({ convertToModelMessages }) => ({
        ...(system && { system }),
        messages: await convertToModelMessages(uiMessages, { ignoreIncompleteToolCalls: true }),
        allowSystemInMessages: true,
        // Otherwise the SDK would fetch the files that the provider does not accept by URL.
        experimental_download: async (files) => files.map(() => null),
    });
    const sent = await requestOf(provider, makeArguments, major);
    return sent.error ? sent : providers[provider].told(sent);
}

// Returns the system prompt and the tools that the provider would send for an agent: { system, tools }. The tools are
// those of the format ai-sdk, { name: { description, inputSchema } }.
async function capturedAgent(provider, { system, tools }, major = newest) {
    const makeArguments = ({ jsonSchema, tool }) => ({
        ...(system && { system }),
        prompt: 'Hello',
        tools: Object.fromEntries(
            Object.entries(tools).map(([name, { inputSchema, ...rest }]) => [
                name,
                tool({ ...rest, inputSchema: jsonSchema(inputSchema) }),
            ]),
        ),
    });
    const sent = await requestOf(provider, makeArguments, major);
    if (sent.error) return sent;
    const prompt = sent.system ?? sent.messages.find(({ role }) => role === 'system')?.content ?? null;
    return { system: prompt, tools: sent.tools ?? [] };
}

// Returns why they are not valid UIMessages; null if they are valid.
async function faultOf(uiMessages, major = newest) {
    const { safeValidateUIMessages } = await import(modules[major].ai);
    const { success, error } = await safeValidateUIMessages({ messages: uiMessages });
    return success ? null : error.message;
}

// The versions of the AI SDK whose provider writes that format.
const majorsOf = (provider) =>
    Object.keys(modules)
        .filter((major) => provider in modules[major])
        .map(Number);

module.exports = { captured, capturedAgent, faultOf, majorsOf, modules, newest };
