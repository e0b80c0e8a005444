// What the AI SDK makes of UIMessages: whether it takes them for such, and what its providers send for them. Nothing
// leaves this machine.
const { convertToModelMessages, generateText, safeValidateUIMessages } = require('ai');
const { createAnthropic } = require('@ai-sdk/anthropic');
const { createOpenAI } = require('@ai-sdk/openai');

globalThis.AI_SDK_LOG_WARNINGS = false;

// By the names of the formats: the model, the least answer that its provider takes, and what of the request is told.
const providers = {
    openai: {
        model: (fetch) => createOpenAI({ apiKey: 'x', fetch }).chat('gpt-4o'),
        answer: {
            id: 'x',
            object: 'chat.completion',
            created: 0,
            model: 'gpt-4o',
            choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
            usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        },
        told: ({ messages }) => messages,
    },
    anthropic: {
        model: (fetch) => createAnthropic({ apiKey: 'x', fetch })('claude-sonnet-4-5'),
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

// What the provider sends for UIMessages: the messages of openai, { system, messages } of anthropic. Where the SDK
// throws instead: { error }, its message.
async function captured(provider, uiMessages, system) {
    const { model, answer, told } = providers[provider];
    let sent;
    const fetch = async (_url, { body }) => {
        sent = JSON.parse(body);
        return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
    };
    try {
        await generateText({
            model: model(fetch),
            ...(system && { system }),
            messages: await convertToModelMessages(uiMessages, { ignoreIncompleteToolCalls: true }),
            allowSystemInMessages: true,
            maxRetries: 0,
            // It would fetch the files that the provider doesn't take by URL.
            experimental_download: async (files) => files.map(() => null),
        });
    } catch (error) {
        if (!sent) return { error: `${error.name}: ${error.message}` };
    }
    return told(sent);
}

// What is wrong with them as UIMessages; null where nothing is.
async function faultOf(uiMessages) {
    const { success, error } = await safeValidateUIMessages({ messages: uiMessages });
    return success ? null : error.message;
}

module.exports = { captured, faultOf };
