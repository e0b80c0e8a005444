// The rules of Anthropic's Messages API.
const { isBlank, endsWithBlank } = require('../blanks.js');
const {
    isObject,
    isText,
    isNumber,
    isBoolean,
    isAny,
    oneOf,
    either,
    listOf,
    orNull,
    object,
    openObject,
    isBase64,
    isUrl,
    imageTypes,
    repeated,
    Findings,
    at,
    testOf,
} = require('./common.js');

const anthropicRules = {
    shape: 'each value has the keys of its type, and no others',
    role: 'a block is of the role that may have it',
    content: 'a message has content',
    blankText: 'a text is not blank',
    endOfText: 'a text of the assistant at the end of the conversation ends without a blank',
    toolId: 'the id of a tool call matches ^[a-zA-Z0-9_-]+$',
    uniqueId: 'an id of a tool call, or of a result, occurs once in a message',
    toolName: 'the name of a tool matches ^[a-zA-Z0-9_-]{1,128}$',
    input: 'the input of a tool is an object',
    result: 'each call has a result in the next message, which is of the user',
    call: 'each result answers a call in the message before',
    resultsFirst: 'results come before anything else of the user',
    serverResult: 'each call of a server tool has a result behind it, unless the conversation ends with the call',
    serverCall: 'each result of a server tool answers a call of that tool before it',
    error: 'the result of a failed call is not empty',
    imageType: 'an image is a JPEG, PNG, GIF or WebP',
    base64: 'bytes are base64, and not empty',
    url: 'a URL begins with https:',
    document: 'a document, its title and its context are not empty, and the title has at most 500 characters',
    marks: 'a request has at most four marks for the cache',
    hourFirst: 'marks for an hour come before those for five minutes',
    signature: 'thinking has its signature, redacted thinking its data',
    lastThinking: 'thinking is not the last block of a message',
    compaction: 'the summary of a compaction is not empty',
};

const mark = object({ type: oneOf('ephemeral') }, { ttl: oneOf('5m', '1h') });
const marked = { cache_control: orNull(mark) };
const caller = { caller: isObject };

// The citations of a text. What each type needs beside its type is left to the server that wrote it.
const citation = openObject({
    type: oneOf(
        'char_location',
        'page_location',
        'content_block_location',
        'web_search_result_location',
        'search_result_location',
    ),
});

const fileSource = object({ type: oneOf('file'), file_id: (id) => isText(id) && id !== '' });
const urlSource = object({ type: oneOf('url'), url: isText });
const bytesSource = object({ type: oneOf('base64'), media_type: isText, data: isText });
const textSource = object({ type: oneOf('text'), media_type: oneOf('text/plain'), data: isText });
const document = object(
    { type: oneOf('document'), source: either(fileSource, urlSource, bytesSource, textSource) },
    {
        ...marked,
        title: orNull(isText),
        context: orNull(isText),
        citations: orNull(object({ enabled: isBoolean })),
    },
);
const image = object({ type: oneOf('image'), source: either(fileSource, urlSource, bytesSource) }, marked);
const textBlock = object({ type: oneOf('text'), text: isText }, { ...marked, citations: orNull(listOf(citation)) });
const toolReference = object({ type: oneOf('tool_reference'), tool_name: isText }, marked);

// An error of a server tool. The code is not checked: its list grows, and the AI SDK sends codes of its own.
const toolError = (type, optional) => object({ type: oneOf(type), error_code: isText }, optional);
const outputFile = (type) => listOf(object({ type: oneOf(type), file_id: isText }));
const run = (type, output, file) =>
    object({
        type: oneOf(type),
        [output]: isText,
        stderr: isText,
        return_code: isNumber,
        content: outputFile(file),
    });
const count = orNull(isNumber);

