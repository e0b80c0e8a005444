#!/usr/bin/env node
// Tests the checker that knows the providers' published rules: it refuses requests that break a rule, and no others.
const { run, ok, is } = require('../lib/http.js');
const { rules, violations } = require('../lib/provider_rules.js');
const examples = require('../lib/provider_rules/examples.js');

// Returns a line for each example that the checker judges in another way than it should.
function misjudged(format, rule) {
    const judge = (request) => [...new Set(violations[format](request).map(({ rule: broken }) => broken))];
    const { refused, accepted } = examples[format][rule];
    return [...refused.map((request) => [request, [rules[format][rule]]]), ...accepted.map((request) => [request, []])]
        .filter(([request, expected]) => judge(request).join() !== expected.join())
        .map(([request]) => `${JSON.stringify(request)} breaks: ${judge(request)}`);
}

function testChecker(format) {
    const names = Object.keys(rules[format]);
    const tested = Object.entries(examples[format]).filter(
        ([, { refused, accepted }]) => refused.length > 0 && accepted.length > 0,
    );
    is(tested.map(([name]) => name).sort(), [...names].sort(), `${format}: each rule has examples on both sides`);
    for (const name of names) {
        const wrong = misjudged(format, name);
        ok(wrong.length === 0, `... ${rules[format][name]}`, ...wrong);
    }
}

run(async () => {
    for (const format of Object.keys(rules)) testChecker(format);
});
