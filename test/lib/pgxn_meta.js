// The rules of PGXN for META.json (https://pgxn.org/meta/spec.txt, version 1.0.0), as a JSON Schema of draft 2020-12.
// Links, and what is not to be indexed, have to be there, too.
const text = { type: 'string', minLength: 1 };
const url = { type: 'string', pattern: '^https://[^\\s/]+\\.[^\\s/]+/' };
const version = { type: 'string', pattern: '^(0|[1-9]\\d*)\\.(0|[1-9]\\d*)\\.(0|[1-9]\\d*)(-[A-Za-z][0-9A-Za-z-]*)?$' };
// In a prerequisite: a version, or ranges of versions; 0 is any.
const ranges = '^\\s*((==|!=|<=?|>=?)?\\s*\\d+\\.\\d+\\.\\d+\\s*,?\\s*)+$';
const versions = { anyOf: [{ const: 0 }, { type: 'string', pattern: ranges }] };
const term = { type: 'string', minLength: 2, pattern: '^[^\\s/\\\\\\x00-\\x1f\\x7f]+$' };
const path = { type: 'string', pattern: '^(?!/)(?!(.*/)?\\.\\.(/|$))[^\\\\]+$' };
const license = {
    enum: (
        'agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3 lgpl_2_1 ' +
        'lgpl_3_0 mit mozilla_1_0 mozilla_1_1 openssl perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted ' +
        'unrestricted unknown'
    ).split(' '),
};
const listOf = (items) => ({ type: 'array', minItems: 1, uniqueItems: true, items });
const oneOrMore = (items) => ({ anyOf: [items, listOf(items)] });

// Names of one's own begin with x_.
const object = (required, properties) => ({
    type: 'object',
    required,
    properties,
    patternProperties: { '^[xX]_.': {} },
    additionalProperties: false,
});
const mapOf = (propertyNames, additionalProperties) => ({
    type: 'object',
    minProperties: 1,
    propertyNames,
    additionalProperties,
});

const required = 'name version abstract maintainer license provides meta-spec resources no_index'.split(' ');
exports.schema = object(required, {
    name: term,
    version,
    abstract: text,
    description: text,
    maintainer: oneOrMore(text),
    license: { anyOf: [license, listOf(license), mapOf({}, url)] },
    provides: mapOf(term, object(['file', 'version'], { file: path, version, abstract: text, docfile: path })),
    prereqs: mapOf(
        { enum: ['configure', 'build', 'test', 'runtime', 'develop'] },
        mapOf({ enum: ['requires', 'recommends', 'suggests', 'conflicts'] }, mapOf(term, versions)),
    ),
    resources: {
        ...object([], {
            homepage: url,
            bugtracker: object([], { web: url, mailto: { type: 'string', format: 'email' } }),
            repository: object([], { web: url, url, type: { type: 'string', pattern: '^[a-z]+$' } }),
        }),
        minProperties: 1,
    },
    no_index: { ...object([], { file: oneOrMore(path), directory: oneOrMore(path) }), minProperties: 1 },
    release_status: { enum: ['stable', 'testing', 'unstable'] },
    generated_by: text,
    tags: listOf({ type: 'string', minLength: 1, maxLength: 255, pattern: '^[^/\\\\\\x00-\\x1f\\x7f]+$' }),
    'meta-spec': object(['version'], { version: { const: '1.0.0' }, url }),
});
