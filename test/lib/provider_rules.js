// Knows the published rules of Anthropic's Messages API and of OpenAI's Chat Completions API, and finds what of a
// request breaks them. It shares nothing with the code that makes the requests. The rules come from the documentation,
// the error messages and the types of the SDKs (@anthropic-ai/sdk and openai).
//
// A violation is { rule, path, value }: one of the rules below, where it is broken, and what is there.

const anthropic = require('./provider_rules/anthropic.js');
const openai = require('./provider_rules/openai.js');

// For each format its rules, by short names, and the function that returns the violations of a request.
module.exports = {
    rules: { anthropic: anthropic.rules, openai: openai.openaiRules, 'openai-compatible': openai.compatibleRules },
    violations: {
        anthropic: anthropic.violations,
        openai: openai.openaiViolations,
        'openai-compatible': openai.openaiCompatibleViolations,
    },
};
