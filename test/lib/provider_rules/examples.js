// Requests that test the checker itself: for each rule of provider_rules.js some that break this rule and no other, and
// some that come close to breaking it and are right.

const text = (string, more) => ({ type: 'text', text: string, ...more });

// ---- Anthropic

const said = (role, ...content) => ({ role, content });
const asked = said('user', text('?'));
const answered = (...blocks) => ({ messages: [asked, said('assistant', ...blocks)] });
const given = (...blocks) => ({ messages: [said('user', ...blocks)] });

const use = (id, more) => ({ type: 'tool_use', id, name: 'weather', input: {}, ...more });
const result = (id, more) => ({ type: 'tool_result', tool_use_id: id, content: 'sunny', ...more });
const search = (id, more) => ({ type: 'server_tool_use', id, name: 'web_search', input: { query: 'x' }, ...more });
const found = (id, content = []) => ({ type: 'web_search_tool_result', tool_use_id: id, content });
const thinking = (signature) => ({ type: 'thinking', thinking: 'hm', signature });
const redacted = (data) => ({ type: 'redacted_thinking', data });
const called = (call, ...answer) => ({ messages: [asked, said('assistant', call), said('user', ...answer)] });
const image = (source) => ({ type: 'image', source });
const bytes = (media_type, data) => ({ type: 'base64', media_type, data });
const page = (more) => ({ type: 'document', source: { type: 'url', url: 'https://example.com/a.pdf' }, ...more });
const plain = (data) => ({ type: 'document', source: { type: 'text', media_type: 'text/plain', data } });
const marked = (ttl) => ({ cache_control: { type: 'ephemeral', ...(ttl && { ttl }) } });
const long = (length) => 'x'.repeat(length);

