// Makes random stored conversations of everything that breaks requests to providers: texts of blanks, odd ids of tools,
// calls in every state, files of any kind, parts of every AI SDK from 4 to 7, and values of the wrong type. Most of a
// conversation is ordinary, because a fault shows only where the rest is sent.
const { randomNumbers } = require('./messages.js');

const blanks = [
    ...['', ' ', '\n', '\t', '\r\n', '\v\f', '  \n\n ', '\u00A0', '\u1680', '\u2000', '\u2003\u200A'],
    ...['\u2028', '\u2029', '\u202F', '\u205F', '\u3000', '\uFEFF', '\u0085', '\u001C', '\u001D\u001E', '\u001F'],
];
const texts = ['Hello', 'So.', 'a\nb', '{"a": 1}', '"', '\u200B', '😀', 'x'.repeat(300), 'null', '日本語'];

const plainIds = ['call_1', 'call_2', 'call_3', 'call_4', 'toolu_01A', 'toolu_01B', 'call_5', 'call_6'];
const oddIds = [
    ...['', ' ', '\n', 'a:b', 'a.b', 'a_b', 'a b', 'a/b', 'ü', 'u', '😀', 'call_1\n', 'functions.search:0', '-', '_'],
    ...['x'.repeat(40), 'x'.repeat(41), `${'x'.repeat(40)}y`, 'x'.repeat(64), 'y'.repeat(65), 'é'.repeat(40)],
    ...['😀'.repeat(21), 'z'.repeat(500), '"\\', 'null', '0', `fc_${'0123456789'.repeat(6)}|call_1`],
];
const plainNames = ['weather', 'search', 'a-b', 'a_b', 'mcp'];
const oddNames = [
    ...['', ' ', 'a.b', 'a b', 'a:b', 'a/b', 'ü', '😀', 'weather\n', 'mcp.server/tool', 'web_search', 'advisor'],
    ...['x'.repeat(64), 'x'.repeat(65), `${'x'.repeat(64)}y`, 'x'.repeat(128), 'x'.repeat(129), 'é'.repeat(64)],
    ...['x'.repeat(300), 'code_execution', 'toString', '__proto__', '-', '"'],
];