const serverResults = {
    web_search_tool_result: either(
        listOf(
            object(
                { type: oneOf('web_search_result'), url: isText, title: orNull(isText), encrypted_content: isText },
                { page_age: orNull(isText) },
            ),
        ),
        toolError('web_search_tool_result_error'),
    ),
    web_fetch_tool_result: either(
        object({ type: oneOf('web_fetch_result'), url: isText, content: document }, { retrieved_at: orNull(isText) }),
        toolError('web_fetch_tool_result_error'),
    ),
    code_execution_tool_result: either(
        run('code_execution_result', 'stdout', 'code_execution_output'),
        run('encrypted_code_execution_result', 'encrypted_stdout', 'code_execution_output'),
        toolError('code_execution_tool_result_error'),
    ),
    bash_code_execution_tool_result: either(
        run('bash_code_execution_result', 'stdout', 'bash_code_execution_output'),
        toolError('bash_code_execution_tool_result_error'),
    ),
    text_editor_code_execution_tool_result: either(
        object(
            {
                type: oneOf('text_editor_code_execution_view_result'),
                content: isText,
                file_type: oneOf('text', 'image', 'pdf'),
            },
            { num_lines: count, start_line: count, total_lines: count },
        ),
        object({ type: oneOf('text_editor_code_execution_create_result'), is_file_update: isBoolean }),
        object(
            { type: oneOf('text_editor_code_execution_str_replace_result') },
            {
                lines: orNull(listOf(isText)),
                new_lines: count,
                new_start: count,
                old_lines: count,
                old_start: count,
            },
        ),
        toolError('text_editor_code_execution_tool_result_error', { error_message: orNull(isText) }),
    ),
    tool_search_tool_result: either(
        object({ type: oneOf('tool_search_tool_search_result'), tool_references: listOf(toolReference) }),
        toolError('tool_search_tool_result_error', { error_message: orNull(isText) }),
    ),
    advisor_tool_result: either(
        object({ type: oneOf('advisor_result'), text: isText }, { stop_reason: orNull(isText) }),
        object({ type: oneOf('advisor_redacted_result'), encrypted_content: isText }, { stop_reason: orNull(isText) }),
        toolError('advisor_tool_result_error'),
    ),
};

// The names of the server tools, and the blocks that their results are in. The AI SDK writes all results of code under
// the name of the first tool for code.
const codeResults = [
    'code_execution_tool_result',
    'bash_code_execution_tool_result',
    'text_editor_code_execution_tool_result',
];
const serverTools = {
    web_search: ['web_search_tool_result'],
    web_fetch: ['web_fetch_tool_result'],
    code_execution: codeResults,
    bash_code_execution: codeResults,
    text_editor_code_execution: codeResults,
    tool_search_tool_regex: ['tool_search_tool_result'],
    tool_search_tool_bm25: ['tool_search_tool_result'],
    advisor: ['advisor_tool_result'],
};

const blockShapes = {
    text: textBlock,
    image,
    document,
    container_upload: object({ type: isAny, file_id: isText }, marked),
    thinking: object({ type: isAny, thinking: isText, signature: isText }),
    redacted_thinking: object({ type: isAny, data: isText }),
    fallback: object({ type: isAny, from: isObject, to: isObject }),
    compaction: object(
        { type: isAny },
        { ...marked, content: orNull(isText), encrypted_content: orNull(isText), signature: orNull(isText) },
    ),
    tool_use: object(
        { type: isAny, id: isText, name: isText, input: isAny },
        { ...marked, ...caller, toolset_name: orNull(isText) },
    ),
    tool_result: object(
        { type: isAny, tool_use_id: isText },
        {
            ...marked,
            content: either(isText, listOf(either(textBlock, image, document, toolReference))),
            is_error: isBoolean,
            toolset_name: orNull(isText),
        },
    ),
    server_tool_use: object(
        { type: isAny, id: isText, name: oneOf(...Object.keys(serverTools)), input: isAny },
        { ...marked, ...caller },
    ),
    mcp_tool_use: object({ type: isAny, id: isText, name: isText, input: isAny, server_name: isText }, marked),
    mcp_tool_result: object(
        { type: isAny, tool_use_id: isText },
        { ...marked, content: either(isText, listOf(textBlock)), is_error: isBoolean },
    ),
    ...Object.fromEntries(
        Object.entries(serverResults).map(([type, content]) => [
            type,
            object({ type: isAny, tool_use_id: isText, content }, { ...marked, ...caller }),
        ]),
    ),
};

const isThinking = ({ type }) => type === 'thinking' || type === 'redacted_thinking';
const isServerCall = ({ type }) => type === 'server_tool_use' || type === 'mcp_tool_use';
const isServerResult = ({ type }) => Object.hasOwn(serverResults, type) || type === 'mcp_tool_result';
const isCall = (block) => block.type === 'tool_use' || isServerCall(block);

