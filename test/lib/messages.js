// Creates stored messages for tests that read them in other formats: named ones, each for a rule, and random ones. A
// message has the columns role, parts, content, reasoning and attachments. A missing column is NULL.

const user = (...parts) => ({ role: 'user', parts });
const assistant = (...parts) => ({ role: 'assistant', parts });
const system = (...parts) => ({ role: 'system', parts });

const text = (string, more) => ({ type: 'text', text: string, ...more });
const reasoning = (string, more) => ({ type: 'reasoning', text: string, ...more });
const file = (mediaType, url, more) => ({ type: 'file', mediaType, url, ...more });
const tool = (id, state, more) => ({
    type: 'tool-weather',
    toolCallId: id,
    state,
    input: { city: 'Rome' },
    ...more,
});
const done = (id, output, more) => tool(id, 'output-available', { output, ...more });
const step = { type: 'step-start' };
// Creates a call of a tool that the provider runs.
const served = (name, input, output, more) => ({
    type: `tool-${name}`,
    toolCallId: `srv-${name}`,
    state: 'output-available',
    providerExecuted: true,
    input,
    output,
    ...more,
});
const anthropic = (metadata) => ({ anthropic: metadata });
const cached = { providerMetadata: anthropic({ cacheControl: { type: 'ephemeral' } }) };
const breakpoint = { providerMetadata: { openai: { promptCacheBreakpoint: { mode: 'explicit' } } } };
const signed = { providerMetadata: anthropic({ signature: 'c2ln' }) };
const redacted = { providerMetadata: anthropic({ redactedData: 'cmVk' }) };
const approved = { approval: { id: 'approval', approved: true } };
const refused = (reason) => ({ approval: { id: 'approval', approved: false, ...reason } });

const repeated = (count, make) => Array.from({ length: count }, make);
const png = 'data:image/png;base64,iVBORw0KGgo=';
const pdf = 'data:application/pdf;base64,JVBERi0=';

const searchResult = {
    type: 'web_search_result',
    url: 'https://example.com/',
    title: 'An example',
    pageAge: null,
    encryptedContent: 'ZW5j',
};
const fetchResult = {
    type: 'web_fetch_result',
    url: 'https://example.com/',
    retrievedAt: '2026-01-01T00:00:00Z',
    content: {
        type: 'document',
        title: null,
        citations: { enabled: true },
        source: { type: 'text', mediaType: 'text/plain', data: 'Example' },
    },
};
const codeResult = { type: 'code_execution_result', stdout: '2\n', stderr: '', return_code: 0 };
const bashResult = {
    type: 'bash_code_execution_result',
    stdout: 'a',
    stderr: '',
    return_code: 0,
    content: [{ type: 'bash_code_execution_output', file_id: 'file_1' }],
};
const editorResults = [
    {
        type: 'text_editor_code_execution_view_result',
        content: 'x = 1',
        file_type: 'text',
        num_lines: 1,
        start_line: 1,
        total_lines: null,
    },
    { type: 'text_editor_code_execution_create_result', is_file_update: false },
    {
        type: 'text_editor_code_execution_str_replace_result',
        lines: ['-x', '+y'],
        new_lines: 1,
        new_start: 1,
        old_lines: 1,
        old_start: null,
    },
    { type: 'text_editor_code_execution_tool_result_error', error_code: 'file_not_found' },
    { type: 'bash_code_execution_tool_result_error', error_code: 'unavailable' },
];

// Marks messages with parts that the SDK does not accept.
const odd = (messages) => ({ messages, isOdd: true });
// Marks messages that come back in another form.
const becomes = (messages, expected) => ({ messages, expected });

// Texts and values that a model, a user or a tool could write.
const texts = [
    '',
    ' ',
    '\n',
    'Hello',
    ' Hello ',
    'Grüße\u00A0',
    '\u2028between\u2029',
    '\uFEFFmark',
    '😀',
    '"quoted\\"',
    '\u0001\u001F\u007F',
    '</script>',
    '\u0085next',
    'a\r\nb\t',
    '\u3000wide\u3000',
    'x'.repeat(300),
    '{"a": 1}',
    'null',
    '\u200Bzero',
    '日本語',
];
const values = [
    null,
    true,
    false,
    0,
    -0,
    1.5,
    1e21,
    1e-7,
    123456789012,
    '',
    'text',
    '{"a": [1, "b"]}',
    '[1]',
    'not json',
    [],
    {},
    [1, [2, {}]],
    { city: 'Rome' },
    { 10: 'ten', 9: 'nine', b: 1, a: { '-1': 0, '01': 1, 1: 2 } },
    { '': '', ключ: '\u2028', '😀': '"' },
    Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`key ${i}`, i])),
    { __proto: 1, constructor: {} },
];