const mediaTypes = [
    ...['image/png', 'image/jpeg', 'image/jpg', 'image/gif', 'image/webp', 'image/svg+xml', 'image/heic', 'image/bmp'],
    ...['image/tiff', 'image/*', 'image/', 'image', 'IMAGE/PNG', 'image/png; charset=x', 'image/avif', ''],
    ...['application/pdf', 'APPLICATION/PDF', 'application/octet-stream', 'application/*', 'text/plain', 'text/csv'],
    ...['text/plain; charset=utf-8', 'TEXT/PLAIN', 'audio/wav', 'audio/mp3', 'audio/mpeg', 'audio/ogg', 'video/mp4'],
    ...['*/*', ' image/png', 'image/pjpeg', 'image/x-png'],
];
const pngBytes = 'iVBORw0KGgo=';
const bytes = [
    ...[
        pngBytes,
        '/9j/4AAQ',
        'R0lGODlh',
        'UklGRgAAAABXRUJQ',
        'JVBERi0=',
        'SGVsbG8=',
        'AAAAHGZ0eXBoZWlj',
        'Qk0=',
        'SUkqAA==',
    ],
    ...[
        '',
        ' ',
        '=',
        '====',
        'A',
        'AB',
        'ABC',
        'AB=C',
        'iVBO\nRw0K',
        'iVBORw0KGgo',
        '-_-_',
        'IA==',
        'Cgo=',
        '/w==',
        'é',
    ],
    ...['not base64', 'PHN2Zy8+', 'UklGRg==', 'AAA=', 'file-abc123', 'https://example.com/a.png', 'TVqQ%3D'],
];
const urls = [
    ...[
        'https://example.com/a.png',
        'http://example.com/a.png',
        'HTTPS://EXAMPLE.COM/a',
        'https://',
        'http:',
        'https:a',
    ],
    ...['https:///a', '//example.com/a', '/uploads/a.png', 'uploads/a.png', 'a.png', '', ' ', '#', '?', 'blob:x'],
    ...[
        'file:///etc/passwd',
        'ftp://example.com/a',
        'file-abc123',
        'file_abc',
        'javascript:1',
        'https://a b/c',
        's3://a/b',
    ],
    ...[' https://example.com/a', 'https://example.com/ü?ü#ü', 'https://[::1', 'https://user:x@example.com/', 'data:'],
    ...['data:,', 'data:,x', 'data:;base64,', 'data:image/png', 'data:image/png;base64', 'data:image/png,abc'],
    ...['data:image/svg+xml;utf8,<svg/>', 'data:image/png;base64,', 'data:image/png;charset=x;base64,iVBORw0KGgo='],
    ...['DATA:image/png;BASE64,iVBORw0KGgo=', 'data:image/png;base64,iVBORw0KGgo=,x', 'data:text/plain,Hello'],
    ...[
        'data:text/plain;base64,',
        'data:text/plain;base64,IA==',
        'data:text/plain;base64,/w==',
        'https://example.com/\n',
    ],
    ...[
        'https://example.com:99999/',
        'https://.',
        'https://?',
        'https://exa mple.com',
        'iVBORw0KGgo=',
        'null',
        'about:blank',
    ],
];

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
        title: 'A page',
        citations: { enabled: true },
        source: { type: 'text', mediaType: 'text/plain', data: 'Example' },
    },
};
// The tools that Anthropic runs: the name, an input and an output.
const servedTools = [
    ['web_search', { query: 'x' }, [searchResult]],
    ['web_search', { query: 'x' }, []],
    ['web_fetch', { url: 'https://example.com/' }, fetchResult],
    ['web_fetch', { url: 'https://example.com/' }, { ...fetchResult, content: { ...fetchResult.content, title: '' } }],
    [
        'web_fetch',
        { url: 'https://example.com/' },
        {
            ...fetchResult,
            content: {
                ...fetchResult.content,
                title: 'x'.repeat(501),
                source: { type: 'base64', mediaType: 'application/pdf', data: 'JVBERi0=' },
            },
        },
    ],
    ['code_execution', { code: '1' }, { type: 'code_execution_result', stdout: '', stderr: '', return_code: 0 }],
    [
        'code_execution',
        { type: 'programmatic-tool-call', code: '1' },
        { type: 'encrypted_code_execution_result', encrypted_stdout: 'x', stderr: '', return_code: 0, content: [] },
    ],
    [
        'code_execution',
        { type: 'bash_code_execution', command: 'ls' },
        {
            type: 'bash_code_execution_result',
            stdout: 'a',
            stderr: '',
            return_code: 0,
            content: [{ type: 'bash_code_execution_output', file_id: 'file_1' }],
        },
    ],
    [
        'code_execution',
        { type: 'text_editor_code_execution', command: 'create' },
        { type: 'text_editor_code_execution_create_result', is_file_update: false },
    ],
    ['tool_search_tool_regex', { pattern: 'x' }, [{ type: 'tool_reference', toolName: 'weather' }]],
    ['tool_search_tool_bm25', { query: 'x' }, []],
    ['advisor', {}, { type: 'advisor_result', text: 'Do.' }],
    ['advisor', {}, { type: 'advisor_result', text: '' }],
    ['image_generation', {}, { result: 'aW1n' }],
    ['file_search', {}, { results: null }],
    ['web_search', { query: 'x' }, { action: { type: 'search', query: 'x' } }],
    ['web_search', {}, { type: 'web_search_tool_result_error', errorCode: 'unavailable' }],
];
const mcpOutputs = [[{ type: 'text', text: 'hi' }], [{ type: 'text', text: '' }], [], 'hi', '', null, { a: 1 }, [1]];