const anthropicExamples = {
    shape: {
        refused: [
            [],
            { system: 'Be kind.', messages: [] },
            { messages: [{ role: 'tool', content: [text('x')] }] },
            { messages: [{ ...asked, name: 'Ada' }] },
            given({ type: 'hologram' }),
            given(text(null)),
            given(text('?', { cache: true })),
            given(text('?', { cache_control: { type: 'x' } })),
            given(text('?', { cache_control: { type: 'ephemeral', ttl: '2h' } })),
            given(image(bytes('image/png'))),
            given({ type: 'document', source: bytes('image/png', 'AAAA') }),
            answered(text('So.', { citations: [{ type: 'x' }] })),
            answered({ type: 'thinking', thinking: 'hm' }, text('So.')),
            answered({ ...thinking('s'), ...marked() }, text('So.')),
            answered(search('c1', { name: 'weather' }), found('c1')),
            answered(search('c1'), found('c1', [{ type: 'web_search_result' }])),
            answered({ type: 'mcp_tool_use', id: 'c1', name: 'x', input: {} }),
        ],
        accepted: [
            { system: [text('Be kind.', marked())], messages: [asked] },
            { messages: [] },
            answered(text('So.', { citations: null })),
            answered(search('c1'), found('c1', { type: 'web_search_tool_result_error', error_code: 'unavailable' })),
        ],
    },
    role: {
        refused: [
            { system: [page()], messages: [asked] },
            given(search('c1')),
            answered(image({ type: 'url', url: 'https://example.com/a.png' })),
        ],
        accepted: [given(image({ type: 'url', url: 'https://example.com/a.png' }))],
    },
    content: {
        refused: [given(), answered(), { system: [], messages: [asked] }],
        accepted: [{ messages: [asked] }],
    },
    blankText: {
        refused: [
            ...['', ' ', '\n\t', '\u00A0', '\u3000', '\uFEFF', '\x85', '\x1C'].map((blank) => given(text(blank))),
            { system: [text(' ')], messages: [asked] },
            { messages: [asked, said('assistant', text('\n')), asked] },
            { messages: [asked, said('system', text('')), asked] },
            called(use('c1'), result('c1', { content: [text('')] })),
        ],
        accepted: [given(text(' ? ')), given(text('\u200B')), called(use('c1'), result('c1', { content: '' }))],
    },
    endOfText: {
        refused: [answered(text('So. ')), answered(text('So.'), text('So.\n')), answered(text('So.\u3000'))],
        accepted: [
            answered(text(' So.')),
            answered(text('So. '), text('So.')),
            { messages: [asked, said('assistant', text('So. ')), asked] },
            { messages: [said('user', text('? '))] },
        ],
    },
    toolId: {
        refused: ['', 'a.b', 'a b', 'ü', 'c1\n'].map((id) => called(use(id), result(id))),
        accepted: [called(use('a-b_C1'), result('a-b_C1')), called(use(long(100)), result(long(100)))],
    },
    uniqueId: {
        refused: [
            called(use('c1'), result('c1'), result('c1')),
            { messages: [asked, said('assistant', use('c1'), use('c1')), said('user', result('c1'))] },
        ],
        accepted: [
            {
                messages: [
                    asked,
                    said('assistant', use('c1')),
                    said('user', result('c1')),
                    said('assistant', use('c1')),
                    said('user', result('c1')),
                ],
            },
        ],
    },
    toolName: {
        refused: ['', 'a.b', 'a b', 'ü', long(129)].map((name) => called(use('c1', { name }), result('c1'))),
        accepted: ['a-b_C1', long(128)].map((name) => called(use('c1', { name }), result('c1'))),
    },
    input: {
        refused: [null, [], '{}', 1].map((input) => called(use('c1', { input }), result('c1'))),
        accepted: [called(use('c1', { input: { a: [] } }), result('c1'))],
    },
    result: {
        refused: [
            answered(use('c1')),
            { messages: [asked, said('assistant', use('c1')), asked] },
            { messages: [asked, said('assistant', use('c1'), use('c2')), said('user', result('c1'))] },
        ],
        accepted: [called(use('c1'), result('c1'), text('So?'))],
    },
    call: {
        refused: [
            given(result('c1')),
            called(use('c1'), result('c1'), result('c2')),
            { messages: [asked, said('assistant', search('c1'), found('c1')), said('user', result('c1'))] },
            { messages: [...called(use('c1'), result('c1')).messages, said('user', result('c1'))] },
        ],
        accepted: [called(use('c1'), result('c1'))],
    },
    resultsFirst: {
        refused: [called(use('c1'), text('So?'), result('c1'))],
        accepted: [called(use('c1'), result('c1'), text('So?'))],
    },
    serverResult: {
        refused: [
            { messages: [asked, said('assistant', search('c1')), asked] },
            answered(search('c1'), text('So.')),
            answered(search('c1'), search('c2'), found('c2')),
            { messages: [...called(use('c1'), result('c1')).messages, said('assistant', search('c2')), asked] },
            {
                messages: [
                    asked,
                    said('assistant', search('c1'), use('c2')),
                    said('user', result('c2')),
                    said('assistant', text('So.')),
                ],
            },
        ],
        accepted: [
            answered(search('c1'), found('c1'), text('So.')),
            answered(text('Let me see.'), search('c1')),
            answered(search('c1'), found('c1'), search('c2'), search('c3')),
            {
                messages: [
                    asked,
                    said('assistant', search('c1'), use('c2')),
                    said('user', result('c2')),
                    said('assistant', found('c1'), text('So.')),
                ],
            },
        ],
    },
    serverCall: {
        refused: [
            answered(found('c1'), text('So.')),
            answered({ type: 'mcp_tool_result', tool_use_id: 'c1', content: 'x' }, text('So.')),
            answered(search('c1'), found('c1'), found('c2'), text('So.')),
            { messages: [asked, said('assistant', search('c1'), found('c1')), asked, said('assistant', found('c1'))] },
        ],
        accepted: [answered(search('c1'), text('Wait.'), found('c1'))],
    },
    error: {
        refused: [
            called(use('c1'), result('c1', { content: '', is_error: true })),
            called(use('c1'), result('c1', { content: [], is_error: true })),
            called(use('c1'), { type: 'tool_result', tool_use_id: 'c1', is_error: true }),
        ],
        accepted: [
            called(use('c1'), result('c1', { content: 'No.', is_error: true })),
            called(use('c1'), result('c1', { content: '' })),
            called(use('c1'), result('c1', { content: '', is_error: false })),
        ],
    },
    imageType: {
        refused: ['image/jpg', 'image/svg+xml', 'image/heic', 'image/*', 'IMAGE/PNG'].map((type) =>
            given(image(bytes(type, 'AAAA'))),
        ),
        accepted: ['image/jpeg', 'image/png', 'image/gif', 'image/webp'].map((type) =>
            given(image(bytes(type, 'AAAA'))),
        ),
    },
    base64: {
        refused: ['', 'A', 'AAA', '====', '/a.png', 'AA AA', '-_-_', 'file-abc123'].map((data) =>
            given(image(bytes('image/png', data))),
        ),
        accepted: ['AA==', 'AAA=', '+/+/'].map((data) => given(image(bytes('image/png', data)))),
    },
    url: {
        refused: ['http://example.com/a.png', '/a.png', '', 'data:image/png;base64,AAAA', 'https://'].map((url) =>
            given(image({ type: 'url', url })),
        ),
        accepted: [given(image({ type: 'url', url: 'https://example.com/a b?ü' }))],
    },
    document: {
        refused: [
            given(page({ title: '' })),
            given(page({ title: long(501) })),
            given(page({ context: '' })),
            given(plain('')),
        ],
        accepted: [given(page({ title: long(500), context: 'C' })), given(page({ title: null })), given(plain('x'))],
    },
    marks: {
        refused: [given(...'12345'.split('').map((digit) => text(digit, marked())))],
        accepted: [
            given(...'1234'.split('').map((digit) => text(digit, marked())), text('5', { cache_control: null })),
            called(use('c1', { input: { list: Array.from('12345', () => marked()) } }), result('c1')),
        ],
    },
    hourFirst: {
        refused: [
            given(text('1', marked('5m')), text('2', marked('1h'))),
            { system: [text('Be kind.', marked())], ...given(text('?', marked('1h'))) },
        ],
        accepted: [
            given(text('1', marked('1h')), text('2', marked('1h')), text('3', marked('5m')), text('4', marked())),
        ],
    },
    signature: {
        refused: [answered(thinking(''), text('So.')), answered(redacted(''), text('So.'))],
        accepted: [answered(thinking('s'), redacted('r'), text('So.'))],
    },
    lastThinking: {
        refused: [
            answered(thinking('s')),
            answered(text('So.'), redacted('r')),
            { messages: [asked, said('assistant', thinking('s')), asked] },
        ],
        accepted: [answered(thinking('s'), text('So.'))],
    },
    compaction: {
        refused: [answered({ type: 'compaction', content: '' })],
        accepted: [answered({ type: 'compaction', content: null }), answered({ type: 'compaction', content: 'x' })],
    },
};

