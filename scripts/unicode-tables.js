#!/usr/bin/env node
// scripts/unicode-tables.js: prints src/json_schema/unicode_tables.hpp, from the Unicode data of this Node.js.
// A newer Unicode comes with a newer Node.js: scripts/unicode-tables.js >src/json_schema/unicode_tables.hpp

// General categories, by their short and long names (https://www.unicode.org/reports/tr44/#General_Category_Values).
const categories = {
    Lu: 'Uppercase_Letter',
    Ll: 'Lowercase_Letter',
    Lt: 'Titlecase_Letter',
    Lm: 'Modifier_Letter',
    Lo: 'Other_Letter',
    Mn: 'Nonspacing_Mark',
    Mc: 'Spacing_Mark',
    Me: 'Enclosing_Mark',
    Nd: 'Decimal_Number',
    Nl: 'Letter_Number',
    No: 'Other_Number',
    Pc: 'Connector_Punctuation',
    Pd: 'Dash_Punctuation',
    Ps: 'Open_Punctuation',
    Pe: 'Close_Punctuation',
    Pi: 'Initial_Punctuation',
    Pf: 'Final_Punctuation',
    Po: 'Other_Punctuation',
    Sm: 'Math_Symbol',
    Sc: 'Currency_Symbol',
    Sk: 'Modifier_Symbol',
    So: 'Other_Symbol',
    Zs: 'Space_Separator',
    Zl: 'Line_Separator',
    Zp: 'Paragraph_Separator',
    Cc: 'Control',
    Cf: 'Format',
    Cs: 'Surrogate',
    Co: 'Private_Use',
};
// Properties with a table of their own: what a property has besides some categories.
const properties = {
    Alphabetic: '[\\p{Alphabetic}--[\\p{L}\\p{Nl}]]',
    Uppercase: '[\\p{Uppercase}--\\p{Lu}]',
    Lowercase: '[\\p{Lowercase}--\\p{Ll}]',
    ...Object.fromEntries(
        [
            'White_Space',
            'Emoji',
            'Emoji_Presentation',
            'Emoji_Modifier',
            'Emoji_Modifier_Base',
            'Emoji_Component',
            'Extended_Pictographic',
            'Regional_Indicator',
            'Ideographic',
            'Hex_Digit',
        ].map((name) => [name, `\\p{${name}}`]),
    ),
};
const scripts = [
    'Arabic',
    'Armenian',
    'Bengali',
    'Cyrillic',
    'Devanagari',
    'Georgian',
    'Greek',
    'Han',
    'Hangul',
    'Hebrew',
    'Hiragana',
    'Katakana',
    'Latin',
    'Tamil',
    'Thai',
];

// Counts the code points without and with a property, in turns, from 0 on.
function runsOf(set) {
    const pattern = new RegExp(set, 'v');
    const runs = [];
    let start = 0;
    let isInside = false;
    for (let c = 0; c <= 0x110000; c++) {
        if ((c < 0x110000 && pattern.test(String.fromCodePoint(c))) === isInside) continue;
        runs.push(c - start);
        start = c;
        isInside = !isInside;
    }
    return runs;
}

const lineLength = 110;

// Breaks a list of numbers into lines.
function lines(numbers) {
    const all = ['   '];
    numbers.forEach((number, index) => {
        const text = ` ${number}${index === numbers.length - 1 ? '' : ','}`;
        if (all.at(-1).length + text.length > lineLength) all.push('   ');
        all[all.length - 1] += text;
    });
    return all.join('\n');
}

const table = (name, set) => `inline constexpr std::uint32_t ${name}[] = {\n${lines(runsOf(set))}};`;
const entry = (kind, name) => `    {"${name}", ${kind}_${name}},`;

console.log(`// Lists the code points of Unicode properties. scripts/unicode-tables.js has written this file: see there.
//
// Each table counts the code points that do not have the property and those that do, in turns, from 0 on.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

// clang-format off
namespace agentchat::unicode {

inline constexpr std::string_view version = "${process.versions.unicode}";

struct Table {
    std::string_view name;
    std::span<const std::uint32_t> runs;
};

struct Category {
    std::string_view name;
    std::string_view long_name;
    std::span<const std::uint32_t> runs;
};

${Object.keys(categories)
    .map((name) => table(`category_${name}`, `\\p{${name}}`))
    .join('\n')}

inline constexpr Category categories[] = {
${Object.entries(categories)
    .map(([name, long]) => `    {"${name}", "${long}", category_${name}},`)
    .join('\n')}
};

// The first three have no code points of the categories that unicode_property.cpp adds.
${Object.entries(properties)
    .map(([name, set]) => table(`property_${name}`, set))
    .join('\n')}

inline constexpr Table properties[] = {
${Object.keys(properties)
    .map((name) => entry('property', name))
    .join('\n')}
};

${scripts.map((name) => table(`script_${name}`, `\\p{Script=${name}}`)).join('\n')}

inline constexpr Table scripts[] = {
${scripts.map((name) => entry('script', name)).join('\n')}
};

} // namespace agentchat::unicode`);
