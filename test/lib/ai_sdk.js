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

// Returns what the provider would send for UIMessages: the messages for openai and openai-compatible,
// { system, messages } for anthropic. If the SDK throws instead, returns { error }, its message.
async function captured(provider, uiMessages, system, major = newest) {
    const { convertToModelMessages, generateText } = await import(modules[major].ai);
    const { model, answer, told } = providers[provider];
    let sent;
    const fetch = async (_url, { body }) => {
        sent = JSON.parse(body);
        return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
    };
    try {
        await generateText({
            model: model(await import(modules[major][provider]), fetch),
            ...(system && { system }),
            messages: await convertToModelMessages(uiMessages, { ignoreIncompleteToolCalls: true }),
            allowSystemInMessages: true,
            maxRetries: 0,
            // Otherwise the SDK would fetch the files that the provider does not accept by URL.
            experimental_download: async (files) => files.map(() => null),
        });
    } catch (error) {
        if (!sent) return { error: `${error.name}: ${error.message}` };
    }
    return told(sent);
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

module.exports = { captured, faultOf, majorsOf, newest };
