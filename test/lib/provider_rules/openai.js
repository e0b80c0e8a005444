// The rules of OpenAI's Chat Completions API, and of servers that follow it.
const {
    isText,
    isAny,
    oneOf,
    either,
    listOf,
    orNull,
    object,
    openObject,
    isBase64,
    isUrl,
    isJson,
    isJsonObject,
    imageTypes,
    repeated,
    Findings,
    at,
    testOf,
} = require('./common.js');

const openaiRules = {
    shape: 'each value has the keys of its type, and no others',
    content: 'a message has content; that of the assistant may have calls instead',
    emptyText: 'a text of the user is not empty',
    toolId: 'the id of a tool call has 1 to 40 characters',
    uniqueId: 'an id of a tool call occurs once in a message',
    toolName: 'the name of a tool matches ^[a-zA-Z0-9_-]{1,64}$',
    arguments: 'the arguments of a call are an object as JSON text',
    result: 'each call has one message of the tool right behind the message with the calls',
    call: 'each message of a tool answers a call of the message of the assistant before',
    image: 'an image is a URL with http: or https:, or the bytes of a JPEG, PNG, GIF or WebP',
    base64: 'bytes are base64, and not empty',
    file: 'a file is a PDF with a name, or the id of an uploaded file',
};

// What is demanded of every server. Which arguments a server takes is its own affair: the AI SDK sends any JSON.
const compatibleRules = { ...openaiRules, arguments: 'the arguments of a call are JSON text' };

const isBreakpoint = object({ mode: oneOf('explicit') });

// The shapes of messages and parts. With @ai-sdk/openai-compatible the application may add keys to any of them.
function openaiShapes(isCompatible) {
    const shape = isCompatible ? openObject : object;
    const marked = { prompt_cache_breakpoint: isBreakpoint };
    const text = shape({ type: oneOf('text'), text: isText }, marked);
    const imagePart = shape(
        {
            type: oneOf('image_url'),
            image_url: object({ url: isText }, { detail: oneOf('auto', 'low', 'high') }),
        },
        marked,
    );
    const audio = shape(
        { type: oneOf('input_audio'), input_audio: object({ data: isText, format: oneOf('wav', 'mp3') }) },
        marked,
    );
    const file = shape(
        {
            type: oneOf('file'),
            file: either(object({ file_id: isText }), object({ filename: isText, file_data: isText })),
        },
        marked,
    );
    const video = openObject({ type: oneOf('video_url'), video_url: object({ url: isText }) });
    const parts = [text, imagePart, audio, file, ...(isCompatible ? [video] : [])];
    const call = shape({
        type: oneOf('function'),
        id: isText,
        function: object({ name: isText, arguments: isText }),
    });
    const texts = either(isText, listOf(text));
    return {
        system: shape({ role: isAny, content: texts }),
        user: shape({ role: isAny, content: either(isText, listOf(either(...parts))) }),
        assistant: shape(
            { role: isAny, content: orNull(texts) },
            { tool_calls: listOf(call), ...(isCompatible && { reasoning_content: isText }) },
        ),
        tool: shape({ role: isAny, content: texts, tool_call_id: isText }),
    };
}

function checkImage(url, path, findings) {
    const [, type, data] = /^data:([^;,]*);base64,(.*)$/s.exec(url) ?? [];
    if (data === undefined) return findings.check(isUrl(url, ['http:', 'https:']), 'image', path, url);
    findings.check(imageTypes.includes(type), 'image', path, url);
    return findings.check(isBase64(data), 'base64', path, url);
}

function checkFile({ file_id: id, filename, file_data: data }, path, findings) {
    if (id !== undefined) return findings.check(id !== '', 'file', path, id);
    const [, type, bytes] = /^data:([^;,]*);base64,(.*)$/s.exec(data) ?? [];
    findings.check(type === 'application/pdf' && filename !== '', 'file', path, { filename, data });
    return findings.check(isBase64(bytes), 'base64', path, data);
}

function checkOpenaiContent({ role, content }, path, findings) {
    if (!Array.isArray(content)) {
        if (role === 'user') findings.check(content !== '', 'emptyText', path, content);
        return;
    }
    findings.check(content.length > 0, 'content', path, content);
    for (const [part, where] of at(content, path)) {
        if (part.type === 'text' && role === 'user') findings.check(part.text !== '', 'emptyText', where, part.text);
        if (part.type === 'image_url') checkImage(part.image_url.url, where, findings);
        if (part.type === 'file') checkFile(part.file, where, findings);
        if (part.type === 'input_audio') findings.check(isBase64(part.input_audio.data), 'base64', where, part);
    }
}

function checkCalls(message, index, messages, takesArguments, findings) {
    const calls = message.tool_calls ?? [];
    const path = `messages[${index}].tool_calls`;
    for (const [call, where] of at(calls, path)) {
        const { id, function: called } = call;
        findings.check(id !== '' && [...id].length <= 40, 'toolId', `${where}.id`, id);
        findings.check(/^[a-zA-Z0-9_-]{1,64}$/.test(called.name), 'toolName', `${where}.function.name`, called.name);
        findings.check(takesArguments(called.arguments), 'arguments', `${where}.function.arguments`, called.arguments);
    }
    const ids = calls.map(({ id }) => id);
    for (const id of repeated(ids)) findings.add('uniqueId', path, id);
    const answers = [];
    for (let next = index + 1; messages[next]?.role === 'tool'; next += 1) answers.push(messages[next].tool_call_id);
    for (const id of ids) findings.check(answers.filter((each) => each === id).length === 1, 'result', path, id);
    for (const [place, id] of answers.entries())
        findings.check(ids.includes(id), 'call', `messages[${index + 1 + place}].tool_call_id`, id);
}

function violationsOfMessages(messages, isCompatible) {
    const findings = new Findings(isCompatible ? compatibleRules : openaiRules);
    if (!findings.check(Array.isArray(messages), 'shape', 'messages', messages)) return findings.list;
    const shapes = openaiShapes(isCompatible);
    for (const [message, path] of at(messages, 'messages')) {
        const isOfItsRole = testOf(shapes, message?.role)(message);
        findings.check(isOfItsRole, 'shape', path, message);
    }
    if (findings.list.length > 0) return findings.list;
    for (const [index, message] of messages.entries()) {
        const path = `messages[${index}]`;
        checkOpenaiContent(message, `${path}.content`, findings);
        if (message.tool_calls)
            findings.check(message.tool_calls.length > 0, 'content', `${path}.tool_calls`, message.tool_calls);
        if (message.role === 'assistant' && !message.tool_calls)
            findings.check(message.content !== null, 'content', `${path}.content`, null);
        if (message.role !== 'tool')
            checkCalls(message, index, messages, isCompatible ? isJson : isJsonObject, findings);
        else if (index === 0) findings.add('call', path, message.tool_call_id);
    }
    return findings.list;
}

// Returns the violations of the messages of a request to OpenAI's Chat Completions API.
const openaiViolations = (messages) => violationsOfMessages(messages, false);
// Returns the violations of the messages of a request to a server that follows OpenAI, with reasoning.
const openaiCompatibleViolations = (messages) => violationsOfMessages(messages, true);

module.exports = { openaiRules, compatibleRules, openaiViolations, openaiCompatibleViolations };