// The named conversations. A name says what the case shows.
const corpus = Object.entries({
    'one question': [user(text('Hello'))],
    'question and answer': [user(text('Hello')), assistant(text('Hi'))],
    'texts at the ends': texts.flatMap((string) => [user(text(string)), assistant(text(string))]),
    'a last text with blanks': [user(text(' Hello ')), assistant(text(' a '), text(' b \u2028\u00A0\uFEFF'))],
    'a last text with blanks, and reasoning behind it': [user(text('Hello')), assistant(text(' a '), reasoning('hm'))],
    'a last text with blanks, and a file behind it': [
        user(text('Hello')),
        assistant(text(' a '), file('image/png', png)),
    ],
    'a last text with blanks, and a source behind it': [
        user(text('Hello')),
        assistant(text(' a '), { type: 'source-url', sourceId: '1', url: 'https://example.com' }),
    ],
    'a last text with blanks, and an empty one behind it': [user(text('Hello')), assistant(text(' a '), text(''))],
    'a last text with blanks, of the second message': [
        user(text('Hello')),
        assistant(text(' a ')),
        assistant(text(' b ')),
    ],
    'a last text of blanks only': [user(text('Hello')), assistant(text(' a '), text(' \n'))],
    'a last message of blanks only': [user(text('Hello')), assistant(text(' \n'))],
    'a last text before an empty step': [user(text('Hello')), assistant(text(' a '), step)],
    'a last text before an empty one of another step': [user(text('Hello')), assistant(text(' a '), step, text(''))],
    'a last text before an empty one of another message': [
        user(text('Hello')),
        assistant(text(' a ')),
        assistant(text('')),
    ],
    'a last text before an empty message': [user(text('Hello')), assistant(text(' a ')), user(text(''))],
    'a last text before an incomplete call': [
        user(text('Hello')),
        assistant(text(' a '), tool('c1', 'input-streaming')),
    ],

    'an empty text': [user(text('')), assistant(text('')), user(text('Hello'), text(''))],
    'an empty text with metadata': [
        user(text('', cached), text('Hello')),
        assistant(text('', cached), text('Hi', cached)),
    ],
    'empty messages': [user(), assistant(), system(), user(text('Hello')), assistant(step, step)],
    'the same side several times': [
        user(text('1')),
        user(text('2'), text('3')),
        assistant(text('4')),
        assistant(text('5')),
        user(text('6')),
        user(text('7')),
    ],
    'the same side, with an empty message of the other between': [
        user(text('1')),
        assistant(text('')),
        user(text('2')),
        assistant(text('3')),
        user(text('')),
        assistant(text('4')),
    ],
    'the assistant begins': [assistant(text('How can I help?')), user(text('Hello'))],

    'a system message': [system(text('Be kind.')), user(text('Hello'))],
    'a system message of two texts': [system(text('Be kind.'), text(' And short.', cached)), user(text('Hello'))],
    'two system messages': [system(text('Be kind.')), system(text('Be short.')), user(text('Hello'))],
    'a system message that is empty': [system(text('')), user(text('Hello'))],
    'a system message without text': [system({ type: 'data-x', data: 1 }), user(text('Hello'))],
    'a system message in the middle': [
        user(text('1')),
        system(text('Be kind.')),
        assistant(text('2')),
        system(text('Be short.')),
        user(text('3')),
    ],
    'a system message within a turn': [
        user(text('1')),
        system(text('Be kind.')),
        user(text('2')),
        system(text('')),
        user(text('3')),
    ],
    'a system message between answers': [
        user(text('1')),
        assistant(text('2')),
        system(text('Be kind.')),
        assistant(text('3')),
    ],
    'system messages, and an empty message of the assistant between': [
        system(text('Be kind.')),
        assistant(text('')),
        system(text('Be short.')),
        user(text('Hello')),
    ],
    'system messages after answers, and nothing to send of the assistant between': [
        user(text('1')),
        assistant(text('2')),
        system(text('Be kind.')),
        assistant(tool('c1', 'approval-responded', approved)),
        system(text('Be short.')),
        user(text('3')),
    ],
    'a system message at the end': [user(text('1')), assistant(text(' 2 ')), system(text('Be kind.'))],

    'several steps': [
        user(text('Weather?')),
        assistant(
            step,
            reasoning('Look it up.', signed),
            text('Let me see.'),
            done('c1', { temperature: 21.5 }),
            step,
            text('Hm.'),
            done('c2', 'sunny'),
            step,
            text('It is sunny.'),
        ),
        user(text('Thanks')),
    ],
    'parallel calls': [
        user(text('Weather?')),
        assistant(done('c1', 1), text('between'), done('c2', [2]), text('behind')),
    ],
    'calls around thinking': [
        user(text('Weather?')),
        assistant(done('c1', 1), text('a'), reasoning('hm', signed), done('c2', 2), text('b'), reasoning('', redacted)),
    ],
    'calls in several messages': [
        user(text('Weather?')),
        assistant(done('c1', 1)),
        assistant(done('c2', 2)),
        assistant(text('Sunny.')),
    ],
    'a result and a question': [user(text('Weather?')), assistant(done('c1', 1)), user(text('So?'))],
    'a call in every state': [
        user(text('Weather?')),
        assistant(
            tool('c1', 'input-streaming', { input: undefined }),
            tool('c2', 'input-available'),
            tool('c3', 'approval-requested', { approval: { id: 'a' } }),
            tool('c4', 'approval-responded', approved),
            done('c5', { ok: true }),
            done('c6', 'text', approved),
            done('c7', 'half', { preliminary: true }),
            done('c8', 'whole', { preliminary: false }),
            tool('c9', 'output-error', { errorText: 'It failed.' }),
            tool('c10', 'output-error', { input: undefined, rawInput: '{"city": ', errorText: '' }),
            tool('c11', 'output-denied', refused({ reason: 'No.' })),
            tool('c12', 'output-denied', refused()),
        ),
        user(text('So?')),
    ],
    'an interrupted stream': [
        user(text('Weather?')),
        assistant(text('Let me see.', { state: 'streaming' }), tool('c1', 'input-streaming')),
    ],
    'an interrupted call alone': [
        user(text('Weather?')),
        assistant(step, tool('c1', 'input-available')),
        user(text('Hello?')),
    ],
    'an approval that is answered': [user(text('Weather?')), assistant(tool('c1', 'approval-responded', approved))],
    'dynamic tools': [
        user(text('Weather?')),
        assistant(
            { ...done('c1', { a: 1 }), type: 'dynamic-tool', toolName: 'mcp.weather' },
            { ...done('c2', { a: 1 }), type: 'dynamic-tool', toolName: 'mcp.weather', dynamic: false },
            { ...tool('c3', 'output-error', { errorText: 'No.' }), type: 'dynamic-tool', toolName: 'x-y' },
            { ...done('c4', 1), type: 'tool-a-b-c' },
        ),
    ],
    'inputs of all kinds': [user(text('?')), assistant(...values.map((input, i) => done(`c${i}`, 'ok', { input })))],
    'outputs of all kinds': [user(text('?')), assistant(...values.map((output, i) => done(`c${i}`, output)))],
    'outputs of all texts': [user(text('?')), assistant(...texts.map((output, i) => done(`c${i}`, output)))],
    'errors of all kinds': [
        user(text('?')),
        assistant(...texts.map((errorText, i) => tool(`c${i}`, 'output-error', { errorText }))),
    ],
    'a call with no input': odd([
        user(text('?')),
        assistant(tool('c1', 'output-available', { input: undefined, output: 1 })),
    ]),
    'marks for the cache': [
        system(text('Be kind.', cached)),
        user(text('1', cached), text('2')),
        assistant(text('3'), done('c1', 1, { callProviderMetadata: cached.providerMetadata })),
        user(text('4', cached), text('5', cached), text('6', cached)),
    ],
    'too many marks for the cache': [
        assistant(
            text('1', cached),
            reasoning('2', {
                providerMetadata: anthropic({ signature: 's', cacheControl: { type: 'ephemeral' } }),
            }),
            text('3', cached),
        ),
        user(...'12345'.split('').map((digit) => text(digit, cached))),
    ],
    'marks for the cache with another name': [
        user(text('1', { providerMetadata: anthropic({ cache_control: { type: 'ephemeral', ttl: '1h' } }) })),
    ],
    "marks for OpenAI's cache": [
        system(text('Be kind.', breakpoint)),
        user(text('1', breakpoint)),
        user(text('2'), text('3', breakpoint)),
        user(file('image/png', png, breakpoint), file('application/pdf', pdf, breakpoint)),
        assistant(text('4', breakpoint), text('5')),
        assistant(done('c1', 1, { callProviderMetadata: breakpoint.providerMetadata })),
    ],
    'a thousand messages': Array.from({ length: 1000 }, (_, i) =>
        i % 2 ? assistant(text(` ${i} `), done(`c${i}`, i)) : user(text(` ${i} `)),
    ),
    'calls with the same id': [
        user(text('?')),
        assistant(done('c1', 1), done('c1', 2)),
        user(text('!')),
        assistant(done('c1', 3)),
    ],
    'errors with metadata of the result': [
        user(text('?')),
        assistant(tool('c1', 'output-error', { errorText: 'No.', resultProviderMetadata: cached.providerMetadata })),
        user(text('!')),
    ],
    citations: [
        user(text('?')),
        assistant(
            text('It is so.', {
                providerMetadata: anthropic({ citations: [{ type: 'page_location', n: 1 }] }),
            }),
        ),
    ],
    'a compaction': [
        user(text('?')),
        assistant(text('All of it in short.', { providerMetadata: anthropic({ type: 'compaction' }) })),
    ],
    'the caller of a tool': [
        user(text('?')),
        assistant(done('c1', 1, { callProviderMetadata: anthropic({ caller: { type: 'direct' } }) })),
        user(text('!')),
    ],
    'a tool of a set': [
        user(text('?')),
        assistant(
            done('c1', 1, {
                input: { action: 'click', x: 1 },
                callProviderMetadata: anthropic({ toolsetName: 'computer' }),
            }),
        ),
    ],

    reasoning: [
        user(text('?')),
        assistant(
            reasoning('unsigned'),
            reasoning('signed', signed),
            reasoning('', redacted),
            reasoning('', signed),
            reasoning('for OpenAI', {
                providerMetadata: { openai: { itemId: 'rs_1', reasoningEncryptedContent: null } },
            }),
            text('So.'),
        ),
    ],
    'reasoning alone': [
        user(text('?')),
        assistant(reasoning('hm')),
        user(text('So?')),
        assistant(reasoning('hm', signed)),
    ],

    'an input that is a text of JSON': [
        user(text('?')),
        assistant(done('c1', 1, { input: '{"a": [null, true, -1, 1.5e3, "\\u00e9\\n"]}' }), text('So.')),
    ],

    "a provider's search": [
        user(text('?')),
        assistant(served('web_search', { query: 'x' }, [searchResult, searchResult]), text('So.')),
    ],
    "a provider's search that found nothing": [
        user(text('?')),
        assistant(served('web_search', { query: 'x' }, []), text('So.')),
    ],
    "a provider's search that failed": [
        user(text('?')),
        assistant(
            served('web_search', { query: 'x' }, undefined, {
                state: 'output-error',
                errorText: '{"type": "web_search_tool_result_error", "errorCode": "max_uses_exceeded"}',
            }),
            text('So.'),
        ),
    ],
    "a provider's search that failed with plain text": [
        user(text('?')),
        assistant(
            served('web_search', { query: 'x' }, undefined, { state: 'output-error', errorText: 'No.' }),
            text('So.'),
        ),
    ],
    // Its output would be JSON of an error, but an error has no output.
    "a provider's search that failed without a text": odd([
        user(text('?')),
        assistant(
            served('web_search', { query: 'x' }, '{"errorCode": "max_uses_exceeded"}', { state: 'output-error' }),
            text('So.'),
        ),
    ]),
    "a provider's fetch": [
        user(text('?')),
        assistant(served('web_fetch', { url: 'https://example.com' }, fetchResult), text('So.')),
    ],
    "a provider's code": [
        user(text('?')),
        assistant(served('code_execution', { code: '1+1' }, codeResult), text('So.')),
    ],
    "a provider's shell": [
        user(text('?')),
        assistant(served('code_execution', { type: 'bash_code_execution', command: 'ls' }, bashResult), text('So.')),
    ],
    "a provider's editor": editorResults.flatMap((result) => [
        user(text('?')),
        assistant(
            served('code_execution', { type: 'text_editor_code_execution', command: 'view' }, result),
            text('So.'),
        ),
    ]),
    "a provider's editor, with lines that are not texts": [
        user(text('?')),
        assistant(
            served(
                'code_execution',
                { type: 'text_editor_code_execution', command: 'str_replace' },
                { ...editorResults[2], lines: ['-x', 1] },
            ),
            text('So.'),
        ),
    ],
    "a provider's code that failed": [
        user(text('?')),
        assistant(
            ...['{"type": "code_execution_tool_result_error", "errorCode": "unavailable"}', '{}', 'No.'].map(
                (errorText, i) =>
                    served('code_execution', { code: '1' }, undefined, {
                        toolCallId: `c${i}`,
                        state: 'output-error',
                        errorText,
                    }),
            ),
            text('So.'),
        ),
    ],
    "a provider's tool search": [
        user(text('?')),
        assistant(
            served('tool_search_tool_regex', { pattern: 'x' }, [{ type: 'tool_reference', toolName: 'weather' }]),
            served('tool_search_tool_bm25', { query: 'x' }, []),
            text('So.'),
        ),
    ],
    "a provider's tool search that returned an error": [
        user(text('?')),
        assistant(
            served(
                'tool_search_tool_regex',
                { pattern: '(' },
                { type: 'tool_search_tool_result_error', errorCode: 'invalid_pattern' },
            ),
            text('So.'),
        ),
    ],
    "a provider's advice": [
        user(text('?')),
        assistant(served('advisor', {}, { type: 'advisor_result', text: 'Do.' }), text('So.')),
    ],
    "a provider's MCP server": [
        user(text('?')),
        assistant(
            {
                ...served('', { m: 1 }, [{ type: 'text', text: 'hi' }]),
                type: 'dynamic-tool',
                toolName: 'echo',
                callProviderMetadata: anthropic({ type: 'mcp-tool-use', serverName: 'local' }),
            },
            text('So.'),
        ),
    ],
    'an unknown tool of a provider': [
        user(text('?')),
        assistant(served('image_generation', {}, { result: 'aW1n' }), text('So.')),
    ],
    'an unknown tool of a provider, alone': [
        user(text('?')),
        assistant(served('image_generation', {}, {})),
        user(text('So?')),
    ],
    "a provider's results of unknown form": [
        'web_search',
        'web_fetch',
        'code_execution',
        'tool_search_tool_regex',
        'advisor',
    ].flatMap((name) => [
        user(text('?')),
        ...values.map((value) => assistant(served(name, { a: 1 }, value), text('So.'))),
    ]),
    "a provider's call that has not ended": [
        user(text('?')),
        assistant(served('web_search', { query: 'x' }, undefined, { state: 'input-available' }), text('So.')),
    ],
    "a provider's tool between calls": [
        user(text('?')),
        assistant(done('c1', 1), served('web_search', { query: 'x' }, [searchResult]), done('c2', 2), text('So.')),
        user(text('!')),
    ],

    files: [
        user(
            text('See'),
            file('image/png', png),
            file('image/jpeg', 'https://example.com/a b.jpg?q=ü'),
            file('image/*', png),
        ),
        assistant(text('I see'), file('image/png', png)),
        user(file('application/pdf', pdf), file('application/pdf', pdf, { filename: 'report.pdf' })),
        user(file('application/pdf', 'https://example.com/report.pdf')),
        user(
            file('audio/wav', 'data:audio/wav;base64,UklGRg=='),
            file('audio/mpeg', 'data:audio/mpeg;base64,UklGRg=='),
        ),
        user(file('text/plain', 'data:text/plain;base64,SGVsbG8=', { filename: 'hello.txt' })),
        // A byte order mark stands before it.
        user(file('text/plain', 'data:text/plain;base64,77u/SGVsbG8=')),
    ],
    'a file with options': [
        user(
            file('image/png', png, {
                providerMetadata: { openai: { imageDetail: 'low' }, ...cached.providerMetadata },
            }),
            file('application/pdf', pdf, {
                providerMetadata: anthropic({ title: 'T', context: 'C', citations: { enabled: true } }),
            }),
        ),
    ],
    'files that no provider accepts': [
        user(file('video/mp4', 'https://example.com/a.mp4')),
        user(
            text('See'),
            file('text/csv', 'data:text/csv;base64,YSxi'),
            file('application/octet-stream', 'https://example.com/a'),
        ),
        user(file('audio/ogg', 'data:audio/ogg;base64,T2dn'), file('audio/wav', 'https://example.com/a.wav')),
        user(file('text/plain', 'https://example.com/a.txt'), file('text/plain', 'data:text/plain,Hello%20there')),
        user(
            file('image/png', 'data:image/png'),
            file('text/plain', 'data:,x'),
            file('text/plain', 'data:text/plain;base64,/w=='),
        ),
    ],
    'a file with an unusual URL': [
        user(
            file('image/png', 'HTTPS://Example.COM'),
            file('image/png', 'https://example.com?a=b c#d e'),
            file('image/png', ' https://example.com/ü/"<>`{|}\\a?"<>`{|}\'#"<>`{|}'),
            file('image/png', 'https://example.com/%zz/[]'),
            file('image/png', 'https://exam\tple.com/a\nb?c\r\n=d'),
        ),
        user(
            file('image/png', 'DATA:image/png;charset=x;base64,iVBO\nRw0='),
            file('image/png', `${png},more`),
            file('image/svg+xml', 'data:image/svg+xml,<svg/>'),
        ),
        user(
            file('image/png', 'iVBORw0KGgo='),
            file('application/pdf', 'file-abc'),
            file('image/png', png.replace('image/png', 'image/webp')),
        ),
    ],

    'parts that models do not get': [
        user(text('?'), { type: 'data-note', id: 'n', data: { a: null } }),
        assistant(
            { type: 'source-url', sourceId: '1', url: 'https://example.com', title: 'Example' },
            {
                type: 'source-document',
                sourceId: '2',
                mediaType: 'application/pdf',
                title: 'Report',
                filename: 'r.pdf',
            },
            { type: 'data-note', data: 1 },
            text('So.'),
        ),
        user({ type: 'data-note', data: 1 }),
    ],
    'a message of data': [user(text('?')), assistant({ type: 'data-note', data: 1 }), user(text('So?'))],
    metadata: becomes(
        [
            user(text('?'), { type: 'data-metadata', data: { model: 'x', usage: { total: 1 } } }),
            assistant({ type: 'data-metadata', data: 1 }, text('So.'), { type: 'data-metadata', data: null }),
            user(text('?'), { type: 'data-metadata', data: { createdAt: 1 } }),
        ],
        [
            { ...user(text('?')), metadata: { model: 'x', usage: { total: 1 } } },
            { ...assistant({ type: 'data-metadata', data: 1 }, text('So.')), metadata: null },
            { ...user(text('?')), metadata: { createdAt: 1 } },
        ],
    ),
    'keys that are null': becomes(
        [
            user(text('?', { state: null, providerMetadata: null }), file('image/png', png, { filename: null })),
            assistant(
                done('c1', null, { input: null, errorText: null, approval: null, preliminary: null }),
                tool('c2', 'output-error', { output: null, errorText: 'No.', callProviderMetadata: null }),
                tool('c3', 'output-denied', { approval: { id: 'a', approved: false, reason: null } }),
                { type: 'source-url', sourceId: '1', url: 'https://example.com', title: null },
                { type: 'data-note', id: null, data: null },
            ),
        ],
        [
            user(text('?'), file('image/png', png)),
            assistant(
                done('c1', null, { input: null }),
                tool('c2', 'output-error', { errorText: 'No.' }),
                tool('c3', 'output-denied', { approval: { id: 'a', approved: false } }),
                { type: 'source-url', sourceId: '1', url: 'https://example.com' },
                { type: 'data-note', data: null },
            ),
        ],
    ),

    'unknown parts': odd([
        user({ type: 'hologram', url: 'x' }, text('?')),
        assistant(
            { type: 'custom', kind: 'openai.compaction' },
            { type: 'reasoning-file', mediaType: 'image/png', url: png },
            { type: 'tool-weather' },
            { type: 'dynamic-tool' },
            text('So.'),
        ),
        assistant({ type: 'hologram' }),
    ]),
    'invalid parts': odd([
        user(null, true, 1, 'text', [], {}, [text('x')], { type: null }, { type: 1 }, { text: 'x' }, text('?')),
        assistant(
            null,
            true,
            1,
            'text',
            [],
            {},
            { type: 'text' },
            { type: 'text', text: null },
            { type: 'reasoning' },
            { type: 'file' },
            { type: 'file', url: 1, mediaType: 2 },
            { type: 'tool-' },
            { type: 'tool-x', toolCallId: 1 },
            { type: 'tool-invocation' },
            { type: 'source' },
            { type: 'data-' },
            text('So.'),
        ),
    ]),
    'unknown states': odd([
        user(text('?')),
        assistant(tool('c1', 'dreaming'), tool('c2', null), tool('c3'), text('So.')),
    ]),
    'unknown roles': odd([{ role: 'data', parts: [text('x')] }, { role: 'tool', parts: [text('x')] }, user(text('?'))]),

    'refused calls': [
        user(text('Weather?')),
        assistant(
            step,
            tool('c1', 'approval-responded', refused({ reason: 'keep it' })),
            tool('c2', 'approval-responded', refused()),
            tool('c3', 'approval-responded', { ...refused({ reason: ' ' }), ...breakpoint }),
            tool('c4', 'approval-responded', { ...refused(), type: 'dynamic-tool', toolName: 'mcp' }),
            tool('c5', 'output-denied', refused({ reason: '' })),
            done('c6', 1, approved),
            step,
            text('So.'),
        ),
        user(text('And now?')),
    ],
    'an approval that is overtaken': [
        user(text('Weather?')),
        assistant(step, text('Let me see.'), tool('c1', 'approval-requested', { approval: { id: 'a' } })),
        user(text('Never mind.')),
    ],
    'a refused call of a provider': [
        user(text('?')),
        assistant(served('web_search', { query: 'x' }, undefined, { state: 'approval-responded', ...refused() })),
        user(text('So?')),
    ],
    'what the user said in the middle': [
        user(text('Plan a trip.')),
        assistant(
            step,
            text('Let me see.'),
            done('c1', 1),
            { type: 'steering-message', id: 's1', parts: [text('only by train'), file('image/png', png)] },
            step,
            text('By train then.'),
            { type: 'steering-message', id: 's2', parts: [] },
            { type: 'steering-message', id: 's3', parts: [text(''), text(' ')] },
            { type: 'steering-message', id: 's4', parts: [text('Fine.')] },
        ),
    ],
    'content of one provider': [
        user(text('?')),
        assistant(
            step,
            { type: 'custom', kind: 'openai.compaction', providerMetadata: { openai: { itemId: 'x' } } },
            {
                type: 'custom',
                kind: 'anthropic.fallback',
                providerMetadata: anthropic({ type: 'fallback', from: { model: 'a', b: 1 }, to: { model: 'c' } }),
            },
            { type: 'custom', kind: 'anthropic.fallback', providerMetadata: anthropic({ type: 'fallback' }) },
            { type: 'reasoning-file', mediaType: 'image/png', url: png },
            text('a', {
                citations: [{ source: { type: 'source', sourceType: 'url', id: '1', url: 'https://example.com' } }],
            }),
            done('c1', 1),
        ),
        assistant({ type: 'custom', kind: 'a.b' }),
        user(text('?')),
    ],
    'uploaded files': [
        user(
            text('See'),
            file('application/pdf', 'https://example.com/a.pdf', {
                providerReference: { openai: 'file-1', anthropic: 'file_1', openaiCompatible: 'f' },
                providerMetadata: { ...cached.providerMetadata, ...breakpoint.providerMetadata },
            }),
            file('image/png', png, { providerReference: { anthropic: 'file_2' }, ...cached }),
            file('text/csv', '', { providerReference: { anthropic: 'file_3' } }),
            file('text/csv', '', {
                providerReference: { anthropic: 'file_4' },
                providerMetadata: anthropic({ containerUpload: true }),
            }),
        ),
    ],
    'images of all types': [
        user(
            text('See'),
            ...['jpg', 'jpeg', 'png', 'gif', 'webp', 'heic', 'svg+xml', 'bmp', 'tiff', 'avif', '*'].flatMap((type) => [
                file(`image/${type}`, `data:image/${type};base64,AAAA`),
                file(`image/${type}`, `https://example.com/a.${type}`),
            ]),
            ...['/9j/4AAQ', 'iVBORw0KGgo=', 'R0lGODdh', 'UklGRiQAAABXRUJQVlA4', 'Qk0eAAAAAAAAAA=='].flatMap((bytes) => [
                file('image/*', `data:image/*;base64,${bytes}`),
                file('image/png', `data:image/png;base64,${bytes}`),
                file('application/pdf', `data:application/pdf;base64,${bytes}`),
            ]),
        ),
    ],
    'what is no URL': [
        user(
            text('See'),
            file('image/png', '/uploads/a.png'),
            file('image/png', '/uploads/cat'),
            file('image/jpeg', '/9j/4AAQ'),
            file('image/png', 'iVBORw0KGgo='),
            file('application/pdf', 'file-abc123'),
            file('image/svg+xml', 'data:image/svg+xml;utf8,<svg/>'),
            file('image/png', 'data:image/png;base64,'),
            file('image/png', 'data:image/png;base64,='),
            file('image/png', 'data:image/png,AAAA'),
            file('image/png', 'data:image/png;base64,AA AA'),
            file('image/png', ''),
            file('image/png', 'blob:https://example.com/1'),
            file('image/png', 'http://example.com/a.png'),
        ),
    ],
    'ids and names that providers refuse': [
        user(text('?')),
        assistant(
            step,
            done('toolu_01:a/b', 1),
            done('', 2),
            done('', 3),
            done(`call_${'x'.repeat(36)}`, 4),
            done('é'.repeat(40), 5),
            done('c1', 6, { type: 'tool-' }),
            done('c2', 7, { type: 'dynamic-tool', toolName: 'mcp.server/größe 😀' }),
            done('c3', 8, { type: `tool-${'n'.repeat(65)}` }),
            done('c4', 9, { type: `tool-${'n'.repeat(129)}` }),
        ),
        assistant(
            step,
            served('web_search', { query: 'x' }, [searchResult], { toolCallId: 'srv:1' }),
            served('web_search', { query: 'y' }, [searchResult], { toolCallId: 'srv:1' }),
            done('srv:1', 10),
        ),
    ],
    // Each message is in memory of its own.
    'ids that occur again in the next messages': [
        user(text('?')),
        ...repeated(40, (_, i) =>
            assistant(
                step,
                ...repeated(i % 5, () => text('.')),
                served('web_search', { query: `${i}` }, [searchResult], { toolCallId: 'srv' }),
            ),
        ),
        user(text('!')),
    ],
    'a server tool at work': [
        user(text('?')),
        assistant(
            step,
            text('Let me search. '),
            served('web_search', { query: 'x' }, undefined, { state: 'input-available' }),
            served('web_fetch', { url: 'x' }, undefined, { toolCallId: 'srv-2', state: 'input-available' }),
        ),
    ],
    'a server tool that was at work': [
        user(text('?')),
        assistant(step, served('web_search', { query: 'x' }, undefined, { state: 'input-available' }), text('So.')),
        user(text('?')),
        assistant(step, served('web_search', { query: 'x' }, undefined, { state: 'input-available' })),
        user(text('?')),
    ],
    'thinking at the ends of messages': [
        user(text('?')),
        assistant(step, reasoning('hm', signed), tool('c1', 'input-streaming')),
        user(text('Still there?')),
        assistant(step, text('Yes. '), reasoning('hm', signed), reasoning('', redacted), text(' ')),
        user(text('?')),
        assistant(step, reasoning('hm', signed)),
        assistant(step, text('So. '), reasoning('hm', redacted), { type: 'source-url', sourceId: '1', url: 'x' }),
    ],
    'only blank texts': [
        system(text(' ')),
        user(text(' ')),
        assistant(step, text('\n\n'), done('c1', 1), step, text('\n')),
        user(text('go on'), text('\u3000'), text('\u0085')),
        system(text('\n')),
        assistant(text(' '), text('\uFEFF')),
    ],
    'summaries of a provider': [
        assistant(text('So far.', { providerMetadata: anthropic({ type: 'compaction', signature: 's' }) })),
        user(text('?')),
    ],

    "AI SDK 4's parts": becomes(
        [
            user({ type: 'file', mimeType: 'image/png', data: 'iVBORw0KGgo=' }),
            assistant(
                step,
                {
                    type: 'reasoning',
                    reasoning: 'hm',
                    details: [
                        { type: 'text', text: 'h', signature: 's' },
                        { type: 'redacted', data: 'r' },
                    ],
                },
                { type: 'reasoning', reasoning: 'hm' },
                { type: 'reasoning', reasoning: 'hm', details: [] },
                ...[
                    {
                        state: 'result',
                        toolCallId: 'c1',
                        toolName: 'weather',
                        args: { city: 'Rome' },
                        result: 21,
                        step: 0,
                    },
                    { state: 'call', toolCallId: 'c2', toolName: 'weather', args: {} },
                    { state: 'partial-call', toolCallId: 'c3', toolName: 'weather', args: {} },
                ].map((toolInvocation) => ({ type: 'tool-invocation', toolInvocation })),
                {
                    type: 'source',
                    source: { sourceType: 'url', id: '1', url: 'https://example.com', title: 'Example' },
                },
                {
                    type: 'source',
                    source: {
                        sourceType: 'url',
                        id: '2',
                        url: 'https://example.com',
                        providerMetadata: { a: {} },
                    },
                },
                text('So.'),
            ),
        ],
        [
            user(file('image/png', png)),
            assistant(
                step,
                reasoning('h', { providerMetadata: anthropic({ signature: 's' }) }),
                reasoning('', { providerMetadata: anthropic({ redactedData: 'r' }) }),
                reasoning('hm'),
                reasoning('hm'),
                done('c1', 21),
                tool('c2', 'input-available', { input: {} }),
                tool('c3', 'input-streaming', { input: {} }),
                { type: 'source-url', sourceId: '1', url: 'https://example.com', title: 'Example' },
                {
                    type: 'source-url',
                    sourceId: '2',
                    url: 'https://example.com',
                    providerMetadata: { a: {} },
                },
                text('So.'),
            ),
        ],
    ),
    'messages without parts': becomes(
        [
            { role: 'system', content: 'Be kind.' },
            {
                role: 'user',
                content: 'See',
                attachments: [
                    { url: png, name: 'a.png', contentType: 'image/png' },
                    { url: 'https://example.com/x' },
                    {},
                    1,
                ],
            },
            { role: 'assistant', content: 'I see', reasoning: 'hm' },
            { role: 'user', content: '', attachments: [file('image/png', png, { filename: 'b.png' })] },
            { role: 'user', content: '' },
            { role: 'assistant' },
        ],
        [
            system(text('Be kind.')),
            user(
                text('See'),
                file('image/png', png, { filename: 'a.png' }),
                file('application/octet-stream', 'https://example.com/x'),
            ),
            assistant(reasoning('hm'), text('I see')),
            user(file('image/png', png, { filename: 'b.png' })),
            user(text('')),
            assistant(text('')),
        ],
    ),
    'columns beside parts': becomes(
        [
            {
                role: 'user',
                content: 'See',
                parts: [text('See')],
                attachments: [{ url: png, name: 'a.png', contentType: 'image/png' }],
            },
            {
                role: 'user',
                content: 'See',
                parts: [file('image/png', png), { type: 'data-metadata', data: { n: 1 } }],
                attachments: [
                    { url: png, name: 'a.png', contentType: 'image/png' },
                    { url: 'https://example.com/b.png', name: 'b.png', contentType: 'image/png' },
                ],
            },
            { role: 'assistant', content: 'So.', reasoning: 'hm', parts: [step, done('c1', 1)] },
            { role: 'assistant', content: 'So.', reasoning: 'hm', parts: [reasoning('h'), text('Else.')] },
        ],
        [
            user(text('See'), file('image/png', png, { filename: 'a.png' })),
            {
                ...user(
                    file('image/png', png),
                    text('See'),
                    file('image/png', 'https://example.com/b.png', { filename: 'b.png' }),
                ),
                metadata: { n: 1 },
            },
            assistant(step, reasoning('hm'), done('c1', 1), text('So.')),
            assistant(reasoning('h'), text('Else.')),
        ],
    ),
    'messages with no parts to show': becomes(
        [
            { role: 'user', content: 'Hello', parts: [] },
            {
                role: 'assistant',
                content: 'Hi',
                reasoning: 'hm',
                parts: [{ type: 'data-metadata', data: { model: 'x' } }],
            },
        ],
        [user(text('Hello')), { ...assistant(reasoning('hm'), text('Hi')), metadata: { model: 'x' } }],
    ),
}).map(([name, given]) => ({ name, ...(Array.isArray(given) ? { messages: given } : given) }));