// ---- OpenAI

const openaiAsked = { role: 'user', content: '?' };
const openaiGiven = (...content) => [{ role: 'user', content }];
const openaiCall = (id, name = 'weather', written = '{}') => ({
    id,
    type: 'function',
    function: { name, arguments: written },
});
const calls = (...tool_calls) => ({ role: 'assistant', content: null, tool_calls });
const answer = (id) => ({ role: 'tool', tool_call_id: id, content: '' });
const oneCall = (call) => [openaiAsked, calls(call), answer(call.id)];
const imageUrl = (url, more) => ({ type: 'image_url', image_url: { url, ...more } });
const file = (more) => ({ type: 'file', file: more });
const pdf = 'data:application/pdf;base64,JVBERi0=';

const openaiExamples = {
    shape: {
        refused: [
            {},
            [{ role: 'data', content: 'x' }],
            [{ role: 'user' }],
            [{ role: 'user', content: null }],
            [{ ...openaiAsked, content: [text('?', { prompt_cache_breakpoint: {} })] }],
            [{ role: 'system', content: [imageUrl('https://example.com/a.png')] }],
            [{ role: 'assistant', content: [imageUrl('https://example.com/a.png')] }],
            [openaiAsked, calls(openaiCall('c1')), { ...answer('c1'), content: [imageUrl('https://a.b/a.png')] }],
            [openaiAsked, calls(openaiCall('c1')), { ...answer('c1'), content: { a: 1 } }],
            openaiGiven(imageUrl('https://example.com/a.png', { detail: 'x' })),
            openaiGiven({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'ogg' } }),
            openaiGiven(file({})),
        ],
        accepted: [
            [],
            [{ role: 'system', content: '' }, openaiAsked, { role: 'assistant', content: [text('So.')] }],
            openaiGiven(imageUrl('https://example.com/a.png', { detail: 'low' })),
            openaiGiven(text('?', { prompt_cache_breakpoint: { mode: 'explicit' } })),
        ],
    },
    content: {
        refused: [
            openaiGiven(),
            [openaiAsked, { role: 'assistant', content: null }],
            [openaiAsked, { role: 'assistant', content: 'So.', tool_calls: [] }],
        ],
        accepted: [[openaiAsked, { role: 'assistant', content: '' }], oneCall(openaiCall('c1'))],
    },
    emptyText: {
        refused: [[{ role: 'user', content: '' }], openaiGiven(text(''))],
        accepted: [[{ role: 'user', content: ' ' }], oneCall(openaiCall('c1'))],
    },
    toolId: {
        refused: ['', long(41)].map((id) => oneCall(openaiCall(id))),
        accepted: [long(40), 'a.b:c ü'].map((id) => oneCall(openaiCall(id))),
    },
    uniqueId: {
        refused: [[openaiAsked, calls(openaiCall('c1'), openaiCall('c1')), answer('c1')]],
        accepted: [[...oneCall(openaiCall('c1')), ...oneCall(openaiCall('c1'))]],
    },
    toolName: {
        refused: ['', 'a.b', 'ü', long(65)].map((name) => oneCall(openaiCall('c1', name))),
        accepted: ['a-b_C1', long(64)].map((name) => oneCall(openaiCall('c1', name))),
    },
    arguments: {
        refused: ['', 'null', '[]', '"{}"', '{', '1'].map((written) => oneCall(openaiCall('c1', 'x', written))),
        accepted: ['{}', '{"a": "\\u0000"}', '{"n": 1e400}'].map((written) => oneCall(openaiCall('c1', 'x', written))),
    },
    result: {
        refused: [
            [openaiAsked, calls(openaiCall('c1'))],
            [openaiAsked, calls(openaiCall('c1')), openaiAsked],
            [openaiAsked, calls(openaiCall('c1'), openaiCall('c2')), answer('c2')],
            [openaiAsked, calls(openaiCall('c1')), answer('c1'), answer('c1')],
        ],
        accepted: [[openaiAsked, calls(openaiCall('c1'), openaiCall('c2')), answer('c2'), answer('c1'), openaiAsked]],
    },
    call: {
        refused: [
            [answer('c1')],
            [openaiAsked, answer('c1')],
            [...oneCall(openaiCall('c1')), answer('c2')],
            [...oneCall(openaiCall('c1')), openaiAsked, answer('c1')],
        ],
        accepted: [oneCall(openaiCall('c1'))],
    },
    image: {
        refused: ['', '/a.png', 'file:///a.png', 'data:image/heic;base64,AAAA', 'data:image/jpg;base64,AAAA'].map(
            (url) => openaiGiven(imageUrl(url)),
        ),
        accepted: ['http://example.com/a', 'https://example.com/a', 'data:image/webp;base64,AAAA'].map((url) =>
            openaiGiven(imageUrl(url)),
        ),
    },
    base64: {
        refused: [
            openaiGiven(imageUrl('data:image/png;base64,')),
            openaiGiven(imageUrl('data:image/png;base64,A')),
            openaiGiven({ type: 'input_audio', input_audio: { data: '', format: 'wav' } }),
            openaiGiven(file({ filename: 'a.pdf', file_data: 'data:application/pdf;base64,' })),
        ],
        accepted: [
            openaiGiven({ type: 'input_audio', input_audio: { data: 'AAAA', format: 'mp3' } }),
            openaiGiven(file({ filename: 'a.pdf', file_data: pdf })),
        ],
    },
    file: {
        refused: [
            openaiGiven(file({ file_id: '' })),
            openaiGiven(file({ filename: '', file_data: pdf })),
            openaiGiven(file({ filename: 'a.txt', file_data: 'data:text/plain;base64,AAAA' })),
        ],
        accepted: [
            openaiGiven(file({ file_id: 'file-abc' })),
            openaiGiven(file({ filename: 'a.pdf', file_data: pdf })),
        ],
    },
};

// ---- servers that follow OpenAI

const reasoned = [openaiAsked, { role: 'assistant', content: 'So.', reasoning_content: 'hm' }];
const extended = [{ ...openaiAsked, name: 'Ada' }];
const film = openaiGiven({ type: 'video_url', video_url: { url: 'https://example.com/a.mp4' } });
openaiExamples.shape.refused.push(reasoned, extended, film);
const { shape, arguments: written } = openaiExamples;
const isRight = (messages) => [reasoned, extended, film].includes(messages);
const compatibleExamples = {
    ...openaiExamples,
    shape: {
        refused: [
            ...shape.refused.filter((messages) => !isRight(messages)),
            [openaiAsked, { role: 'assistant', content: 'So.', reasoning_content: null }],
        ],
        accepted: [...shape.accepted, reasoned, extended, film],
    },
    arguments: {
        refused: ['', '{', 'x'].map((text) => oneCall(openaiCall('c1', 'x', text))),
        accepted: [...written.accepted, ...['null', '[]', '1'].map((text) => oneCall(openaiCall('c1', 'x', text)))],
    },
};

module.exports = { anthropic: anthropicExamples, openai: openaiExamples, 'openai-compatible': compatibleExamples };
