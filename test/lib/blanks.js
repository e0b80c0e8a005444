// Finds blanks in texts, which any server could strip: those of Unicode, of JavaScript (U+FEFF) and of Python (U+001C to
// U+001F).
const isBlankCharacter = (character) => /^\s$/.test(character) || '\x1C\x1D\x1E\x1F\x85'.includes(character);
const isBlank = (text) => [...text].every(isBlankCharacter);
// Returns the text without the blanks at its ends.
const trimmed = (text) => {
    const characters = [...text];
    const isKept = (character) => !isBlankCharacter(character);
    const first = characters.findIndex(isKept);
    return first === -1 ? '' : characters.slice(first, characters.findLastIndex(isKept) + 1).join('');
};
const endsWithBlank = (text) => text !== '' && isBlankCharacter(text.at(-1));

module.exports = { isBlank, endsWithBlank, trimmed };