const values = [
    ...[null, true, 0, -1.5, 1e21, '', ' ', 'text', '[]', '{}', '{"a": 1}', [], {}, [1, { a: null }], { a: { b: [] } }],
    ...[
        { type: 'content', value: [] },
        { type: 'text', value: '' },
        { type: 'error-text', value: '' },
    ],
    ...[{ cache_control: { type: 'ephemeral' } }, [{ type: 'text', text: '' }], [{ type: 'image', data: '' }]],
];
// Values of the wrong type, for any key.
const wrong = [null, true, 1, '', ' ', [], {}, ['x'], { type: 'text' }, [[]]];

// Makes a conversation { systemPrompt, messages }. A message has columns of the table messages.
function hostileConversation(seed) {
    const random = randomNumbers(seed);
    const below = (n) => Math.floor(random() * n);
    const pick = (list) => list[below(list.length)];
    const chance = (p) => random() < p;
    const some = (least, most, make) => Array.from({ length: least + below(most - least + 1) }, make);

    // How much of the conversation is odd.
    const oddity = pick([0.05, 0.1, 0.25, 0.5]);
    const isOdd = () => chance(oddity);
    const either = (usual, odd) => pick(isOdd() ? odd : usual);
    // Returns the object, sometimes with a key less, or with a wrong value.
    const spoilt = (object) => {
        if (!chance(oddity / 4)) return object;
        const key = pick(Object.keys(object));
        if (chance(0.5)) return { ...object, [key]: pick(wrong) };
        const { [key]: _, ...others } = object;
        return others;
    };

    const anyText = () => {
        if (!isOdd()) return pick(texts);
        return pick([
            () => pick(blanks),
            () => pick(blanks) + pick(texts) + pick(blanks),
            () => pick(blanks) + pick(blanks),
        ])();
    };

    const anyMark = () =>
        either(
            [{ type: 'ephemeral' }],
            [
                { type: 'ephemeral', ttl: '1h' },
                { type: 'ephemeral', ttl: '5m' },
                { type: 'x' },
                {},
                null,
                'x',
                [],
                { type: 1 },
            ],
        );
    const anySignature = () => either(['c2ln'], ['', ' ', null, 1, {}]);
    const anyCitation = () =>
        either(
            [
                {
                    type: 'web_search_result_location',
                    cited_text: 'x',
                    encrypted_index: 'x',
                    title: null,
                    url: 'https://a.b',
                },
                {
                    type: 'char_location',
                    cited_text: 'x',
                    document_index: 0,
                    document_title: null,
                    start_char_index: 0,
                    end_char_index: 1,
                },
            ],
            [{ type: 'x' }, {}, null, 1, 'x'],
        );
    const anyMetadata = () => {
        const anthropic = {
            ...(chance(0.5) && { [pick(['cacheControl', 'cache_control'])]: anyMark() }),
            ...(chance(0.3) && { signature: anySignature() }),
            ...(chance(0.1) && { redactedData: anySignature() }),
            ...(chance(0.1) && { citations: either([some(1, 2, anyCitation)], [[], null, 1, { enabled: true }, 'x']) }),
            ...(chance(0.05) && { type: pick(['compaction', 'mcp-tool-use', 'x', 1]) }),
            ...(chance(0.05) && { serverName: pick(['local', '', 1]) }),
            ...(chance(0.05) && { title: anyText(), context: anyText(), citations: { enabled: true } }),
            ...(chance(0.05) && { title: 'x'.repeat(501) }),
            ...(chance(0.05) && { caller: { type: 'code_execution_20250825', toolId: 'x' }, toolsetName: 'x' }),
            ...(chance(0.05) && { containerUpload: true, clearAt: 'never', effort: 'low', toolChanges: [] }),
        };
        const openai = {
            ...(chance(0.3) && {
                promptCacheBreakpoint: either([{ mode: 'explicit' }], [{}, null, true, 'x', { mode: 1 }]),
            }),
            ...(chance(0.2) && { imageDetail: either(['low', 'auto'], ['', 'x', 1, null, {}]) }),
            ...(chance(0.2) && { itemId: 'rs_1', reasoningEncryptedContent: null }),
        };
        return pick([
            { anthropic },
            { anthropic },
            { openai },
            { anthropic, openai },
            { openaiCompatible: pick([{ a: 1 }, { role: 'x', content: 1 }, null]) },
            { google: { thoughtSignature: 'x' } },
            ...(isOdd() ? [null, 1, {}, { anthropic: null }, { anthropic: 'x', openai: [] }] : []),
        ]);
    };
    // How much of the conversation has metadata, and with it marks for the cache.
    const often = pick([0.15, 0.25, 0.7]);
    const metadata = (key = 'providerMetadata', p = often) => (chance(p) ? { [key]: anyMetadata() } : {});

    // ---- parts

    const anyTextPart = () =>
        spoilt({
            type: 'text',
            text: anyText(),
            ...(chance(0.1) && { state: pick(['streaming', 'done']) }),
            ...metadata(),
        });
    const anyReasoning = () =>
        spoilt({
            type: 'reasoning',
            text: anyText(),
            ...pick([
                () => ({}),
                () => ({ providerMetadata: { anthropic: { signature: anySignature() } } }),
                () => ({ providerMetadata: { anthropic: { signature: anySignature() } } }),
                () => ({ providerMetadata: { anthropic: { redactedData: anySignature() } } }),
                () => ({ providerMetadata: { anthropic: { signature: anySignature(), cacheControl: anyMark() } } }),
                () => metadata(),
            ])(),
        });
    const oldReasoning = () =>
        spoilt({
            type: 'reasoning',
            reasoning: anyText(),
            ...(chance(0.7) && {
                details: some(0, 3, () =>
                    spoilt(
                        chance(0.5)
                            ? { type: 'text', text: anyText(), signature: anySignature() }
                            : { type: 'redacted', data: anySignature() },
                    ),
                ),
            }),
        });

    const dataUrl = () => `data:${pick(mediaTypes)};base64,${either([pngBytes, 'JVBERi0=', 'SGVsbG8='], bytes)}`;
    const anyUrl = () =>
        either(
            ['https://example.com/a.png', `data:image/png;base64,${pngBytes}`],
            [pick(urls), pick(urls), dataUrl(), dataUrl()],
        );
    const anyType = () => either(['image/png', 'image/jpeg', 'application/pdf', 'text/plain'], mediaTypes);
    const anyReference = () =>
        pick([
            { openai: 'file-abc' },
            { anthropic: 'file_011' },
            { openai: '', anthropic: '' },
            { openai: 1 },
            {},
            null,
            'x',
        ]);
    const anyFile = () =>
        spoilt({
            type: 'file',
            mediaType: anyType(),
            url: anyUrl(),
            ...(chance(0.2) && { filename: either(['a.pdf'], ['', ' ', 'x'.repeat(600), '"', null, 1]) }),
            ...(chance(0.1) && { providerReference: anyReference() }),
            ...metadata(),
        });
    const oldFile = () =>
        spoilt({
            type: 'file',
            mimeType: anyType(),
            data: pick([pick(bytes), anyUrl(), { type: 'data', data: pick(bytes) }]),
        });
    const referredFile = () => spoilt({ type: 'file', mediaType: anyType(), providerReference: anyReference() });
    const newFile = () =>
        spoilt({ type: pick(['reasoning-file', 'file']), mediaType: anyType(), url: anyUrl(), ...metadata() });

    const anyId = () => either(plainIds, oddIds);
    const anyName = () => either(plainNames, oddNames);
    const named = () => {
        const name = anyName();
        return chance(0.3)
            ? { type: 'dynamic-tool', toolName: name, ...(chance(0.1) && { dynamic: chance(0.5) }) }
            : { type: `tool-${name}` };
    };
    const anyReason = () => pick([{}, { reason: '' }, { reason: anyText() }, { reason: pick(wrong) }]);
    const approval = () =>
        spoilt({
            id: 'approval',
            ...pick([{}, { approved: true }, { approved: false }, { approved: pick(wrong) }]),
            ...anyReason(),
            ...(chance(0.2) && { isAutomatic: chance(0.5) }),
        });
    const someApproval = (p) => (chance(p) ? { approval: approval() } : {});
    const anyOutput = () => either(['It is sunny.', { temperature: 21 }], values);
    const ended = () =>
        pick([
            () => ({ state: 'output-available', output: anyOutput(), ...someApproval(0.1) }),
            () => ({ state: 'output-error', errorText: anyText(), ...someApproval(0.1) }),
        ])();
    const unended = () =>
        pick([
            () => ({ state: 'output-denied', approval: { id: 'a', approved: false, ...anyReason() } }),
            () => ({ state: 'output-denied', ...someApproval(0.5) }),
            () => ({ state: 'approval-responded', approval: approval() }),
            () => ({ state: 'approval-requested', approval: approval() }),
            () => ({ state: 'input-available', ...someApproval(0.2) }),
            () => ({ state: 'input-streaming' }),
            () => ({ state: 'output-available', output: anyOutput(), preliminary: chance(0.7) }),
            () => ({ state: 'output-error', errorText: pick(['', ...blanks, ...wrong]) }),
            () => ({ state: 'output-available' }),
            () => ({ state: pick(wrong) }),
            () => ({ state: 'dreaming' }),
        ])();
    const anyTool = () =>
        spoilt({
            ...named(),
            toolCallId: anyId(),
            input: either([{ city: 'Rome' }], values),
            ...(chance(0.7) ? ended() : unended()),
            ...(chance(0.05) && { providerExecuted: chance(0.8) }),
            ...(chance(0.05) && { rawInput: pick(values) }),
            ...metadata('callProviderMetadata'),
            ...metadata('resultProviderMetadata', 0.05),
        });
    const oldTool = () =>
        spoilt({
            type: 'tool-invocation',
            toolInvocation: spoilt({
                state: pick(['result', 'result', 'call', 'partial-call', 'x']),
                toolCallId: anyId(),
                toolName: anyName(),
                args: either([{ city: 'Rome' }], values),
                result: anyOutput(),
            }),
        });
    const anyServed = () => {
        const [name, input, output] = pick(servedTools);
        const end = pick([
            () => ({ state: 'output-available', output: spoilt(Array.isArray(output) ? { ...output } : output) }),
            () => ({ state: 'output-available', output }),
            () => ({ state: 'output-available', output: Array.isArray(output) ? output.map(spoilt) : spoilt(output) }),
            () => ({ state: 'output-available', output: pick(values) }),
            () => ({
                state: 'output-error',
                errorText: pick(['No.', '', '{}', '{"errorCode": ""}', '{"errorCode": 1}']),
            }),
            () => ({ state: 'output-error', errorText: '{"type": "code_execution_tool_result_error"}' }),
            () => unended(),
            () => ({ state: 'input-available' }),
        ])();
        return spoilt({
            type: `tool-${name}`,
            toolCallId: either(['srvtoolu_1', 'srvtoolu_2', 'srvtoolu_3', 'srvtoolu_4'], [anyId()]),
            providerExecuted: true,
            input: either([input], values),
            ...end,
            ...metadata('callProviderMetadata'),
            ...metadata('resultProviderMetadata', 0.1),
        });
    };
    const anyMcp = () =>
        spoilt({
            type: 'dynamic-tool',
            toolName: anyName(),
            toolCallId: either(['mcptoolu_1', 'mcptoolu_2'], [anyId()]),
            providerExecuted: true,
            input: either([{ m: 1 }], values),
            ...(chance(0.6) ? { state: 'output-available', output: pick(mcpOutputs) } : unended()),
            callProviderMetadata: {
                anthropic: { type: 'mcp-tool-use', serverName: either(['local'], ['', ' ', 1, null]) },
            },
        });

    const step = () => ({ type: 'step-start' });
    const anySource = () =>
        pick([
            { type: 'source-url', sourceId: '1', url: 'https://example.com' },
            { type: 'source-document', sourceId: '2', mediaType: 'text/plain', title: 'T' },
            { type: 'source', source: { sourceType: 'url', id: '1', url: 'https://example.com' } },
        ]);
    const anyData = () => ({ type: pick(['data-note', 'data-metadata', 'data-']), data: pick(values) });
    const anyCustom = () =>
        spoilt({
            type: 'custom',
            kind: pick(['anthropic.fallback', 'openai.compaction', 'anthropic.compaction', 'x']),
            providerMetadata: pick([
                { anthropic: { from: { model: 'a' }, to: { model: 'b' } } },
                { anthropic: { from: {}, to: null } },
                { openai: { itemId: 'x' } },
                null,
            ]),
        });
    const compaction = () =>
        spoilt({
            type: 'text',
            text: anyText(),
            providerMetadata: { anthropic: { type: 'compaction', ...(chance(0.3) && { signature: anySignature() }) } },
        });
    const anyWrong = () => pick([...wrong, { type: 'hologram' }, { type: null }, { text: 'x' }, 'text']);
    const steering = () =>
        spoilt({
            type: 'steering-message',
            id: 's1',
            parts: either([userParts(0, 3)], wrong),
            ...(chance(0.2) && { metadata: {} }),
        });

    // Makes parts. A maker that stands there twice is taken twice as often.
    const partsOf = (least, most, usual, odd) => some(least, most, () => either(usual, odd)());
    const userParts = (least, most) =>
        partsOf(
            least,
            most,
            [anyTextPart, anyTextPart, anyFile],
            [oldFile, referredFile, newFile, anyData, anyWrong, anySource, anyTool, anyReasoning, step, compaction],
        );
    const assistantParts = (least, most) =>
        partsOf(
            least,
            most,
            [anyTextPart, anyTextPart, anyReasoning, anyTool, anyTool, step, anyServed],
            [
                oldReasoning,
                oldTool,
                anyMcp,
                anyMcp,
                anySource,
                anyData,
                anyFile,
                newFile,
                anyCustom,
                compaction,
                steering,
                steering,
                anyWrong,
                anyServed,
            ],
        );

    // ---- messages

    const attachments = () =>
        some(0, 3, () =>
            spoilt({
                [pick(['url', 'url', 'uri'])]: anyUrl(),
                [pick(['name', 'filename'])]: either(['a.png'], ['', ' ', null]),
                [pick(['contentType', 'mediaType'])]: anyType(),
            }),
        );
    const partsOfRole = {
        user: () => userParts(0, 4),
        assistant: () => assistantParts(0, 8),
        system: () => partsOf(0, 3, [anyTextPart], [anyFile, anyTool, anyData, anyWrong, steering]),
    };
    const anyMessage = () => {
        const role = either(
            ['user', 'assistant', 'assistant'],
            ['system', 'system', 'user', 'tool', 'data', 'developer'],
        );
        const parts = either([(partsOfRole[role] ?? partsOfRole.user)()], [null, [], undefined, [null]]);
        return {
            role,
            parts,
            ...(chance(parts?.length ? 0.3 : 0.8) && { content: anyText() }),
            ...(chance(0.1) && { reasoning: anyText() }),
            ...(chance(0.1) && { attachments: either([attachments()], [[], [null], [1, 'x']]) }),
        };
    };
    return {
        name: `hostile ${seed}`,
        systemPrompt: chance(0.3) ? anyText() : null,
        messages: some(1, 7, anyMessage),
    };
}

module.exports = { hostileConversation };