const blocksOfRole = {
    system: ({ type }) => type === 'text',
    user: ({ type }) => ['text', 'image', 'document', 'container_upload', 'tool_result'].includes(type),
    assistant: (block) =>
        ['text', 'tool_use', 'compaction', 'fallback'].includes(block.type) ||
        isThinking(block) ||
        isServerCall(block) ||
        isServerResult(block),
};

// Returns the blocks inside a block, with their paths. Their own content is a text.
function innerBlocks(block, path) {
    if (Array.isArray(block.content)) return at(block.content, `${path}.content`).filter(([inner]) => isObject(inner));
    if (block.type === 'web_fetch_tool_result' && isObject(block.content?.content))
        return [[block.content.content, `${path}.content.content`]];
    return [];
}

function checkSource(source, type, path, findings) {
    if (source.type === 'url') findings.check(isUrl(source.url, ['https:']), 'url', `${path}.url`, source.url);
    if (source.type === 'text') findings.check(!isBlank(source.data), 'document', `${path}.data`, source.data);
    if (source.type !== 'base64') return;
    findings.check(isBase64(source.data), 'base64', `${path}.data`, source.data);
    if (type === 'image')
        findings.check(imageTypes.includes(source.media_type), 'imageType', `${path}.media_type`, source.media_type);
    else findings.check(source.media_type === 'application/pdf', 'shape', `${path}.media_type`, source.media_type);
}

function checkDocument({ title, context }, path, findings) {
    if (isText(title)) findings.check(title !== '' && [...title].length <= 500, 'document', `${path}.title`, title);
    if (isText(context)) findings.check(context !== '', 'document', `${path}.context`, context);
}

// Checks a block, which has the shape of its type, by itself.
function checkBlock(block, path, findings) {
    const { type } = block;
    if (type === 'text') findings.check(!isBlank(block.text), 'blankText', `${path}.text`, block.text);
    if (type === 'thinking') findings.check(block.signature !== '', 'signature', `${path}.signature`, block.signature);
    if (type === 'redacted_thinking') findings.check(block.data !== '', 'signature', `${path}.data`, block.data);
    if (type === 'compaction') findings.check(block.content !== '', 'compaction', `${path}.content`, block.content);
    if (type === 'image' || type === 'document') checkSource(block.source, type, `${path}.source`, findings);
    if (type === 'document') checkDocument(block, path, findings);
    if (isCall(block)) {
        findings.check(/^[a-zA-Z0-9_-]+$/.test(block.id), 'toolId', `${path}.id`, block.id);
        findings.check(/^[a-zA-Z0-9_-]{1,128}$/.test(block.name), 'toolName', `${path}.name`, block.name);
        findings.check(isObject(block.input), 'input', `${path}.input`, block.input);
    }
    if (block.is_error === true)
        findings.check(block.content?.length > 0, 'error', `${path}.content`, block.content ?? null);
}

function checkServerTools(blocks, path, earlier, isLastMessage, findings) {
    // A result may stand in the next message of the assistant, if a call of a client's tool came between.
    const open = new Map(earlier);
    for (const [index, block] of blocks.entries()) {
        const where = `${path}[${index}]`;
        if (isServerCall(block)) open.set(block.id, { block, where, index });
        if (!isServerResult(block)) continue;
        const call = open.get(block.tool_use_id)?.block;
        const types = call?.type === 'mcp_tool_use' ? ['mcp_tool_result'] : (serverTools[call?.name] ?? []);
        if (findings.check(types.includes(block.type), 'serverCall', where, block)) open.delete(block.tool_use_id);
    }
    if (blocks.some(({ type }) => type === 'tool_use') && !isLastMessage) return open;
    for (const { block, where, index } of open.values()) {
        const isAtTheEnd = isLastMessage && index !== undefined && blocks.slice(index).every(isServerCall);
        findings.check(isAtTheEnd, 'serverResult', where, block);
    }
    return new Map();
}

function checkUniqueIds(blocks, path, findings) {
    const calls = blocks.filter(isCall).map(({ id }) => id);
    const results = blocks.filter(({ type }) => type === 'tool_result' || isServerResult({ type }));
    for (const id of repeated(calls)) findings.add('uniqueId', path, id);
    for (const id of repeated(results.map(({ tool_use_id: id }) => id))) findings.add('uniqueId', path, id);
}