// Creates a generator of numbers in [0, 1) that depend only on the seed (mulberry32).
function randomNumbers(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
    };
}

// Creates a conversation of random messages like those above, and a system prompt.
function randomConversation(seed) {
    const random = randomNumbers(seed);
    const below = (n) => Math.floor(random() * n);
    const pick = (list) => list[below(list.length)];
    const maybe = (object, chance = 0.2) => (random() < chance ? object() : {});
    const some = (most, make) => Array.from({ length: below(most + 1) }, make);

    const string = () => some(3, () => pick(texts)).join(pick(['', ' ', '\n']));
    const metadata = () =>
        pick([
            {},
            cached.providerMetadata,
            breakpoint.providerMetadata,
            signed.providerMetadata,
            { other: { a: 1 } },
            { ...cached.providerMetadata, openai: { itemId: 'x' } },
        ]);
    const withMetadata = () => maybe(() => ({ providerMetadata: metadata() }), 0.15);
    const value = () =>
        random() < 0.2 ? { [string()]: pick(values), list: some(3, () => pick(values)) } : pick(values);
    const input = () => (random() < 0.7 ? { city: string(), ...maybe(() => ({ more: value() })) } : value());

    const anyText = () =>
        text(string(), { ...maybe(() => ({ state: pick(['streaming', 'done']) })), ...withMetadata() });
    const anyFile = () =>
        pick([
            () => file('image/png', png),
            () => file('image/png', 'https://example.com/a.png'),
            () => file('application/pdf', pdf),
            () => file('application/pdf', 'https://example.com/a.pdf'),
            () => file('text/plain', 'data:text/plain;base64,SGVsbG8='),
            () => file('audio/wav', 'data:audio/wav;base64,UklGRg=='),
            () => file('video/mp4', 'https://example.com/a.mp4'),
            () => file('text/csv', 'data:text/csv;base64,YSxi'),
            () => file('image/jpg', 'data:image/jpg;base64,/9j/4AAQ'),
            () => file('image/heic', 'data:image/heic;base64,AAAA'),
            () => file('image/png', 'http://example.com/a.png'),
            () => file('image/png', pick(['/uploads/cat', 'iVBORw0KGgo=', 'data:image/png;base64,'])),
            () => file('application/pdf', '', { providerReference: pick([{ openai: 'f' }, { anthropic: 'f' }]) }),
        ])();
    const anyReasoning = () =>
        reasoning(string(), pick([{}, signed, redacted, { providerMetadata: { openai: { itemId: 'x' } } }]));

    let calls = 0;
    const result = () =>
        pick([
            () => ({ state: 'output-available', output: value() }),
            () => ({ state: 'output-available', output: value() }),
            () => ({ state: 'output-available', output: value(), preliminary: random() < 0.5 }),
            () => ({ state: 'output-available', output: value(), ...approved }),
            () => ({ state: 'output-error', errorText: string() }),
            () => ({ state: 'output-denied', ...refused(maybe(() => ({ reason: string() }), 0.5)) }),
            () => ({ state: 'input-streaming' }),
            () => ({ state: 'input-available' }),
            () => ({ state: 'approval-requested', approval: { id: 'a' } }),
            () => ({ state: 'approval-responded', ...approved }),
            () => ({ state: 'approval-responded', ...refused(maybe(() => ({ reason: string() }), 0.5)) }),
        ])();
    const named = () =>
        random() < 0.2 ? { type: 'dynamic-tool', toolName: 'mcp' } : { type: pick(['tool-weather', 'tool-a-b']) };
    const anyTool = () => ({
        ...named(),
        toolCallId: random() < 0.1 ? pick(['call', 'call:1', '', 'c'.repeat(41)]) : `call-${++calls}`,
        input: input(),
        ...result(),
        ...maybe(() => ({ callProviderMetadata: metadata() }), 0.15),
    });
    const anyServed = () => {
        const [name, given, output] = pick([
            ['web_search', { query: string() }, [searchResult]],
            ['web_fetch', { url: string() }, fetchResult],
            ['code_execution', { code: string() }, codeResult],
            ['image_generation', {}, { result: string() }],
            ['code_execution', { type: 'bash_code_execution', command: string() }, bashResult],
        ]);
        const end = pick([
            {},
            {},
            {},
            { output: value() },
            { state: 'input-available', output: undefined },
            {
                state: 'output-error',
                output: undefined,
                errorText: pick(['No.', '{"errorCode": "unavailable"}']),
            },
        ]);
        return served(name, given, output, { toolCallId: `call-${++calls}`, ...end });
    };
    const anySource = () =>
        pick([
            { type: 'source-url', sourceId: '1', url: 'https://example.com' },
            { type: 'source-document', sourceId: '2', mediaType: 'text/plain', title: 'T' },
        ]);
    const anySteering = () => ({
        type: 'steering-message',
        id: 's',
        parts: some(2, () => pick([anyText, anyFile])()),
    });
    const anyCustom = () =>
        pick([
            { type: 'custom', kind: 'a.b' },
            { type: 'reasoning-file', mediaType: 'image/png', url: png },
            {
                type: 'custom',
                kind: 'anthropic.fallback',
                providerMetadata: anthropic({ type: 'fallback', from: { model: 'a' }, to: { model: 'b' } }),
            },
        ]);
    const anyData = () => ({
        type: pick(['data-note', 'data-metadata']),
        ...maybe(() => ({ id: 'd' })),
        data: value(),
    });
    let isOdd = false;
    const oddPart = () =>
        pick([
            null,
            1,
            'x',
            [],
            {},
            { type: 'hologram' },
            { type: 'text' },
            { type: 'file', mimeType: 'image/png', data: 'AAAA' },
            { type: 'reasoning', reasoning: 'hm' },
            { type: 'source', source: { sourceType: 'url', id: '1', url: 'https://example.com' } },
            {
                type: 'tool-invocation',
                toolInvocation: {
                    state: pick(['call', 'result']),
                    toolCallId: `call-${++calls}`,
                    toolName: 'old',
                    args: input(),
                    result: 1,
                },
            },
        ]);
    const anyOdd = () => {
        isOdd = true;
        return oddPart();
    };
    const parts = (...makers) => some(5, () => pick(makers)());

    const message = () => {
        const kind = random();
        if (kind < 0.05)
            return {
                role: pick(['user', 'assistant', 'system']),
                content: string(),
                ...maybe(() => ({ reasoning: string() })),
            };
        if (kind < 0.12) return system(...parts(anyText, anyText, anyData));
        if (kind < 0.5)
            return user(...parts(anyText, anyText, anyText, anyFile, anyData, ...(random() < 0.1 ? [anyOdd] : [])));
        const said = [
            anyText,
            anyText,
            anyReasoning,
            anyTool,
            anyTool,
            anyServed,
            () => step,
            anySource,
            anyData,
            anyFile,
            ...(random() < 0.2 ? [anySteering, anyCustom] : []),
        ];
        return assistant(...parts(...said, ...(random() < 0.1 ? [anyOdd] : [])), ...parts(...said));
    };
    const messages = [...some(8, message), message()];
    return { name: `random ${seed}`, systemPrompt: random() < 0.3 ? string() : undefined, messages, isOdd };
}

module.exports = { corpus, randomConversation, randomNumbers };