const idsOfCalls = (message) =>
    message?.role === 'assistant' ? message.content.filter(({ type }) => type === 'tool_use').map(({ id }) => id) : [];
const idsOfResults = (message) =>
    message?.role === 'user'
        ? message.content.filter(({ type }) => type === 'tool_result').map(({ tool_use_id: id }) => id)
        : [];

// Checks the calls and results of a message, and their place between the messages around it.
function checkTools(message, path, previous, next, findings) {
    checkUniqueIds(message.content, `${path}.content`, findings);
    const results = idsOfResults(next);
    for (const id of idsOfCalls(message)) findings.check(results.includes(id), 'result', `${path}.content`, id);
    const calls = idsOfCalls(previous);
    for (const id of idsOfResults(message)) findings.check(calls.includes(id), 'call', `${path}.content`, id);
    const isResult = message.content.map(({ type }) => type === 'tool_result');
    const first = isResult.indexOf(false);
    findings.check(first === -1 || isResult.lastIndexOf(true) < first, 'resultsFirst', `${path}.content`, isResult);
}

// Returns the blocks of the list that have the shape of their type.
function blocksIn(list, role, path, findings) {
    return at(list, path).filter(([block, where]) => {
        const isOfItsType = testOf(blockShapes, block?.type)(block);
        if (!findings.check(isOfItsType, 'shape', where, block)) return false;
        findings.check(blocksOfRole[role](block), 'role', where, block);
        return true;
    });
}

// Checks the marks for the cache of all blocks, in the order of the request.
function checkMarks(blocks, findings) {
    const marks = blocks.filter(([block]) => block.cache_control);
    findings.check(marks.length <= 4, 'marks', '', marks.length);
    const isHour = marks.map(([block]) => block.cache_control.ttl === '1h');
    const short = isHour.indexOf(false);
    findings.check(short === -1 || isHour.lastIndexOf(true) < short, 'hourFirst', marks[short]?.[1] ?? '', isHour);
}

// Checks the last block of a message of the assistant.
function checkEnd(blocks, path, isLastMessage, findings) {
    const last = blocks.at(-1);
    const end = `${path}[${blocks.length - 1}]`;
    findings.check(!last || !isThinking(last), 'lastThinking', end, last);
    if (isLastMessage && last?.type === 'text')
        findings.check(!endsWithBlank(last.text), 'endOfText', `${end}.text`, last.text);
}

// Returns the violations of a request { system, messages } to Anthropic's Messages API. A request without messages is
// not one yet: the caller adds the user's question.
function anthropicViolations(request) {
    const findings = new Findings(anthropicRules);
    const isRequest = object({ messages: Array.isArray }, { system: Array.isArray });
    if (!findings.check(isRequest(request), 'shape', '', request)) return findings.list;

    const all = [];
    if (request.system) {
        findings.check(request.system.length > 0, 'content', 'system', request.system);
        all.push(...blocksIn(request.system, 'system', 'system', findings));
    }
    const isMessage = object({ role: oneOf('user', 'assistant', 'system'), content: Array.isArray });
    const messages = [];
    for (const [message, path] of at(request.messages, 'messages')) {
        if (!findings.check(isMessage(message), 'shape', path, message)) return findings.list;
        findings.check(message.content.length > 0, 'content', `${path}.content`, message.content);
        const blocks = blocksIn(message.content, message.role, `${path}.content`, findings);
        if (blocks.length < message.content.length) return findings.list;
        all.push(...blocks);
        messages.push(message);
    }

    const nested = all.flatMap(([block, path]) => innerBlocks(block, path));
    for (const [block, path] of [...all, ...nested]) checkBlock(block, path, findings);
    checkMarks([...all, ...nested], findings);

    let open = new Map();
    for (const [index, message] of messages.entries()) {
        const path = `messages[${index}]`;
        const isLast = index === messages.length - 1;
        checkTools(message, path, messages[index - 1], messages[index + 1], findings);
        if (message.role !== 'assistant') continue;
        open = checkServerTools(message.content, `${path}.content`, open, isLast, findings);
        checkEnd(message.content, `${path}.content`, isLast, findings);
    }
    for (const { block, where } of open.values()) findings.add('serverResult', where, block);
    return findings.list;
}

module.exports = { rules: anthropicRules, violations: anthropicViolations };
